#!/usr/bin/env bash
# Changes signing, redaction, journal and frames (.cargo/mutants.toml) a place at a time, and tells which changes no
# test sees. `make mutants` runs this. A crate at a time, each with its own tests alone.
#
#   mutants.sh [CRATE…]
set -euo pipefail
cd "$(dirname "$0")/../.."

if ! command -v cargo-mutants >/dev/null; then
  echo "mutants: cargo-mutants is missing: cargo install --locked cargo-mutants" >&2
  exit 127
fi
crates=("$@")
[ ${#crates[@]} -gt 0 ] || crates=(kaibo-relay kaibo-platforms kaibo-live kaibo)

out=$(realpath -m "${CARGO_TARGET_DIR:-target}")/mutants
# Built in a copy of the tree; what is built is kept for the next time.
export CARGO_TARGET_DIR=$out/build CARGO_PROFILE_DEV_DEBUG=false
for crate in "${crates[@]}"; do
  tests=(--lib)
  [ "$crate" != kaibo-live ] || tests+=(--test=lost --test=recovered --test=studio)
  mkdir -p "$out/$crate"
  # 2 and 3 are findings: changes that were missed or that ended in a timeout.
  status=0
  cargo mutants --package "$crate" --output "$out/$crate" "${tests[@]/#/--cargo-arg=}" || status=$?
  [ $status -eq 0 ] || [ $status -eq 2 ] || [ $status -eq 3 ] || exit $status
done
echo "Missed:"
for crate in "${crates[@]}"; do cat "$out/$crate/mutants.out/missed.txt"; done
