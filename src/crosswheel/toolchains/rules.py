"""What a compiler wrapper does with each argument: the one table.

Each rule is a shell pattern (`case`), what happens to an argument that matches it, and why. The first rule that matches
decides; an argument that no rule matches goes to zig as it is, so that what zig cannot do fails with zig's own words.
`shell/compiler.sh` holds the functions named here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What happens to arguments of one kind.

    Arguments:
        patterns: shell patterns of `case`; any of them.
        action: shell commands; the argument is "$argument" for a compiler's rule, "$1" for a linker's.
        why: the reason, where the action does not say it.
    """

    patterns: tuple[str, ...]
    action: str
    why: str = ""


def rule(patterns: str, action: str, why: str = "") -> Rule:
    """Return a rule; patterns are separated by spaces."""
    return Rule(patterns=tuple(patterns.split()), action=action, why=why)


DROP = ":"
DROP_PAIR = "wanted=take_nothing"
KEEP_PAIR = "keep; wanted=take_value"


def driver_rules() -> tuple[Rule, ...]:
    """Return the rules for the compiler's own arguments."""
    return (
        # Questions: what a build system asks to learn what compiler this is, and for what.
        rule("-dumpmachine", 'answer "$machine"', "zig's has a version"),
        rule("-print-multiarch --print-multiarch", 'answer "$triplet"', "unknown to clang"),
        rule("-dumpversion -dumpfullversion", "answer_version", "zig dislikes the glibc in its own triple"),
        rule("-v", "answer_v", "the same; only when it stands alone, else it means verbose"),
        rule("-print-search-dirs --print-search-dirs", "answer_folders", "zig names folders of this machine"),
        rule("-print-sysroot --print-sysroot", 'answer "$sysroot"', "unknown to clang"),
        rule("-print-file-name=* --print-file-name=*", 'answer_file "${argument#*=}"'),
        rule("-print-prog-name=* --print-prog-name=*", 'answer_program "${argument#*=}"', "zig names /usr/bin/ld"),
        rule("-print-multi-lib --print-multi-lib", "answer '.;'", "unknown to clang"),
        rule("-print-multi-os-directory -print-multi-directory", "answer .", "unknown to clang"),
        # What is made, and of what.
        rule("-c -S -E -M -MM -fsyntax-only", "mode=compile; keep"),
        rule("-r", "mode=relocatable; keep"),
        rule("-shared", "shared=1; keep"),
        rule("-nostdlib -nodefaultlibs -nostdlib++", "bare=1; keep"),
        rule("-o", "keep; wanted=take_output"),
        rule("-x", "keep; wanted=language"),
        rule("-xc++*", "cxx=1; keep"),
        rule("-include -imacros -MF -MT -MQ -D -U -Xassembler -mllvm", KEEP_PAIR),
        rule("-Xclang -Xpreprocessor", "passed=$argument; wanted=pass_on"),
        rule("-fopenmp -fopenmp=*", "openmp", "clang has code for one runtime only, whichever is named"),
        rule("-target --sysroot -isysroot", DROP_PAIR, "the wrapper knows both"),
        rule("--target=* --sysroot=* -isysroot?*", DROP, "the same"),
        # Folders and libraries.
        rule("-I", "wanted=include_I"),
        rule("-I?*", 'include_I "${argument#-I}"'),
        rule("-isystem", "wanted=include_isystem"),
        rule("-isystem?*", 'include_isystem "${argument#-isystem}"'),
        rule("-iquote", "wanted=include_iquote"),
        rule("-iquote?*", 'include_iquote "${argument#-iquote}"'),
        rule("-idirafter", "wanted=include_idirafter"),
        rule("-idirafter?*", 'include_idirafter "${argument#-idirafter}"'),
        rule("-L", "wanted=library_folder"),
        rule("-L?*", 'library_folder "${argument#-L}"'),
        rule("-l", "wanted=library"),
        rule("-l?*", 'library "${argument#-l}"'),
        # Debug information: what is linked is stripped. Without it (-g0, since zig adds -g itself), a C++ source with
        # 6 standard headers compiled in 2.2 to 2.5 s instead of 2.9, into 0.24 MB instead of 1.8.
        rule(
            "-g -g[0-9]* -ggdb* -gdwarf* -gz* -gsplit-dwarf -grecord-gcc-switches -gno-*",
            DROP,
            "the result is stripped",
        ),
        rule("-fdebug-prefix-map=*", DROP, "there is no debug information"),
        rule("-s", DROP, "every link has it"),
        # What zig or clang does not know, and what means nothing to them.
        rule(
            "-flto -flto=* -fno-lto -ffat-lto-objects -fno-fat-lto-objects -fuse-linker-plugin -fno-use-linker-plugin",
            DROP,
            "mostly inherited from a distribution's Python; zig would rebuild its libc++ for it, and refuses -flto=N",
        ),
        rule("-fuse-ld=*", DROP, "zig has one linker"),
        rule(
            "-static-libgcc -shared-libgcc -static-libstdc++ -specs=* -no-canonical-prefixes",
            DROP,
            "of GCC's libraries",
        ),
        rule("-fno-gcse -fno-semantic-interposition -fno-ipa-* -frandom-seed=*", DROP, "of GCC's optimiser"),
        rule("-fvar-tracking* -fno-var-tracking* -freorder-functions -fno-reorder-functions", DROP, "the same"),
        rule("-ftree-loop-* -fno-tree-loop-* -ftoplevel-reorder -fno-toplevel-reorder", DROP, "the same"),
        rule("-fgnu-unique -fno-gnu-unique", DROP, "STB_GNU_UNIQUE symbols, which clang never makes"),
        rule("-Wp,-D* -Wp,-U*", 'add "${argument#-Wp,}"', "zig knows few of -Wp; Fedora's flags have such"),
        rule("-fPIE -fpie", "add -fPIC", "zig refuses -fPIE where a shared object is linked"),
        rule("-pie", '[ -n "$shared" ] || keep', "the same"),
        rule("-rpath", "wanted=linker_rpath"),
        rule("-Werror", "lenient=; keep", "it is about what GCC warns of, too; configure asks questions with it"),
        rule("-Wa,*", 'assembler_list "${argument#-Wa,}"'),
        rule("-Wl,*", 'linker_list "${argument#-Wl,}"'),
        rule("-Xlinker", "wanted=linker_argument"),
    )


