import pytest

from crosswheel.exports import limited_api, limited_api_since, python_exports, python_names, served_pythons
from crosswheel.targets import Python


def python(tag: str, abi: str | None = None) -> Python:
    found = Python.parse(tag, abi=abi)
    assert found is not None
    return found


def exports(tag: str, abi: str | None = None) -> frozenset[str]:
    found = python_exports(python(tag, abi))
    assert found is not None
    return found


# What's New in Python, "C API changes", of each version.
@pytest.mark.parametrize(
    ("name", "first", "before"),
    [
        ("PyObject_CallNoArgs", "cp39", "cp38"),
        ("PyModule_AddType", "cp39", "cp38"),
        ("Py_NewRef", "cp310", "cp39"),
        ("PyType_GetQualName", "cp311", "cp310"),
        ("PyType_FromMetaclass", "cp312", "cp311"),
        ("PyDict_GetItemRef", "cp313", "cp312"),
        ("PyLong_AsInt32", "cp314", "cp313"),
    ],
)
def test_what_came_with_a_version(name: str, first: str, before: str) -> None:
    assert name in exports(first)
    assert name not in exports(before)


# stable_abi.toml says that it came with 3.2, the documentation and the releases 3.8.
TOO_EARLY = {"PyThread_get_thread_native_id"}
# 3.9 made it a macro, and so took it from all modules that were built before; 3.10 has it again.
LOST = {"cp39": {"PyCFunction_New"}}


@pytest.mark.parametrize("tag", ["cp36", "cp37", "cp38", "cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp315"])
def test_each_version_exports_its_limited_api(tag: str) -> None:
    assert limited_api(python(tag).version) - exports(tag) - TOO_EARLY == LOST.get(tag, set())
    assert not [name for name in exports(tag) if not name.lstrip("_").startswith("Py")]


def test_the_width_of_characters_in_python_2() -> None:
    assert "PyUnicodeUCS2_DecodeASCII" in exports("cp27", "cp27m")
    assert "PyUnicodeUCS4_DecodeASCII" not in exports("cp27", "cp27m")
    assert "PyUnicodeUCS4_DecodeASCII" in exports("cp27", "cp27mu")
    assert exports("cp27", "none") == exports("cp27", "cp27m") | exports("cp27", "cp27mu")


def test_free_threaded_python_has_more() -> None:
    added = exports("cp313t") - exports("cp313")
    assert {"_Py_MergeZeroLocalRefcount", "_Py_DecRefShared", "PyUnstable_Module_SetGIL"} <= added
    assert exports("cp313") <= exports("cp313t")


def test_what_nothing_is_known_of() -> None:
    assert python_exports(python("pp310")) is None
    assert python_exports(python("cp34")) is None
    assert python_exports(python("cp399")) is None


def test_any_python() -> None:
    assert "PyString_FromString" in exports("py2")
    assert "PyString_FromString" not in exports("py3")
    assert exports("py3") | exports("py2") == python_names()


def test_who_loads_a_stable_abi() -> None:
    served = [(one.tag, one.abi) for one in served_pythons(python("cp312", "abi3"))]
    assert served == [("cp312", "cp312"), ("cp313", "cp313"), ("cp314", "cp314"), ("cp315", "cp315")]
    both = [one.abi for one in served_pythons(python("cp315", "abi3t"))]
    assert both == ["cp315", "cp315t"]
    assert served_pythons(python("cp311")) == (python("cp311"),)


# Read in CPython's documentation, "Contents of the limited API".
def test_the_limited_api() -> None:
    assert "PyObject_GetBuffer" not in limited_api((3, 10))
    assert "PyObject_GetBuffer" in limited_api((3, 11))
    assert "PyList_SetItem" in limited_api((3, 2))
    assert limited_api_since("PyObject_GetBuffer") == (3, 11)
    assert limited_api_since("PyObject_Print") is None
    assert "PyErr_SetFromWindowsErr" not in limited_api((3, 15))
    assert limited_api((3, 2)) < limited_api((3, 12)) < limited_api((3, 15))
