"""What a configure script is told, without an argument on its command line."""

from crosswheel.hermetic.value import Facts

# As config.sub writes a name out where it has no vendor.
_VENDORS = {"x86_64": "pc", "i686": "pc", "s390x": "ibm"}


def config_site(facts: Facts) -> str:
    """Return the file that CONFIG_SITE names: a shell script that every configure reads first.

    Where programs of the target can be started the build is native, on a machine of the target; where they cannot it is
    a cross build from this machine, and the cache variables give some of the answers that need a program to be run
    (Autoconf manual, "Setting Site Defaults").

    Names are given as config.sub would write them out, and then it is not asked: those that lie in older sources know
    neither loongarch64 nor riscv64, nor musl.
    """
    cpu, _, system = facts.machine.partition("-")
    canonical = f"{cpu}-{_VENDORS.get(facts.target.architecture.name, 'unknown')}-{system}"
    if facts.executes:
        return f"""# Read by configure: this is a native build on {facts.machine}. The command line goes before.
: "${{build_alias:={facts.machine}}}"
build=$build_alias
if test "$build_alias" = "{facts.machine}"; then
  : "${{ac_cv_build={canonical}}}"
  case $host_alias in "" | "$build_alias") : "${{ac_cv_host={canonical}}}" ;; esac
fi
"""
    return f"""# Read by configure: programs of {facts.machine} cannot be started here. The command line goes before.
: "${{build_alias:={facts.host_triplet}}}"
: "${{host_alias:={facts.machine}}}"
build=$build_alias
host=$host_alias
test "$build_alias" = "$host_alias" || cross_compiling=yes
test "$host_alias" != "{facts.machine}" || : "${{ac_cv_host={canonical}}}"
# Every C library that a policy knows has these; configure would find out by running a program.
: "${{ac_cv_func_malloc_0_nonnull=yes}}"
: "${{ac_cv_func_realloc_0_nonnull=yes}}"
: "${{ac_cv_func_calloc_0_nonnull=yes}}"
: "${{ac_cv_func_mmap_fixed_mapped=yes}}"
: "${{ac_cv_func_fork_works=yes}}"
: "${{ac_cv_func_vfork_works=yes}}"
: "${{ac_cv_func_memcmp_working=yes}}"
: "${{ac_cv_func_working_mktime=yes}}"
: "${{ac_cv_func_strtod=yes}}"
: "${{ac_cv_func_stat_empty_string_bug=no}}"
: "${{ac_cv_func_lstat_dereferences_slashed_symlink=yes}}"
: "${{ac_cv_have_decl_program_invocation_name=yes}}"
"""
