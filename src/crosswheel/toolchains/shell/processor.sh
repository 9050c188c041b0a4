# --- processor: all that -march, -mcpu and -mfpu say becomes zig's one -mcpu, which stands last

cpu=$baseline features= fpu= by_march=
# processor VALUE OPTION. Where both are said, -march names the instructions, and -mcpu what they are tuned for.
processor() {
  case $1 in
  native | native+*)
    fail "$2 asks for the processor of this machine, but the wheel is for any $architecture: take the option away, or name a processor such as $2=$example_cpu"
    ;;
  esac
  case $2 in
  -march) by_march=1 ;;
  *) [ -z "$by_march" ] || return 0 ;;
  esac
  features=
  name=${1%%+*}
  case $name in
@PROCESSOR_NAMES@
  *)
    zig_name "$name"
    cpu=$name
    ;;
  esac
  extensions "${1#"${1%%+*}"}"
}
zig_name() {
  name=$1
  while case $name in *-*) ;; *) false ;; esac do name=${name%%-*}_${name#*-}; done
}
# Adds +NAME+noNAME… to the features.
extensions() {
  named=$1
  while [ -n "$named" ]; do
    named=${named#+}
    name=${named%%+*}
    named=${named#"$name"}
    sign=+
    case $name in no*) sign=- name=${name#no} ;; esac
    case $name in
@PROCESSOR_EXTENSIONS@
    esac
    zig_name "$name"
    features=$features${name:+$sign$name}
  done
}
fpu() {
  said=$features features=
  extensions "+$1"
  fpu=$features features=$said
}
# Adds zig's -mcpu. What it takes an Armv7-A to have ($bounds) is taken away where nothing asks for it; that cannot be undone by a later +.
add_processor() {
  features=$features$fpu
  case ${bounds:+$cpu} in
  generic+v*)
    case $features in
    *+neon*) ;;
    *+vfp3* | *+vfp4 | *+vfp4+*) features=$features-neon ;;
    *) features=$features$bounds ;;
    esac
    ;;
  esac
  [ -z "$cpu$features" ] || add "-mcpu=$cpu$features"
}
sign() { case $1 in -mno-*) echo - ;; *) echo + ;; esac; }
# rv64gcv_zba1p0 and the like (RISC-V ISA manual, "ISA Extension Naming Conventions"): g stands for imafd_zicsr_zifencei.
riscv_set() {
  named=${1#rv64}
  cpu=generic_rv64
  while [ -n "$named" ]; do
    case $named in
    [zsx]*) name=${named%%_*} ;;
    *) name=${named%"${named#?}"} ;;
    esac
    named=${named#"$name"}
    case $name in
    _ | i | [0-9] | p) ;; # what stands between, or a version of a single letter
    g) cpu=$cpu+m+a+f+d+zicsr+zifencei ;;
    *[0-9]p[0-9]*)
      name=${name%p*}
      cpu=$cpu+${name%"${name##*[!0-9]}"}
      ;;
    *) cpu=$cpu+$name ;;
    esac
  done
}
x86_option() { fail "$argument is an option for x86 processors, and the wheel is for $architecture"; }
other_width() { fail "$argument asks for machine code of another width, and the wheel is for $architecture: take the option away"; }
soft_float() { fail "$argument asks for another calling convention than hard float, which $architecture has: take the option away"; }
