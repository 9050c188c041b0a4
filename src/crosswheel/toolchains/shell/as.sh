# as(1), for makefiles that call it: the compiler assembles, and knows the width and the sections by itself.
output=
for argument do
  shift
  case $argument in
  --version) echo 'crosswheel as (GNU assembler compatible)' && exit 0 ;;
  --32 | --64 | -m32 | -m64 | -g* | --g* | --noexecstack | --fatal-warnings | --warn | -W | -a*) continue ;;
  -o*) output=1 ;;
  esac
  set -- "$@" "$argument"
done
[ -n "$output" ] || set -- "$@" -o a.out
