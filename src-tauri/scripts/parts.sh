# Sourced: runs the parts of a job one by one and says how long each took.

parts_log=${KAIBO_PARTS:-}

# part NAME COMMAND…: ends the job when the command fails.
part() {
  local name=$1 start=$SECONDS code=0
  shift
  echo "==> $name" >&2
  "$@" || code=$?
  local word=ok
  [ $code = 0 ] || word="failed ($code)"
  printf '<== %s: %s, %d s\n' "$name" "$word" $((SECONDS - start)) >&2
  [ -z "$parts_log" ] || printf '%6d s  %s%s\n' $((SECONDS - start)) "$name" "$([ $code = 0 ] || echo ": $word")" >>"$parts_log"
  [ $code = 0 ] || exit $code
}
