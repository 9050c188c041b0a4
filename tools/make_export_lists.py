"""Makes the lists in src/crosswheel/exports/data.

python tools/make_export_lists.py [--only PART] [--interpreter VERSION=PATH]...
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from export_lists.debian import Debian
from export_lists.glibc import glibc_texts
from export_lists.python import find_interpreters, python_text
from export_lists.sections import DATA


def main() -> int:
    """Write the files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", action="append", choices=("glibc", "python"))
    parser.add_argument("--interpreter", action="append", default=[])
    options = parser.parse_args()
    wanted = options.only or ("glibc", "python")
    texts: dict[str, str] = {}
    debian = Debian()
    if "glibc" in wanted:
        texts |= glibc_texts()
    if "python" in wanted:
        texts["python.txt"] = python_text(debian, find_interpreters(options.interpreter))
    for path, text in texts.items():
        (DATA / path).parent.mkdir(exist_ok=True, parents=True)
        (DATA / path).write_text(text, encoding="utf-8")
        print(path, text.count("\n"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
