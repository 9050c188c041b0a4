"""What the compiler wrappers make of their arguments: the real scripts, with a zig that prints what it is given."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crosswheel.toolchains.rules import driver_rules, keyword_rules, library_rules, linker_rules
from printing_wrappers import Maker, given_to_zig


def test_a_compile_is_for_the_target(make: Maker) -> None:
    said = make()("cc", "-O2", "-c", "a.c", "-o", "a.o")
    assert said.arguments[:4] == ("cc", "-target", "aarch64-linux-gnu.2.17", "-fno-sanitize=undefined")
    assert "-UNDEBUG" in said.arguments
    assert given_to_zig(said) == ("-O2", "-c", "a.c", "-o", "a.o")


def test_every_name_of_a_c_compiler_is_one(make: Maker) -> None:
    wrappers = make()
    for name in ("cc", "gcc", "clang", "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-cc"):
        assert wrappers(name, "-c", "a.c").arguments[0] == "cc"
    for name in ("c++", "g++", "clang++", "aarch64-linux-gnu-g++"):
        assert wrappers(name, "-c", "a.cc").arguments[0] == "c++"


@pytest.mark.parametrize(
    ("arguments", "added"),
    [
        (("-shared", "a.o", "-o", "a.so"), ("-s", "-lc++")),
        (("a.o", "-o", "a"), ("-s", "-lc++")),
        (("-shared", "-nostdlib", "a.o"), ("-s",)),
        (("-c", "a.c"), ()),
        (("-E", "a.c"), ()),
        (("-S", "a.c"), ()),
        (("-M", "a.c"), ()),
        (("-r", "a.o", "b.o"), ()),
        (("-c", "a.cc"), ("-lc++",)),
        (("-x", "c++", "-c", "a"), ("-lc++",)),
        (("--version",), ()),
    ],
)
def test_links_are_stripped_and_have_a_cxx_runtime(
    make: Maker, arguments: tuple[str, ...], added: tuple[str, ...]
) -> None:
    assert given_to_zig(make()("cc", *arguments)) == (*arguments, *added)


@pytest.mark.parametrize(
    "dropped",
    [
        "-g", "-g3", "-gdwarf-4", "-ggdb", "-s", "-flto", "-flto=auto", "-ffat-lto-objects", "-fuse-linker-plugin",
        "-fdebug-prefix-map=/a=.", "-static-libgcc", "-mtune=generic", "-fno-semantic-interposition", "-fuse-ld=gold",
        "-Wl,-Bsymbolic-functions", "-fno-gnu-unique", "-L/absent/folder", "-Wl,-L,/absent",
        "-Wl,--exclude-libs,ALL", "-Wl,--exclude-libs=ALL", "-Wl,-O1", "-Wl,-z,text",
        "-Wl,--warn-common", "-Wl,-Map,a.map", "-Wl,-Map=a.map", "-Wl,--strip-all", "-lgcc_s", "-lgcc", "-lstdc++",
        "-lpython3.11", "-Wl,-rpath-link,/a", "-Wl,--push-state", "-Wl,-melf_x86_64", "--sysroot=/a", "-Wl,-zexecstack",
    ],
)  # fmt: skip
def test_what_zig_refuses_or_what_means_nothing_is_dropped(make: Maker, dropped: str) -> None:
    assert given_to_zig(make()("cc", "-shared", "a.o", dropped)) == ("-shared", "a.o", "-s", "-lc++")


@pytest.mark.parametrize(
    "kept",
    [
        "-O3", "-fwrapv", "-pthread", "-rdynamic", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2", "-Wl,--as-needed",
        "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-Bsymbolic", "-Wl,--no-undefined", "-fvisibility=hidden", "-lm", "-lpthread",
        "-Wl,--whole-archive", "-Wl,-soname,liba.so.1", "-Wl,-rpath,$ORIGIN/../a.libs", "-lmissing",
    ],
)  # fmt: skip
def test_what_zig_understands_is_kept(make: Maker, kept: str) -> None:
    assert given_to_zig(make()("cc", "-shared", "a.o", kept)) == ("-shared", "a.o", kept, "-s", "-lc++")


def test_linker_arguments_in_all_their_forms(make: Maker) -> None:
    wrappers = make()
    forms = (
        ("-Wl,-soname,a.so,-z,now,-h,b.so",),
        ("-Wl,-soname", "-Wl,a.so", "-Wl,-z", "-Wl,now", "-Wl,-h,b.so"),
        ("-Xlinker", "-soname", "-Xlinker", "a.so", "-Xlinker", "-z", "-Xlinker", "now", "-Wl,-soname,b.so"),
    )
    for form in forms:
        zig = given_to_zig(wrappers("cc", "a.o", *form))
        assert zig == ("a.o", "-Wl,-soname,a.so", "-Wl,-z,now", "-Wl,-soname,b.so", "-s", "-lc++")


def test_distutils_way_to_name_a_run_path(make: Maker) -> None:
    zig = given_to_zig(make()("cc", "-shared", "a.o", "-Wl,--enable-new-dtags,-R$ORIGIN/../a.libs"))
    assert zig == ("-shared", "a.o", "-Wl,--enable-new-dtags", "-Wl,-rpath,$ORIGIN/../a.libs", "-s", "-lc++")


def test_definitions_for_the_preprocessor(make: Maker) -> None:
    assert given_to_zig(make()("cc", "-c", "-Wp,-D_FORTIFY_SOURCE=2", "a.c")) == ("-c", "-D_FORTIFY_SOURCE=2", "a.c")


def test_fortified_headers_only_where_glibc_has_their_functions(make: Maker) -> None:
    assert (
        "-D_FORTIFY_SOURCE=2" not in make("cp311-manylinux1_x86_64")("cc", "-c", "-D_FORTIFY_SOURCE=2", "a.c").arguments
    )
    assert (
        "-D_FORTIFY_SOURCE=2" in make("cp311-manylinux2014_x86_64")("cc", "-c", "-D_FORTIFY_SOURCE=2", "a.c").arguments
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("-dumpmachine", "aarch64-linux-gnu\n"),
        ("-print-multiarch", "aarch64-linux-gnu\n"),
        ("-print-multi-os-directory", ".\n"),
        ("-print-file-name=libm.so", "libm.so\n"),
        ("-print-sysroot", "\n"),
    ],
)
def test_questions_are_answered_for_the_target(make: Maker, question: str, answer: str) -> None:
    said = make()("gcc", question)
    assert (said.status, said.output) == (0, answer)


def test_version_questions_go_to_zig(make: Maker) -> None:
    wrappers = make()
    assert wrappers("cc", "--version").arguments[-1] == "--version"
    assert wrappers("cc", "-dumpfullversion").arguments == ("cc", "-target", "aarch64-linux-gnu", "-dumpversion")
    assert wrappers("cc", "-v", "-c", "a.c").arguments[-3:] == ("-v", "-c", "a.c")


def test_search_folders_and_programs_are_not_the_hosts(make: Maker) -> None:
    wrappers = make()
    assert "/usr" not in wrappers("cc", "-print-search-dirs").output
    assert wrappers("cc", "-print-prog-name=ld").output == f"{wrappers.scripts['ld']}\n"


@pytest.mark.parametrize("name", ["objcopy", "objdump", "readelf", "aarch64-linux-gnu-objdump"])
def test_tools_that_are_not_there_say_so(make: Maker, name: str) -> None:
    said = make()(name, "a.o")
    assert (said.status, said.output) == (1, "")
    assert "aarch64-linux-gnu" in said.errors


def test_strip_leaves_files_whole(make: Maker) -> None:
    wrappers = make()
    file = wrappers.directory / "a b.so"
    file.write_bytes(b"elf")
    assert wrappers("strip", "-S", "--strip-unneeded", "a b.so").status == 0
    assert file.read_bytes() == b"elf"
    assert wrappers("strip", "none.so").status == 1


# Texts that a shell might read.
ARGUMENTS = [
    "a b",
    "'",
    '"',
    "`id`",
    "$HOME",
    "$(id)",
    "\\",
    "*",
    "a\nb",
    "",
    "-DX='a b'",
    '-DX="\\"$x`',
    "-I/tmp/a b'c",
    "~",
    "#x",
    ";",
    "|&",
]


def test_texts_are_never_read_by_the_shell(make: Maker) -> None:
    zig = given_to_zig(make()("cc", "-c", *ARGUMENTS))
    split = [part for one in ARGUMENTS for part in (("-I", one[2:]) if one.startswith("-I") else (one,))]
    assert zig == ("-c", *split)


plain = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(plain, max_size=6))
def test_any_text_survives(make: Maker, texts: list[str]) -> None:
    given_texts = [f"-DX={text}" for text in texts]
    said = make()("cc", "-c", *given_texts)
    assert given_to_zig(said) == ("-c", *given_texts)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(plain, max_size=6))
def test_any_text_survives_a_response_file(make: Maker, tmp_path: Path, texts: list[str]) -> None:
    given_texts = [f"-DX={text}" for text in texts]
    escaped = [text.replace("\\", "\\\\").replace('"', '\\"') for text in given_texts]
    (tmp_path / "response").write_bytes("\n".join(f'"{text}"' for text in escaped).encode())
    said = make()("cc", "-c", f"@{tmp_path}/response")
    assert given_to_zig(said) == ("-c", *given_texts)


def test_response_files_are_treated_as_the_command_line_is(make: Maker) -> None:
    wrappers = make()
    build = wrappers.directory
    (build / "inner").write_text("-g -flto\n-Wl,-Bsymbolic-functions", encoding="ascii")
    (build / "all").write_text("a\\ b.o 'c d.o'\t\"e\\\"f.o\" @inner\n\n -I/usr/include -O2 ''", encoding="ascii")
    zig = given_to_zig(wrappers("cc", "-shared", "@all", "-DX=@all", "@absent"))
    assert zig == ("-shared", "a b.o", "c d.o", 'e"f.o', "-O2", "", "-DX=@all", "@absent", "-s", "-lc++")


def test_a_long_response_file(make: Maker) -> None:
    wrappers = make()
    objects = [f"folder/of/objects/number{number}.o" for number in range(1500)]
    (wrappers.directory / "all").write_text(" ".join(objects), encoding="ascii")
    zig = given_to_zig(wrappers("cc", "-shared", "@all", "-o", "a.so"))
    assert zig[1:1501] == tuple(objects)


def test_no_rule_is_out_of_reach() -> None:
    for rules in (driver_rules(), linker_rules(), keyword_rules(), library_rules()):
        patterns = [pattern for rule in rules for pattern in rule.patterns]
        assert len(patterns) == len(set(patterns))
