"""What GCC of its time only warned of still compiles, and says the warning; the package's own -Werror is heard."""

from pathlib import Path

import pytest

from zig_places import oldest_target, workplace

OLD = {
    "implicit.c": "int f(void) { return undeclared(3); }",
    "integers.c": "int *f(long a) { int *p = a; return p; }",
    "functions.c": "typedef int (*F)(int, int); int g(int a) { return a; } F f(void) { F x = g; return x; }",
    "pointers.c": "void g(long *); void f(int *a) { g(a); }",
    "untyped.c": "static x; f() { return x; }",
    "returns.c": "int f(void) { return; } void g(void) { return 3; }",
    "register.cpp": "int f() { register int x = 1; return x; }",
    "throws.cpp": "void f() throw(int); void f() throw(int) {}",
    "narrow.cpp": "unsigned char a[] = { -1 };",
}


@pytest.mark.toolchain
@pytest.mark.parametrize("name", OLD)
def test_a_warning_stays_a_warning(tmp_path: Path, name: str) -> None:
    place = workplace(oldest_target("s390x"), tmp_path, warm=False)
    (place.folder / name).write_text(OLD[name] + "\n", encoding="ascii")
    compiler = "gcc" if name.endswith(".c") else "g++"
    assert "warning: " in place.run(compiler, "-c", "-O2", name)
    place.run(compiler, "-c", "-Werror", name, status=1)


@pytest.mark.toolchain
def test_one_error_that_a_package_asks_for(tmp_path: Path) -> None:
    place = workplace(oldest_target("s390x"), tmp_path, warm=False)
    (place.folder / "a.c").write_text(OLD["implicit.c"] + "\n", encoding="ascii")
    place.run("gcc", "-c", "-Werror=implicit-function-declaration", "a.c", status=1)


@pytest.mark.toolchain
@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("cp36-manylinux2014_aarch64", 0),
        ("cp38-manylinux1_i686", 0),
        ("cp38-musllinux_1_2_aarch64", 0),
        ("cp39-manylinux2014_aarch64", 1),
    ],
)
def test_crypt_h_where_python_h_asks_for_it(tmp_path: Path, target: str, status: int) -> None:
    place = workplace(target, tmp_path, warm=False)
    (place.folder / "a.c").write_text("#include <crypt.h>\nchar *(*pointer)(const char *, const char *) = crypt;\n")
    place.run("cc", "-c", "a.c", status=status)
    place.run("c++", "-x", "c++", "-c", "a.c", status=status)
