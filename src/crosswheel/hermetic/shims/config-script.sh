# A *-config script of the sysroot, whose /usr is the sysroot's. The script's own name follows the facts above.
answer=$($interpreter "$script" "$@") || exit
printf '%s\n' "$answer" | sed -e "s,\(^\|[[:space:]=]\|-I\|-L\|-isystem\|-rpath\)/usr\(/\|[[:space:]]\|\$\),\1$sysroot/usr\2,g"
