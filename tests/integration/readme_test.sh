#!/usr/bin/env bash
# readme_test.sh LAZULITE DOCUMENT: runs every ```sh block of the README, or of another document, in order against a fresh server, as a reader
# would.
set -euo pipefail

lazulite=$(realpath "$1") readme=$(realpath "$2")
folder=$(mktemp -d) server_pid=''
finish() {
  local status=$?
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  if [ $status -ne 0 ] && [ -s "$folder/log" ]; then tail -30 "$folder/log" >&2; fi
  rm -rf "$folder"
}
trap finish EXIT

export LAZULITE_DATA="$folder/data" LAZULITE_NETWORK_CONTROL=127.0.0.1:0 LAZULITE_NETWORK_STREAM=127.0.0.1:0 LAZULITE_NETWORK_BLOB=127.0.0.1:0 LAZULITE_NETWORK_QUEUE=127.0.0.1:0
"$lazulite" serve --ready-file "$folder/ready" >"$folder/out" 2>"$folder/log" &
server_pid=$!
for _ in $(seq 200); do
  [ ! -s "$folder/ready" ] || break
  kill -0 "$server_pid" 2>/dev/null || { echo 'the server did not start' >&2; exit 1; }
  sleep 0.1
done
control=$(jq -r .control "$folder/ready")

# The lines as they stand, with this server's address and this build's program.
{
  echo 'set -euv -o pipefail'
  awk '/^```sh$/ { on = 1; next } /^```/ { on = 0 } on' "$readme" |
    sed "s|http://127.0.0.1:8080|$control|g; s|build/release/lazulite|$lazulite|g"
} >"$folder/commands"
[ "$(grep -c . "$folder/commands")" -gt 20 ] || { echo 'the README has no commands' >&2; exit 1; }
cd "$folder"
bash commands
