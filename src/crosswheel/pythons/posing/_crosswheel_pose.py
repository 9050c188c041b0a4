"""Makes this Python, which builds, answer as the Python that is built for.

A .pth file imports it when the interpreter starts. It runs on CPython 3.6 to 3.15, so it is written for the oldest;
and it imports nothing that is not there yet: a module that answers is mended when somebody loads it.

Whoever asks decides what is true. Build backends ask for the target. The standard library, and packages that work on
data of their own (numpy), ask for the machine that they run on: `sys.byteorder`, `sys.maxsize`, `struct.calcsize` tell
each the right thing. What ctypes and array say of sizes stays true of this process.
"""

import os
import posix
import sys

_TARGET = {}  # filled in when a pose is made

_TELLS_OF_TARGET = ("distutils", "sysconfig", "platform", "_osx_support", "_aix_support")
_RUNS_HERE = ("numpy", "cffi")
_BUILDS_HERE = ("numpy.distutils", "numpy.f2py", "numpy._build_utils")
_STANDARD = os.path.dirname(os.__file__) + os.sep
_NOT_STANDARD = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


def _asks_of_target(frame):
    """Tell whether code that asks wants to know of the target, by its module."""
    name = frame.f_globals.get("__name__") or ""
    if name.startswith(_BUILDS_HERE):
        return True
    first = name.partition(".")[0]
    if first in _TELLS_OF_TARGET:
        return True
    if first in _RUNS_HERE:
        return False
    file = frame.f_code.co_filename
    if file.startswith("<frozen "):
        return False
    return not file.startswith(_STANDARD) or any(part in file for part in _NOT_STANDARD)


class _System(type(sys)):
    """The module sys, of whose facts two depend on who asks."""

    @property
    def maxsize(self):
        return _TARGET["maxsize"] if _asks_of_target(sys._getframe(1)) else _HERE["maxsize"]

    @property
    def byteorder(self):
        return _TARGET["byteorder"] if _asks_of_target(sys._getframe(1)) else _HERE["byteorder"]


_HERE = {
    "maxsize": sys.maxsize,
    "byteorder": sys.byteorder,
    "abi_thread": "t" if "t" in sys.abiflags else "",
}


def _mend_os():
    uname, confstr, result = posix.uname, posix.confstr, posix.uname_result

    def posing_uname():
        said = list(uname())
        said[4] = _TARGET["machine"]
        return result(said)

    def posing_confstr(name):
        if name == "CS_GNU_LIBC_VERSION" or name == posix.confstr_names.get("CS_GNU_LIBC_VERSION"):
            if not _TARGET["glibc"]:
                raise ValueError("unrecognized configuration name")
            return "glibc " + _TARGET["glibc"]
        return confstr(name)

    for module in (posix, os):
        module.uname = posing_uname
        module.confstr = posing_confstr


def _mend_struct(module):
    calcsize = module.calcsize
    sizes = _TARGET["sizes"]

    def posing_calcsize(layout):
        key = layout.decode("ascii", "replace") if isinstance(layout, bytes) else layout
        if isinstance(key, str) and key.lstrip("@") in sizes and _asks_of_target(sys._getframe(1)):
            return sizes[key.lstrip("@")]
        return calcsize(layout)

    module.calcsize = posing_calcsize


def _mend_platform(module):
    architecture, libc_ver = module.architecture, module.libc_ver
    bits = "%dbit" % _TARGET["bits"]

    def posing_architecture(executable=None, bits_known="", linkage=""):
        if executable is None or executable == sys.executable:
            return bits_known or bits, linkage or "ELF"
        return architecture(executable, bits_known, linkage)

    def posing_libc_ver(executable=None, lib="", version="", chunksize=16384):
        if executable is None or executable == sys.executable:
            return tuple(_TARGET["libc_ver"]) if _TARGET["libc_ver"] else (lib, version)
        return libc_ver(executable, lib, version, chunksize)

    module.architecture = posing_architecture
    module.libc_ver = posing_libc_ver


def _mend_machinery(module):
    # The finders have lists of their own: this Python goes on importing what is made for it.
    module.EXTENSION_SUFFIXES = list(_TARGET["suffixes"])


