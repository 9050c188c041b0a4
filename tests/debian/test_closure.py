"""What packages depend on."""

from collections.abc import Sequence

import pytest

from crosswheel.debian.closure import Provided, closure
from crosswheel.debian.control import Package, parse_packages, parse_relation
from crosswheel.errors import RefusedError


class Packages:
    def __init__(self, text: str) -> None:
        """Take lines of "name version [Provides] > Depends"."""
        self._known: list[tuple[Package, tuple[str, ...]]] = []
        for line in text.strip().splitlines():
            head, _, depends = line.partition(">>>")
            name, version, *provides = head.split()
            stanza = (
                f"Package: {name}\nVersion: {version}\nArchitecture: all\nDepends: {depends.strip()}\n"
                f"Provides: {' '.join(provides)}\nFilename: {name}\nSize: 1\nSHA256: {'0' * 64}\n"
            )
            self._known += parse_packages(stanza)

    def packages(self, name: str) -> Sequence[Package]:
        return [package for package, _ in self._known if package.name == name]

    def providers(self, name: str) -> Sequence[Provided]:
        return [
            Provided(package=package.name, of_version=package.version, version=relation.version)
            for package, provides in self._known
            for relation in map(parse_relation, provides)
            if relation.name == name
        ]


def chosen(text: str, *names: str, leave_out: frozenset[str] = frozenset()) -> list[str]:
    packages = closure(names, Packages(text), leave_out=leave_out, where="Debian test")
    return [f"{package.name} {package.version}" for package in packages]


def test_highest_version_wins() -> None:
    assert chosen("a 1.0\na 1.0+deb12u1\na 1.0~rc1", "a") == ["a 1.0+deb12u1"]


def test_dependencies_of_dependencies_and_circles() -> None:
    assert chosen("a 1 >>> b (>= 1), c\nb 1 >>> d\nc 1 >>> a\nd 1", "a") == ["a 1", "b 1", "c 1", "d 1"]


def test_first_alternative_that_is_there() -> None:
    assert chosen("a 1 >>> x | b | c\nb 1\nc 1", "a") == ["a 1", "b 1"]


def test_alternative_that_is_chosen_already() -> None:
    assert chosen("a 1 >>> c, b | c\nb 1\nc 1", "a") == ["a 1", "c 1"]


def test_alternative_of_the_right_version() -> None:
    assert chosen("a 1 >>> b (>= 2) | c\nb 1\nc 1", "a") == ["a 1", "c 1"]


def test_virtual_packages() -> None:
    assert chosen("a 1 >>> awk\nmawk 1 awk\ngawk 1 awk", "a") == ["a 1", "gawk 1"]
    assert chosen("a 1 >>> mawk, awk\nmawk 1 awk\ngawk 1 awk", "a") == ["a 1", "mawk 1"]


def test_virtual_packages_with_versions() -> None:
    world = "a 1 >>> abi (= 3)\nb 1 abi\nc 1 abi(=2)\nd 1 abi(=3)"
    assert chosen(world, "a") == ["a 1", "d 1"]


def test_older_version_no_longer_provides() -> None:
    with pytest.raises(RefusedError, match="cannot be had"):
        chosen("a 1 >>> v\nb 1 v\nb 2", "a")


def test_left_out() -> None:
    world = "a 1 >>> libc6-dev | libc-dev, dpkg\nlibc6-dev 1 >>> linux-libc-dev\nlinux-libc-dev 1\ndpkg 1"
    assert chosen(world, "a", leave_out=frozenset({"libc6-dev"})) == ["a 1"]
    assert chosen(world, "dpkg") == ["dpkg 1"]


def test_all_problems_are_told_together() -> None:
    with pytest.raises(RefusedError) as raised:
        chosen("a 1 >>> b (>= 2), c\nb 1", "a", "nothing")
    assert raised.value.details == (
        "there is no package nothing",
        "a depends on b (>= 2)",
        "a depends on c",
    )
