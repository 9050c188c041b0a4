"""What is in a wheel, at both depths, and what only its strings tell."""

import io
import mmap
import time
from dataclasses import replace

import pytest

from crosswheel.audit.facts import Depth, read_facts
from crosswheel.audit.texts import build_paths, opened_libraries
from crosswheel.elf import DynamicSymbol, parse_elf
from crosswheel.wheel import MemberFault, read_wheel
from crosswheel.wheel import reader as reader_module
from made_wheels import EXTENSION, NAME, elf_bytes, healthy_files, make_wheel

SBOM = "x-1.0.dist-info/sboms/x.cdx.json"


def test_both_depths_tell_what_they_say() -> None:
    wheel = make_wheel({**healthy_files(), SBOM: b"{}"}, replaced={"x/more.py": b"1"})

    tags, every = (read_facts(read_wheel(wheel, NAME), depth=depth) for depth in (Depth.TAGS, Depth.ALL))

    whole = every.elf_files[EXTENSION]
    assert whole.exports
    assert tags.elf_files == {EXTENSION: replace(whole, exports=())}
    assert (every.documents, tags.documents) == ({SBOM: b"{}"}, {})
    assert [problem.path for problem in every.record_problems] == ["x/more.py"]
    assert tags.record_problems == ()
    assert set(every.members) == set(tags.members) > {EXTENSION}


@pytest.mark.parametrize("threads", [1, 3])
def test_a_damaged_member_is_told_and_the_rest_is_read(threads: int) -> None:
    files = {"x/data.bin": bytes(range(256)), **healthy_files()}
    data = make_wheel(files).getvalue().replace(bytes(range(100, 110)), bytes(10), 1)

    facts = read_facts(read_wheel(io.BytesIO(data), NAME), threads=threads)

    assert [(problem.path, problem.kind) for problem in facts.member_problems] == [("x/data.bin", MemberFault.DAMAGED)]
    assert EXTENSION in facts.elf_files
    assert facts.record_problems == ()


def test_what_begins_as_machine_code_and_is_none() -> None:
    starts = {
        "x/a.so": b"\x7fELF\2\1\1" + bytes(20),
        "x/b.dylib": b"\xcf\xfa\xed\xfe" + bytes(20),
        "x/c.pyd": b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0",
    }

    for depth in Depth:
        facts = read_facts(read_wheel(make_wheel(starts), NAME), depth=depth)
        assert set(facts.malformed) == set(starts)


def test_what_is_too_large_for_memory_goes_into_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_module, "_LARGEST_PIECE", 100)
    monkeypatch.setattr(reader_module, "_LARGEST_IN_MEMORY", 1000)
    monkeypatch.setattr(reader_module, "_RELEASE", 4096)
    monkeypatch.setattr(reader_module, "AT_ONCE", 1500)
    monkeypatch.setattr("crosswheel.audit.facts.AT_ONCE", 100)
    monkeypatch.setattr("crosswheel.audit.facts._DESK", 100)
    asked: list[int] = []

    def scratch(size: int) -> mmap.mmap:
        asked.append(size)
        return mmap.mmap(-1, size)  # shared: what is given back is still there

    wheel = make_wheel(healthy_files())
    facts = read_facts(read_wheel(wheel, NAME, scratch=scratch))

    assert asked == [len(elf_bytes("ext-aarch64.so"))]
    assert facts == read_facts(read_wheel(wheel, NAME))
    assert facts.record_problems == ()


def found_in(text: bytes) -> tuple[str, ...]:
    content = b"\0" + text + b"\0"
    file = replace(parse_elf(elf_bytes("ext-aarch64.so")), data_areas=((0, len(content)),))
    return build_paths(file, memoryview(content))


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        (b"/home/me/project/src/x.c", ("/home/me/project/src",)),
        (
            b"/root/.cargo/registry/src/index-1a/pyo3-0.22.0/src/err.rs",
            ("/root/.cargo/registry/src/index-1a/pyo3-0.22.0/src",),
        ),
        (b"/tmp/pip-build-env-a1/overlay/include/x.hpp", ("/tmp/pip-build-env-a1/overlay/include",)),  # noqa: S108 nothing is written there
        (b"(/project/src/x.pyx)", ("/project/src",)),
        (b"C:\\Users\\me\\x\\y.cpp", ("C:\\Users\\me\\x",)),
        (b"/home/me/a.c\0/home/me/b.c\0/build/x/y.o", ("/build/x", "/home/me")),
        (b"/home/a/x.c\0/home/b/x.c\0/home/c/x.c\0/home/d/x.c", ("/home/a", "/home/b", "/home/c")),
        (b"/tmp/", ()),
        (b"/tmp/x.c", ()),
        (b"look into /home/ or /home/you/.config", ()),
        (b"/usr/home/me/x.c", ()),
        (b"https://example.org/build/x.c", ()),
        (b"/home/me/settings.ini", ()),
        (b"/usr/share/zoneinfo/x.c", ()),
    ],
)
def test_folders_of_a_build_machine(text: bytes, folders: tuple[str, ...]) -> None:
    assert found_in(text) == folders


def test_libraries_that_are_opened_by_name() -> None:
    content = b"\0libcuda.so.1\0libc.so.6\0see libz.so for more\0libx.so.\0other.so\0libssl.so\0"
    file = replace(parse_elf(elf_bytes("ext-aarch64.so")), data_areas=((0, len(content)),))
    opener = replace(file, imports=(DynamicSymbol("dlopen", None, None, weak=False, kind=2),))

    assert opened_libraries(opener, memoryview(content)) == ("libcuda.so.1", "libssl.so")
    assert opened_libraries(file, memoryview(content)) == ()


def test_strings_across_the_pieces_of_a_large_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crosswheel.audit.texts._AT_ONCE", 4096)

    for before in range(4070, 4100):
        assert found_in(b"." * before + b"\0/home/me/x.c") == ("/home/me",)


def test_paths_that_overlap_are_looked_at_once() -> None:
    started = time.perf_counter()
    for text in (b"+/home/a/b", b"@/tmp/a/b", b"/home/a/b.", b"C:\\Users\\a\\"):
        assert found_in(text * 50_000) == ()
    assert time.perf_counter() - started < 5
