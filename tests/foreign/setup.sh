#!/bin/sh
# Makes target/foreign: a Python with the clients of requirements.txt. Does nothing when that is already there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv="$here/../../target/foreign"
wanted="$here/requirements.txt"

if [ -f "$venv/requirements.txt" ] && cmp -s "$wanted" "$venv/requirements.txt"; then
    exit 0
fi
# Two tests may come at once: the second waits and then finds all done.
mkdir -p "$venv"
exec 9>"$venv/.lock"
if command -v flock >/dev/null; then flock 9; fi
if [ -f "$venv/requirements.txt" ] && cmp -s "$wanted" "$venv/requirements.txt"; then
    exit 0
fi
if ! python3 -m venv "$venv"; then
    echo "python3 -m venv failed; on Debian it needs: apt-get install python3-venv" >&2
    exit 1
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
cp "$wanted" "$venv/requirements.txt"
