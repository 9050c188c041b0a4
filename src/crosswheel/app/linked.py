"""Which of the target's libraries ended up inside a wheel, and what the wheel has to say of them."""

from collections.abc import Sequence
from pathlib import Path

from crosswheel import __version__
from crosswheel.repair import LinkedPackage, build_sbom, sbom_path
from crosswheel.store import Sysroot
from crosswheel.wheel import WheelName


def linked_packages(sysroot: Sysroot | None, link_log: Path) -> tuple[LinkedPackage, ...]:
    """Return the packages whose static archives were linked, sorted by name.

    Arguments:
        sysroot: that the compilers looked into; None where there is none.
        link_log: names each library that was linked, one path a line; not there when none was.
    """
    if sysroot is None or not link_log.is_file():
        return ()
    root = sysroot.path.resolve()
    linked = set()
    for line in link_log.read_text(encoding="utf-8", errors="replace").splitlines():
        path = Path(line).resolve()
        if path.is_relative_to(root) and path.suffix == ".a":
            linked.add(str(path.relative_to(root)))
    found = []
    for package in sorted(sysroot.packages, key=lambda package: package.name):
        archives = tuple(sorted(linked.intersection(package.files)))
        if archives:
            licence = _licence(sysroot, package.name)
            files = (f"licenses/{package.name}/copyright",) if licence else ()
            found.append(LinkedPackage(package=package, archives=archives, licence_files=files))
    return tuple(found)


def wheel_notes(
    packages: Sequence[LinkedPackage],
    sysroot: Sysroot | None,
    *,
    wheel: WheelName,
    dist_info: str,
    source_date_epoch: int,
) -> dict[str, bytes]:
    """Return the files that a wheel with linked packages gets: a bill of materials (PEP 770), and their licence texts.

    Arguments:
        packages: what was linked.
        sysroot: that they are from.
        wheel: its name.
        dist_info: name of its .dist-info folder.
        source_date_epoch: seconds since 1970, UTC.
    """
    if not packages or sysroot is None:
        return {}
    notes = {
        sbom_path(dist_info): build_sbom(wheel, packages, version=__version__, source_date_epoch=source_date_epoch)
    }
    for package in packages:
        licence = _licence(sysroot, package.package.name)
        for path in package.licence_files:
            if licence:
                notes[f"{dist_info}/{path}"] = licence.read_bytes()
    return notes


def _licence(sysroot: Sysroot, package: str) -> Path | None:
    """Where Debian puts a package's licence text (policy 12.5); it may be a link to a package that is not there."""
    path = sysroot.path / "usr/share/doc" / package / "copyright"
    return path if path.is_file() and path.resolve().is_relative_to(sysroot.path.resolve()) else None
