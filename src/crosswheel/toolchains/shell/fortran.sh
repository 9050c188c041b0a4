# GNU Fortran compiles, zig links. POSIX sh, as compiler.sh; no argument's text is ever evaluated.

set -f
say() { printf '%s\n' "crosswheel: $*" >&2; }
fail() {
  say "$*"
  exit 1
}
answer() {
  printf '%s\n' "$1"
  exit 0
}

# It and the parts that it starts (f951, as) run on the C library beside them: this machine's own may be older, or another.
gfortran() {
  "$loader" --library-path "$libraries" --argv0 "$program" "$program" \
    -wrapper "$loader,--library-path,$libraries" "-B$programs" "--sysroot=${sysroot:-$runtime}" "$@"
}

compiled= linked= count=0
for_compile() { compiled="$compiled \"\${$position}\""; }
for_link() { linked="$linked \"\${$position}\""; }
add_to() {
  count=$((count + 1))
  eval "value_$count=\$2"
  eval "$1=\"\$$1 \\\"\\\$value_$count\\\"\""
}

@RESPONSE_FILES@
# Folders of this machine are the target's, or nothing.
include_folder() {
  case $2 in
  /usr/include | /usr/include/* | /usr/lib/* | /usr/local/*)
    if [ -n "$sysroot" ] && [ -d "$sysroot$2" ]; then
      add_to compiled "$1$sysroot$2"
    else
      say "$2 is this machine's, not the target's: left out"
    fi
    ;;
  *) add_to compiled "$1$2" ;;
  esac
}
include_value() { include_folder -I "$1"; }
take_output() { output=$1; }
take_language() { for_compile; }
take_module() { for_compile; }
take_link() { for_link; }

arguments=$# position=0 wanted= mode= output= fortran= others= inputs= verbose= bare= shared= sources=
for argument do
  position=$((position + 1))
  if [ -n "$wanted" ]; then
    taker=$wanted wanted=
    "$taker" "$argument"
    continue
  fi
  case $argument in
  --version | -dumpversion | -dumpfullversion | --help | --help=* | -dumpspecs | -print-multiarch)
    gfortran "$argument"
    exit
    ;;
  -dumpmachine) answer "$triplet" ;;
  -print-search-dirs | --print-search-dirs)
    printf 'install: %s\nprograms: =%s\nlibraries: =%s\n' "$runtime/" "$tools" "$runtime"
    exit 0
    ;;
  -print-libgcc-file-name | --print-libgcc-file-name) answer "$runtime/libgcc.a" ;;
  -print-file-name=* | --print-file-name=*)
    name=${argument#*=}
    if [ -f "$runtime/$name" ]; then answer "$runtime/$name"; fi
    answer "$name"
    ;;
  -print-prog-name=* | --print-prog-name=*)
    name=${argument#*=}
    if [ -x "$tools/$name" ]; then answer "$tools/$name"; fi
    answer "$name"
    ;;
  -print-sysroot | --print-sysroot) answer "$sysroot" ;;
  -print-multi-*) answer . ;;
  -v)
    if [ "$arguments" -eq 1 ]; then
      gfortran -v
      exit
    fi
    verbose=1
    ;;
  -c | -S | -E | -M | -MM | -fsyntax-only) mode=compile; for_compile ;;
  -o) wanted=take_output ;;
  -o?*) output=${argument#-o} ;;
  -x) wanted=take_language; for_compile ;;
  -I) wanted=include_value ;;
  -I?*) include_folder -I "${argument#-I}" ;;
  -J | -D | -U | -MF | -MT | -MQ | --param | -idirafter | -isystem | -include | -fintrinsic-modules-path)
    wanted=take_module
    for_compile
    ;;
  -march=native* | -mcpu=native* | -mtune=native*)
    fail "${argument%%=*} asks for the processor of this machine, but the wheel is for any of its architecture: take the option away, or name a processor"
    ;;
  # The result is stripped; what is compiled for GCC's link-time optimiser zig cannot read.
  -g | -g[0-9]* | -ggdb* | -gdwarf* | -flto | -flto=* | -fno-lto | -ffat-lto-objects | -fuse-linker-plugin) ;;
  -static-lib* | -shared-libgcc | -fuse-ld=* | -specs=* | -s) ;;
  -nostdlib | -nodefaultlibs) bare=1; for_link ;;
  -L | -l | -z | -u | -T | -rpath | -Xlinker) wanted=take_link; for_link ;;
  -shared) shared=1; for_link ;;
  -L?* | -l?* | -z?* | -Wl,* | -static | -static-pie | -rdynamic | -nostartfiles | -r | -pie | -no-pie) for_link ;;
  -O* | -fopenmp | -fopenmp=* | -pthread) for_compile; for_link ;;
  -) inputs=1; for_compile ;;
  -*) for_compile ;;
  *.[fF] | *.[fF][0-9][0-9] | *.for | *.FOR | *.ftn | *.FTN | *.fpp | *.FPP)
    fortran=1 inputs=1
    count=$((count + 1))
    eval "value_$count=\$argument"
    sources="$sources $count"
    # The object that stands for it has the same place among the others.
    linked="$linked \"\$object_$count\""
    ;;
  *.[cC] | *.cc | *.cpp | *.cxx | *.c++ | *.[sS] | *.i | *.ii) others=1 inputs=1; for_link ;;
  *) inputs=1; for_link ;;
  esac
done

if [ "$mode" = compile ]; then
  if [ -n "$others" ] && [ -z "$fortran" ]; then exec "$compiler" "$@"; fi
  for number in $sources; do compiled="$compiled \"\$value_$number\""; done
  if [ -n "$output" ]; then
    add_to compiled -o
    add_to compiled "$output"
  fi
  # -v goes no further: CMake takes the dynamic linker (ld-linux…) that starts each part for a linker.
  eval "gfortran $fixed $compiled"
  exit
fi

scratch=
if [ -n "$sources" ]; then
  scratch=$(mktemp -d) || exit 1
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 1' HUP INT TERM
  for number in $sources; do
    eval "gfortran $fixed $compiled -c \"\$value_$number\" -o \"\$scratch/$number.o\"" || exit
    eval "object_$number=\$scratch/$number.o"
  done
fi
if [ -n "$output" ]; then
  add_to linked -o
  add_to linked "$output"
fi
if [ -n "$inputs" ] && [ -z "$bare" ]; then
  # CMake reads of this line what its other linkers have to add to Fortran objects.
  if [ -n "$verbose" ]; then say "collect2 -L$runtime -lgfortran -lm" 2>&1 | sed 's/^crosswheel: / /' >&2; fi
  # Debian's objects are for executables: what they call of each other has to stay inside.
  if [ -n "$shared" ]; then add_to linked -Wl,-Bsymbolic; fi
  add_to linked -lgfortran
  add_to linked -lm
fi
eval "\"\$compiler\" $linked"
