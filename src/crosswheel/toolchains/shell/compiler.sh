# Translates a compiler's arguments into zig's, and execs zig. POSIX sh: dash, busybox ash and bash run it; no other program is started.
# No argument's text is ever evaluated: `kept` collects references ("${7}", "$value_3"), which the last line resolves.

set -f
say() { printf '%s\n' "crosswheel: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

kept=
count=0
keep() { kept="$kept \"\${$position}\""; }
add() {
  count=$((count + 1))
  eval "value_$count=\$1"
  kept="$kept \"\$value_$count\""
}

@RESPONSE_FILES@
# --- folders: the host's are the target's, or nothing

# Sets `folder` to the path without `..` and doubled slashes, by its text alone.
plain_path() {
  folder=$1
  case $folder in
  *..* | *//* | */./* | ?*/) ;;
  *) return ;;
  esac
  case $folder in
  /*) text=$folder ;;
  *..*) text=$PWD/$folder ;;
  *) return ;;
  esac
  folder=
  while [ -n "$text" ]; do
    part=${text%%/*}
    case $text in */*) text=${text#*/} ;; *) text= ;; esac
    case $part in
    '' | .) ;;
    ..) folder=${folder%/*} ;;
    *) folder=$folder/$part ;;
    esac
  done
  folder=${folder:-/}
}

# Sets `mapped` to the folder or file to use instead of the one that was named; empty for none.
map_path() {
  plain_path "$1"
  mapped=$1
  case $folder in
@OWN_PATHS@
@HOST_PATHS@
    mapped=
    if [ -n "$sysroot" ] && [ -e "$sysroot$folder" ]; then mapped=$sysroot$folder; fi
    ;;
  esac
}

include_folder() {
  map_path "$2"
  if [ -z "$mapped" ]; then
    say "$2 is this machine's, not the target's: left out"
    return
  fi
  plain_path "$mapped"
  case $folder in
  "$sysroot/usr/include" | "$sysroot/usr/include/$triplet")
    # Never before zig's own libc headers, which are those of the pinned glibc.
    add -idirafter
    ;;
  *) add "$1" ;;
  esac
  add "$mapped"
}
include_I() { include_folder -I "$1"; }
include_isystem() { include_folder -isystem "$1"; }
include_iquote() { include_folder -iquote "$1"; }
include_idirafter() { include_folder -idirafter "$1"; }

folders=0
library_folder() {
  map_path "$1"
  if [ -z "$mapped" ]; then
    say "$1 is this machine's, not the target's: left out"
    return
  fi
  # zig warns of folders that are not there; GNU ld does not, and configure takes any warning for a failure.
  [ -d "$mapped" ] || return 0
  folders=$((folders + 1))
  eval "folder_$folders=\$mapped"
  add "-L$mapped"
}

# --- libraries

# Whether the rules have an answer of their own to the library that is `called`; if not, `verdict` says if they want it shared.
settled() {
  verdict=
  case $called in
@LIBRARY_RULES@
  esac
  case $verdict in
  '' | shared) return 1 ;;
  drop) ;;
  *) add "-l$verdict" ;;
  esac
}

archives=
record() { [ -z "$link_log" ] || printf '%s\n' "$1" >>"$link_log"; }

# A file of the sysroot that is to be linked: its static archive where there is one, unless the rules want the shared one.
sysroot_library() {
  base=${1##*/}
  base=${base#lib}
  base=${base%%.so*}
  called=${base%.a}
  settled && return
  library=${1%/*}/lib$called.a
  if [ "$verdict" = shared ] && [ -n "$relinked" ] && [ -f "$relinked/lib$called.so" ]; then
    library=$relinked/lib$called.so
  elif [ "$verdict" = shared ] && [ -f "${library%.a}.so" ]; then
    library=${library%.a}.so
  elif [ -f "$library" ]; then
    archives=1
  else
    library=$1
  fi
  record "$library"
  add "$library"
}

libraries=0
library() {
  called=$1
  # One runtime for all that asks for one.
  case $openmp_runtime:$1 in ?*:gomp | ?*:iomp5) set -- omp ;; esac
  settled && return
  # What it is found as depends on every -L, so that it is settled after the last argument.
  libraries=$((libraries + 1))
  eval "library_$libraries=\$1"
  kept="$kept \"\$library_$libraries\""
}

# Sets `library` to what is linked for -l$1: from the package's own folders as it is, else from the sysroot, archives first as a rule.
find_library() {
  library=-l$1
  called=$1
  settled || :
  case $verdict$1 in
  :*) names=${1#:} ;;
  shared*) names="lib$1.so lib$1.a" ;;
  *) names="lib$1.a lib$1.so" ;;
  esac
  look_in package "$1" || look_in runtime "$1" || look_in sysroot "$1" || :
}
look_in() {
  number=0
  while [ $number -lt $folders ]; do
    number=$((number + 1))
    eval "place=\$folder_$number"
    case $place in
@RUNTIME_PATHS@ whose=runtime ;;
    "${sysroot:-/no sysroot}"/*) whose=sysroot ;;
    *) whose=package ;;
    esac
    [ $whose = "$1" ] || continue
    for name in $names; do
      [ -f "$place/$name" ] || continue
      case $whose$2 in package:* | runtime* | sysroot*) library=$place/$name ;; esac
      if [ $whose != package ]; then
        case $name in *.a) archives=1 ;; esac
        record "$library"
      fi
      return 0
    done
  done
  return 1
}

# --- inputs

# zig's libc++, unless GCC's libstdc++ was asked for. An archive, of which only what is called is taken (10 ms).
link_cxx() {
  if [ -z "$gnu_cxx" ]; then
    if [ -f "$cxx_archive" ]; then add "$cxx_archive"; fi
    add -lc++
    return
  fi
  record "$gnu_cxx/libstdc++.a"
  archives=1
  add -nostdlib++
  add "$gnu_cxx/libstdc++.a"
  add -lunwind
}

sources= cxx= inputs= source=
input() {
  inputs=1 source=$1
  case $1 in
  *.c | *.m | *.s | *.S | *.i) sources=1 ;;
  *.cc | *.cpp | *.cxx | *.c++ | *.C | *.CPP | *.cp | *.ii | *.mm) sources=1 cxx=1 ;;
  *.so | *.so.* | *.a | *.o)
    map_path "$1"
    if [ -z "$mapped" ]; then
      fail "$1 is a file of this machine, which the target cannot use: name the library that it is with -l, and give its development package with --native"
    fi
    case $mapped in
@RUNTIME_PATHS@
      record "$mapped"
      case $mapped in *.a) archives=1 ;; esac
      ;;
    "$sysroot"/*lib*.so* | "$sysroot"/*lib*.a)
      if [ -n "$sysroot" ]; then
        sysroot_library "$mapped"
        return
      fi
      ;;
    esac
    if [ "$mapped" != "$1" ]; then
      add "$mapped"
      return
    fi
    ;;
  esac
  keep
}
language() {
  case $1 in c++*) cxx=1 ;; esac
  keep
}
output=
take_output() {
  output=$1
  keep
}
take_value() { keep; }
pass_on() {
  case $1 in
  -fopenmp | -fopenmp=*) openmp ;;
  *)
    add "$passed"
    add "$1"
    ;;
  esac
}
uses_openmp=
openmp() {
  uses_openmp=1
  add -fopenmp=libomp
}
take_nothing() { :; }

@PROCESSOR@
# --- the linker's own arguments (-Wl, and -Xlinker)

own_script= linker_wanted=
linker_list() {
  rest=$1,
  while [ -n "$rest" ]; do
    one=${rest%%,*}
    rest=${rest#*,}
    linker_argument "$one"
  done
}
linker_argument() {
  if [ -n "$linker_wanted" ]; then
    taker=$linker_wanted linker_wanted=
    "$taker" "$1"
    return
  fi
  case $1 in
@LINKER_RULES@
  *) add "-Wl,$1" ;;
  esac
}
linker_pair() { add "-Wl,$linker_option,$1"; }
# What is looked for at run time beside the file stays, and what the build itself makes; any other folder is one of this machine.
linker_rpath() {
  case $1 in
  /*)
    plain_path "$1"
    case $folder in
@BUILD_PATHS@
    *)
      say "run path $1 is this machine's: left out"
      return
      ;;
    esac
    ;;
  esac
  add "-Wl,-rpath,$1"
}
linker_soname() { add "-Wl,-soname,$1"; }
linker_script() {
  own_script=1
  add "-Wl,--version-script=$1"
  # GNU ld takes names that are not there; lld does not unless told.
  add -Wl,--undefined-version
}
linker_keyword() {
  case $1 in
@KEYWORD_RULES@
  *) add "-Wl,-z,$1" ;;
  esac
}

# --- the assembler's (-Wa,): what is about debug information, listings and GNU as's memory means nothing here

assembler_list() {
  rest=$1,
  while [ -n "$rest" ]; do
    one=${rest%%,*}
    rest=${rest#*,}
    case $one in
    -g* | --g* | -a* | --reduce-memory-overheads | --hash-size=* | --*compress-debug-sections* | -mrelax-relocations=* | -mbig-obj) ;;
    *) add "-Wa,$one" ;;
    esac
  done
}

# --- questions that are answered without zig

answer() {
  printf '%s\n' "$1"
  exit 0
}
answer_version() { exec "$zig" cc -target "$plain_triple" -dumpversion; }
answer_v() {
  if [ "$arguments" -eq 1 ]; then exec "$zig" cc -target "$triple" --version >&2; fi
  keep
}
answer_file() {
  if [ -f "$sysroot/usr/lib/$triplet/$1" ]; then answer "$sysroot/usr/lib/$triplet/$1"; fi
  answer "$1"
}
answer_program() {
  if [ -x "$tools/$1" ]; then answer "$tools/$1"; fi
  answer "$1"
}
answer_folders() {
  printf 'install: %s\nprograms: =%s\nlibraries: =%s\n' "$tools" "$tools" "${sysroot:+$sysroot/usr/lib/$triplet:$sysroot/usr/lib}"
  exit 0
}

# --- what a module does not export

keep_inside() {
  extension=
  case ${output##*/} in
@EXTENSION_NAMES@
  esac
  case $extension:$archives:$bare in
  1:1:*)
    # Bound inside, archives that were compiled for executables link too.
    add -Wl,-Bsymbolic
    add "-Wl,--version-script=$tools/.archives.map"
    ;;
  1::) add "-Wl,--version-script=$tools/.extension.map" ;;
  :*:) add "-Wl,--version-script=$tools/.library.map" ;;
  esac
}

