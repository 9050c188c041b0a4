#!/bin/sh
# ahead.sh JOBS WRAPPER SOURCE OUTPUT ARGUMENT...
#
# distutils compiles one file of an extension module after the other, however many processors there are. So while it waits
# for the first, this compiles the files beside it in the same way, into zig's cache; when the build comes to one of them,
# it is there, or nearly. Nothing but the cache, which goes by content, is changed: what the build does not ask for is lost
# time of an idle processor.
jobs=$1 wrapper=$2 source=$3 output=$4
shift 4
export CROSSWHEEL_AHEAD=1
most=64

# What writes more than an object, under a name that is the source's own, is left to the build.
for argument; do
  case $argument in
  -M* | -save-temps* | --save-temps* | -ftime-trace* | --coverage | -fprofile-arcs | -ftest-coverage | --serialize-diagnostics*) exit 0 ;;
  esac
done

case $source in */*) folder=${source%/*} ;; *) folder=. ;; esac
scratch=$(mktemp -d) || exit 0
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# compile SIBLING ARGUMENT...: what was said of the source is said of its sibling.
compile() {
  sibling=$1
  shift
  left=$#
  while [ "$left" -gt 0 ]; do
    argument=$1
    shift
    case $argument in
    "$source") argument=$sibling ;;
    "$output") argument=$scratch/$worker.o ;;
    esac
    set -- "$@" "$argument"
    left=$((left - 1))
  done
  "$wrapper" "$@" || :
}

worker=0
while [ "$worker" -lt "$jobs" ]; do
  number=0
  for sibling in "$folder"/*."${source##*.}"; do
    [ "$sibling" != "$source" ] && [ "$sibling" != "./$source" ] || continue
    number=$((number + 1))
    [ "$number" -le "$most" ] || break
    [ $((number % jobs)) -eq "$worker" ] || continue
    compile "$sibling" "$@"
  done &
  worker=$((worker + 1))
done
wait
