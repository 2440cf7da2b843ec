#!/usr/bin/env bash
# Makes sure that what Kaibo needs is there; installs what is missing where apt-get can.
#
#   setup.sh run       to build and open the window (on a virtual screen when there is none)
#   setup.sh test      to run every test
#   setup.sh screens   to draw the window's states with a browser
#   setup.sh build     to build only
#   setup.sh tools     Rust and Node only
#
# When all is there it is done in well under a second and changes nothing.
set -euo pipefail

least_rust=1.90
least_node=20.19

what=${1:-run}
build=(libwebkit2gtk-4.1-dev libgtk-3-dev librsvg2-dev build-essential pkg-config curl file)
desktop=(xvfb xauth dbus dbus-x11 openbox imagemagick gnome-keyring fonts-noto-cjk)
tests=(libayatana-appindicator3-1 libsecret-tools webkit2gtk-driver xclip xdotool ffmpeg nginx libnginx-mod-rtmp obs-studio
  python3 python3-venv)

case $what in
  tools) packages=() ;;
  build) packages=("${build[@]}") ;;
  run)
    packages=("${build[@]}")
    if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then packages+=("${desktop[@]}"); fi
    ;;
  test) packages=("${build[@]}" "${desktop[@]}" "${tests[@]}") ;;
  screens) packages=(fonts-noto-cjk chromium) ;;
  *) echo "usage: setup.sh [run|test|screens|build|tools]" >&2; exit 2 ;;
esac

say() { echo "setup: $*" >&2; }

# at_least LEAST FOUND: is FOUND the same or newer?
at_least() {
  local least=(${1//./ }) found=(${2//./ }) i
  for i in 0 1; do
    if [ "${found[i]:-0}" -gt "${least[i]:-0}" ]; then return 0; fi
    if [ "${found[i]:-0}" -lt "${least[i]:-0}" ]; then return 1; fi
  done
}

install_packages() {
  [ $# -gt 0 ] || return 0
  if ! [ "$(uname -s)" = Linux ]; then return 0; fi # macOS and Windows bring the web view themselves
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # No way to ask for Debian's names here: let the tools themselves tell.
    local lacking=() program
    pkg-config --exists webkit2gtk-4.1 gtk+-3.0 librsvg-2.0 2>/dev/null || lacking+=("${build[@]}")
    if [ "$what" = test ] || [ ${#packages[@]} -gt ${#build[@]} ]; then
      for program in Xvfb xauth dbus-run-session openbox import gnome-keyring-daemon; do
        command -v "$program" >/dev/null || { lacking+=("${desktop[@]}"); break; }
      done
    fi
    if [ "$what" = test ]; then
      for program in secret-tool WebKitWebDriver xclip xdotool ffmpeg obs python3; do
        command -v "$program" >/dev/null || { lacking+=("${tests[@]}"); break; }
      done
    fi
    [ ${#lacking[@]} -gt 0 ] || return 0
    say "this system has no apt-get. Install its counterparts of these Debian packages, then run this again:"
    say "  ${lacking[*]}"
    exit 1
  fi
  local missing=() installed
  installed=" $(dpkg-query -W -f='${Package}=${db:Status-Status} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    case $installed in *" $package=installed "*) ;; *) missing+=("$package") ;; esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local root=()
  if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "missing: ${missing[*]}"
      say "run as root:  apt-get update && apt-get install -y ${missing[*]}"
      exit 1
    fi
    root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >&2
  # nginx is here for a test that starts one of its own; no web server is wanted.
  case " ${missing[*]} " in
    *" nginx "*) "${root[@]}" systemctl disable --now nginx >/dev/null 2>&1 || true ;;
  esac
}

check_tools() {
  local ok=1 version
  version=$(rustc --version 2>/dev/null | awk '{print $2}') || true
  if [ -z "$version" ] || ! command -v cargo >/dev/null || ! at_least $least_rust "${version%%-*}"; then
    say "Rust $least_rust or newer is needed (${version:-none} found). Get it from https://rustup.rs, then open a new terminal."
    ok=0
  fi
  version=$(node --version 2>/dev/null) || true
  if [ -z "$version" ] || ! command -v npm >/dev/null || ! at_least $least_node "${version#v}"; then
    say "Node $least_node or newer with npm is needed (${version:-none} found). Get it from https://nodejs.org."
    ok=0
  fi
  [ $ok = 1 ] || exit 1
}

check_tools
install_packages ${packages[@]+"${packages[@]}"}
