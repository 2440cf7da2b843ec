#!/bin/sh
# Makes target/foreign-node: the danmaku clients of tests/bench/peers. Does nothing when they are already there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peers="$here/../bench/peers"
folder="$here/../../target/foreign-node"

ready() { [ -f "$folder/done.json" ] && cmp -s "$peers/package-lock.json" "$folder/done.json"; }

if ready; then exit 0; fi
# Two tests may come at once: the second waits and then finds all done.
mkdir -p "$folder"
exec 9>"$folder/.lock"
if command -v flock >/dev/null; then flock 9; fi
if ready; then exit 0; fi
if ! command -v npm >/dev/null; then
    echo "npm is needed; get Node from https://nodejs.org" >&2
    exit 1
fi
cp "$peers/package.json" "$peers/package-lock.json" "$folder/"
if [ -f "$peers/.npmrc" ]; then cp "$peers/.npmrc" "$folder/"; fi
(cd "$folder" && npm ci --silent --ignore-scripts)
cp "$peers/package-lock.json" "$folder/done.json"
