#!/usr/bin/env bash
# Every test. `make test` runs this after the set-up.
#
#   test.sh            all of them
#   test.sh secrets    the secret hunt alone
#   test.sh obs        those with a real OBS alone
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
# A screen, a bus and a keyring of its own, and an end even if a test hangs.
part "rust: tests" src-tauri/scripts/desktop.sh --timeout 2400 cargo test --workspace