def old_glibc_rules() -> tuple[Rule, ...]:
    """Return the rules for glibc before 2.16: they stand before the others.

    Fortified headers call __fdelt_chk (glibc 2.15), __poll_chk (2.16), __longjmp_chk (2.11) and others whatever glibc
    zig pins; undefined and without a version they would break at run time. From 2.16 on all are there, and the option
    stays.
    """
    return (rule("-D_FORTIFY_SOURCE=* -D_FORTIFY_SOURCE -Wp,-D_FORTIFY_SOURCE=*", DROP),)


def linker_rules() -> tuple[Rule, ...]:
    """Return the rules for arguments of -Wl, and -Xlinker."""
    return (
        rule("-l?*", 'library "${1#-l}"'),
        rule("-L", "linker_wanted=library_folder"),
        rule("-L?*", 'library_folder "${1#-L}"'),
        rule("-rpath --rpath -R", "linker_wanted=linker_rpath"),
        rule("-rpath=* --rpath=*", 'linker_rpath "${1#*=}"'),
        rule("-R?*", 'linker_rpath "${1#-R}"', "distutils' way to name one; zig knows it in two words only"),
        rule(
            "-rpath-link --rpath-link",
            "linker_wanted=take_nothing",
            "for shared libraries' own needs, which lld does not follow",
        ),
        rule("-rpath-link=* --rpath-link=*", DROP, "the same"),
        rule("-h -soname --soname", "linker_wanted=linker_soname", "zig knows no -h"),
        rule("--version-script -version-script", "linker_wanted=linker_script"),
        rule("--version-script=* -version-script=*", 'linker_script "${1#*=}"'),
        rule("-z", "linker_wanted=linker_keyword"),
        rule("-z?*", 'linker_keyword "${1#-z}"'),
        rule("-r --relocatable", "mode=relocatable; add -r"),
        rule("-s -S -x -X --strip-all --strip-debug --discard-all --discard-locals", DROP, "every link has -s"),
        rule("-O*", DROP, "lld's level 1 and 2 differ in merging strings; zig ignores it with a warning"),
        rule(
            "-m --exclude-libs -plugin -Map -Y", "linker_wanted=take_nothing", "refused by zig; by-products or of GCC"
        ),
        rule("-m?* --exclude-libs=* -plugin=* -plugin-opt=* -Map=* --cref", DROP, "the same"),
        rule(
            "-Bsymbolic-functions --Bsymbolic-functions -Bsymbolic-non-weak* --dynamic-list-data",
            DROP,
            "refused by zig; an optimisation",
        ),
        rule(
            "--sort-common* --sort-section* --icf=* --relax --no-relax --no-keep-memory "
            "--reduce-memory-overheads -n --nmagic",
            DROP,
            "the same",
        ),
        rule("--warn-* --no-warn-* --error-limit=* --demangle --stats --no-undefined-version", DROP, "of messages"),
        rule(
            "--copy-dt-needed-entries --no-copy-dt-needed-entries --add-needed --no-add-needed",
            DROP,
            "lld always wants libraries named",
        ),
        rule("--unresolved-symbols=*", DROP, "a shared object may have them, and the proof looks for each"),
        rule("--push-state --pop-state", DROP, "refused by zig"),
        rule("-( -)", DROP, "lld finds archives' symbols in any order"),
        rule(
            "-dynamic-linker --dynamic-linker -I -e --entry -u --undefined --defsym -T --wrap -y --dynamic-list"
            " -init -fini",
            "linker_option=$1; linker_wanted=linker_pair",
        ),
    )


def keyword_rules() -> tuple[Rule, ...]:
    """Return the rules for keywords of the linker's -z."""
    return (
        rule(
            "text separate-code noseparate-code combreloc nocombreloc",
            DROP,
            "lld's default, or without a meaning to it",
        ),
        rule("max-page-size=* common-page-size=*", DROP, "zig aligns for the target's largest page"),
        rule("pack-relative-relocs", DROP, "asks for glibc 2.36"),
        rule("execstack", DROP, "never needed by what a wheel holds, and refused by many kernels' policies"),
    )


def library_rules() -> tuple[Rule, ...]:
    """Return the rules for library names, of -lNAME or of a file in the sysroot.

    `verdict` becomes the name to link instead, "drop", or "shared": the shared library is taken though there is an
    archive, and the wheel gets it grafted. A name that no rule matches is looked for, archives first.
    """
    return (
        rule(
            "c m pthread dl rt util resolv",
            "verdict=$called",
            "zig has them for the pinned glibc; the sysroot's are newer",
        ),
        rule(
            "c++ c++abi unwind stdc++ supc++",
            "verdict=drop",
            "libc++ comes with every link; mixing two C++ runtimes breaks",
        ),
        rule("gcc gcc_s gcc_eh atomic ssp", "verdict=drop", "zig's compiler runtime has what is in them"),
        rule("python[0-9]*", "verdict=drop", "extension modules get CPython's symbols from the interpreter (PEP 513)"),
        rule(
            "openblas openblas64 blas blas64 cblas lapack lapack64 lapacke",
            "verdict=shared",
            "all modules share one, with its threads",
        ),
    )
