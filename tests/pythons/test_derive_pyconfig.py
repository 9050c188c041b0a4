"""The pyconfig.h of a posing Python: each kind of macro on its own, and all of them beside Debian's true files."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from crosswheel.errors import RefusedError
from crosswheel.process import this_host
from crosswheel.pythons.derive_pyconfig import decided_macros, derive_pyconfig, looked_for, read_macros
from crosswheel.pythons.derive_questions import Answers, ask_compiler
from crosswheel.targets import Target, architecture_named
from posed import RELEASES, compiles, debian_target, installed_python, true_pyconfig
from real_archive import released_package

DIFFERENCES = tomllib.loads((Path(__file__).parent / "pyconfig_differences.toml").read_text())["difference"]

PYCONFIG = """\
#ifndef Py_PYCONFIG_H
#define Py_PYCONFIG_H

/* The size of `long', as computed by sizeof. */
#define SIZEOF_LONG 8

/* Define to 1 if you have the <sys/made_up.h> header file. */
#define HAVE_SYS_MADE_UP_H 1

/* Define to 1 if you have the `preadv2' function. */
#define HAVE_PREADV2 1

/* Define to 1 if you have the 'strlcpy' function. */
/* #undef HAVE_STRLCPY */

/* Define to 1 if you have the `lchmod' function. */
/* #undef HAVE_LCHMOD */

/* Define to 1 if you have the `lstat' function. */
#define HAVE_LSTAT 1

/* Define if you have the curses.h function. */
#define HAVE_CURSES_FILTER 1

/* Defined if Python is built as a shared library. */
#define Py_ENABLE_SHARED 1

#if defined AC_APPLE_UNIVERSAL_BUILD
# if defined __BIG_ENDIAN__
#  define WORDS_BIGENDIAN 1
# endif
#else
# ifndef WORDS_BIGENDIAN
/* #  undef WORDS_BIGENDIAN */
# endif
#endif

#endif /*Py_PYCONFIG_H*/
"""


def derived(target: str, **flags: bool) -> dict[str, str | None]:
    answers = Answers(numbers={"SIZEOF_LONG": 4}, flags=flags, headers={"sys/made_up.h": False})
    return read_macros(derive_pyconfig(PYCONFIG, Target.parse(target), answers))


def test_what_the_compiler_says_of_types_and_headers_holds() -> None:
    macros = derived("cp311-manylinux_2_36_armv7l")
    assert macros["SIZEOF_LONG"] == "4"
    assert macros["HAVE_SYS_MADE_UP_H"] is None
    assert macros["Py_ENABLE_SHARED"] == "1"
    assert macros["HAVE_CURSES_FILTER"] == "1"


@pytest.mark.parametrize(
    ("target", "preadv2", "strlcpy"),
    [
        ("cp311-manylinux2014_aarch64", None, None),
        ("cp311-manylinux_2_26_x86_64", "1", None),
        ("cp311-manylinux_2_38_s390x", "1", "1"),
        ("cp311-musllinux_1_1_x86_64", None, "1"),
        ("cp311-musllinux_1_2_aarch64", None, "1"),
    ],
)
def test_functions_are_those_of_the_pinned_libc(target: str, preadv2: str | None, strlcpy: str | None) -> None:
    macros = derived(target)
    assert (macros["HAVE_PREADV2"], macros["HAVE_STRLCPY"]) == (preadv2, strlcpy)
    # Only a stub in glibc; and a function of every glibc, though libc.so.6 has a symbol for it since 2.33 only.
    assert (macros["HAVE_LCHMOD"], macros["HAVE_LSTAT"]) == (None, "1")


def test_byte_order_is_set_where_the_compiler_does_not_say_it() -> None:
    big = derive_pyconfig(
        PYCONFIG,
        Target.parse("cp311-manylinux2014_s390x"),
        Answers(numbers={}, flags={"WORDS_BIGENDIAN": True}, headers={}),
    )
    assert "# ifndef WORDS_BIGENDIAN\n#define WORDS_BIGENDIAN 1\n# endif" in big
    assert "#  define WORDS_BIGENDIAN 1" in big  # Apple's own line stays
    assert "/* #undef WORDS_BIGENDIAN */" in derive_pyconfig(
        big,
        Target.parse("cp311-manylinux2014_aarch64"),
        Answers(numbers={}, flags={"WORDS_BIGENDIAN": False}, headers={}),
    )


def test_headers_and_functions_are_read_out_of_comments() -> None:
    headers, functions = looked_for(PYCONFIG)
    assert headers["HAVE_SYS_MADE_UP_H"] == "sys/made_up.h"
    assert functions["HAVE_STRLCPY"] == "strlcpy"
    assert "HAVE_CURSES_FILTER" not in functions


def answering(data: bytes) -> Callable[[str], bytes]:
    return lambda _: data


def test_an_object_of_another_machine_is_refused() -> None:
    this = Path("/proc/self/exe").read_bytes()
    other = "s390x" if this_host().machine != "s390x" else "x86_64"
    for answer, architecture, why in (
        (b"no ELF file", other, "no ELF file"),
        (this, other, "it compiled for machine"),
        (this, this_host().machine, "the answers are not in"),
    ):
        with pytest.raises(RefusedError, match="could not be asked") as caught:
            ask_compiler(answering(answer), architecture_named(architecture), (), {})
        assert why in caught.value.why


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("cp311-manylinux2014_aarch64", {"SIZEOF_LONG": 8, "SIZEOF_LONG_DOUBLE": 16, "SIZEOF_WCHAR_T": 4}),
        ("cp311-manylinux1_i686", {"SIZEOF_LONG": 4, "SIZEOF_LONG_DOUBLE": 12, "ALIGNOF_LONG": 4, "SIZEOF_OFF_T": 8}),
        ("cp311-musllinux_1_2_armv7l", {"SIZEOF_VOID_P": 4, "SIZEOF_LONG_DOUBLE": 8, "SIZEOF_TIME_T": 8}),
        ("cp311-manylinux2014_armv7l", {"SIZEOF_VOID_P": 4, "SIZEOF_TIME_T": 4}),
    ],
)
def test_the_compiler_is_asked_without_running_anything(target: str, expected: Mapping[str, int]) -> None:
    one = Target.parse(target)
    answers = ask_compiler(
        compiles(one), one.architecture, ("stdio.h", "no/such.h"), {"_FILE_OFFSET_BITS": "64", "_GNU_SOURCE": "1"}
    )
    assert {name: answers.numbers[name] for name in expected} == expected
    assert answers.headers == {"stdio.h": True, "no/such.h": False}
    assert answers.flags["HAVE_GCC_ASM_FOR_X64"] is False
    assert answers.flags["HAVE_LARGEFILE_SUPPORT"] == (one.architecture.bits == 32)


def public_words(version: str) -> frozenset[str]:
    """Every word in CPython's public headers of a version; those in `internal` are only for its own modules."""
    package = released_package(
        f"libpython{version}-dev", suite=RELEASES[version][0], architecture=architecture_named("x86_64")
    )
    folder = package / "usr/include" / f"python{version}"
    headers = [path for path in folder.rglob("*.h") if "internal" not in path.parts and path.name != "pyconfig.h"]
    assert len(headers) > 50
    return frozenset(word for path in headers for word in re.findall(r"\w+", path.read_text(errors="replace")))


