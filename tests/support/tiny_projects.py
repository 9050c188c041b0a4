"""Projects that build in a second or two: what a test needs of a project, and nothing else."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

MODULE = """\
#include <Python.h>
{extra}
static struct PyModuleDef module = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ {body} return PyModule_Create(&module); }}
"""
SETUPTOOLS = """\
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{name}"
version = "1.0"
"""
# A build backend of the project's own: it needs nothing from an index, calls the compiler as many do, and packs what a
# test wants to be packed.
OWN_BACKEND = """\
[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["."]

[project]
name = "{name}"
version = "1.0"
"""
BACKEND = """\
import base64, hashlib, os, pathlib, shlex, subprocess, sysconfig, zipfile

NAME = {name!r}
FLAGS = {flags!r}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    suffix = {suffix!r} or sysconfig.get_config_var("EXT_SUFFIX")
    module = NAME + suffix
    {before}
    command = ["cc", "-O1", "-fPIC", "-shared", "-I" + sysconfig.get_path("include"), NAME + ".c", "-o", module, *FLAGS]
    print(shlex.join(command), flush=True)
    subprocess.run(command, check=True)
    packed = {{path: pathlib.Path(path).read_bytes() for path in [module, *{packed!r}]}}
    python = "cp" + sysconfig.get_config_var("py_version_nodot")
    tag = "-".join([python, python, sysconfig.get_platform().replace("-", "_")])
    info = NAME + "-1.0.dist-info/"
    packed[info + "METADATA"] = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: 1.0\\n".encode()
    packed[info + "WHEEL"] = f"Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: false\\nTag: {{tag}}\\n".encode()
    rows = [
        f"{{path}},sha256={{base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')}},{{len(data)}}"
        for path, data in packed.items()
    ]
    packed[info + "RECORD"] = "\\n".join([*rows, info + "RECORD,,", ""]).encode()
    wheel = f"{{NAME}}-1.0-{{tag}}.whl"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        for path, data in packed.items():
            archive.writestr(path, data)
    return wheel

def build_sdist(folder, config_settings=None):
    raise NotImplementedError
"""


def c_module(name: str, *, extra: str = "", body: str = "") -> str:
    """Return the C source of an extension module."""
    return MODULE.format(name=name, extra=extra, body=body)


def write_project(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files into a folder, and return it."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def setuptools_project(folder: Path, name: str, source: str, *, extension: str = "", before: str = "") -> Path:
    """Write a setuptools project with one extension module.

    Arguments:
        folder: where.
        name: of project and module.
        source: its C.
        extension: further keyword arguments of Extension, as source.
        before: lines of setup.py ahead of the call.
    """
    setup = (
        f"from setuptools import Extension, setup\n{before}\n"
        f'setup(ext_modules=[Extension("{name}", ["{name}.c"], {extension})])\n'
    )
    return write_project(
        folder, {"pyproject.toml": SETUPTOOLS.format(name=name), "setup.py": setup, f"{name}.c": source}
    )


def own_backend_project(
    folder: Path,
    name: str,
    source: str,
    *,
    flags: tuple[str, ...] = (),
    suffix: str = "",
    packed: Mapping[str, bytes] | None = None,
    before: str = "pass",
) -> Path:
    """Write a project that brings its own build backend.

    Arguments:
        folder: where.
        name: of project and module.
        source: its C.
        flags: for the compiler.
        suffix: of the module's file; "" for the true one.
        packed: files that are packed besides.
        before: a statement of Python that its backend runs ahead of the compiler.
    """
    packed = packed or {}
    backend = BACKEND.format(name=name, flags=list(flags), suffix=suffix, packed=list(packed), before=before)
    return write_project(
        folder,
        {"pyproject.toml": OWN_BACKEND.format(name=name), "own_backend.py": backend, f"{name}.c": source, **packed},
    )


def as_sdist(project: Path, top: str) -> bytes:
    """Return a project's folder as the bytes of NAME-VERSION.tar.gz."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        archive.add(project, arcname=top)
    return output.getvalue()
