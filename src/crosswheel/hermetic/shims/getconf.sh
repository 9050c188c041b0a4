# getconf(1), for the target. What is baked into a wheel at build time has to hold on every machine of the target: so the page is the largest.
undefined=
while [ $# -gt 0 ]; do
  case $1 in
    -v) shift ;;
    -a) undefined=all ;;
    -*) echo "getconf: unrecognized option '$1'" >&2; exit 2 ;;
    *) break ;;
  esac
  shift
done
if [ -n "$undefined" ]; then
  for name in LONG_BIT PAGESIZE PAGE_SIZE INT_MAX UINT_MAX CHAR_BIT WORD_BIT ${glibc:+GNU_LIBC_VERSION}; do
    printf '%-35s%s\n' "$name" "$("$0" "$name")"
  done
  exit 0
fi
case ${1-} in
  LONG_BIT | ULONG_BIT) echo "$bits" ;;
  LONG_MAX) [ "$bits" = 64 ] && echo 9223372036854775807 || echo 2147483647 ;;
  WORD_BIT) echo 32 ;;
  CHAR_BIT) echo 8 ;;
  INT_MAX) echo 2147483647 ;;
  INT_MIN) echo -2147483648 ;;
  UINT_MAX) echo 4294967295 ;;
  PAGESIZE | PAGE_SIZE | _SC_PAGESIZE | _SC_PAGE_SIZE) echo "$page_size" ;;
  _NPROCESSORS_ONLN | _NPROCESSORS_CONF | NPROCESSORS_ONLN | NPROCESSORS_CONF) nproc ;;
  GNU_LIBC_VERSION | GNU_LIBPTHREAD_VERSION)
    [ -n "$glibc" ] || { echo "getconf: Unrecognized variable '$1'" >&2; exit 2; }
    case $1 in *PTHREAD*) echo "NPTL $glibc" ;; *) echo "glibc $glibc" ;; esac
    ;;
  ARG_MAX | _POSIX_ARG_MAX) echo 2097152 ;;
  PATH_MAX) echo 4096 ;;
  NAME_MAX) echo 255 ;;
  OPEN_MAX) echo 1024 ;;
  CLK_TCK) echo 100 ;;
  PATH | CS_PATH | _CS_PATH) printf '%s\n' "$PATH" ;;
  LFS_CFLAGS | LFS64_CFLAGS) [ "$bits" = 64 ] && echo || echo "-D_LARGEFILE_SOURCE -D_FILE_OFFSET_BITS=64" ;;
  LFS_* | LFS64_*) echo ;;
  LEVEL*_CACHE_*) echo 0 ;;
  '') echo "Usage: getconf [-v SPEC] VAR" >&2; exit 2 ;;
  *) echo "getconf: Unrecognized variable '$1'" >&2; exit 2 ;;
esac