def unlike(version: str, pyconfig: str, *, all_macros: bool) -> Iterator[tuple[str, str]]:
    """Each difference of the derived files from the true ones: macro and architecture."""
    for architecture in RELEASES[version][2]:
        target = debian_target(version, architecture)
        headers = looked_for(pyconfig)[0].values()
        answers = ask_compiler(
            compiles(target), target.architecture, headers, {"_GNU_SOURCE": "1", "_FILE_OFFSET_BITS": "64"}
        )
        ours = read_macros(derive_pyconfig(pyconfig, target, answers))
        true = read_macros(true_pyconfig(version, architecture))
        compared = ours.keys() | true.keys()
        if not all_macros:
            compared = ours.keys() & true.keys() & decided_macros(pyconfig, target, answers).keys()
        # A macro that a file does not speak of is not defined in it.
        yield from ((macro, architecture) for macro in compared if ours.get(macro) != true.get(macro))


@pytest.mark.network
@pytest.mark.toolchain
@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("host", ["debian", "own"])
def test_derived_files_differ_from_debians_true_ones_in_nothing_that_changes_what_compiles(
    version: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Any age: what a mirror has of sid is looked at here, not how old that is.
    monkeypatch.setenv("CROSSWHEEL_DEBIAN_EXPIRED_DAYS", "3650")
    if host == "debian":
        pyconfig = true_pyconfig(version, "x86_64")
    else:
        python = installed_python(version)
        if python is None:
            pytest.skip(f"no CPython {version} with headers is installed here")
        pyconfig = (python.includes[0] / "pyconfig.h").read_text()
    # Another build of CPython has other options and libraries; what the target decides has to be the same.
    found = set(unlike(version, pyconfig, all_macros=host == "debian"))
    table = [one for one in DIFFERENCES if version in one.get("versions", [version])]
    told = {
        (macro, architecture): one
        for one in table
        for macro in one["macros"]
        for architecture in one.get("architectures", RELEASES[version][2])
        if architecture in RELEASES[version][2]
    }
    assert not found - told.keys(), "a difference that the table has no reason for"
    assert all(one["reason"] for one in table)
    if host == "debian":
        assert not told.keys() - found, "the table speaks of what is no difference"
    public = public_words(version)
    unmarked = {
        macro for macro, architecture in found if macro in public and not told[macro, architecture].get("public")
    }
    assert not unmarked, "CPython's public headers ask for what differs"
