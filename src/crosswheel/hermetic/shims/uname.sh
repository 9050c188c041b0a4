# uname(1) as GNU coreutils has it, for the target. config.guess, CMake, and Python's platform.processor() ask it.
wanted=
[ $# -gt 0 ] || wanted=s
for option; do
  case $option in
    --all) wanted=${wanted}a ;;
    --kernel-name | --sysname) wanted=${wanted}s ;;
    --nodename) wanted=${wanted}n ;;
    --kernel-release | --release) wanted=${wanted}r ;;
    --kernel-version) wanted=${wanted}v ;;
    --machine) wanted=${wanted}m ;;
    --processor) wanted=${wanted}p ;;
    --hardware-platform) wanted=${wanted}i ;;
    --operating-system) wanted=${wanted}o ;;
    --version) echo "uname (crosswheel), of the target $machine"; exit 0 ;;
    --help) echo "Usage: uname [-asnrvmpio]"; exit 0 ;;
    -[asnrvmpio]*)
      letters=${option#-}
      while [ -n "$letters" ]; do
        rest=${letters#?}
        letter=${letters%"$rest"}
        case $letter in
          [asnrvmpio]) wanted=$wanted$letter ;;
          *) echo "uname: invalid option -- '$letter'" >&2; exit 1 ;;
        esac
        letters=$rest
      done
      ;;
    -*) echo "uname: unrecognized option '$option'" >&2; exit 1 ;;
    *) echo "uname: extra operand '$option'" >&2; exit 1 ;;
  esac
done
case $wanted in *a*) wanted=snrvmpio ;; esac
answer=
# The order is uname's own, whatever the order of the options.
for letter in s n r v m p i o; do
  case $wanted in *"$letter"*) ;; *) continue ;; esac
  case $letter in
    s) word=Linux ;;
    n) word=localhost ;;
    r) word=$release ;;
    v) word='#1 SMP' ;;
    o) word=GNU/Linux ;;
    *) word=$machine ;;
  esac
  answer="$answer${answer:+ }$word"
done
printf '%s\n' "$answer"
