#!/usr/bin/env bash
# Every test. `make test` runs this after the set-up.
#
#   test.sh            all of them
#   test.sh secrets    the secret hunt alone
#   test.sh obs        those with a real OBS alone
#
# KAIBO_CLIPPY=beside runs clippy beside them, in the time that they wait.
set -euo pipefail
cd "$(dirname "$0")/../.."
. src-tauri/scripts/parts.sh

part "ui: install and build" make --no-print-directory ui
if [ "${1:-}" = secrets ]; then
  part "rust: build" cargo build --workspace --bins --tests
  part "secret hunt" src-tauri/scripts/desktop.sh --timeout 600 cargo test --workspace --test secrecy
  exit
fi
if [ "${1:-}" = obs ]; then
  part "rust: build" cargo build --workspace --bins --tests
  part "real OBS" src-tauri/scripts/desktop.sh --timeout 300 cargo test --workspace --test obs
  exit
fi
part "ui: tests" npm --prefix ui test --silent
if [ -x tests/foreign/setup.sh ]; then
  part "foreign clients: install" tests/foreign/setup.sh
fi
# The programs too: the tests start them. One call, so that nothing is built twice with other features.
part "rust: build" cargo build --workspace --bins --tests
if [ "${KAIBO_CLIPPY:-}" = beside ]; then
  # The tests wait for half of their time; clippy takes only what they leave: a session of its own has a priority of
  # its own. A folder of its own, because cargo lets one job at a time into one.
  clippy_log=$(mktemp)
  CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-target}/clippy setsid sh -c '
    { echo 19 >/proc/self/autogroup; } 2>/dev/null || true
    exec nice -n 19 src-tauri/scripts/lint.sh clippy' >"$clippy_log" 2>&1 &
  clippy=$!
  clippy_ended() {
    local code=0
    wait "$clippy" || code=$?
    cat "$clippy_log" >&2
    return $code
  }
  trap 'kill -- "-$clippy" 2>/dev/null || true; rm -f "$clippy_log"' EXIT
fi
# A screen, a bus and a keyring of its own, and an end even if a test hangs.
part "rust: tests" src-tauri/scripts/desktop.sh --timeout 2400 cargo test --workspace
if [ -n "${clippy:-}" ]; then
  part "rust: the rest of clippy" clippy_ended
fi
