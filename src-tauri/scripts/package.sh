#!/usr/bin/env bash
# Builds the program and packs it for Debian and its kin: target/package/kaibo_<version>-1_<architecture>.deb
#
#   package.sh [PROFILE]   release, or dev to try the packing
#
#   KAIBO_MAINTAINER    "Name <address>", who answers for the package
#   SOURCE_DATE_EPOCH   the date in it; by default that of the last commit
#
# Which libraries it needs is read off the program (dpkg-shlibdeps), so a package is for the Debian that it was
# built on and for newer ones.
set -euo pipefail
cd "$(dirname "$0")/../.."
. src-tauri/scripts/parts.sh

[ "$(uname -s)" = Linux ] && command -v dpkg-shlibdeps >/dev/null || {
  echo "package: packing for Debian needs dpkg-dev; for other systems see .github/workflows/release.yml" >&2
  exit 1
}

profile=${1:-release}
folder=$profile
[ "$profile" != dev ] || folder=debug
id=cn.kaibo.desktop
version=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
architecture=$(dpkg --print-architecture)
maintainer=${KAIBO_MAINTAINER:-The Kaibo authors <kaibo@example.org>}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
out=$target/package
stage=$out/kaibo
doc=$stage/usr/share/doc/kaibo

build() {
  # No folder of this machine stays in the program.
  RUSTFLAGS="${RUSTFLAGS:-} --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/cargo --remap-path-prefix=$PWD=/kaibo" \
    cargo build --profile "$profile" --locked -p kaibo
}

# A file of src-tauri/package with what is known only now.
fill() {
  sed -e "s/@VERSION@/$version/; s/@DATE@/$date/; s/@ARCHITECTURE@/$architecture/; s/@MAINTAINER@/$maintainer/" \
    "src-tauri/package/$1"
}

put() { install -D -m 644 /dev/stdin "$1"; }

lay_out() {
  rm -rf "$stage"
  install -D -m 755 "$target/$folder/kaibo" "$stage/usr/bin/kaibo"
  local size
  for size in 32 128 256 512; do
    install -D -m 644 "icons/${size}x$size.png" "$stage/usr/share/icons/hicolor/${size}x$size/apps/$id.png"
  done
  install -D -m 644 icons/kaibo.svg "$stage/usr/share/icons/hicolor/scalable/apps/$id.svg"
  fill "$id.desktop" | put "$stage/usr/share/applications/$id.desktop"
  fill "$id.metainfo.xml" | put "$stage/usr/share/metainfo/$id.metainfo.xml"
  fill kaibo.1 | gzip -9n | put "$stage/usr/share/man/man1/kaibo.1.gz"
  { sed '/@LICENCE@/,$d' src-tauri/package/copyright; sed '1,/^$/d; 1,/^$/d' LICENSE | sed 's/^$/./; s/^/ /'; } | put "$doc/copyright"
  gzip -9nc CHANGELOG.md | put "$doc/changelog.gz"
  printf 'kaibo (%s-1) unstable; urgency=medium\n\n  * What is new is told in changelog.gz.\n\n -- %s  %s\n' \
    "$version" "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")" | gzip -9n | put "$doc/changelog.Debian.gz"
  gzip -9nc "$out/licences.txt" | put "$doc/third-party-licences.txt.gz"
}

# The libraries that the program is linked with, as packages and their least versions.
depends() {
  local work
  work=$(mktemp -d)
  mkdir "$work/debian"
  printf 'Source: kaibo\n\nPackage: kaibo\nArchitecture: any\n' >"$work/debian/control"
  (cd "$work" && dpkg-shlibdeps -O --ignore-missing-info "$stage/usr/bin/kaibo" 2>/dev/null) | sed -n 's/^shlibs:Depends=//p'
  rm -rf "$work"
}

pack() {
  local needs
  needs=$(depends)
  [ -n "$needs" ] || { echo "package: dpkg-shlibdeps found no libraries" >&2; return 1; }
  mkdir -p "$stage/DEBIAN"
  fill control | sed "s/@DEPENDS@/$needs/; s/@SIZE@/$(du -k -s --apparent-size "$stage/usr" | cut -f1)/" >"$stage/DEBIAN/control"
  (cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
  chmod 644 "$stage/DEBIAN"/*
  find "$stage" -type d -exec chmod 755 {} +
  find "$stage" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  rm -f "$out"/kaibo_*.deb
  dpkg-deb --root-owner-group -Zxz --build "$stage" "$out" >&2
}

# Errors fail, the rest is told.
check() {
  if command -v lintian >/dev/null; then
    # A bug to close is asked of what goes into Debian itself.
    lintian --fail-on error --allow-root --suppress-tags initial-upload-closes-no-bugs "$out"/kaibo_*.deb
  else
    echo "package: not looked over; that needs lintian" >&2
  fi
  if command -v desktop-file-validate >/dev/null; then desktop-file-validate "$stage/usr/share/applications/$id.desktop"; fi
  if command -v appstreamcli >/dev/null; then appstreamcli validate --no-net --explain "$stage/usr/share/metainfo/$id.metainfo.xml"; fi
}

mkdir -p "$out"
part "ui: install and build" make --no-print-directory ui
part "licences of the libraries" src-tauri/scripts/licences.mjs "$out/licences.txt"
part "rust: build" build
# Not as parts: in these every line has to work.
lay_out
pack
check
echo "package: $(ls "$out"/kaibo_*.deb) ($(stat -c %s "$out"/kaibo_*.deb) bytes)" >&2
