#!/usr/bin/env bash
# A long night in the real window, on a virtual screen; see tests/examples/soak.rs.
#
#   soak.sh [SECONDS [PROGRAM]]   twenty minutes unless told, 28800 for a night; PROGRAM instead of building Kaibo
#   KAIBO_IDLE_SECONDS            how long the quiet after it is measured, 120 unless told
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-1200}
idle=${KAIBO_IDLE_SECONDS:-120}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
program=${2:-}
if [ -z "$program" ]; then
  cargo build --release -p kaibo --target-dir "$target"
  program=$target/release/kaibo
fi
# What plays the platforms needn't be fast.
cargo build -p kaibo-tests --example soak --target-dir "$target"
# The program is looked for beside whoever starts it.
cp "$program" "$target/debug/examples/kaibo"
KAIBO_SHOTS=target/bench src-tauri/scripts/desktop.sh --timeout $((seconds + 2 * idle + 400)) \
  "$target/debug/examples/soak" "$seconds" "$idle" target/bench/soak.json
