"""Libraries are found where the target's loader would find them, and nothing is read outside of a sysroot."""

from pathlib import Path, PurePosixPath

import pytest

from crosswheel.repair.folders import Libc, system_folders
from crosswheel.repair.search import LibrarySearch, Requester
from crosswheel.repair.tree import Tree
from crosswheel.targets import architecture_named
from made_wheels import elf_bytes

ARM = architecture_named("aarch64")
LIBRARY = "libone.so.1"


def put(root: Path, *places: str, content: bytes | None = None) -> None:
    for place in places:
        path = root / place.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(elf_bytes("libone.so.1") if content is None else content)


def asks(
    *, rpath: str | None = None, runpath: str | None = None, folder: str = "/app", tree: Tree | None = None
) -> Requester:
    return Requester(name="x", tree=tree, folder=PurePosixPath(folder), rpath=rpath, runpath=runpath)


def found(search: LibrarySearch, *chain: Requester) -> str | None:
    answer = search.find(LIBRARY, chain)
    return str(answer.found.place) if answer.found else None


def searching(
    root: Path, libc: Libc = Libc.GLIBC, *library_paths: Path, architecture: str = "aarch64"
) -> LibrarySearch:
    return LibrarySearch(
        architecture=architecture_named(architecture), libc=libc, library_paths=library_paths, tree=Tree(root=root)
    )


def test_run_paths_come_in_the_order_of_glibc(tmp_path: Path) -> None:
    given = tmp_path / "given"
    put(given, LIBRARY)
    root = tmp_path / "root"
    put(root, f"/r/{LIBRARY}", f"/above/{LIBRARY}", f"/run/{LIBRARY}", f"/usr/lib/{LIBRARY}")
    search = searching(root, Libc.GLIBC, given)

    assert found(search, asks(rpath="/r")) == f"/r/{LIBRARY}"
    assert found(search, asks(), asks(rpath="/above")) == f"/above/{LIBRARY}"
    # A RUNPATH puts every RPATH out of force, and is searched behind LD_LIBRARY_PATH.
    assert found(search, asks(rpath="/r", runpath="/run"), asks(rpath="/above")) == str(given / LIBRARY)
    assert found(searching(root), asks(rpath="/r", runpath="/run")) == f"/run/{LIBRARY}"
    # One that another's RUNPATH leads to is not found: only an RPATH is inherited.
    assert found(searching(root), asks(), asks(runpath="/run")) == f"/usr/lib/{LIBRARY}"


def test_musl_inherits_every_run_path_and_searches_the_given_folders_first(tmp_path: Path) -> None:
    given, root = tmp_path / "given", tmp_path / "root"
    put(root, f"/run/{LIBRARY}")
    search = searching(root, Libc.MUSL)

    answer = search.find(LIBRARY, [asks(), asks(runpath="/run")])

    # It was linked for no C library at all, so musl's loader takes it too.
    assert answer.found is not None
    put(given, LIBRARY)
    assert found(searching(root, Libc.MUSL, given), asks(rpath="/run")) == str(given / LIBRARY)


@pytest.mark.parametrize(
    ("architecture", "entry", "place"),
    [
        ("aarch64", "/opt/$LIB", "/opt/lib/aarch64-linux-gnu"),
        ("aarch64", "/opt/${LIB}/x", "/opt/lib64/x"),
        ("aarch64", "/opt/$PLATFORM", "/opt/aarch64"),
        ("aarch64", "$ORIGIN/../lib", "/app/lib"),
        ("aarch64", "${ORIGIN}/lib", "/app/bin/lib"),
    ],
)
def test_variables_are_the_targets(tmp_path: Path, architecture: str, entry: str, place: str) -> None:
    put(tmp_path, f"{place}/{LIBRARY}", "/app/bin/program")
    search = searching(tmp_path, architecture=architecture)

    assert found(search, asks(rpath=entry, folder="/app/bin", tree=search.tree)) == f"{place}/{LIBRARY}"


def test_origin_in_the_wheel_is_no_folder_of_the_file_system(tmp_path: Path) -> None:
    put(tmp_path, f"/x/{LIBRARY}")

    assert found(searching(tmp_path), asks(rpath="$ORIGIN", folder="x")) is None


def test_configured_folders_come_before_the_default_ones(tmp_path: Path) -> None:
    put(tmp_path, "/etc/ld.so.conf", content=b"# own\ninclude ld.so.conf.d/*.conf\n/late # last\nhwcap 1 nosegneg\n")
    put(tmp_path, "/etc/ld.so.conf.d/b.conf", content=b"/b:/c\n")
    put(tmp_path, "/etc/ld.so.conf.d/a.conf", content=b"/a=libc6\ninclude /etc/ld.so.conf\n")

    folders = [str(folder) for folder in system_folders(Tree(root=tmp_path), ARM, Libc.GLIBC)]

    assert folders == [
        "/a", "/b", "/c", "/late",
        "/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
    ]  # fmt: skip


