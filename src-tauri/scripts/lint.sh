#!/usr/bin/env bash
# Formatting and warnings, Rust and UI. `make lint` runs this after the set-up.
#
#   lint.sh            all of it; all but clippy where KAIBO_CLIPPY is `beside`: test.sh runs it then
#   lint.sh clippy     clippy alone
set -euo pipefail
cd "$(dirname "$0")/../.."
. src-tauri/scripts/parts.sh

# Nothing in the repository may name one machine's folders or download hosts: a lock file that does
# breaks on every other machine.
portable() {
  local bad=0 self=src-tauri/scripts/lint.sh
  # Outside a checkout git would answer each question below with an error, which reads like "nothing found".
  if ! git grep -q Kaibo -- README.md; then
    echo "lint: this is not a git checkout; which files belong to the project can't be told" >&2
    return 1
  fi
  if git grep -nE '"resolved": *"https?://' -- '*package-lock.json' '*.npmrc'; then
    echo "lint: a lock file names a download host; ui/.npmrc has omit-lockfile-registry-resolved=true for this" >&2
    bad=1
  fi
  if git grep -nE '^ *(registry|index-url|extra-index-url|replace-with)[ =]' -- '*.npmrc' '*.toml' '*pip.conf' '*requirements*.txt'; then
    echo "lint: a file sets another registry than the public one" >&2
    bad=1
  fi
  if git grep -n 'source = "registry+' -- '*Cargo.lock' | grep -v 'registry+https://github.com/rust-lang/crates.io-index"'; then
    echo "lint: Cargo.lock names another registry than crates.io" >&2
    bad=1
  fi
  if git grep -nIE '(^|[^A-Za-z0-9_.$}/-])/(root|work|home/[a-z][a-z0-9_-]*|Users/[A-Za-z]+)/' -- . ":!$self"; then
    echo "lint: a file names a folder of one machine" >&2
    bad=1
  fi
  return $bad
}

clippy() {
  part "rust: clippy" cargo clippy --workspace --all-targets -- -D warnings
}

if [ "${1:-}" = clippy ]; then
  clippy
  exit
fi
part "nothing of one machine" portable
part "rust: format" cargo fmt --all --check
part "ui: install and build" make --no-print-directory ui
part "ui: lint" npm --prefix ui run --silent lint
part "ui: check" npm --prefix ui run --silent check
[ "${KAIBO_CLIPPY:-}" = beside ] || clippy
