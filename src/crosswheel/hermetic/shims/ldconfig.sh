# ldconfig(8): lists the libraries of the sysroot; there is no cache to rebuild.
print=
for option; do
  case $option in
    -p | --print-cache) print=yes ;;
    -V | --version) echo "ldconfig (GNU libc) $glibc"; exit 0 ;;
  esac
done
[ -n "$print" ] && [ -n "$sysroot" ] || exit 0
list() {
  find "$sysroot/usr/lib/$triplet" "$sysroot/lib/$triplet" -maxdepth 1 -name '*.so*' 2>/dev/null | sort
}
echo "$(list | wc -l) libs found in the sysroot"
list | sed "s|^\\(.*/\\)\\(.*\\)\$|\t\\2 ($ldconfig_kind) => \\1\\2|"
