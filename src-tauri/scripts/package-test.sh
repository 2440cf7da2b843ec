#!/usr/bin/env bash
# Installs the .deb in a clean Debian 12, starts it there as a person would who has nothing else (no keyring, no tray),
# goes live in the sandbox, ends it, and takes it out again. Needs root, debootstrap and Node; nothing of this system
# but its network is used.
#
#   KAIBO_PACKAGE          the package; by default the one in target/package
#   KAIBO_DEBIAN_MIRROR    where Debian comes from; by default this system's own, where this is Debian
set -euo pipefail

if [ "${1:-}" = --inside ]; then
  # Second half: mounts and processes of its own, all of which go when it ends; the system is in memory, a gigabyte.
  base=$2 here=$3 root=$3/root
  mount --make-rprivate /
  mount -t tmpfs -o size=3g tmpfs "$root"
  tar -C "$root" -xpf "$base"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  cp "$here/kaibo.deb" "$root/kaibo.deb"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/dev"
  mkdir "$root/dev/shm" "$root/dev/pts"
  mount -t tmpfs tmpfs "$root/dev/shm" -o mode=1777
  for device in null zero full random urandom tty; do
    touch "$root/dev/$device" && mount --bind "/dev/$device" "$root/dev/$device"
  done
  ln -s /proc/self/fd "$root/dev/fd"
  run() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
  apt() { run apt-get -y -qq -o Dpkg::Use-Pty=0 -o Acquire::Check-Valid-Until=false "$@"; }

  apt update
  # What the test needs, and nothing that the package should have asked for.
  apt install --no-install-recommends dbus xvfb webkit2gtk-driver
  run dpkg-query -W -f '${Package}\n' | sort >"$root/before"
  apt install --no-install-recommends /kaibo.deb
  run dpkg-query -W -f '${Package}\n' | sort | comm -13 "$root/before" - | paste -sd' ' | sed 's/^/installed: /'
  run dpkg --verify kaibo
  lacking=$(run ldd /usr/bin/kaibo | grep 'not found' || true)
  [ -z "$lacking" ] || { echo "package: libraries are missing: $lacking" >&2; exit 1; }
  run useradd --create-home streamer

  cat >"$root/tmp/desktop" <<'DESKTOP'
#!/bin/bash
# A screen, and the driver that starts the program when it is asked to.
mkdir -m 700 /tmp/run
export XDG_RUNTIME_DIR=/tmp/run GDK_BACKEND=x11
Xvfb -displayfd 3 -screen 0 1400x900x24 -nolisten tcp 3>/tmp/number >/tmp/xvfb.log 2>&1 &
for _ in $(seq 300); do [ -s /tmp/number ] && break; sleep 0.1; done
export DISPLAY=":$(cat /tmp/number)"
exec WebKitWebDriver --host=127.0.0.1 --port="$1"
DESKTOP
  chmod 755 "$root/tmp/desktop"
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  chroot "$root" runuser -u streamer -- env -i HOME=/home/streamer USER=streamer PATH=/usr/bin:/bin LANG=zh_CN.UTF-8 \
    LANGUAGE=zh_CN NO_AT_BRIDGE=1 GSETTINGS_BACKEND=memory LIBGL_ALWAYS_SOFTWARE=1 TAURI_WEBVIEW_AUTOMATION=true \
    KAIBO_LOG=info dbus-run-session -- /tmp/desktop "$port" >"$here/driver.log" 2>&1 &
  version=$(run dpkg-query -W -f '${Version}' kaibo)
  code=0
  timeout 900 node "$here/drive.mjs" "$port" "${version%-*}" "$here" || code=$?
  cat "$root/home/streamer"/.local/share/cn.kaibo.desktop/logs/*.log >"$here/kaibo.log" 2>/dev/null || true
  grep -E 'ERROR|panicked' "$here/kaibo.log" >&2 && code=1
  [ $code = 0 ] || { tail -20 "$here/driver.log" "$here/kaibo.log" >&2; exit $code; }

  apt purge kaibo
  left=$(run find / -xdev \( -path /home -o -path /proc -o -path /tmp \) -prune -o \( -iname '*kaibo*' -a ! -name kaibo.deb \) -print | grep -v '^/var/log/' || true)
  [ -z "$left" ] || { echo "package-test: left behind: $left" >&2; exit 1; }
  echo "package-test: installed, started, went live, ended and removed" >&2
  exit 0
fi

cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "package-test: a clean root has to be made as root: sudo make package-test" >&2; exit 1; }
for program in debootstrap unshare node; do
  command -v "$program" >/dev/null || { echo "package-test: $program is missing" >&2; exit 127; }
done
out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/package
package=${KAIBO_PACKAGE:-$(find "$out" -maxdepth 1 -name 'kaibo_*.deb' 2>/dev/null | head -1)}
[ -f "$package" ] || { echo "package-test: there is no package; make package builds it" >&2; exit 1; }
own=""
if grep -qs '^ID=debian' /etc/os-release; then
  own=$(grep -rhoE '(^deb [^#]*|^URIs: *)https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null \
    | grep -oE 'https?://[^ ]+/debian/?$' | head -1 || true)
fi
mirror=${KAIBO_DEBIAN_MIRROR:-${own:-http://deb.debian.org/debian}}

work=$(mktemp -d "${TMPDIR:-/tmp}/kaibo-package.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/root"
cp "$package" "$work/kaibo.deb"
cp src-tauri/scripts/package-drive.mjs "$work/drive.mjs"
# The bare system is kept: it takes minutes to make.
base=$out/bookworm.tar
if ! [ -f "$base" ]; then
  mkdir -p "$out"
  debootstrap --variant=minbase bookworm "$work/bare" "$mirror" >"$work/debootstrap.log" \
    || { tail -5 "$work/debootstrap.log" >&2; exit 1; }
  tar -C "$work/bare" -cf "$base.part" .
  mv "$base.part" "$base"
fi
code=0
unshare --mount --pid --fork --kill-child "$(realpath "$0")" --inside "$base" "$work" || code=$?
for file in window.png kaibo.log driver.log; do
  [ ! -f "$work/$file" ] || cp "$work/$file" "$out/package-test-$file"
done
exit $code
