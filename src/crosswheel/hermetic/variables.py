"""The environment variables of a build: these, and no others."""

from collections.abc import Mapping
from pathlib import Path

from crosswheel.hermetic.pkgconfig import pkg_config_folder
from crosswheel.hermetic.shims import runner_script
from crosswheel.hermetic.value import Facts

# What a person may have set for the network to work at all. Nothing else of their environment reaches a build.
_INHERITED = frozenset(
    {
        *("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"),
        *("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "PIP_CERT"),
    }
)


def build_variables(
    facts: Facts, *, toolchain_file: Path, config_site: Path, home: Path, source_date_epoch: int
) -> dict[str, str]:
    """Return the variables that every build has.

    Arguments:
        facts: what they say.
        toolchain_file: CMake's.
        config_site: of configure scripts.
        home: a private folder.
        source_date_epoch: seconds since 1970 that stand for the time of the build.
    """
    triplet = facts.triplet
    variables = {
        "PATH": f"{facts.tools}:{facts.build_python.parent}",
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(source_date_epoch),
        # The names that a distribution's sysconfig has too: distutils then changes nothing in its other commands.
        "CC": f"{triplet}-gcc",
        "CXX": f"{triplet}-g++",
        "AR": f"{triplet}-ar",
        "RANLIB": f"{triplet}-ranlib",
        "STRIP": f"{triplet}-strip",
        "NM": f"{triplet}-nm",
        "OBJCOPY": f"{triplet}-objcopy",
        # bash takes these from its environment, and else from the machine that it was compiled for.
        "HOSTTYPE": facts.target.architecture.name,
        "MACHTYPE": f"{facts.target.architecture.name}-unknown-{triplet.partition('-')[2]}",
        "OSTYPE": triplet.partition("-")[2],
        "CONFIG_SITE": str(config_site),
        "CMAKE_TOOLCHAIN_FILE": str(toolchain_file),
        # CMake 4 refuses projects that were written for CMake before 3.5, and most of those still build.
        "CMAKE_POLICY_VERSION_MINIMUM": "3.5",
        "CMAKE_BUILD_PARALLEL_LEVEL": str(facts.jobs),
        "MAKEFLAGS": f"-j{facts.jobs}",
        "PKG_CONFIG_LIBDIR": str(pkg_config_folder(facts)),
        "PKG_CONFIG_PATH": "",
    }
    if not facts.executes:
        # `make check` of automake starts test programs through it (Automake manual, "Parallel Test Harness").
        variables["LOG_COMPILER"] = str(runner_script(facts))
    return variables


def inherited_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return those of a person's variables that reach a build: proxies and certificates."""
    return {name: value for name, value in environment.items() if name in _INHERITED}
