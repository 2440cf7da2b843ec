#!/usr/bin/env bash
# Gives a command a desktop of its own: a virtual screen, a session bus, an unlocked keyring, a window
# manager, and private folders, so that nothing of the person's own desktop is seen or touched. When the
# command ends, however it ends, everything started here ends with it. Its exit code is returned.
#
#   desktop.sh [--locked] [--timeout SECONDS] COMMAND [ARGUMENT…]
#
#   --locked            open no keyring: a Secret Service answers, but whatever is written waits for a password
#   --timeout SECONDS   end the command then (exit code 124)
#   KAIBO_SCREEN        size of the screen, 1400x900 unless told
set -euo pipefail

if [ "${1:-}" = --inside ]; then
  # Second half: runs inside the session bus.
  shift
  if [ "$KAIBO_DESKTOP_KEYRING" = open ]; then
    # A throw-away password creates and opens the login keyring; it goes with the folder.
    printf 'throw-away\n' | gnome-keyring-daemon --unlock --components=secrets >"$KAIBO_DESKTOP/keyring.log" 2>&1 \
      || { echo "desktop.sh: the keyring did not start:" >&2; cat "$KAIBO_DESKTOP/keyring.log" >&2; exit 125; }
  fi
  openbox >"$KAIBO_DESKTOP/openbox.log" 2>&1 &
  exec "$@"
fi

keyring=open
limit=0
while :; do
  case "${1:-}" in
    --locked) keyring=locked; shift ;;
    --timeout) limit=$2; shift 2 ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { echo "usage: desktop.sh [--locked] [--timeout SECONDS] COMMAND [ARGUMENT…]" >&2; exit 2; }
for program in Xvfb xauth dbus-run-session gnome-keyring-daemon openbox; do
  command -v "$program" >/dev/null || { echo "desktop.sh: $program is missing; src-tauri/scripts/setup.sh test installs it" >&2; exit 127; }
done

self=$(realpath "$0")
dir=$(mktemp -d "${TMPDIR:-/tmp}/kaibo-desktop.XXXXXX")
screen=""
session=""

# Everything started below carries KAIBO_DESKTOP=$dir in its environment, orphans too.
ours() {
  local file pid
  for file in /proc/[0-9]*/environ; do
    pid=${file#/proc/}; pid=${pid%/environ}
    [ "$pid" != $$ ] && [ "$pid" != "$BASHPID" ] || continue
    if { tr '\0' '\n' <"$file" | grep -qxF "KAIBO_DESKTOP=$dir"; } 2>/dev/null; then echo "$pid"; fi
  done
}

# Sends a signal to all of ours; false when there is none.
end_all() {
  local pids
  pids=$(ours)
  [ -n "$pids" ] || return 1
  # shellcheck disable=SC2086
  kill "-$1" $pids 2>/dev/null || true
}

clean_up() {
  trap - EXIT
  trap '' INT TERM HUP
  local tries=0
  if end_all TERM; then
    # Two seconds to leave by themselves; then they are made to.
    while [ -n "$(ours)" ] && [ $tries -lt 20 ]; do sleep 0.1; tries=$((tries + 1)); done
    end_all KILL || true
  fi
  [ -z "$screen" ] || { kill "$screen" 2>/dev/null && wait "$screen" 2>/dev/null; } || true
  rm -rf "$dir" 2>/dev/null || { sleep 0.3; rm -rf "$dir"; } || true
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# The screen. Xvfb picks a free number and writes it down once it takes connections.
mkfifo "$dir/number"
cookie=$(mcookie)
touch "$dir/server-auth" "$dir/auth"
xauth -q -f "$dir/server-auth" add :0 . "$cookie" 2>/dev/null
Xvfb -displayfd 3 -screen 0 "${KAIBO_SCREEN:-1400x900}x24" -dpi 96 -nolisten tcp -noreset -auth "$dir/server-auth" \
  3>"$dir/number" >"$dir/xvfb.log" 2>&1 &
screen=$!
if ! read -r -t 30 number <>"$dir/number"; then
  echo "desktop.sh: the virtual screen did not start:" >&2; cat "$dir/xvfb.log" >&2; exit 125
fi
xauth -q -f "$dir/auth" add ":$number" . "$cookie" 2>/dev/null

# Tools keep their own folders although HOME is a new one.
export CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}" RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}"
export npm_config_cache="${npm_config_cache:-$HOME/.npm}" npm_config_userconfig="${npm_config_userconfig:-$HOME/.npmrc}"
export PIP_CACHE_DIR="${PIP_CACHE_DIR:-$HOME/.cache/pip}"
[ -n "${PIP_CONFIG_FILE:-}" ] || ! [ -f "$HOME/.config/pip/pip.conf" ] || export PIP_CONFIG_FILE="$HOME/.config/pip/pip.conf"

mkdir -m 700 "$dir/home" "$dir/config" "$dir/data" "$dir/state" "$dir/cache" "$dir/run"
export KAIBO_DESKTOP=$dir KAIBO_DESKTOP_KEYRING=$keyring
export DISPLAY=":$number" XAUTHORITY="$dir/auth" HOME="$dir/home"
export XDG_CONFIG_HOME="$dir/config" XDG_DATA_HOME="$dir/data" XDG_STATE_HOME="$dir/state" XDG_CACHE_HOME="$dir/cache"
export XDG_RUNTIME_DIR="$dir/run" XDG_SESSION_TYPE=x11
export GDK_BACKEND=x11 NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory LIBGL_ALWAYS_SOFTWARE=1
unset WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS SESSION_MANAGER GNOME_KEYRING_CONTROL

# What the bus and the programs that it starts have to say goes to a file: it would drown the command's words.
printf '#!/bin/sh\nexec dbus-daemon "$@" >>"%s" 2>&1\n' "$dir/bus.log" >"$dir/bus"
chmod 700 "$dir/bus"

# In the background, so that a signal to this script is answered at once; with its own stdin.
dbus-run-session --dbus-daemon="$dir/bus" -- "$self" --inside "$@" <&0 &
session=$!
code=0
if [ "$limit" -gt 0 ]; then
  sleep "$limit" &
  clock=$!
  done_first=""
  wait -n -p done_first "$session" "$clock" || code=$?
  if [ "$done_first" = "$clock" ]; then
    echo "desktop.sh: still running after $limit s; ended" >&2
    exit 124
  fi
  kill "$clock" 2>/dev/null || true
else
  wait "$session" || code=$?
fi
exit "$code"
