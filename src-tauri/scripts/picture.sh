#!/usr/bin/env bash
# Starts a program, waits until its window is painted, takes a picture of the screen, ends the program.
# To be run inside desktop.sh.
#
#   picture.sh PROGRAM PICTURE
set -euo pipefail

program=$1 picture=$2
mkdir -p "$(dirname "$picture")"

"$program" &
pid=$!
trap 'kill "$pid" 2>/dev/null || true' EXIT

# How many colours the screen shows. An empty screen has one, a blank window a handful; smoothed text has
# hundreds.
colours() { import -silent -window root -depth 8 png:- 2>/dev/null | identify -format '%k' - 2>/dev/null || echo 0; }

before=0
for _ in $(seq 120); do
  if ! kill -0 "$pid" 2>/dev/null; then
    code=0; wait "$pid" || code=$?
    echo "picture: the program ended by itself (exit code $code) before its window was painted" >&2
    exit 1
  fi
  now=$(colours)
  # Painted, and no longer growing from one look to the next: the page is whole.
  if [ "$now" -ge 200 ] && [ $((now - before)) -le $((now / 20)) ]; then
    import -silent -window root "$picture"
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    exit 0
  fi
  before=$now
  sleep 0.5
done
import -silent -window root "$picture" || true
echo "picture: the window was not painted within a minute; $picture shows what there is" >&2
exit 1
