# ldconfig(8): lists the libraries of the sysroot; there is no cache to rebuild. musl's lists nothing.
print=
for option; do
  case $option in
    -p | --print-cache) print=yes ;;
    -V | --version) echo "ldconfig (GNU libc) $glibc"; exit 0 ;;
  esac
done
[ -n "$print" ] && [ -n "$sysroot" ] && [ "$libc" = gnu ] || exit 0
# Where /usr is merged, lib is a link to usr/lib.
set -- "$sysroot/usr/lib/$triplet"
[ -L "$sysroot/lib" ] || set -- "$@" "$sysroot/lib/$triplet"
libraries=$(find "$@" -maxdepth 1 -name '*.so*' 2>/dev/null | sort)
printf '%s\n' "$libraries" | wc -l | sed 's/$/ libs found in the sysroot/'
printf '%s\n' "$libraries" | sed "s|^\\(.*/\\)\\(.*\\)\$|\t\\2 ($ldconfig_kind) => \\1\\2|"
