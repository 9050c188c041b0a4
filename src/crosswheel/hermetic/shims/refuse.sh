# A name that must not lead to a program of the host.
printf '%s: %s\n' "${0##*/}" "$reason" >&2
exit 127
