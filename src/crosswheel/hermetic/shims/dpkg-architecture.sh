# dpkg-architecture(1): a native build on a machine of the target, so BUILD, HOST and TARGET are one.
action=list
asked=
while [ $# -gt 0 ]; do
  case $1 in
    -l | --list) action=list ;;
    -s | --print-set) action=set ;;
    -u | --print-unset) action=unset ;;
    -q | --query) action=query; shift; asked=${1-} ;;
    -q*) action=query; asked=${1#-q} ;;
    --query=*) action=query; asked=${1#--query=} ;;
    -e | --equal) shift; [ "${1-}" = "$debian" ]; exit ;;
    -e*) [ "${1#-e}" = "$debian" ]; exit ;;
    -i | --is) shift; action=is; asked=${1-} ;;
    -i*) action=is; asked=${1#-i} ;;
    -f | --force) ;;
    -a | --host-arch | -A | --target-arch) shift; same=${1-} ;;
    -a* | -A*) same=${1#-?} ;;
    *) echo "dpkg-architecture: error: '$1' is not answered in a build for $debian" >&2; exit 2 ;;
  esac
  if [ "${same:-$debian}" != "$debian" ]; then
    echo "dpkg-architecture: error: this build is for $debian, nothing is known of $same" >&2
    exit 2
  fi
  shift
done
if [ "$action" = is ]; then
  case $asked in
    "$debian" | any | linux-any | "any-$debian_cpu" | "$libc-any-any" | "$libc-linux-any") exit 0 ;;
    *) exit 1 ;;
  esac
fi
for side in BUILD HOST TARGET; do
  for pair in "ARCH=$debian" "ARCH_ABI=$debian_abi" "ARCH_BITS=$bits" "ARCH_CPU=$debian_cpu" "ARCH_ENDIAN=$endian" "ARCH_LIBC=$libc" \
    "ARCH_OS=linux" "GNU_CPU=$gnu_cpu" "GNU_SYSTEM=${gnu_type#*-}" "GNU_TYPE=$gnu_type" "MULTIARCH=$triplet"; do
    name=DEB_${side}_${pair%%=*}
    case $action in
      list) printf '%s=%s\n' "$name" "${pair#*=}" ;;
      set) printf 'export %s=%s; ' "$name" "${pair#*=}" ;;
      unset) printf 'unset %s; ' "$name" ;;
      query) [ "$name" != "$asked" ] || { printf '%s\n' "${pair#*=}"; exit 0; } ;;
    esac
  done
done
case $action in
  query) echo "dpkg-architecture: error: $asked is not a supported variable name" >&2; exit 2 ;;
  set | unset) echo ;;
esac
