"""The bill of materials of what came into a wheel."""

import json
from typing import Any

import pytest

from crosswheel.errors import BadInputError
from crosswheel.repair import Component, Linkage, SystemPackage, build_sbom, sbom_path
from crosswheel.wheel import WheelName
from made_wheels import NAME

EPOCH = 1_700_000_000


def package(name: str) -> SystemPackage:
    return SystemPackage(name=name, version="1:3.0.2+dfsg~1", source="src", architecture="arm64", sha256="ab" * 32)


def linked(name: str) -> Component:
    return Component(
        linkage=Linkage.STATIC,
        package=package(name),
        archives=("usr/lib/libx.a",),
        licence="GPL-3.0-or-later WITH GCC-exception-3.1",
        licence_files=(f"licenses/{name}/copyright",),
    )


def grafted(name: str, owner: SystemPackage | None = None) -> Component:
    return Component(
        linkage=Linkage.GRAFT,
        package=owner,
        soname=name,
        place=f"/usr/lib/{name}.2",
        original_sha256="cd" * 32,
        path=f"x.libs/{name}",
        sha256="ef" * 32,
        licence="Zlib",
    )


def built(*components: Component, before: bytes | None = None) -> dict[str, Any]:
    content = build_sbom(WheelName.parse(NAME), components, version="0.1", source_date_epoch=EPOCH, before=before)
    document: dict[str, Any] = json.loads(content)
    return document


def told(component: dict[str, Any]) -> dict[str, str]:
    return {one["name"].removeprefix("crosswheel:"): one["value"] for one in component["properties"]}


def test_a_bill_of_materials_names_what_is_linked() -> None:
    document = built(linked("libssl-dev"), linked("libcrypt-dev"))

    assert (document["bomFormat"], document["specVersion"], document["version"]) == ("CycloneDX", "1.6", 1)
    assert document["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"
    assert document["metadata"]["component"]["purl"] == "pkg:pypi/x@1.0"
    assert [component["purl"] for component in document["components"]] == [
        "pkg:deb/debian/libcrypt-dev@1%3A3.0.2%2Bdfsg~1?arch=arm64",
        "pkg:deb/debian/libssl-dev@1%3A3.0.2%2Bdfsg~1?arch=arm64",
    ]
    first = document["components"][0]
    assert first["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert first["licenses"] == [{"expression": "GPL-3.0-or-later WITH GCC-exception-3.1"}]
    assert told(first) == {
        "linkage": "static",
        "debian-source": "src",
        "archive": "usr/lib/libx.a",
        "licence-file": "licenses/libcrypt-dev/copyright",
    }
    references = [one["ref"] for one in document["dependencies"]]
    assert document["dependencies"][0]["dependsOn"] == references[1:]
    assert sbom_path("x-1.0.dist-info") == "x-1.0.dist-info/sboms/crosswheel.cdx.json"


def test_a_bill_of_materials_names_what_was_grafted() -> None:
    document = built(grafted("libz.so.1", package("zlib1g")), grafted("libzz.so.1", package("zlib1g")))

    first, second = document["components"]
    assert first["bom-ref"] != second["bom-ref"]
    assert first["purl"] == second["purl"]
    assert first["hashes"] == [{"alg": "SHA-256", "content": "ef" * 32}]
    assert first["licenses"] == [{"license": {"id": "Zlib"}}]
    assert told(first) == {
        "linkage": "graft",
        "file": "x.libs/libz.so.1",
        "soname": "libz.so.1",
        "original-path": "/usr/lib/libz.so.1.2",
        "original-sha256": "cd" * 32,
        "debian-source": "src",
        "package-sha256": "ab" * 32,
    }


def test_a_library_of_no_package_is_named_by_its_soname() -> None:
    (component,) = built(grafted("libown.so.1"))["components"]
    assert component["name"] == "libown.so.1"
    assert "purl" not in component
    assert "version" not in component


def test_it_does_not_depend_on_order() -> None:
    assert built(linked("a"), linked("b")) == built(linked("b"), linked("a"))


def test_what_an_earlier_one_named_stays() -> None:
    name = WheelName.parse(NAME)
    before = build_sbom(name, [linked("a")], version="0.1", source_date_epoch=EPOCH)
    assert built(grafted("libz.so.1"), before=before) == built(linked("a"), grafted("libz.so.1"))


@pytest.mark.parametrize("before", [b"", b"[]", b'{"components": [1]}', b"\xff"])
def test_an_earlier_one_that_is_damaged_is_refused(before: bytes) -> None:
    with pytest.raises(BadInputError, match="is damaged"):
        built(linked("a"), before=before)
