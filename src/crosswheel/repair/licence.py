"""What licences a Debian package is under, as SPDX writes them (machine-readable debian/copyright 1.0)."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from crosswheel.repair.packages import SystemPackage

# Debian's short names that are not SPDX's, in lower case (copyright-format 1.0, section 7.1).
_NAMES = {
    "expat": "MIT",
    "zlib": "Zlib",
    "artistic": "Artistic-1.0-Perl",
    "python-2.0": "PSF-2.0",
    "mpl-1.1": "MPL-1.1",
    "cc0": "CC0-1.0",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "lppl": "LPPL-1.0",
    "w3c-software": "W3C",
    "apache-2": "Apache-2.0",
}
_GNU = re.compile(r"(a?l?gpl|gfdl)-?v?([0-9](?:\.[0-9])?)?(\+?)", re.IGNORECASE)
_FIELD = re.compile(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", re.MULTILINE)
_RUNTIME = "GPL-3.0-or-later WITH GCC-exception-3.1"
_QUAD = "LGPL-2.1-or-later"
_GCC = re.compile(r"gcc(-[0-9.]+)?(-cross.*)?")


def licence_of(package: SystemPackage, copyright_file: bytes, archives: Iterable[str] = ()) -> str:
    """Return the SPDX expression of what a package's files are under by default; "" where it cannot be told.

    It is the licence of `Files: *`: other stanzas are of single files, most of them of scripts and tests that are in
    no library. What comes of GCC's own source is under its runtime exception, which its text says in prose.

    Arguments:
        package: whose.
        copyright_file: its debian/copyright.
        archives: of the package, where it is those that are spoken of.
    """
    if _GCC.fullmatch(package.source):
        # libquadmath is the one library of GCC's runtime that is not under the exception.
        names = [PurePosixPath(archive).name for archive in archives] or [package.name]
        quad = [name for name in names if name.startswith("libquadmath")]
        return " AND ".join([*([_RUNTIME] if len(quad) < len(names) else []), *([_QUAD] if quad else [])])
    text = copyright_file.decode("utf-8", "replace")
    if not text.lower().startswith("format:"):
        return ""
    for stanza in re.split(r"\n[ \t]*\n", text):
        fields = {
            match[1].lower(): match[2]
            for match in re.finditer(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)", stanza, re.MULTILINE)
        }
        if "*" in fields.get("files", "").split() and "license" in fields:
            return spdx_expression(fields["license"].splitlines()[0] if fields["license"] else "")
    return ""


def spdx_expression(short: str) -> str:
    """Return the SPDX expression for the short name, or names, of a License field; "" where it has none.

    Arguments:
        short: such as "GPL-2+ or BSD-3-clause", "GPL-3+ with GCC exception".
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    words = short.replace(",", " ").split()
    written: list[str] = []
    for number, word in enumerate(words):
        if word.lower() in ("and", "or"):
            written.append(word.upper())
        elif word.lower() == "with":
            named = "-".join(words[number + 1 :]).lower()
            if not (named.startswith("gcc") and "exception" in named):
                return ""  # an exception may say anything
            written += ["WITH", "GCC-exception-3.1"]
            break
        else:
            written.append(_spdx_name(word))
    try:
        return str(canonicalize_license_expression(" ".join(written)))
    except InvalidLicenseExpression:
        return ""


def _spdx_name(word: str) -> str:
    gnu = _GNU.fullmatch(word)
    if gnu is None:
        return _NAMES.get(word.lower(), word)
    version = gnu[2] or {"gpl": "1", "lgpl": "2", "agpl": "3", "gfdl": "1.1"}.get(gnu[1].lower(), "")
    version = version if "." in version else f"{version}.0"
    # Without a version, any will do (GPL version 1, section 7).
    later = bool(gnu[3]) or not gnu[2]
    return f"{gnu[1].upper()}-{version}-{'or-later' if later else 'only'}"