def _mend_sysconfig(module):
    for scheme in module._INSTALL_SCHEMES.values():
        for name, place in scheme.items():
            if name in ("include", "platinclude"):
                scheme[name] = _TARGET["include"]
            else:  # packages stay where this Python has them, though it pose as a free-threaded one
                scheme[name] = place.replace("{abi_thread}", _HERE["abi_thread"])
    module.get_makefile_filename = lambda: _TARGET["makefile"]
    if module._CONFIG_VARS is not None:  # asked already while Python started
        module._CONFIG_VARS = None
        if hasattr(module, "_CONFIG_VARS_INITIALIZED"):
            module._CONFIG_VARS_INITIALIZED = False


def _mend_distutils(module):
    get_python_inc = module.get_python_inc

    def posing_get_python_inc(plat_specific=0, prefix=None):
        return _TARGET["include"] if prefix is None else get_python_inc(plat_specific, prefix)

    module.get_python_inc = posing_get_python_inc
    if hasattr(module, "get_makefile_filename"):
        module.get_makefile_filename = lambda: _TARGET["makefile"]


def _mend_tags(module):
    # What every packaging since 20.0 asks for the platforms of a wheel; it would read sys.executable, and run musl.
    if hasattr(module, "_linux_platforms"):
        module._linux_platforms = lambda *_, **__: iter(_TARGET["platform_tags"])


def _mend_manylinux(module):
    if hasattr(module, "_get_glibc_version"):
        glibc = tuple(int(part) for part in _TARGET["glibc"].split(".")) if _TARGET["glibc"] else (-1, -1)
        module._get_glibc_version = lambda: glibc
    if hasattr(module, "_have_compatible_abi"):
        module._have_compatible_abi = lambda *_: bool(_TARGET["glibc"])


def _mend_musllinux(module):
    if hasattr(module, "_get_musl_version"):
        musl = module._MuslVersion(*_TARGET["musl"]) if _TARGET["musl"] else None
        module._get_musl_version = lambda *_: musl


_MENDED = {
    "platform": _mend_platform,
    "sysconfig": _mend_sysconfig,
    "distutils.sysconfig": _mend_distutils,
    "setuptools._distutils.sysconfig": _mend_distutils,
    "importlib.machinery": _mend_machinery,
}
# Every vendored copy of packaging too.
_MENDED_COPIES = (
    ("packaging.tags", _mend_tags),
    ("packaging._manylinux", _mend_manylinux),
    ("packaging._musllinux", _mend_musllinux),
)


class _Loader:
    """Loads as another loader does, gives way to it, and mends the module."""

    def __init__(self, loader, mend):
        self._loader = loader
        self._mend = mend

    def __getattr__(self, name):
        return getattr(self._loader, name)

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._mend(module)


class _Finder:
    """Lets the other finders find a module, and has it mended."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        mend = _MENDED.get(name)
        if mend is None:
            if name == _TARGET["sysconfigdata"]:
                return _spec_of_sysconfigdata(name)
            for end, one in _MENDED_COPIES:
                if name.endswith(end):
                    mend = one
                    break
            else:
                return None
        for finder in sys.meta_path[sys.meta_path.index(_Finder) + 1 :]:
            if hasattr(finder, "find_spec"):
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    if hasattr(spec.loader, "exec_module"):
                        spec.loader = _Loader(spec.loader, mend)
                    return spec
        return None


def _spec_of_sysconfigdata(name):
    """The target's, also where the standard library has one of the same name (x86_64, musl before 3.11)."""
    import _frozen_importlib_external  # what importlib.util has it from, and there already

    place = os.path.join(os.path.dirname(__file__), name + ".py")
    return _frozen_importlib_external.spec_from_file_location(name, place)


def _pose():
    _mend_os()
    sys.abiflags = _TARGET["abiflags"]
    sys.implementation._multiarch = _TARGET["multiarch"]
    if _TARGET["maxsize"] != _HERE["maxsize"] or _TARGET["byteorder"] != _HERE["byteorder"]:
        sys.__class__ = _System
    if _TARGET["sizes"]:
        _MENDED["struct"] = _mend_struct
    for name, mend in _MENDED.items():
        if name in sys.modules:
            mend(sys.modules[name])
    sys.meta_path.insert(0, _Finder)


if os.environ.get("CROSSWHEEL_POSE") != "off":
    _pose()
