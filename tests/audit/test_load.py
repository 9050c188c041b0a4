"""The load proof, on a real extension module whose symbol tables say something else."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from crosswheel.audit.difference import policy_difference_findings
from crosswheel.audit.facts import WheelFacts, read_facts
from crosswheel.audit.limited import limited_api_findings
from crosswheel.audit.load import load_findings
from crosswheel.elf import DynamicSymbol
from crosswheel.targets import Manylinux, Musllinux, Python, policy_for
from crosswheel.targets.parse import parse_platform
from crosswheel.wheel import read_wheel
from made_wheels import EXTENSION, NAME, healthy_files, make_wheel

LIBC = ("libc.so.6",)


def symbol(name: str, version: str | None = None, library: str | None = None, *, weak: bool = False) -> DynamicSymbol:
    return DynamicSymbol(name, version, library, weak, 2)


def wheel(
    *imports: DynamicSymbol,
    needed: Sequence[str] = LIBC,
    path: str = EXTENSION,
    beside: Sequence[str] = (),
    interpreter: str | None = None,
) -> WheelFacts:
    """Return facts of a wheel with one module; `beside` are what a second library, libbeside.so, exports."""
    facts = read_facts(read_wheel(make_wheel(healthy_files()), NAME))
    file = facts.elf_files[EXTENSION]
    needs: dict[str, tuple[str, ...]] = {}
    for one in imports:
        if one.library and one.version and not one.weak:
            needs[one.library] = (*needs.get(one.library, ()), one.version)
    made = replace(
        file, imports=imports, needed=tuple(needed), version_needs=needs, soname=None, interpreter=interpreter
    )
    library = replace(
        file,
        imports=(),
        needed=(),
        version_needs={},
        version_definitions=(),
        soname="libbeside.so",
        exports=tuple(map(symbol, beside)),
    )
    return replace(facts, elf_files={path: made, **({"x.libs/libbeside.so": library} if beside else {})})


def platform(tag: str) -> Manylinux | Musllinux:
    found = parse_platform(tag, (3, 11))
    assert isinstance(found, Manylinux | Musllinux)
    return found


def python(tag: str, abi: str | None = None) -> Python:
    found = Python.parse(tag, abi=abi)
    assert found is not None
    return found


def findings(
    facts: WheelFacts,
    tag: str = "manylinux_2_17_aarch64",
    pythons: Sequence[Python] = (),
    symbols: frozenset[str] | None = None,
    grafted: Sequence[str] = (),
) -> list[tuple[str, str]]:
    found = load_findings(facts, platform(tag), pythons or (python("cp311"),), symbols, grafted)
    return [(finding.code, finding.subject) for finding in found]


@pytest.mark.parametrize("name", ["pthread_create", "dlopen", "sin", "forkpty", "memcpy", "__tls_get_addr", "environ"])
def test_what_every_process_of_a_python_has_needs_no_version(name: str) -> None:
    assert findings(wheel(symbol(name), needed=())) == []


def test_a_symbol_that_came_later_is_missing_without_version() -> None:
    facts = wheel(symbol("arc4random_buf"))
    assert findings(facts) == [("CW107", "arc4random_buf")]
    assert findings(facts, "manylinux_2_34_aarch64") == [("CW107", "arc4random_buf")]
    assert findings(facts, "manylinux_2_36_aarch64") == []
    (found,) = load_findings(facts, platform("manylinux_2_17_aarch64"), [python("cp311")])
    assert "libc.so.6 since GLIBC_2.36" in found.reason


def test_of_symbols_without_end_thousands_are_told_and_all_that_a_policy_may_have() -> None:
    """A million took four gigabytes, and minutes."""
    nothing = [symbol(f"a{number}") for number in range(12_000)]
    found = findings(wheel(*nothing, symbol("arc4random_buf"), symbol("b", "GLIBC_2.17", "libc.so.6")))
    assert len(found) == 10_002
    assert found[-2:] == [("CW107", "arc4random_buf"), ("CW107", "b")]


def test_a_version_that_the_policy_allows_and_that_has_not_the_symbol() -> None:
    assert findings(wheel(symbol("memcpy", "GLIBC_2.17", "libc.so.6"))) == []
    assert findings(wheel(symbol("arc4random", "GLIBC_2.17", "libc.so.6"))) == [("CW107", "arc4random")]
    # Of a version that the policy forbids another finding speaks.
    assert findings(wheel(symbol("arc4random", "GLIBC_2.36", "libc.so.6"))) == []
    assert findings(wheel(symbol("invented", "GLIBC_2.36", "libc.so.6"))) == []
    # Nothing is known of a glibc that comes after the lists.
    assert findings(wheel(symbol("invented", "GLIBC_2.98", "libc.so.6")), "manylinux_2_99_aarch64") == []


def test_libraries_of_the_policy_have_to_be_asked_for() -> None:
    assert findings(wheel(symbol("inflate"))) == [("CW107", "inflate")]
    assert findings(wheel(symbol("inflate"), needed=("libz.so.1",))) == []
    assert findings(wheel(symbol("invented"), needed=("libz.so.1",))) == [("CW107", "invented")]
    # In zlib since 1.2.9, and manylinux_2_17 ends at 1.2.7.
    later = wheel(symbol("crc32_z"), needed=("libz.so.1",))
    assert findings(later) == [("CW107", "crc32_z")]
    assert findings(later, "manylinux_2_28_aarch64") == []


def test_nothing_is_said_of_a_library_that_nobody_knows() -> None:
    assert findings(wheel(symbol("invented"), needed=("libunheard-of.so.1",))) == []
    assert findings(wheel(symbol("invented", "UNHEARD_1", "libunheard-of.so.1"), needed=("libunheard-of.so.1",))) == []


def test_weak_symbols_may_be_absent() -> None:
    assert findings(wheel(symbol("invented", weak=True), symbol("Py_Invented", weak=True))) == []


def test_libraries_of_the_wheel() -> None:
    assert findings(wheel(symbol("invented"), needed=("libbeside.so",), beside=("invented",))) == []
    assert findings(wheel(symbol("invented"), beside=("invented",))) == [("CW120", "invented")]
    assert findings(wheel(symbol("other"), needed=("libbeside.so",), beside=("invented",))) == [("CW107", "other")]
    versioned = symbol("other", "BESIDE_1", "libbeside.so")
    assert findings(wheel(versioned, needed=("libbeside.so",), beside=("invented",))) == [("CW107", "other")]


def test_a_library_with_a_name_of_its_own_is_there_for_who_asks() -> None:
    """As libomp of two modules, of which one was linked without it: nothing has loaded it for the other."""
    grafted = ["x.libs/libbeside.so"]
    lacking = wheel(symbol("invented"), beside=("invented",))
    assert findings(lacking, grafted=grafted) == [("CW107", "invented")]
    assert findings(wheel(symbol("invented"), needed=("libbeside.so",), beside=("invented",)), grafted=grafted) == []
    # A module that asks for both brings them in together, and the one finds the other's symbols.
    user = replace(lacking.elf_files[EXTENSION], imports=(), needed=("libuser.so", "libbeside.so"))
    asking = replace(lacking.elf_files[EXTENSION], soname="libuser.so")
    together = replace(lacking, elf_files={**lacking.elf_files, EXTENSION: user, "x.libs/libuser.so": asking})
    assert findings(together, grafted=[*grafted, "x.libs/libuser.so"]) == [("CW120", "invented")]


def test_what_python_exports() -> None:
    facts = wheel(symbol("PyType_FromMetaclass"))  # since 3.12
    assert findings(facts, pythons=[python("cp312")]) == []
    assert findings(facts, pythons=[python("cp311")]) == [("CW107", "PyType_FromMetaclass")]
    assert findings(facts, symbols=frozenset({"PyType_FromMetaclass"})) == []
    assert findings(wheel(symbol("PyList_New")), symbols=frozenset()) == [("CW107", "PyList_New")]


def test_names_of_pythons_that_nobody_knows_are_not_proved() -> None:
    assert findings(wheel(symbol("PyPyList_New")), pythons=[python("pp310")]) == []
    assert findings(wheel(symbol("PyList_Invented")), pythons=[python("cp34")]) == []


def test_a_stable_abi_is_proved_for_every_later_python() -> None:
    lost_in_3_9 = wheel(symbol("PyCFunction_New"), path="x/_ext.abi3.so")
    assert findings(lost_in_3_9, pythons=[python("cp36", "abi3")]) == [("CW107", "PyCFunction_New")]
    assert findings(lost_in_3_9, pythons=[python("cp310", "abi3")]) == []
    (found,) = load_findings(lost_in_3_9, platform("manylinux_2_17_aarch64"), [python("cp36", "abi3")])
    assert "not exported by CPython 3.9" in found.reason


def test_a_wheel_for_several_pythons_has_a_module_for_each() -> None:
    both = [python("cp311"), python("cp312")]
    name = "PyType_FromMetaclass"
    assert findings(wheel(symbol(name), path="x/_ext.so"), pythons=both) == [("CW107", name)]
    assert findings(wheel(symbol(name), path="x/_ext.cpython-312-aarch64-linux-gnu.so"), pythons=both) == []
    # Of "py3" nobody knows which; a name that none of them has is missing all the same.
    assert findings(wheel(symbol(name)), pythons=[python("py3")]) == []
    assert findings(wheel(symbol("PyList_Invented")), pythons=[python("py3")]) == [("CW107", "PyList_Invented")]


def test_a_program_has_no_python_in_its_process() -> None:
    program = wheel(symbol("PyList_New"), path="x.data/scripts/x", interpreter="/lib/ld-linux-aarch64.so.1")
    assert findings(program) == [("CW107", "PyList_New")]


def test_musl_has_no_versions() -> None:
    tag = "musllinux_1_2_aarch64"
    libc = ("libc.musl-aarch64.so.1",)
    assert findings(wheel(symbol("memcpy", "GLIBC_2.17", "libc.so.6"), needed=libc), tag) == []
    assert findings(wheel(symbol("reallocarray"), needed=("libc.so",)), tag) == []
    assert findings(wheel(symbol("reallocarray"), needed=("libc.so",)), "musllinux_1_1_aarch64") == [
        ("CW107", "reallocarray")
    ]
    assert findings(wheel(symbol("qsort_r"), needed=libc), tag) == [("CW136", "qsort_r")]  # of 1.2.3
    assert findings(wheel(symbol("qsort_r"), needed=libc), "musllinux_1_1_aarch64") == [("CW107", "qsort_r")]
    assert findings(wheel(symbol("__memcpy_chk"), needed=libc), tag) == [("CW107", "__memcpy_chk")]


def test_files_of_another_machine_and_machines_without_lists() -> None:
    assert findings(wheel(symbol("invented")), "manylinux_2_17_x86_64") == []
    assert findings(wheel(symbol("invented")), "manylinux_2_17_ppc64") == []


def limited(facts: WheelFacts, tag: str, abi: str = "abi3") -> list[str]:
    return [finding.subject for finding in limited_api_findings(facts, [python(tag, abi)])]


def test_the_limited_api() -> None:
    facts = wheel(symbol("PyObject_GetBuffer"), symbol("PyList_New"), path="x/_ext.abi3.so")
    assert limited(facts, "cp38") == ["PyObject_GetBuffer"]
    assert limited(facts, "cp311") == []
    assert limited(facts, "cp38", "cp38") == []
    assert limited(wheel(symbol("PyObject_GetBuffer", weak=True), path="x/_ext.abi3.so"), "cp38") == []
    assert limited(wheel(symbol("PyObject_Print"), path="x/_ext.abi3.so"), "cp315", "abi3t") == ["PyObject_Print"]
    assert limited(wheel(symbol("PyObject_Print"), path="x/_ext.cpython-38-aarch64-linux-gnu.so"), "cp38") == []
    # Somebody else's name that begins as Python's do.
    assert limited(wheel(symbol("PyImaging_Invented"), path="x/_ext.abi3.so"), "cp38") == []
    (found,) = limited_api_findings(facts, [python("cp38", "abi3")])
    assert (found.code, "3.11" in found.reason) == ("CW122", True)


def differing(facts: WheelFacts, tag: str) -> list[tuple[str, str]]:
    found = policy_difference_findings(facts, policy_for(platform(tag)))
    return [(finding.code, finding.subject) for finding in found]


def test_what_auditwheel_judges_otherwise() -> None:
    profiled = wheel(symbol("_mcount", "GLIBC_2.18", "libc.so.6"))
    assert differing(profiled, "manylinux_2_17_aarch64") == [("CW121", "GLIBC_2.18")]
    assert differing(profiled, "manylinux_2_24_aarch64") == []
    # auditwheel forbids it by name, the PEP by version.
    other = wheel(symbol("__issignaling", "GLIBC_2.18", "libm.so.6"))
    assert differing(other, "manylinux_2_17_aarch64") == []
    weak = wheel(symbol("__cxa_thread_atexit_impl", "GLIBC_2.18", "libc.so.6", weak=True))
    assert differing(weak, "manylinux_2_17_aarch64") == [("CW121", "GLIBC_2.18")]
    loader = wheel(symbol("__rseq_offset", "GLIBC_2.35", "ld-linux-aarch64.so.1"))
    assert differing(loader, "manylinux_2_28_aarch64") == [("CW121", "GLIBC_2.35")]
    assert differing(loader, "manylinux_2_35_aarch64") == []
