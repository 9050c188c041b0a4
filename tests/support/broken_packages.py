"""Wheels that say wrong things of themselves, and archives that installers should not read."""

import io
import json
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping

from broken_values import EXTENSION, GLIBC, MUSL, BrokenWheel, Made, Make, made, module
from crosswheel.targets import Target
from made_mach import mach
from made_wheels import elf_bytes

SBOM = "x-1.0.dist-info/sboms/x.cdx.json"
PURE = "py3-none-any"


def broken_packages() -> Mapping[str, Make]:
    """Return wheels that say wrong things of themselves, by the fault in words."""
    pure = {"x/__init__.py": b"", "x/one.py": b"1"}
    two = "py2.py3-none-any"

    def of_pure(code: str, replaced: Mapping[str, bytes | None] | None = None, metadata: bytes | None = None) -> Make:
        return lambda: BrokenWheel(
            code=code,
            broken=made(pure, "py3-none-any", root_is_purelib=True, replaced=replaced, metadata=metadata),
            healthy=made(pure, "py3-none-any", root_is_purelib=True),
        )

    def written(code: str, *tags: str) -> Make:
        return lambda: BrokenWheel(
            code=code,
            broken=made(pure, two, root_is_purelib=True, written_tags=tags),
            healthy=made(pure, two, root_is_purelib=True),
        )

    cp312 = made(pure, "cp312-none-any", root_is_purelib=True, target=Target.parse("cp312-manylinux2014_aarch64"))
    return {
        "a file that RECORD has otherwise": of_pure("CW114", replaced={"x/one.py": b"2"}),
        "a file that RECORD lacks": of_pure("CW114", replaced={"x/two.py": b"2"}),
        "a row of RECORD without a file": of_pure("CW114", replaced={"x/one.py": None}),
        "WHEEL with another tag": written("CW115", "py2-none-any", "py3-none-any", "cp27-none-any"),
        "METADATA with another name": of_pure("CW115", metadata=b"Metadata-Version: 2.1\nName: y\nVersion: 1.0\n"),
        "METADATA with another version": of_pure("CW115", metadata=b"Metadata-Version: 2.1\nName: x\nVersion: 2.0\n"),
        "compressed tags in one line of WHEEL": written("CW129", two),
        "compressed tags of which WHEEL lacks one": written("CW129", "py2-none-any"),
        "machine code in a purelib": lambda: BrokenWheel(
            code="CW116", broken=made(module(), root_is_purelib=True), healthy=made(module())
        ),
        "machine code in the folder of a purelib": lambda: BrokenWheel(
            code="CW116",
            broken=made(module(path=f"x-1.0.data/purelib/{EXTENSION}")),
            healthy=made(module(path=f"x-1.0.data/platlib/{EXTENSION}")),
        ),
        "machine code for any platform": lambda: BrokenWheel(
            code="CW117",
            broken=made({"x/libhelp.so": elf_bytes("libone.so.1")}, "py3-none-any"),
            healthy=made({"x/libhelp.so": elf_bytes("libone.so.1")}, f"py3-none-{GLIBC}.{MUSL}"),
        ),
        "machine code for any platform among others": lambda: BrokenWheel(
            code="CW117", broken=made(module(), f"cp311-cp311-any.{GLIBC}"), healthy=made(module())
        ),
        "a program for any platform": lambda: BrokenWheel(
            code="CW117",
            broken=made({"x-1.0.data/scripts/x": mach("arm64", kind=2)}, "py3-none-any"),
            healthy=made({"x/launchers/x": mach("arm64", kind=2)}, "py3-none-any"),
        ),
        "a tag of an architecture that has another name": lambda: BrokenWheel(
            code="CW137",
            broken=made(module(), f"cp311-cp311-{GLIBC}.manylinux_2_17_arm64"),
            healthy=made(module()),
        ),
        "a tag that is older than any list": lambda: BrokenWheel(
            code="CW137", broken=made(module(), f"cp311-cp311-{GLIBC}.manylinux_2_12_aarch64"), healthy=made(module())
        ),
        "the stable ABI of any Python": lambda: BrokenWheel(
            code="CW137",
            broken=made(pure, "py3-abi3-any", root_is_purelib=True),
            healthy=made(pure, "py3-none-any", root_is_purelib=True),
        ),
        "tags that the target does not accept": lambda: BrokenWheel(
            code="CW119",
            broken=Made(name=cp312.name, content=cp312.content, target=Target.parse("cp311-manylinux2014_aarch64")),
            healthy=cp312,
        ),
        "copyleft named in an SBOM": lambda: BrokenWheel(
            code="CW133",
            broken=made({**module(), SBOM: sbom("readline", "GPL-3.0-or-later")}),
            healthy=made({**module(), SBOM: sbom("libgcc-s1", "GPL-3.0-or-later WITH GCC-exception-3.1")}),
        ),
        "copyleft as one of several licences": lambda: BrokenWheel(
            code="CW133",
            broken=made({**module(), SBOM: sbom("gmp", "(LGPL-3.0-or-later OR GPL-2.0-or-later) AND MIT")}),
            healthy=made({**module(), SBOM: sbom("freetype", "FTL OR GPL-2.0-or-later")}),
        ),
    }


