# --- response files: the quoting of GNU's @file, where a backslash escapes everywhere, quotes included

end_token() {
  [ -n "$open" ] || return 0
  count=$((count + 1))
  eval "value_$count=\$token"
  listed="$listed \"\$value_$count\""
  token= open=
}

read_response() {
  token= open= quote=
  while IFS= read -r text || [ -n "$text" ]; do
    case $quote$text in
    *[\"\'\\]*) ;;
    *)
      # Nothing quoted: the shell's own splitting is some hundred times faster on long lines.
      for token in $text; do
        open=1
        end_token
      done
      continue
      ;;
    esac
    while [ -n "$text" ]; do
      case $quote in
      \") plain=${text%%[\"\\]*} ;;
      \') plain=${text%%[\'\\]*} ;;
      *) plain=${text%%[\"\'\\ 	]*} ;;
      esac
      if [ -n "$plain" ]; then
        token=$token$plain open=1
        text=${text#"$plain"}
        continue
      fi
      rest=${text#?}
      first=${text%"$rest"}
      case $first in
      \\)
        text=${rest#?}
        token=$token${rest%"$text"} open=1
        continue
        ;;
      \" | \')
        if [ -n "$quote" ]; then quote=; else quote=$first; fi
        open=1
        ;;
      *) end_token ;;
      esac
      text=$rest
    done
    if [ -n "$quote" ]; then
      token="$token
"
    else
      end_token
    fi
  done <"$1"
  end_token
}

depth=0
while case " $*" in *' @'*) [ $depth -lt 8 ] ;; *) false ;; esac do
  depth=$((depth + 1)) position=0 listed= found=
  for argument do
    position=$((position + 1))
    if [ "${argument#@}" != "$argument" ] && [ -f "${argument#@}" ]; then
      found=1
      read_response "${argument#@}"
    else
      listed="$listed \"\${$position}\""
    fi
  done
  [ -n "$found" ] || break
  eval "set -- $listed"
done
