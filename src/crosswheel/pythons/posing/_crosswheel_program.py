"""Lets packaging look into the true program of an environment whose `python` is a script.

packaging (and so pip, uv, wheel and setuptools, which carry copies) reads the ELF header of sys.executable: to tell
hard-float Arm and i686, without which they know no manylinux tags; and to find musl's dynamic linker, which it asks for
its version. A .pth file imports this at start. It runs on every CPython from 3.6 on.
"""

import sys

_MODULES = ("_manylinux", "_musllinux", "_elffile", "tags")


def see(program, loader):
    """Let packaging read this program instead of sys.executable, and start musl's dynamic linker by these words."""
    # A folder that is on the path under two names has its .pth files read twice.
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(program, loader))


class _Finder:
    def __init__(self, program, loader):
        self.program, self.loader = program, loader

    def find_spec(self, name, path=None, target=None):
        parent, _, last = name.rpartition(".")
        if last not in _MODULES or parent.rpartition(".")[2] != "packaging":
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            spec = finder.find_spec(name, path, target) if hasattr(finder, "find_spec") else None
            if spec is not None:
                self._prepare(spec)
                return spec
        return None

    def _prepare(self, spec):
        execute = getattr(spec.loader, "exec_module", None)
        if execute is None:
            return

        def exec_module(module):
            execute(module)
            module.open = self._open
            if hasattr(module, "subprocess"):
                module.subprocess = _Subprocess(module.subprocess, self.loader)

        spec.loader.exec_module = exec_module

    def _open(self, file, *arguments, **options):
        return open(self.program if file == sys.executable else file, *arguments, **options)


class _Subprocess:
    def __init__(self, module, loader):
        self._module, self._loader = module, loader

    def __getattr__(self, name):
        return getattr(self._module, name)

    def run(self, command, **options):
        musl = self._loader and command[0].rpartition("/")[2].startswith("ld-musl")
        return self._module.run(self._loader if musl else command, **options)
