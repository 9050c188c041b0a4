# pkg-config(1): pkgconf, which sees the target's .pc files and none of the host's.
#
# Whoever sets PKG_CONFIG_LIBDIR (Meson does, to what the target's sysconfig calls LIBPC) means folders of the target.
mapped=
rest=${PKG_CONFIG_LIBDIR-$libdir}:
while [ -n "$rest" ]; do
  folder=${rest%%:*}
  rest=${rest#*:}
  case $folder in
    '') continue ;;
    "${sysroot:-/usr}"/* | /usr/* | /lib/* | /lib64/*) folder=$libdir ;;
  esac
  mapped=$mapped${mapped:+:}$folder
done
# An empty list would mean the built-in one, which is the host's.
PKG_CONFIG_LIBDIR=${mapped:-$libdir}
# What compilers find by themselves is not said; libraries are, because Meson and CMake look for the files.
PKG_CONFIG_SYSTEM_INCLUDE_PATH=$sysroot/usr/include
PKG_CONFIG_SYSTEM_LIBRARY_PATH=/nonexistent
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSTEM_INCLUDE_PATH PKG_CONFIG_SYSTEM_LIBRARY_PATH
# The files say the sysroot's paths themselves; a second prefix would spoil those that a build makes of its own.
unset PKG_CONFIG_SYSROOT_DIR
# Libraries of the sysroot are linked statically where they can be, and a static archive needs its private libraries too.
exec "$pkgconf" --static "$@"
