#!/usr/bin/env bash
# Kaibo against an empty Tauri window, both built for release, on a virtual screen, taking turns; then its danmaku
# decoder beside others, on good packets and on hostile ones; then *Go live* on several platforms at once; then its
# relay beside nginx-rtmp and ffmpeg; then a history of a million lines beside plain LIKE; then a flood of chat into
# its window, beside a window that does as usual clients do.
#
#   run.sh [PROGRAM]         PROGRAM instead of building Kaibo
#   KAIBO_STARTS             counted starts of each, 7 unless told
#   KAIBO_FLOOD_SECONDS      how long the flood lasts, 60 unless told
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
"$target/release/hostile" target/bench/summary.json tests/bench/peers
"$target/release/start-all" target/bench/summary.json

# The relay beside Debian's nginx-rtmp and ffmpeg's tee, each with a push of 6 Mb/s to five sinks, three of them in
# trouble. It is no part of the bench's workspace, as it shares its encoder and sinks with the relay's tests.
src-tauri/scripts/setup.sh test
cargo run --release -p kaibo-relay --example relay-bench --target-dir "$target" -- target/bench/summary.json

# Writing, opening, searching and exporting a million lines.
rm -f target/bench/history.db*
for example in make-history measure-history; do
  cargo build --release -p kaibo-live --example "$example" --target-dir "$target"
done
"$target/release/examples/make-history" target/bench/history.db 1000000 1 | tail -2
"$target/release/examples/measure-history" target/bench/history.db target/bench/summary.json
rm -f target/bench/history.db*

# The window's program stands beside the bench's.
[ "$(realpath "${program}")" = "$target/release/kaibo" ] || cp "$program" "$target/release/kaibo"
seconds=${KAIBO_FLOOD_SECONDS:-60}
KAIBO_SHOTS=target/bench KAIBO_FLOOD_SECONDS=$seconds src-tauri/scripts/desktop.sh --timeout $((seconds * 2 + 600)) \
  "$target/release/flood" target/bench/summary.json
