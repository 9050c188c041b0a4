# Starts rustc for a build: cargo, maturin and setuptools-rust all come through here.

musl= previous=
for argument do
  case $previous$argument in
  -Ctarget-cpu=native | --codegentarget-cpu=native | --codegen=target-cpu=native)
    printf '%s\n' "crosswheel: target-cpu=native asks for the processor of this machine, but the wheel is for any of its kind: take the option away (RUSTFLAGS, .cargo/config.toml), or name a processor" >&2
    exit 1
    ;;
  --target=*-musl* | --target*-musl*) musl=1 ;;
  esac
  case $argument in
  -C | --codegen | --target) previous=$argument ;;
  *) previous= ;;
  esac
done
# An extension module of musl is a shared object, which rustc makes of what is not linked statically.
if [ -n "$musl" ]; then set -- "$@" -C target-feature=-crt-static; fi
# rustc would tell its linker to leave out the default libraries and name libgcc_s in their place; zig's own unwinder comes with them.
exec @RUSTC@ @OWN@ "$@" -C default-linker-libraries=yes
