"""What a configure script is told, without an argument on its command line."""

from crosswheel.hermetic.value import Facts


def config_site(facts: Facts) -> str:
    """Return the file that CONFIG_SITE names: a shell script that every configure reads first.

    Where programs of the target can be started the build is native, on a machine of the target; where they cannot it is
    a cross build from this machine, and the cache variables give some of the answers that need a program to be run
    (Autoconf manual, "Setting Site Defaults").
    """
    triplet = facts.target.architecture.triplet
    if facts.executes:
        return f"""# Read by configure: this is a native build on {triplet}. The command line goes before.
: "${{build_alias:={triplet}}}"
build=$build_alias
"""
    return f"""# Read by configure: programs of {triplet} cannot be started here. The command line goes before.
: "${{build_alias:={facts.host_triplet}}}"
: "${{host_alias:={triplet}}}"
build=$build_alias
host=$host_alias
test "$build_alias" = "$host_alias" || cross_compiling=yes
# Every glibc that a manylinux policy knows has these; configure would find out by running a program.
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
