"""Makes the lists in src/crosswheel/exports/data.

    python tools/make_export_lists.py [--only PART]... [--interpreter VERSION=PATH]...

Its sources are public: the installed package ziglang, Debian's archive by crosswheel's own settings, and, for CPythons
that Debian has not, interpreters of the releases of python.org, which uv finds or the options name. What is read where
stands in src/crosswheel/exports/data/README.md.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from export_lists.debian import Debian
from export_lists.glibc import glibc_texts
from export_lists.libraries import library_texts
from export_lists.limited import limited_text
from export_lists.musl import musl_text
from export_lists.python import find_interpreters, python_text
from export_lists.sections import DATA

PARTS = ("glibc", "libraries", "limited", "musl", "python")


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--interpreter", action="append", default=[])
    options = parser.parse_args()
    wanted = options.only or PARTS
    texts: dict[str, str] = {}
    debian = Debian()
    if "glibc" in wanted:
        texts |= glibc_texts()
    if "python" in wanted:
        texts["python.txt"] = python_text(debian, find_interpreters(options.interpreter))
    if "libraries" in wanted:
        texts |= library_texts(debian)
    if "limited" in wanted:
        texts["limited_api.txt"] = limited_text(debian)
    if "musl" in wanted:
        texts["musl.txt"] = musl_text(debian)
    for path, text in texts.items():
        (DATA / path).parent.mkdir(exist_ok=True, parents=True)
        (DATA / path).write_text(text, encoding="utf-8")
        print(path, text.count("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
