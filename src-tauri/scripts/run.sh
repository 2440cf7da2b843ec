#!/usr/bin/env bash
# Builds the program and opens its window. With no display: on a virtual one, and a screenshot of it.
#
#   run.sh [PROFILE]     dev (quick to build) or release
set -euo pipefail
cd "$(dirname "$0")/../.."

profile=${1:-dev}
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || ! [ "$(uname -s)" = Linux ]; then
  exec cargo run -p kaibo --profile "$profile"
fi

cargo build -p kaibo --profile "$profile"
folder=$profile
[ "$profile" != dev ] || folder=debug
echo "run: there is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set); opening Kaibo on a virtual one" >&2
picture=target/kaibo.png
# The four platforms' marks (ui/src/styles/tokens.css, dark): once they show, the sandbox's rooms are there.
marks=('#e8b45e' '#f4935f' '#7db4f0' '#f593b7')
src-tauri/scripts/desktop.sh --timeout 180 src-tauri/scripts/picture.sh "${CARGO_TARGET_DIR:-target}/$folder/kaibo" "$picture" "${marks[@]}"
echo "run: this is how it looks: $picture" >&2