def sbom(component: str, licence: str) -> bytes:
    """Return a CycloneDX document with one component."""
    component_of = {"type": "library", "name": component, "licenses": [{"expression": licence}]}
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component_of]}).encode()


def broken_archives() -> Mapping[str, Make]:
    """Return archives that are not as installers expect them, by the fault in words."""
    link, device = zipfile.ZipInfo("x/link"), zipfile.ZipInfo("x/device")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device.external_attr = (stat.S_IFCHR | 0o600) << 16
    packed = zipfile.ZipInfo("x/packed.py")
    packed.compress_type = zipfile.ZIP_BZIP2
    return {
        "a name that leads outside": _with_entry("CW127", zipfile.ZipInfo("../x.py")),
        "an absolute name": _with_entry("CW127", zipfile.ZipInfo("/etc/x.py")),
        "a link": _with_entry("CW127", link),
        "a device": _with_entry("CW127", device),
        "a member that is there twice": _with_entry("CW128", zipfile.ZipInfo("x/__init__.py")),
        "a compression that installers do not know": _with_entry("CW135", packed),
        "an encrypted member": _edited(_encrypted),
        "a member whose size is a lie": _edited(_bomb),
        "a member with another checksum": _edited(_checksum),
        "members that overlap": _edited(_overlap),
        "a file that is a folder, too": lambda: BrokenWheel(
            code="CW128",
            broken=made({"x/one": b"", "x/one/two.py": b""}, PURE, root_is_purelib=True),
            healthy=made({"x/one.py": b"", "x/one/two.py": b""}, PURE, root_is_purelib=True),
        ),
        "names that differ by case": lambda: BrokenWheel(
            code="CW126",
            broken=made({"x/one.py": b"", "x/One.py": b""}, PURE, root_is_purelib=True),
            healthy=made({"x/one.py": b"", "x/two.py": b""}, PURE, root_is_purelib=True),
        ),
        "folders that differ by case": lambda: BrokenWheel(
            code="CW126",
            broken=made({"x/a/one.py": b"", "x/A/two.py": b""}, PURE, root_is_purelib=True),
            healthy=made({"x/a/one.py": b"", "x/a/two.py": b""}, PURE, root_is_purelib=True),
        ),
    }


def _pure() -> Made:
    return made({"x/__init__.py": b"", "x/one.py": bytes(range(256))}, PURE, root_is_purelib=True)


def _with_entry(code: str, entry: zipfile.ZipInfo) -> Make:
    def make() -> BrokenWheel:
        healthy = _pure()
        content = io.BytesIO(healthy.content)
        with warnings.catch_warnings(), zipfile.ZipFile(content, "a") as archive:
            warnings.simplefilter("ignore")  # it tells of duplicates
            archive.writestr(entry, b"1")
        return BrokenWheel(code=code, broken=Made(name=healthy.name, content=content.getvalue()), healthy=healthy)

    return make


def _edited(edit: Callable[[bytearray], bytes]) -> Make:
    def make() -> BrokenWheel:
        healthy = _pure()
        broken = Made(name=healthy.name, content=edit(bytearray(healthy.content)))
        return BrokenWheel(code="CW135", broken=broken, healthy=healthy)

    return make


def _encrypted(wheel: bytearray) -> bytes:
    wheel[wheel.index(b"PK\1\2") + 8] |= 1
    return bytes(wheel)


def _bomb(wheel: bytearray) -> bytes:
    struct.pack_into("<I", wheel, wheel.index(b"PK\1\2") + 24, 0xF0000000)
    return bytes(wheel)


def _checksum(wheel: bytearray) -> bytes:
    wheel[wheel.index(b"PK\1\2", wheel.index(b"PK\1\2") + 1) + 16] ^= 1
    return bytes(wheel)


def _overlap(wheel: bytearray) -> bytes:
    first, end = wheel.index(b"PK\1\2"), wheel.rindex(b"PK\5\6")
    row = wheel[first : wheel.index(b"PK\1\2", first + 4)]
    more = row.replace(b"x/__init__.py", b"x/__also__.py")
    tail = wheel[end:]
    rows, size = struct.unpack_from("<HI", tail, 10)
    struct.pack_into("<HHI", tail, 8, rows + 1, rows + 1, size + len(more))
    return bytes(wheel[:end] + more + tail)
