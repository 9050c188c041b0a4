"""A bill of materials for what is linked into a wheel statically (PEP 770, CycloneDX 1.6)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from crosswheel.store import SysrootPackage
from crosswheel.wheel import WheelName


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedPackage:
    """A Debian package of which code is in the wheel.

    Arguments:
        package: name, version, hash.
        archives: static archives of it that were linked, as paths in the package.
        licence_files: paths of its licence texts in the wheel.
    """

    package: SysrootPackage
    archives: tuple[str, ...] = ()
    licence_files: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """Its package URL (purl specification, type deb)."""
        name, version = quote(self.package.name, safe=""), quote(self.package.version, safe="")
        return f"pkg:deb/debian/{name}@{version}?arch={quote(self.package.architecture, safe='')}"


def sbom_path(dist_info: str) -> str:
    """Return where in a wheel the bill of materials is (PEP 770).

    Arguments:
        dist_info: name of the .dist-info folder.
    """
    return f"{dist_info}/sboms/crosswheel.cdx.json"


def build_sbom(wheel: WheelName, packages: Sequence[LinkedPackage], *, version: str, source_date_epoch: int) -> bytes:
    """Return a CycloneDX 1.6 document; the same packages in any order give the same bytes.

    Arguments:
        wheel: that the packages are linked into.
        packages: what is in it.
        version: of crosswheel.
        source_date_epoch: seconds since 1970, UTC: the document's date.
    """
    from packaging.utils import canonicalize_name

    ordered = sorted(packages, key=lambda package: package.purl)
    subject = f"pkg:pypi/{canonicalize_name(wheel.distribution)}@{quote(wheel.version, safe='')}"
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
        "components": [_component(package) for package in ordered],
        "dependencies": [
            {"ref": subject, "dependsOn": [package.purl for package in ordered]},
            *({"ref": package.purl} for package in ordered),
        ],
    }
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def _component(linked: LinkedPackage) -> dict[str, object]:
    package = linked.package
    properties = [
        ("crosswheel:linkage", "static"),
        ("crosswheel:debian-source", package.source),
        *(("crosswheel:archive", path) for path in sorted(linked.archives)),
        *(("crosswheel:licence-file", path) for path in sorted(linked.licence_files)),
    ]
    return {
        "type": "library",
        "bom-ref": linked.purl,
        "name": package.name,
        "version": package.version,
        # The hash is of the package file that the code was taken from: inside the wheel it has none of its own.
        "hashes": [{"alg": "SHA-256", "content": package.sha256}],
        "purl": linked.purl,
        "properties": [{"name": name, "value": value} for name, value in properties],
    }
