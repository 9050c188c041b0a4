"""A bill of materials for what came into a wheel, grafted or linked (PEP 770, CycloneDX 1.6)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import quote

from crosswheel.errors import BadInputError
from crosswheel.repair.packages import SystemPackage
from crosswheel.wheel import WheelName


class Linkage(StrEnum):
    """How foreign code came into a wheel."""

    GRAFT = "graft"
    STATIC = "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Foreign code in a wheel: a library that was grafted, or a package of which archives were linked.

    Arguments:
        linkage: how it came in.
        package: of the distribution that it is from; None where nothing tells.
        soname: of a grafted library, as it was called outside.
        place: of a grafted library in the file system that it is from.
        original_sha256: of a grafted library as it was there.
        path: of a grafted library in the wheel.
        sha256: of a grafted library in the wheel.
        archives: static archives that were linked, as paths in the package.
        licence: SPDX expression; "" where it cannot be told.
        licence_files: paths of its licence texts in the wheel.
    """

    linkage: Linkage
    package: SystemPackage | None = None
    soname: str = ""
    place: str = ""
    original_sha256: str = ""
    path: str = ""
    sha256: str = ""
    archives: tuple[str, ...] = ()
    licence: str = ""
    licence_files: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """What the document calls it: several libraries may be of one package."""
        subpath = f"#{quote(self.place.lstrip('/'))}" if self.place else ""
        if self.package is not None:
            return f"{self.package.purl}{subpath}"
        return f"urn:sha256:{self.original_sha256}{subpath}"


def sbom_path(dist_info: str) -> str:
    """Return where in a wheel the bill of materials is (PEP 770).

    Arguments:
        dist_info: name of the .dist-info folder.
    """
    return f"{dist_info}/sboms/crosswheel.cdx.json"


def build_sbom(
    wheel: WheelName,
    components: Sequence[Component],
    *,
    version: str,
    source_date_epoch: int,
    before: bytes | None = None,
    edited: Mapping[str, str] | None = None,
) -> bytes:
    """Return a CycloneDX 1.6 document; the same components in any order give the same bytes.

    Arguments:
        wheel: that holds them.
        components: what came in.
        version: of crosswheel.
        source_date_epoch: seconds since 1970, UTC: the document's date.
        before: crosswheel's document of an earlier repair or build, whose components stay.
        edited: SHA-256 of files that were grafted then and change now, by path.

    Raises:
        BadInputError: that document is none.
    """
    from packaging.utils import canonicalize_name

    subject = f"pkg:pypi/{canonicalize_name(wheel.distribution)}@{quote(wheel.version, safe='')}"
    entries = {**_entries_of(before, edited or {}), **{one.reference: _entry(one) for one in components}}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(source_date_epoch, UTC).isoformat().replace("+00:00", "Z"),
            "tools": {"components": [{"type": "application", "name": "crosswheel", "version": version}]},
            "component": {
                "type": "library",
                "bom-ref": subject,
                "name": wheel.distribution,
                "version": wheel.version,
                "purl": subject,
            },
        },
        "components": [entries[reference] for reference in sorted(entries)],
        "dependencies": [
            {"ref": subject, "dependsOn": sorted(entries)},
            *({"ref": reference} for reference in sorted(entries)),
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def grafted_files(document: bytes) -> frozenset[str]:
    """Return the paths of the libraries that crosswheel's document names.

    Raises:
        BadInputError: that document is none.
    """
    return frozenset(_file_of(entry) for entry in _entries_of(document, {}).values()) - {""}


def _file_of(entry: Mapping[str, object]) -> str:
    told = entry.get("properties")
    pairs = [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []
    return next((str(one.get("value")) for one in pairs if one.get("name") == "crosswheel:file"), "")


def _entries_of(document: bytes | None, edited: Mapping[str, str]) -> Mapping[str, dict[str, object]]:
    if document is None:
        return {}
    try:
        entries = {str(entry["bom-ref"]): dict(entry) for entry in json.loads(document)["components"]}
        for entry in entries.values():
            if _file_of(entry) in edited:
                entry["hashes"] = [{"alg": "SHA-256", "content": edited[_file_of(entry)]}]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInputError(
            "crosswheel's own bill of materials in the wheel is damaged",
            why=f"{type(error).__name__}: {error}",
            hint="take the wheel as it was built",
        ) from error
    return entries


def _entry(component: Component) -> dict[str, object]:
    package = component.package
    # Inside the wheel a package that was linked has no bytes of its own: its hash is the package file's.
    digest = component.sha256 or (package.sha256 if package else "")
    told = [
        ("crosswheel:linkage", component.linkage.value),
        ("crosswheel:file", component.path),
        ("crosswheel:soname", component.soname),
        ("crosswheel:original-path", component.place),
        ("crosswheel:original-sha256", component.original_sha256),
        ("crosswheel:debian-source", package.source if package else ""),
        ("crosswheel:package-sha256", package.sha256 if package and component.sha256 else ""),
        *(("crosswheel:archive", path) for path in sorted(component.archives)),
        *(("crosswheel:licence-file", path) for path in sorted(component.licence_files)),
    ]
    entry: dict[str, object] = {"type": "library", "bom-ref": component.reference}
    entry["name"] = package.name if package else component.soname
    if package:
        entry["version"] = package.version
    if digest:
        entry["hashes"] = [{"alg": "SHA-256", "content": digest}]
    if component.licence:
        entry["licenses"] = [_licence(component.licence)]
    if package:
        entry["purl"] = package.purl
    entry["properties"] = [{"name": name, "value": value} for name, value in told if value]
    return entry


def _licence(expression: str) -> dict[str, object]:
    return {"expression": expression} if " " in expression else {"license": {"id": expression}}
