"""What a person may have meant by something that is no target."""

from crosswheel.targets.architecture import architectures, names_elsewhere
from crosswheel.targets.platforms import Macos, Windows


def closest_target(text: str) -> str | None:
    """Return the target most like a text, or None when none is near.

    Arguments:
        text: what was written.
    """
    from difflib import get_close_matches

    python, _, rest = text.strip().lower().replace(".", "").partition("-")
    pythons = [f"cp3{minor}" for minor in range(6, 17)] + [f"cp3{minor}t" for minor in range(13, 17)]
    pythons += ["cp27", "py3", *(f"pp3{minor}" for minor in range(7, 12))]
    families = ["manylinux1", "manylinux2010", "manylinux2014", "manylinux", "musllinux", "musllinux_1_1"]
    families += ["musllinux_1_2", *(f"manylinux_2_{minor}" for minor in (17, 24, 27, 28, 31, 34, 35, 36, 39, 41))]
    platforms = [f"{family}_{one}" for family in families for one in architectures()]
    platforms += [*Windows.names, *(f"macosx_{machine}" for machine in Macos.machines)]
    platforms += [f"macosx_11_0_{machine}" for machine in Macos.machines]
    for other, name in names_elsewhere().items():
        if rest.endswith((f"_{other}", f"-{other}")) and "linux" in rest:
            rest = rest.removesuffix(other) + name
    rest = rest.removeprefix(f"{python}-")
    python = python if python in pythons else f"cp{python}"
    near_python = [python] if python in pythons else get_close_matches(python, pythons, 1, 0.7)
    near_platform = [rest] if rest in platforms else get_close_matches(rest, platforms, 1, 0.75)
    return f"{near_python[0]}-{near_platform[0]}" if near_python and near_platform else None
