# Every link strips already, and zig's objcopy cannot write ELF yet (0.17): so this leaves files as they are, and says so when one is not there.
output= wanted= status=0 files=0
for argument do
  case $wanted in
  output) output=$argument wanted= && continue ;;
  value) wanted= && continue ;;
  esac
  case $argument in
  --version | -V) echo "crosswheel strip (GNU strip compatible)" && exit 0 ;;
  -o) wanted=output ;;
  --output-file=*) output=${argument#*=} ;;
  -K | -N | -R | -F | -I | -O | -w) wanted=value ;;
  -*) ;;
  *)
    files=$((files + 1))
    if [ ! -f "$argument" ]; then
      echo "strip: '$argument': No such file" >&2
      status=1
    elif [ -n "$output" ]; then
      cat <"$argument" >"$output" || status=1
    fi
    input=$argument
    ;;
  esac
done
if [ "$files" -eq 0 ]; then
  echo "strip: no file was named" >&2
  status=1
fi
exit $status
