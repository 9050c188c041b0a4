"""What a person may have meant by something that is no target."""

import re
from collections.abc import Sequence

from crosswheel.targets.architecture import architectures, names_elsewhere
from crosswheel.targets.platforms import Macos, Windows

_LINUX = re.compile(
    r"(?P<family>[a-z]*linux(?:1|20[0-9]+)?(?:[_-][0-9]+[_-][0-9]+)?)[_-](?P<architecture>.+)", re.ASCII
)


def closest_target(text: str) -> str | None:
    """Return the target most like a text, or None when none is near.

    Arguments:
        text: what was written.
    """
    python, _, rest = text.strip().lower().replace(".", "").partition("-")
    near_python = _closest_python(python)
    near_platform = _closest_platform(rest.removeprefix(f"{python}-"))
    return f"{near_python}-{near_platform}" if near_python and near_platform else None


def _closest_python(python: str) -> str | None:
    pythons = [f"cp3{minor}" for minor in range(6, 17)] + [f"cp3{minor}t" for minor in range(13, 17)]
    pythons += ["cp27", "py3", *(f"pp3{minor}" for minor in range(7, 12))]
    if python in pythons:
        return python
    return _closest(python if python.startswith(("c", "p")) else f"cp{python}", pythons)


def _closest_platform(platform: str) -> str | None:
    match = _LINUX.fullmatch(platform)
    if match is None:
        names = [f"macosx{version}_{machine}" for version in ("", "_11_0") for machine in Macos.machines]
        names += [f"{family}_{one}" for family in ("manylinux", "musllinux") for one in architectures()]
        return "win_amd64" if platform == "win64" else _closest(platform, [*Windows.names, *names])
    families = [
        "manylinux",
        "manylinux1",
        "manylinux2010",
        "manylinux2014",
        "musllinux",
        "musllinux_1_1",
        "musllinux_1_2",
    ]
    families += [f"manylinux_2_{minor}" for minor in (5, 12, 17, 24, 27, 28, 31, 34, 35, 36, 39, 41)]
    # linux_aarch64 is what build backends call a wheel before it is repaired.
    family = "manylinux" if match["family"] == "linux" else _closest(match["family"], families)
    written = match["architecture"]
    architecture = names_elsewhere().get(written) or _closest(written, [one.name for one in architectures()])
    return f"{family}_{architecture}" if family and architecture else None


def _closest(text: str, names: Sequence[str]) -> str | None:
    from difflib import get_close_matches

    return next(iter(get_close_matches(text, names, 1, 0.7)), None)
