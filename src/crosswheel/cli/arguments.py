"""The command line: verbs and options."""

import argparse

from crosswheel import __version__

_EPILOG = """\
exit codes: 0 yes, all done; 1 no: a build or proof that failed, something missing, broken input; 2 wrong usage;
3 the machine or the network lacks something; 130 interrupted.
"""

_BUILD_EPILOG = """\
Options may also be given as environment variables (--exec-mode as CROSSWHEEL_EXEC_MODE), in [tool.crosswheel] of
./pyproject.toml, or in crosswheel/config.toml of the folder for settings; docs/usage.md has the details.
"""

_INSPECT_EPILOG = "docs/inspect.md has the details, docs/findings.md the codes of findings."
_REPAIR_EPILOG = "docs/repair.md has the details: where libraries are looked for, what is changed, what is proved."
_RETAG_EPILOG = "Values are joined with dots where there are several: manylinux_2_17_x86_64.manylinux2014_x86_64."


class _Comma(argparse.Action):
    """Collects a repeatable option of comma lists."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 argparse's signature
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002 argparse's signature
    ) -> None:
        """Add the values."""
        given = getattr(namespace, self.dest) or []
        setattr(namespace, self.dest, [*given, *(part.strip() for part in str(values).split(",") if part.strip())])


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    An option that is not given is None: where else its value may stand is for `read_options` to say.
    """
    parser = argparse.ArgumentParser(
        prog="crosswheel",
        description="Correct, portable, tested Python wheels for any target platform, from the machine that you have.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"crosswheel {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    build = verbs.add_parser(
        "build",
        help="build, prove and test wheels",
        description="Build, prove and test wheels for one or more targets.",
        epilog=_BUILD_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add_what(build)
    _add_how(build)
    _add_trial(build)
    inspect = verbs.add_parser("inspect", help="the truth about wheels", epilog=_INSPECT_EPILOG, allow_abbrev=False)
    inspect.description = "Tell which platform tags wheels may truly carry, and what is wrong with them."
    _add_inspect(inspect)
    repair = verbs.add_parser(
        "repair", help="give wheels their libraries and true tags", epilog=_REPAIR_EPILOG, allow_abbrev=False
    )
    repair.description = (
        "Graft the libraries that wheels for Linux need from outside, give them true platform tags, and prove the "
        "result; for any architecture and C library."
    )
    _add_repair(repair)
    retag = verbs.add_parser("retag", help="give wheels other tags", epilog=_RETAG_EPILOG, allow_abbrev=False)
    retag.description = "Write wheels again with other tags (name, WHEEL, RECORD); refused where that would be a lie."
    _add_retag(retag)
    for name, text in (
        ("targets", "what can be built and tested from here, and what each target would need"),
        ("doctor", "what this machine has, what is missing, and how to mend it"),
    ):
        _add_json(verbs.add_parser(name, help=text, description=text, allow_abbrev=False))
    return parser


def _add_what(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a requirement (kiwisolver==1.4.7), a project folder, an sdist, a URL with a hash (https://…#sha256=…), "
        "or git+https://…@ref",
    )
    verb.add_argument(
        "--target",
        action="append",
        metavar="SELECTOR",
        help="such as cp311-manylinux2014_aarch64, cp3{9..13}-manylinux_2_28_{aarch64,riscv64}, 'cp313*-musllinux_*'; "
        "repeatable, or a comma list",
    )
    verb.add_argument(
        "--skip",
        action="append",
        metavar="SELECTOR",
        help="leave these out of the targets, such as '*-musllinux_*'; repeatable, or a comma list",
    )
    verb.add_argument("--out", metavar="DIR", help="where wheels go (default: wheelhouse)")
    verb.add_argument("--sdist", action="store_true", default=None, help="also write the sdist of a project folder")
    _add_json(verb)


def _add_how(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--strategy",
        metavar="STRATEGY",
        help="auto (default): the first that can be had, the next when it fails; native: all runs on this machine; "
        "hybrid: the target's Python emulated, compilers native; cross: a Python of this machine poses as the target's",
    )
    verb.add_argument(
        "--native",
        action=_Comma,
        metavar="DEBIAN-PACKAGE",
        help="a development package of the target's Debian that the build needs, such as libssl-dev; repeatable",
    )
    verb.add_argument(
        "--config-setting",
        action="append",
        metavar="KEY=VALUE",
        help="passed to the build backend (PEP 517); repeatable",
    )
    verb.add_argument(
        "--target-python",
        action="append",
        metavar="SOURCE",
        help="where the target's Python comes from: debian, uv, a standalone build (https://….tar.gz#sha256=…, or a "
        "file), image:REFERENCE, or a folder; repeatable, tried in order (default: this machine, debian, what uv has "
        "installed)",
    )
    verb.add_argument(
        "--exec-mode",
        metavar="MODE",
        help="how programs of the target that a build starts are run: auto (default), binfmt, namespace, proot, none",
    )
    verb.add_argument(
        "--cxx-runtime",
        metavar="NAME",
        help="C++ runtime that is linked: libc++ (default), or libstdc++ for Debian's C++ archives",
    )


def _add_trial(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--test-command", metavar="CMD", help="run in the target environment after the imports; no shell")
    verb.add_argument(
        "--test-requires", action="append", metavar="REQ", help="installed for the test command; repeatable"
    )
    verb.add_argument(
        "--no-test", action="store_true", default=None, help="do not run the wheel; the proof level is then static"
    )


def _add_inspect(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("wheels", nargs="+", metavar="WHEEL", help="a wheel's file")
    against = verb.add_mutually_exclusive_group()
    against.add_argument("--target", metavar="TARGET", help="hold them against this target, not against their names")
    against.add_argument(
        "--python", metavar="PYTHON", help="the Python of wheels that name none (py3-none-PLATFORM), such as cp311"
    )
    verb.add_argument(
        "--fail-on",
        choices=("error", "warning"),
        default="error",
        help="exit with 1 where there is a finding as bad as that, or worse (default: error)",
    )
    verb.add_argument("--tags-only", action="store_true", help="the true platform tags alone, best first; quickest")
    _add_json(verb)


def _add_repair(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("wheels", nargs="+", metavar="WHEEL", help="a wheel's file")
    verb.add_argument(
        "--target",
        default="auto",
        metavar="auto|PLATFORM-TAG",
        help="such as manylinux_2_28_aarch64, musllinux_1_2_x86_64 (default: auto, the strictest that is honest)",
    )
    verb.add_argument(
        "--library-path",
        action="append",
        metavar="DIR",
        help="a folder that libraries are looked for in, as LD_LIBRARY_PATH's are; repeatable",
    )
    verb.add_argument("--sysroot", metavar="DIR", help="the target's file system (default: this one, where it is like)")
    verb.add_argument(
        "--exclude",
        action=_Comma,
        metavar="SONAME",
        help="a library that stays outside; may have wildcards (libcuda.so.*); repeatable, or a comma list",
    )
    verb.add_argument(
        "--include",
        action=_Comma,
        metavar="SONAME",
        help="a library that is opened by name at run time (dlopen): graft it too; repeatable, or a comma list",
    )
    verb.add_argument(
        "--strip", action="store_true", help="leave out symbols and debug information of all machine code"
    )
    verb.add_argument("--no-test", action="store_true", help="do not load edited files in a Python of the target")
    verb.add_argument("--out", metavar="DIR", default="wheelhouse", help="where wheels go (default: wheelhouse)")
    _add_json(verb)


def _add_retag(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("wheels", nargs="+", metavar="WHEEL", help="a wheel's file")
    for part, example in (("python", "cp311"), ("abi", "abi3"), ("platform", "manylinux_2_28_aarch64")):
        verb.add_argument(f"--{part}-tag", metavar="TAG", help=f"the new {part} tag, such as {example}")
    verb.add_argument("--out", metavar="DIR", default="wheelhouse", help="where wheels go (default: wheelhouse)")
    verb.add_argument("--force", action="store_true", help="do it although it is a lie, and say which")
    _add_json(verb)


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON document on standard output")