# --- all arguments, one by one

arguments=$# position=0 wanted= mode=$first_mode shared= bare=
for argument do
  position=$((position + 1))
  if [ -n "$wanted" ]; then
    taker=$wanted wanted=
    "$taker" "$argument"
    continue
  fi
  case $argument in
@DRIVER_RULES@
  -) keep; inputs=1 sources=1 ;;
  -*) keep ;;
  *) input "$argument" ;;
  esac
done

if [ -z "$mode" ] && [ -n "$inputs" ]; then
  if [ -n "$uses_openmp" ] && [ -n "$openmp_runtime" ]; then library omp; fi
@RUNTIME_FOLDERS@
  if [ -n "$sysroot" ]; then
    for folder in "$sysroot/usr/lib/$triplet" "$sysroot/usr/lib" "$sysroot/lib/$triplet"; do
      folders=$((folders + 1))
      eval "folder_$folders=\$folder"
    done
  fi
  current=0
  while [ $current -lt $libraries ]; do
    current=$((current + 1))
    eval "find_library \"\$library_$current\""
    eval "library_$current=\$library"
  done
  add -s
  # C++ objects may be linked by the C compiler (setuptools does).
  [ -n "$bare" ] || link_cxx
  if [ -n "$compat" ] && [ -f "$compat" ]; then add "$compat"; fi
  if [ -n "$sysroot" ]; then add "-L$sysroot/usr/lib/$triplet"; fi
  if [ -n "$shared" ] && [ -z "$own_script" ]; then keep_inside; fi
elif [ -n "$cxx" ] && [ -z "$gnu_cxx" ]; then
  add -lc++
fi
# What is linked was compiled already: zig would build libc++ and the compiler's runtime once more for another processor.
if [ -z "$mode$sources" ]; then cpu=$baseline features= fpu=; fi
add_processor
# distutils is at work, which compiles one file at a time: once for each of its folders, the others are begun ahead.
case $ahead${CROSSWHEEL_AHEAD+0}:$output in
[1-9]:build/temp.*/*.o | [1-9]:*/build/temp.*/*.o)
  if mkdir "${output%/*}/.ahead" 2>/dev/null; then
    sh "$tools/.ahead" "$ahead" "$0" "$source" "$output" "$@" </dev/null >/dev/null 2>&1 &
  fi
  ;;
esac
if [ -n "$mode" ] || [ -n "$sources" ]; then after=$fixed_after; else after=; fi
# Behind the package's own folders, ahead of zig's C headers, which libstdc++'s include in their turn (include_next).
case $gnu_cxx:$mode$sources:$driver$cxx in
/*:?*:c++* | /*:?*:cc?*) after="$cxx_headers $after" ;;
esac
eval "exec \"\$zig\" $driver $fixed_before $lenient $kept $after"