def test_the_folders_of_musl(tmp_path: Path) -> None:
    tree = Tree(root=tmp_path)
    assert [str(folder) for folder in system_folders(tree, ARM, Libc.MUSL)] == [
        "/lib", "/usr/local/lib", "/usr/lib", "/usr/lib/aarch64-linux-musl",
    ]  # fmt: skip
    put(tmp_path, "/etc/ld-musl-aarch64.path", content=b"/a\n/b:/c\n")
    put(tmp_path, "/etc/ld-musl-armhf.path", content=b"/hard\n")
    assert [str(folder) for folder in system_folders(tree, ARM, Libc.MUSL)] == ["/a", "/b", "/c"]
    assert system_folders(tree, architecture_named("armv7l"), Libc.MUSL) == (PurePosixPath("/hard"),)


def test_a_candidate_of_another_machine_is_passed_over_and_told(tmp_path: Path) -> None:
    put(tmp_path, f"/lib64/{LIBRARY}", content=elf_bytes("ext-x86_64.so"))
    put(tmp_path, f"/usr/lib64/{LIBRARY}", content=b"GROUP ( libone.so.1.2 )")
    put(tmp_path, f"/lib/{LIBRARY}", content=elf_bytes("libone.so.1")[:100])
    put(tmp_path, f"/usr/lib/{LIBRARY}")

    answer = searching(tmp_path).find(LIBRARY, [asks()])

    assert answer.found is not None
    assert str(answer.found.place) == f"/usr/lib/{LIBRARY}"
    first, second, third = answer.passed_over
    assert first.endswith("was passed over: it is for x86_64, not aarch64")
    assert "it is no ELF file" in second
    assert "it is damaged" in third


def test_a_candidate_of_another_c_library_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, f"/usr/lib/{LIBRARY}", content=elf_bytes("ext-aarch64.so"))

    answer = searching(tmp_path, Libc.MUSL).find(LIBRARY, [asks()])

    assert answer.found is None
    assert "it was linked for glibc, not musl" in answer.passed_over[0]


def test_links_stay_inside_of_the_sysroot(tmp_path: Path) -> None:
    root = tmp_path / "root"
    put(tmp_path, f"secret/{LIBRARY}")
    put(root, f"/opt/{LIBRARY}.2")
    (root / "usr/lib").mkdir(parents=True)
    (root / "usr/lib" / LIBRARY).symlink_to(f"/opt/{LIBRARY}.2")  # the target's /opt
    assert found(searching(root), asks()) == f"/opt/{LIBRARY}.2"

    (root / "usr/lib" / LIBRARY).unlink()
    for target in (tmp_path / "secret" / LIBRARY, Path("../../../secret", LIBRARY), Path(LIBRARY)):
        (root / "usr/lib" / LIBRARY).symlink_to(target)
        assert found(searching(root), asks()) is None
        (root / "usr/lib" / LIBRARY).unlink()


def test_a_needed_path_is_taken_as_it_is(tmp_path: Path) -> None:
    put(tmp_path, f"/opt/own/{LIBRARY}", f"/usr/lib/{LIBRARY}")
    search = searching(tmp_path)

    answer = search.find(f"/opt/own/{LIBRARY}", [asks()])

    assert answer.found is not None
    assert str(answer.found.place) == f"/opt/own/{LIBRARY}"
    assert search.find(f"own/{LIBRARY}", [asks()]).found is None


def test_without_a_file_system_only_given_folders_are_searched(tmp_path: Path) -> None:
    put(tmp_path, LIBRARY)
    bare = LibrarySearch(architecture=ARM, libc=Libc.GLIBC)
    assert bare.find(LIBRARY, [asks(rpath=str(tmp_path))]).looked_into == ()
    given = LibrarySearch(architecture=ARM, libc=Libc.GLIBC, library_paths=(tmp_path,))
    assert found(given, asks()) == str(tmp_path / LIBRARY)


def test_hostile_files_of_the_system_do_no_harm(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    etc.mkdir()
    for number in range(2000):
        (etc / f"c{number}").write_text(f"include /etc/c{number + 1}\n")
    lines = [b"include /", b"include ld.so.conf", b"include /etc/c0", b"/a\0b", b"/" + b"x" * 5000, b"/last"]
    (etc / "ld.so.conf").write_bytes(b"\n".join(lines))
    tree = Tree(root=tmp_path)

    folders = system_folders(tree, ARM, Libc.GLIBC)

    assert PurePosixPath("/last") in folders
    assert [tree.find(folder) for folder in folders] == [None] * len(folders)


def test_a_candidate_that_is_too_large_is_passed_over_unread(tmp_path: Path) -> None:
    given, root = tmp_path / "given", tmp_path / "root"
    put(given, LIBRARY)
    put(root, f"/usr/lib/{LIBRARY}")
    with (given / LIBRARY).open("r+b") as file:
        file.truncate((4 << 30) + 1)  # sparse: nothing of it is on the disk

    answer = searching(root, Libc.GLIBC, given).find(LIBRARY, [asks()])

    assert answer.found is not None
    assert answer.found.path == root / "usr/lib" / LIBRARY
    assert answer.passed_over == (f"{given / LIBRARY} was passed over: it is larger than 4 GiB",)
