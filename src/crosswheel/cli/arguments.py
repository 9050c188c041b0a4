"""The command line: verbs, options, and where else an option's value may stand."""

import argparse
from collections.abc import Mapping

from crosswheel import __version__

_EPILOG = """\
exit codes: 0 yes, all done; 1 no: a build or proof that failed, something missing, broken input; 2 wrong usage;
3 the machine or the network lacks something; 130 interrupted.

Options may also be given as environment variables: --exec-mode as CROSSWHEEL_EXEC_MODE, and so on; lists with commas.
"""


class _Comma(argparse.Action):
    """Collects a repeatable option of comma lists; the command line replaces what the environment says."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 argparse's signature
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,  # noqa: ARG002 argparse's signature
    ) -> None:
        """Add the values."""
        given = getattr(namespace, f"_{self.dest}", [])
        given = [*given, *(part.strip() for part in str(values).split(",") if part.strip())]
        setattr(namespace, f"_{self.dest}", given)
        setattr(namespace, self.dest, given)


def make_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """Return the parser of the whole command line.

    Arguments:
        environ: where options that are not on the command line are looked up.
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
    _build(verbs.add_parser("build", help="build, prove and test wheels", allow_abbrev=False), environ)
    for name, text in (
        ("targets", "what can be built and tested from here, and what each target would need"),
        ("doctor", "what this machine has, what is missing, and how to mend it"),
    ):
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.add_argument("--json", action="store_true", help="one JSON document on standard output")
    return parser


def _build(verb: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    verb.description = "Build, prove and test wheels for one or more targets."

    def default(name: str) -> str | None:
        return environ.get(f"CROSSWHEEL_{name}") or None

    def listed(name: str) -> list[str]:
        return [part.strip() for part in (default(name) or "").split(",") if part.strip()]

    verb.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="a requirement (kiwisolver==1.4.7), a project folder, an sdist, a URL with a hash (https://…#sha256=…), "
        "or git+https://…@ref",
    )
    verb.add_argument(
        "--target",
        dest="targets",
        action=_Comma,
        default=listed("TARGET"),
        metavar="TARGET",
        help="such as cp311-manylinux2014_aarch64; repeatable, or a comma list",
    )
    verb.add_argument(
        "--out", default=default("OUT") or "wheelhouse", metavar="DIR", help="where wheels go (default: wheelhouse)"
    )
    verb.add_argument(
        "--strategy",
        choices=("auto", "native", "hybrid"),
        default=default("STRATEGY") or "auto",
        help="native: everything runs on this machine; hybrid: the target's Python emulated, compilers native",
    )
    verb.add_argument(
        "--native",
        dest="native",
        action=_Comma,
        default=listed("NATIVE"),
        metavar="DEBIAN-PACKAGE",
        help="a development package of the target's Debian that the build needs, such as libssl-dev; repeatable",
    )
    verb.add_argument(
        "--config-setting",
        dest="config_settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="passed to the build backend (PEP 517); repeatable",
    )
    verb.add_argument(
        "--exec-mode",
        choices=("auto", "binfmt", "namespace", "proot", "none"),
        default=default("EXEC_MODE") or "auto",
        help="how programs of the target that a build starts are run",
    )
    verb.add_argument("--sdist", action="store_true", help="also write the sdist of a project folder")
    verb.add_argument(
        "--test-command",
        default=default("TEST_COMMAND"),
        metavar="CMD",
        help="run in the target environment after the imports; no shell",
    )
    verb.add_argument(
        "--test-requires",
        action="append",
        default=listed("TEST_REQUIRES"),
        metavar="REQ",
        help="installed for the test command; repeatable",
    )
    verb.add_argument("--no-test", action="store_true", help="do not run the wheel; the proof level is then static")
    verb.add_argument("--json", action="store_true", help="one JSON document on standard output")
