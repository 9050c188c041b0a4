"""Where run paths lead, and which libraries of a wheel the loader finds."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crosswheel.audit import read_facts
from crosswheel.audit.folders import folder_findings, installed_folder, resolved
from crosswheel.elf import ElfFile
from crosswheel.wheel import read_wheel
from made_wheels import NAME, elf_bytes, make_wheel

MODULE = "x/_user.cpython-311-aarch64-linux-gnu.so"
LIBRARY = "x.libs/libone.so.1"


@pytest.mark.parametrize(
    ("path", "folder", "place"),
    [
        ("x/_ext.so", "$ORIGIN", "x"),
        ("x/_ext.so", "${ORIGIN}/../x.libs", "x.libs"),
        ("x/_ext.so", "$ORIGIN/./sub//deep/", "x/sub/deep"),
        ("x/y/_ext.so", "$ORIGIN/../../nvidia/lib", "nvidia/lib"),
        ("x-1.0.data/platlib/x/_ext.so", "$ORIGIN/../x.libs", "x.libs"),
        ("x-1.0.data/scripts/tool", "$ORIGIN/../lib", "lib"),
        ("x-1.0.data/data/lib/libx.so", "$ORIGIN", "lib"),
        ("_ext.so", "$ORIGIN/..", None),
        ("x/_ext.so", "$ORIGIN/../../lib", None),
        ("x/_ext.so", "/usr/lib", None),
        ("x/_ext.so", "lib", None),
        ("x/_ext.so", "$ORIGINAL/lib", None),
    ],
)
def test_where_a_run_path_leads(path: str, folder: str, place: str | None) -> None:
    assert resolved(path, folder) == place


@given(st.text(alphabet="$ORIGIN{}/.x"), st.lists(st.sampled_from(["..", ".", "", "x"])))
def test_nothing_leads_above_the_root(start: str, parts: list[str]) -> None:
    found = resolved("x/y/_ext.so", start + "/".join(parts))

    assert found is None or (".." not in found.split("/") and not found.startswith("/"))


def test_folders_of_schemes() -> None:
    assert installed_folder("x-1.0.data/purelib/x/y.so") == "x"
    assert installed_folder("x.data/x.so") == "x.data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """What one file needs, and where it looks."""

    needed: tuple[str, ...]
    rpath: str | None = None
    runpath: str | None = None

    def of(self, file: ElfFile) -> ElfFile:
        """Return the file with this instead."""
        return replace(file, needed=self.needed, rpath=self.rpath, runpath=self.runpath)


def codes(*, module: Loading, library: Loading) -> list[str]:
    """Return the findings of a module beside a library, which needs a second one."""
    wheel = make_wheel({MODULE: elf_bytes("user-aarch64.so"), LIBRARY: elf_bytes("libone.so.1")})
    facts = read_facts(read_wheel(wheel, NAME))
    one = facts.elf_files[LIBRARY]
    files = {
        MODULE: module.of(facts.elf_files[MODULE]),
        LIBRARY: library.of(one),
        "x.libs/libtwo.so": replace(one, soname="libtwo.so", needed=()),
    }
    return [f"{finding.code} {finding.subject}" for finding in folder_findings(replace(facts, elf_files=files))]


ONE, TWO, BOTH = ("libone.so.1",), ("libtwo.so",), ("libone.so.1", "libtwo.so")
PATH = "$ORIGIN/../x.libs"


def test_a_dt_rpath_holds_for_what_it_loads_too() -> None:
    assert codes(module=Loading(needed=ONE, rpath=PATH), library=Loading(needed=TWO)) == []
    assert codes(module=Loading(needed=ONE, runpath=PATH), library=Loading(needed=TWO)) == ["CW134 libtwo.so"]
    assert codes(module=Loading(needed=ONE, runpath=PATH), library=Loading(needed=TWO, runpath="$ORIGIN")) == []


def test_a_runpath_ends_what_a_dt_rpath_hands_down() -> None:
    own = Loading(needed=TWO, runpath="$ORIGIN/y")

    assert codes(module=Loading(needed=ONE, rpath=PATH), library=own) == ["CW134 libtwo.so"]


def test_what_the_loader_needs_itself_is_there_already() -> None:
    assert codes(module=Loading(needed=BOTH, runpath=PATH), library=Loading(needed=TWO)) == []


def test_a_library_that_no_run_path_leads_to() -> None:
    assert codes(module=Loading(needed=ONE), library=Loading(needed=TWO, runpath="$ORIGIN")) == ["CW134 libone.so.1"]


def test_what_nothing_asks_for_is_loaded_by_whoever_knows_how() -> None:
    assert codes(module=Loading(needed=()), library=Loading(needed=TWO)) == []
