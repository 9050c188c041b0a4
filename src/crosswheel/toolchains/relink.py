"""Shared libraries of Debian, linked once more from their archives, so that they ask for no newer glibc than a target.

Some libraries have to be shared: every module of a wheel with an OpenBLAS of its own would have 20 MB more, and its
own threads. Debian's libopenblas.so of bookworm asks for glibc 2.34, and so does the libgfortran that it needs; the
same objects from libopenblas.a, linked by zig with the runtime of `fortran`, ask for 2.17. What comes out has the
SONAME and exports what Debian's does.
"""

from dataclasses import dataclass
from pathlib import Path

from crosswheel.elf import parse_elf
from crosswheel.errors import RefusedError
from crosswheel.process import Command, Processes
from crosswheel.toolchains.origins import read_origins, write_origins
from crosswheel.toolchains.zig import Toolchain

# Libraries of which the table of rules (`library_rules`) wants the shared one, with an archive that has all of it.
_NAMES = ("openblas",)
_OF_LINKERS = frozenset({"_init", "_fini", "_edata", "_end", "_bss_end__", "__bss_start", "__bss_start__", "__end__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Relinkable:
    """A library of a sysroot that has both forms.

    Arguments:
        shared: its shared library.
        archive: the same, static.
        names: what it is linked by (-lNAME); several where links make other libraries the same archive.
    """

    shared: Path
    archive: Path
    names: tuple[str, ...]


def find_relinkable(folder: Path) -> Relinkable | None:
    """Return the library that is wanted shared and can be linked from an archive; None where there is none.

    Arguments:
        folder: of a sysroot's libraries.
    """
    for name in _NAMES:
        shared, archive = folder / f"lib{name}.so", folder / f"lib{name}.a"
        if shared.is_file() and archive.is_file():
            file = archive.resolve()
            same = (path for path in sorted(folder.glob("lib*.a")) if path.is_symlink() and path.resolve() == file)
            names = dict.fromkeys((name, *(path.stem.removeprefix("lib") for path in same)))
            return Relinkable(shared=shared.resolve(), archive=file, names=tuple(names))
    return None


def relink(folder: Path, toolchain: Toolchain, library: Relinkable, runtime: Path, *, processes: Processes) -> None:
    """Write the shared library, by all its names.

    Arguments:
        folder: where to; empty.
        toolchain: links.
        library: what is made again.
        runtime: folder of the libgfortran.a that `make_fortran_runtime` wrote.
        processes: starts zig.

    Raises:
        RefusedError: zig failed.
    """
    elf = parse_elf(library.shared.read_bytes())
    soname = elf.soname or library.shared.name
    exported = {symbol.name for symbol in elf.exports} - _OF_LINKERS
    named = "".join(f"{name};\n" for name in sorted(exported))
    (folder / "exports.map").write_text(f"{{ global:\n{named}local: *; }};\n", encoding="utf-8")
    fortran = runtime / "libgfortran.a"
    archives = ("-Wl,--whole-archive", str(library.archive), "-Wl,--no-whole-archive", str(fortran))
    options = (f"-Wl,-soname,{soname}", "-Wl,-Bsymbolic", "-Wl,--version-script=exports.map", "-Wl,--undefined-version")
    words = ("cc", *toolchain.target_options, "-shared", "-O2", "-s", "-fno-sanitize=undefined", *options, *archives)
    done = processes.run(
        Command(
            argv=(str(toolchain.zig), *words, "-lunwind", "-lm", "-lpthread", "-o", soname),
            environment={"PATH": "", "HOME": str(folder), **toolchain.environment},
            directory=folder,
        )
    )
    why = f"`zig cc -shared` ended with exit status {done.returncode}" if done.returncode != 0 else ""
    if not why:
        lost = exported - {symbol.name for symbol in parse_elf((folder / soname).read_bytes()).exports}
        why = f"it lacks {min(lost)}, which {library.shared.name} exports" if lost else ""
    if why:
        raise RefusedError(
            f"{library.archive.name} could not be linked for {toolchain.triple}",
            why=why,
            hint="for a target with the glibc of the Debian release that it is from, the shared library is taken",
            details=done.output.splitlines()[-10:],
        )
    (folder / "exports.map").unlink()
    links = [f"lib{name}.so" for name in library.names]
    for link in links:
        (folder / link).symlink_to(soname)
    made_of = (library.archive, *read_origins(fortran))
    write_origins(folder, dict.fromkeys((soname, *links), made_of))
