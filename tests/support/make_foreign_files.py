"""Makes tests/macho/files and tests/pe/files: `python tests/support/make_foreign_files.py`. Needs ziglang."""

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parents[1]
MACHO, PE = TESTS / "macho" / "files", TESTS / "pe" / "files"
MODULE = "extern int PyModule_Create2(void *, int); EXPORT int PyInit__ext(void) { return PyModule_Create2(0, 1013); }"
# What would come with the C library, whose import libraries are not needed then.
ENTRY = "int __stdcall DllMainCRTStartup(void *m, unsigned long r, void *x) { return 1; } int _fltused;\n"
LIBRARY = "EXPORT int one(void) { return 1; }"
APPLE = {"arm64": "aarch64-macos.11.0", "x86_64": "x86_64-macos.10.13"}
WINDOWS = {
    "win_amd64": ("x86_64-windows-gnu", "i386:x86-64"),
    "win32": ("x86-windows-gnu", "i386"),
    "win_arm64": ("aarch64-windows-gnu", "arm64"),
}
# CPU type, subtype and log2 of the page, as mach-o/fat.h wants them.
FAT = {"i386": (7, 3, 12), "x86_64": (0x01000007, 3, 12), "arm64": (0x0100000C, 0, 14)}


def zig(*arguments: str) -> None:
    """Run one of zig's tools."""
    subprocess.run((sys.executable, "-m", "ziglang", *arguments), check=True)


def compile_mach(source: str, output: Path, *options: str, machine: str = "arm64", triple: str | None = None) -> None:
    """Compile C to a Mach-O library whose install name is @rpath/NAME."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "source.c")
        file.write_text(source.replace("EXPORT", '__attribute__((visibility("default")))'))
        target = ("cc", "-target", triple or APPLE[machine], "-shared", "-O2", "-fno-sanitize=undefined", "-s")
        named = ("-install_name", f"@rpath/{output.name}", "-Wl,-undefined,dynamic_lookup")
        zig(*target, *named, str(file), *options, "-o", str(output))


def compile_pe(
    source: str, output: Path, *options: str, machine: str = "win_amd64", python: str = "python311.dll"
) -> None:
    """Compile C to a DLL that takes PyModule_Create2 from the Python named."""
    triple, tool_machine = WINDOWS[machine]
    with tempfile.TemporaryDirectory() as folder:
        names = ("source.c", "python.def", "python.lib", output.name)
        file, definition, library, made = (Path(folder, name) for name in names)
        file.write_text(ENTRY + source.replace("EXPORT", "__declspec(dllexport)"))
        definition.write_text(f"LIBRARY {python}\nEXPORTS\nPyModule_Create2\n")
        zig("dlltool", "-d", str(definition), "-l", str(library), "-m", tool_machine)
        target = ("cc", "-target", triple, "-shared", "-O2", "-fno-sanitize=undefined", "-s", "-nostdlib")
        zig(*target, str(file), str(library), *options, "-o", str(made))
        output.write_bytes(made.read_bytes())  # its import library stays behind


def fat(slices: dict[str, bytes], *, wide: bool = False) -> bytes:
    """Return a universal file of thin ones, as `lipo -create` makes it."""
    rows, body = b"", b""
    at = 1 << 14
    for machine, content in slices.items():
        cpu, subtype, align = FAT[machine]
        place = (cpu, subtype, at, len(content), align)
        rows += struct.pack(">IIQQII", *place, 0) if wide else struct.pack(">IIIII", *place)
        padded = content + bytes(-len(content) % (1 << 14))
        body += padded
        at += len(padded)
    head = (b"\xca\xfe\xba\xbf" if wide else b"\xca\xfe\xba\xbe") + struct.pack(">I", len(slices)) + rows
    return head + bytes((1 << 14) - len(head)) + body


def main() -> None:
    """Make all of them."""
    for folder in (MACHO, PE):
        folder.mkdir(parents=True, exist_ok=True)
    for machine in APPLE:
        compile_mach(MODULE, MACHO / f"ext-{machine}.so", machine=machine)
    compile_mach(LIBRARY, MACHO / "libone.dylib", "-Wl,-rpath,@loader_path/../lib")
    for machine in WINDOWS:
        compile_pe(MODULE, PE / f"ext-{machine}.pyd", machine=machine)


if __name__ == "__main__":
    main()
