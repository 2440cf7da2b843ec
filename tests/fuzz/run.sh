#!/usr/bin/env bash
# Runs every fuzz target for a while, one after another. `make fuzz` runs this.
#
#   run.sh SECONDS [TARGET…]
#   KAIBO_CORPUS    where what was found interesting is kept; target/fuzz/corpus unless told
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=${1:-60}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(frames inflate r_sync rest pasted publisher)

if ! cargo +nightly --version >/dev/null 2>&1; then
  echo "fuzz: needs a nightly Rust: rustup toolchain install nightly --profile minimal" >&2
  exit 1
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
  echo "fuzz: needs cargo-fuzz: cargo install cargo-fuzz --locked" >&2
  exit 1
fi

target=$(realpath -m "${CARGO_TARGET_DIR:-target}")/fuzz
corpus=$(realpath -m "${KAIBO_CORPUS:-$target/corpus}")
cp Cargo.lock tests/fuzz/Cargo.lock
# No sanitizer: what Kaibo is made of is safe Rust, and bounds are asserted by the targets.
(cd tests/fuzz && cargo +nightly fuzz build --fuzz-dir . --sanitizer none --target-dir "$target")
programs=$target/$(rustc +nightly -vV | sed -n 's/^host: //p')/release

for name in "${targets[@]}"; do
  case $name in
    frames | inflate) dictionary=danmaku longest=65536 ;;
    pasted) dictionary=pasted longest=16384 ;;
    publisher) dictionary=rtmp longest=65536 ;;
    *) dictionary=answers longest=32768 ;;
  esac
  mkdir -p "$corpus/$name" tests/fuzz/artifacts/"$name"
  echo "==> $name, $seconds s" >&2
  "$programs/$name" "$corpus/$name" tests/fuzz/seeds/"$name" \
    -max_total_time="$seconds" -timeout=1 -rss_limit_mb=256 -max_len=$longest \
    -dict=tests/fuzz/dictionaries/$dictionary.dict -artifact_prefix=tests/fuzz/artifacts/"$name"/ \
    -print_final_stats=1
done
