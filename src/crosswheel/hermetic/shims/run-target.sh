# Starts a program of the target: through the emulator where the kernel would not know what to do with it. Test runners of automake
# (LOG_COMPILER) start everything through it, scripts too.
case $(head -c 4 "$1" 2>/dev/null | od -An -c | tr -d ' ') in
  '177ELF') exec $runner "$@" ;;
  *) exec "$@" ;;
esac
