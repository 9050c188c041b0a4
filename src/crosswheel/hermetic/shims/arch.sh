# arch(1): the same as uname -m.
[ $# -eq 0 ] || { echo "arch: extra operand '$1'" >&2; exit 1; }
printf '%s\n' "$machine"
