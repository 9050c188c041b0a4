"""Ways between the files of an installed wheel."""

from pathlib import PurePosixPath

import pytest

from crosswheel.repair.places import folder_of, installed_path, is_script, run_path, way


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("x/_ext.so", "x/_ext.so"),
        ("x-1.data/platlib/x/_ext.so", "x/_ext.so"),
        ("x-1.data/purelib/x/_ext.so", "x/_ext.so"),
        ("x-1.data/scripts/tool", None),
        ("x-1.data/data/lib/libx.so", None),
    ],
)
def test_where_a_member_is_installed(path: str, place: str | None) -> None:
    assert installed_path(path) == (PurePosixPath(place) if place else None)
    assert is_script(path) == path.endswith("scripts/tool")


def test_ways_begin_at_the_files_own_folder() -> None:
    libs = PurePosixPath("x.libs")
    assert way(PurePosixPath("x/sub"), libs) == "$ORIGIN/../../x.libs"
    assert way(PurePosixPath(), libs) == "$ORIGIN/x.libs"
    assert way(libs, libs) == "$ORIGIN"


@pytest.mark.parametrize(
    ("entry", "folder"),
    [
        ("$ORIGIN", "x/sub"),
        ("${ORIGIN}/../lib", "x/lib"),
        ("$ORIGIN/../../y/lib", "y/lib"),
        ("$ORIGIN/../../..", None),
        ("$ORIGIN/../../../../lib", None),
        ("$ORIGINAL", None),
        ("$ORIGIN/$LIB", None),
        ("/usr/lib", None),
        ("lib", None),
    ],
)
def test_entries_that_stay_below_site_packages(entry: str, folder: str | None) -> None:
    assert folder_of(entry, PurePosixPath("x/sub")) == (PurePosixPath(folder) if folder else None)


def test_a_run_path_keeps_what_is_useful_and_gets_what_is_missing() -> None:
    entries = ["/build/lib", "$ORIGIN/../lib", "$ORIGIN/../../x.libs/", "$ORIGIN/../lib", "."]
    libs = [PurePosixPath("x.libs"), PurePosixPath("x")]

    assert run_path(entries, PurePosixPath("x/sub"), libs) == "$ORIGIN/../lib:$ORIGIN/../../x.libs/:$ORIGIN/.."
    assert run_path(["/build/lib"], PurePosixPath("x"), []) == ""
