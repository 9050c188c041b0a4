"""The Python of a target: implementation, version and ABI, as PEP 425 and 427 write them."""

import re
from dataclasses import dataclass, replace
from typing import Self

from crosswheel.errors import UsageError

_FORM = re.compile(r"(?P<implementation>cp|pp|py)(?P<major>[23])(?P<minor>0|[1-9][0-9]?)?(?P<threads>t)?", re.ASCII)
_NAMES = {"cp": "CPython", "pp": "PyPy", "py": "Python"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Python:
    """A Python that a wheel is for.

    Arguments:
        implementation: "cp" for CPython, "pp" for PyPy, "py" for any.
        version: X and Y of X.Y. Any Python 3 ("py3") is (3, 0), any Python 2 is (2, 0).
        abi: such as "cp311", "cp313t", "abi3", "abi3t" (PEP 803), "pypy310_pp73", "none".

    Raises:
        UsageError: there is no such Python, or it does not have that ABI.
    """

    implementation: str
    version: tuple[int, int]
    abi: str

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            why, hint = problem
            raise UsageError(f"there is no {self.tag}-{self.abi}", why=why, hint=hint)

    @classmethod
    def parse(cls, text: str, *, abi: str | None = None, platform_is_linux: bool = True) -> Self | None:
        """Return the Python of a tag, or None when the text has not the form of one.

        Arguments:
            text: such as "cp311", "cp313t", "pp310", "py3".
            abi: such as "cp311", "abi3"; None for the interpreter's own ("none" for py3).
            platform_is_linux: decides which ABI was CPython 2.7's own: cp27mu on Linux, cp27m elsewhere.

        Raises:
            UsageError: there is no such Python.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            return None
        implementation = match["implementation"]
        if match["minor"] is None and implementation != "py":
            return None
        if match["threads"] and (implementation != "cp" or abi not in (None, f"{text}")):
            return None
        version = (int(match["major"]), int(match["minor"] or 0))
        own = own_abi(
            implementation, version, free_threaded=bool(match["threads"]), platform_is_linux=platform_is_linux
        )
        return cls(implementation=implementation, version=version, abi=abi or own)

    @property
    def tag(self) -> str:
        """First part of a wheel's tag, such as "cp311"; "cp313" also for the free-threaded one."""
        major, minor = self.version
        return f"{self.implementation}{major}{minor or ''}"

    @property
    def free_threaded(self) -> bool:
        """Whether the ABI is one of a Python without the global interpreter lock (PEP 703, 803)."""
        return self.implementation == "cp" and self.abi.endswith("t")

    @property
    def stable_abi(self) -> bool:
        """Whether the ABI is one of those that hold for later versions too (PEP 384, 803)."""
        return self.abi in {"abi3", "abi3t"}

    @property
    def own_abis(self) -> tuple[str, ...]:
        """ABIs of this very version that the interpreter loads, best first; none for a stable ABI or for none."""
        return () if self.stable_abi or self.abi == "none" else (self.abi,)

    @property
    def interpreter(self) -> Self:
        """The same with the interpreter's own ABI, where the ABI is a stable one: 3.9's is "cp39" for "cp39-abi3"."""
        if not self.stable_abi:
            return self
        return replace(self, abi=own_abi(self.implementation, self.version, free_threaded=self.free_threaded))

    def describe(self) -> str:
        """Return the words for a person, such as "CPython 3.13, free-threaded"."""
        major, minor = self.version
        threads = ", free-threaded" if self.free_threaded else ""
        return f"{_NAMES[self.implementation]} {major}{f'.{minor}' if minor else ''}{threads}"

    def written(self, *, platform_is_linux: bool) -> str:
        """Return the Python as a target begins with it: without the ABI where that goes without saying.

        Arguments:
            platform_is_linux: decides which ABI was CPython 2.7's own.
        """
        if self.implementation == "cp" and self.abi == f"{self.tag}t":
            return self.abi
        own = own_abi(self.implementation, self.version, platform_is_linux=platform_is_linux)
        return self.tag if self.abi == own and self.implementation != "py" else f"{self.tag}-{self.abi}"

    def _problem(self) -> tuple[str, str] | None:
        major, minor = self.version
        name = f"{_NAMES[self.implementation]} {major}.{minor}"
        if self.implementation == "py":
            wrong = ("an ABI belongs to one interpreter", f"py{major}-none says: of any interpreter")
            return None if self.abi == "none" else wrong
        if self.implementation == "pp":
            return self._problem_of_pypy(name)
        if self.version != (2, 7) and self.version < (3, 3):
            return (f"{name} has no wheels of its own", "CPython 2.7, and 3.3 or later, can be named")
        return self._problem_of_cpython(name)

    def _problem_of_cpython(self, name: str) -> tuple[str, str] | None:
        own = dict.fromkeys(own_abi("cp", self.version, platform_is_linux=linux) for linux in (True, False))
        # The first version that has each, in the words for a person and by an example.
        begins = {
            "none": ((2, 7), "", ""),
            "abi3": ((3, 2), "the stable ABI begins at CPython 3.2 (PEP 384)", "cp311-abi3"),
            "abi3t": ((3, 15), "the free-threaded stable ABI begins at CPython 3.15 (PEP 803)", "cp315-abi3t"),
            f"{self.tag}t": ((3, 13), "free-threaded CPython begins at 3.13 (PEP 703)", "cp313t"),
            **dict.fromkeys(own, ((2, 7), "", "")),
        }
        if self.abi not in begins:
            names = ", ".join(abi for abi, (first, _, _) in begins.items() if self.version >= first)
            return (f"{name} has no ABI {self.abi}", f"it has {names}")
        first, why, example = begins[self.abi]
        return None if self.version >= first else (why, f"the nearest possible is {example}")

    def _problem_of_pypy(self, name: str) -> tuple[str, str] | None:
        own = own_abi("pp", self.version)
        oldest = (2, 7) if self.version[0] == 2 else (3, 6)  # noqa: PLR2004 Python 2
        if self.version < oldest:
            return (f"{name} has no wheels", f"the nearest possible is pp{oldest[0]}{oldest[1]}")
        form = rf"none|pypy{'' if own == 'pypy_73' else self.tag[2:]}_(pp)?[0-9]{{2,3}}"
        if self.version == (3, 6):
            form += "|pypy3_[67][0-9]"  # up to 7.2
        if re.fullmatch(form, self.abi, re.ASCII):
            return None
        return (f"{name} has no ABI {self.abi}", f"its own is {own}")


def own_abi(
    implementation: str, version: tuple[int, int], *, free_threaded: bool = False, platform_is_linux: bool = True
) -> str:
    """Return the ABI tag of an interpreter's own.

    Arguments:
        implementation: "cp", "pp" or "py".
        version: X and Y of X.Y.
        free_threaded: PEP 703.
        platform_is_linux: decides for CPython 2.7, whose Linux builds had wide Unicode (PEP 513).
    """
    nodot = f"{version[0]}{version[1]}"
    if implementation == "py":
        return "none"
    if implementation == "pp":
        # 7.3 is the ABI of every PyPy since 2019; 2.7 never got the new form of the tag.
        return "pypy_73" if version == (2, 7) else f"pypy{nodot}_pp73"
    if version < (3, 3):
        return f"cp{nodot}mu" if platform_is_linux else f"cp{nodot}m"
    if version < (3, 8):
        return f"cp{nodot}m"
    return f"cp{nodot}t" if free_threaded else f"cp{nodot}"
