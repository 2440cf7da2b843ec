#!/usr/bin/env bash
# Kaibo against an empty Tauri window, both built for release, on a virtual screen, taking turns; then its danmaku
# decoder beside others.
#
#   run.sh [PROGRAM]     PROGRAM instead of building Kaibo
#   KAIBO_STARTS         counted starts of each, 7 unless told
set -euo pipefail
cd "$(dirname "$0")/../.."

# The same Tauri, built the same way, or the comparison says nothing.
same() { diff <(sed -n "$1" Cargo.toml) <(sed -n "$1" tests/bench/Cargo.toml) >&2; }
if ! same '/^tauri = /p' || ! same '/^\[profile.release\]/,/^$/p'; then
  echo "bench: tests/bench/Cargo.toml differs from Cargo.toml in what is shown above" >&2
  exit 1
fi
cp Cargo.lock tests/bench/Cargo.lock

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
cargo build --release --manifest-path tests/bench/Cargo.toml --target-dir "$target"
program=${1:-}
if [ -z "$program" ]; then
  cargo build --release -p kaibo --target-dir "$target"
  program=$target/release/kaibo
fi

export KAIBO_SCREEN=1400x900
src-tauri/scripts/desktop.sh --timeout 900 "$target/release/measure" "${KAIBO_STARTS:-7}" target/bench/summary.json \
  "empty=$target/release/empty-window" "kaibo=$(realpath "$program")"

(cd tests/bench/peers && npm ci --silent)
"$target/release/decode" target/bench/summary.json tests/bench/peers
