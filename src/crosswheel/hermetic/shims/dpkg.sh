# dpkg(1): builds ask it for the architecture. It neither knows nor changes what is installed on the machine that builds.
case ${1-} in
  --print-architecture) printf '%s\n' "$debian" ;;
  --print-foreign-architectures) ;;
  --version) echo "Debian 'dpkg' package management program version 1.21.1 ($debian)." ;;
  *)
    echo "dpkg: not in a build: only --print-architecture is answered; packages of the target come with --native" >&2
    exit 2
    ;;
esac
