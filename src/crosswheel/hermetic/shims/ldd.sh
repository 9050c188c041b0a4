# ldd(1): the target's own dynamic linker lists what a program of the target would load.
if [ "$libc" = musl ]; then
  # What builds tell musl by: its dynamic linker's own words, on standard error.
  case ${1-} in
  '' | -*) printf 'musl libc (%s)\nVersion 1.2.5\nDynamic Program Loader\nUsage: ldd [options] [--] pathname\n' "$musl_name" >&2; exit 1 ;;
  esac
fi
case ${1-} in
  --version | -V) echo "ldd (GNU libc) $glibc"; exit 0 ;;
  '' | -*) echo "ldd: only files are answered for" >&2; exit 1 ;;
esac
if [ ! -e "$loader" ]; then
  echo "ldd: the sysroot has no dynamic linker: readelf -d tells what $1 asks for" >&2
  exit 1
fi
status=0
for file; do
  [ $# -eq 1 ] || printf '%s:\n' "$file"
  # shellcheck disable=SC2086 the runner is a program and its options
  $runner "$loader" --list "$file" || status=1
done
exit $status
