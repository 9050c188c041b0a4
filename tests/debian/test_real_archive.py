"""Debian's own archive."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from crosswheel.debian import SUITES, Archive, read_archive_settings
from crosswheel.debian.keys import PINNED, certificates_for
from crosswheel.debian.release import parse_release, verified_text
from crosswheel.debian.version import version_key
from crosswheel.store import Store
from crosswheel.targets import architecture_named
from crosswheel.transport import Client, ClientSettings
from real_archive import real_archive

pytestmark = pytest.mark.network

ARM64 = architecture_named("aarch64")
NO_LIBC_HEADERS = frozenset({"libc6-dev", "linux-libc-dev"})


@pytest.mark.parametrize("suite", PINNED)
def test_signatures_with_the_shipped_keys(suite: str, tmp_path: Path) -> None:
    settings = read_archive_settings(os.environ)
    mirror = (settings.security_mirrors if suite.endswith("-security") else settings.mirrors)[0]
    url = f"{mirror}/dists/{suite}/InRelease"
    page = Client(Store(tmp_path), ClientSettings()).page(url)
    assert page
    text = verified_text(page.body, certificates_for(suite, None, host_keyrings=tmp_path), shown=url)
    release = parse_release(text, shown=url)
    assert release.codename == suite
    assert {"amd64", "arm64"} <= release.architectures


@pytest.mark.parametrize("suite", ["bullseye", "bookworm", "trixie"])
def test_pythons_and_their_headers(suite: str) -> None:
    (version,) = SUITES[suite].pythons
    python = f"python{version[0]}.{version[1]}"
    sysroot = real_archive().sysroot(
        [python, f"lib{python}-dev"], suite=suite, architecture=ARM64, leave_out=NO_LIBC_HEADERS
    )
    assert sysroot.glibc == SUITES[suite].glibc
    assert (sysroot.path / "usr/bin" / python).read_bytes()[18:20] == b"\xb7\x00", "EM_AARCH64"
    assert (sysroot.path / f"usr/include/{python}/Python.h").is_file()
    assert (sysroot.path / f"usr/include/aarch64-linux-gnu/{python}/pyconfig.h").is_file()
    assert (sysroot.path / "lib/ld-linux-aarch64.so.1").resolve().is_file()
    names = {package.name for package in sysroot.packages}
    assert not names & (NO_LIBC_HEADERS | {"dpkg", "debconf"})


@pytest.mark.parametrize("version", SUITES["sid"].pythons)
def test_pythons_of_sid(version: tuple[int, int]) -> None:
    shared = real_archive()
    # Any age: what a mirror has of sid is looked at here, not how old that is.
    archive = Archive(shared._client, shared._store, replace(shared._settings, accept_expired_days=3650))
    python = f"python{version[0]}.{version[1]}"
    found = archive.find(python, suite="sid", architecture=ARM64)
    assert found
    assert found.source == python


def test_security_fixes_are_read_too() -> None:
    archive = real_archive()
    main = archive._mirrors.origins("bookworm", ARM64)[:1]
    with archive._mirrors.index(main, ARM64) as index:
        (in_main,) = index.packages("libssl3")
    merged = archive.find("libssl3", suite="bookworm", architecture=ARM64)
    assert merged
    assert version_key(merged.version) > version_key(in_main.version)
