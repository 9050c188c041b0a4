#!/bin/sh
# Starts a program on a machine whose own headers, libraries, packages and tools are poison: usage: poisoned.sh FOLDER PROGRAM...
# FOLDER holds usr/include, usr/lib and usr/local, which lie over the machine's in a mount namespace of its own; the machine is not changed.
set -e
poison=$1
shift
for place in usr/include usr/lib usr/local; do
  mount -t overlay overlay -o "lowerdir=$poison/$place:/$place" "/$place"
done
exec "$@"
