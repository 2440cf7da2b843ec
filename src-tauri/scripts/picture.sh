#!/usr/bin/env bash
# Starts a program, waits until its window is painted, takes a picture of the screen, ends the program.
# To be run inside desktop.sh.
#
#   picture.sh PROGRAM PICTURE [COLOUR…]     painted means: text is there, and all these colours are
set -euo pipefail

program=$1 picture=$2
shift 2
colours=("$@")
mkdir -p "$(dirname "$picture")"

"$program" &
pid=$!
look=$(mktemp --suffix=.png)
trap 'kill "$pid" 2>/dev/null || true; rm -f "$look"' EXIT

# Are all the colours asked for on the screen, in a few pixels each?
all_there() {
  local colour pixels
  for colour in "${colours[@]}"; do
    pixels=$(convert "$look" -fuzz 2% -transparent "$colour" -alpha extract -format '%[fx:round((1-mean)*w*h)]' info: 2>/dev/null)
    [ "${pixels:-0}" -ge 4 ] || return 1
  done
}

before=0
for _ in $(seq 120); do
  if ! kill -0 "$pid" 2>/dev/null; then
    code=0; wait "$pid" || code=$?
    echo "picture: the program ended by itself (exit code $code) before its window was painted" >&2
    exit 1
  fi
  import -silent -window root "$look" 2>/dev/null || true
  now=$(convert "$look" -gravity center -crop 60%x60%+0+0 +repage -format '%k' info: 2>/dev/null || echo 0)
  # The middle of the screen has the window and not its title bar: blank, it shows a colour or two; with
  # smoothed text, many. No longer growing from one look to the next: the page is whole.
  if [ "$now" -ge 64 ] && [ $((now - before)) -le $((now / 20)) ] && all_there; then
    convert "$look" -trim +repage "$picture"
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    exit 0
  fi
  before=$now
  sleep 0.5
done
cp "$look" "$picture" || true
echo "picture: the window was not painted within a minute; $picture shows what there is" >&2
exit 1
