"""What a linked module keeps to itself: linker version scripts for modules that have none of their own.

A C++ runtime is linked into each module. If its functions were exported, another module of the process could be bound
to them, whose own runtime is of another version.
"""

from collections.abc import Iterable

# Python asks an extension module for no other name (PEP 3121, 489, 793).
WITH_ARCHIVES = "{ global: PyInit_*; PyInitU_*; PyModExport_*; local: *; };\n"

# Patterns alone: a name that is not there is an error.
_MEMBERS = ("_ZN", "_ZNK")
_LONGEST = 20  # characters of basic_istringstream and the like, and one more

# What is libc++'s in every module. Functions that are compiled with the package have an ABI tag, as in B9nie220108
# (_LIBCPP_HIDE_FROM_ABI); names with two underscores are its own (ISO C++, [lex.name]). What a package specialises or
# instantiates of std stays, such as std::hash. So do types' names (_ZTS), mere text, whose addresses typeid compares.
_LIBCXX = (
    "_Z*B[0-9][a-z]*[en][0-9][0-9][0-9][0-9][0-9][0-9]*",
    *(f"{start}St3__1{length}__*" for start in _MEMBERS for length in ("[1-9]", "[1-9][0-9]", "[1-9][0-9][0-9]")),
    *(
        f"{start}St3__1{length}basic_{'?' * (length - len('basic_'))}I[cw]NS_*"
        for start in _MEMBERS
        for length in range(len("basic_ios"), _LONGEST + 1)
    ),
    *(f"{start}St3__112regex_traitsI[cw]E*" for start in _MEMBERS),
    *(f"{start}St[124-9]*" for start in _MEMBERS),
    "_ZNSt3__119piecewise_construct*",
    *(f"{start}N{const}St3__1*" for start in ("_ZZ", "_ZGVZ") for const in ("", "K")),
    "_ZT[IVTC]NSt3__1*",
    "_ZT[IVTC]St*",
    "_ZT[hv]*_NSt3__1*",
    "_ZTI[PK]*St3__1*",
    "__cxa_*",  # __cxa_end_cleanup of Arm
)
# In an extension module, which nothing links to.
_ALL_OF_STD = tuple(f"_Z{local}N{const}St*" for local in ("", "Z", "GV", "GVZ") for const in ("", "K", "V"))

# libstdc++ has no such tags. It comes as an archive, none of whose names may be seen.
_LIBSTDCXX = (
    *_ALL_OF_STD,
    *(f"_Z{local}St*" for local in ("", "Z", "GV", "GVZ", "GR")),
    *(f"_Z{local}N{const}S[absiod]*" for local in ("", "Z", "GV", "GVZ") for const in ("", "K")),
    *(f"{start}{name}*" for start in _MEMBERS for name in ("9__gnu_cxx", "10__cxxabiv1", "11__gnu_debug")),
    *(f"_ZT[IVTSC]{name}*" for name in ("St", "NSt", "N9__gnu_cxx", "N10__cxxabiv1", "S[absiod]")),
    *("_ZT[hv]*_NSt*", "_ZT[hv]*_NS[absiod]*"),
    *(f"_ZT[IS]{pointer}{kind}" for pointer in ("", "P", "PK") for kind in ("[a-z]", "D[a-z]", "u[0-9]*")),
    *("_Zn[wa]*", "_Zd[la]Pv*"),
    *("__cxa_*", "__gxx_*", "__gnu_cxx*", "__dynamic_cast*", "_Unwind_*", "__once_*", "__gcclibcxx*"),
    *("_ZGTt*", "_Z[0-9][0-9]_txnal_*", "_txnal_*"),
)
# A package's own specialisation of std::hash.
_HASHES = ("_ZNKSt4hashI[1-9]*", "_ZNKSt4hashIN[1-9]*")


def extension_script() -> str:
    """Return the version script of an extension module: it exports what is the package's."""
    return _script(local=(*_LIBCXX, *_ALL_OF_STD))


def library_script(*, gnu: bool) -> str:
    """Return the version script of a shared library: it exports all that others of the package may link to.

    Arguments:
        gnu: GCC's libstdc++ is linked, not zig's libc++.
    """
    return _script(local=_LIBSTDCXX, kept=_HASHES) if gnu else _script(local=_LIBCXX)


def _script(*, local: Iterable[str], kept: Iterable[str] = ()) -> str:
    parts = [
        f"{word}:\n" + "".join(f"  {name};\n" for name in names)
        for word, names in (("global", kept), ("local", local))
        if names
    ]
    return "{\n" + "".join(parts) + "};\n"
