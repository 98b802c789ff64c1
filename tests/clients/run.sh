#!/usr/bin/env bash
# run.sh npm|java|browser|players|rclone LAZULITE FOLDER: drives a server of its own, on free ports, with third-party clients as their registries serve them.
# FOLDER (in the build tree) holds what is installed and built. Ends with 77 (skipped) and a word where the tools or the packages are not to be had;
# with LAZULITE_TEST_REQUIRE_CLIENTS=1 that is a failure.
set -euo pipefail
export LC_ALL=C

[ $# -eq 3 ] || { echo 'usage: run.sh npm|java|browser|players|rclone LAZULITE FOLDER' >&2; exit 2; }
name=$1 lazulite=$(realpath "$2")
here=$(dirname "$(realpath "$0")")
mkdir -p "$3"
build=$(realpath "$3")
folder=$(mktemp -d) server_pid=''

finish() {
  local status=$?
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  case $status in
    0 | 77) ;;
    *) [ ! -s "$folder/log" ] || { echo '-- the end of the server log:' >&2; tail -40 "$folder/log" >&2; } ;;
  esac
  rm -rf "$folder"
}
trap finish EXIT
trap 'exit 130' INT TERM

die() { echo "clients: $*" >&2; exit 1; }
skip() {
  [ "${LAZULITE_TEST_REQUIRE_CLIENTS:-}" != 1 ] || die "$* (and LAZULITE_TEST_REQUIRE_CLIENTS=1)"
  echo "SKIPPED clients_$name: $*"
  exit 77
}
need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}

start_server() {
  LAZULITE_NETWORK_CONTROL=127.0.0.1:0 LAZULITE_NETWORK_STREAM=127.0.0.1:0 LAZULITE_NETWORK_BLOB=127.0.0.1:0 LAZULITE_NETWORK_QUEUE=127.0.0.1:0 LAZULITE_ACCOUNT_NAME=clients \
    "$lazulite" serve --data "$folder/data" --ready-file "$folder/ready" >"$folder/out" 2>"$folder/log" &
  server_pid=$!
  for _ in $(seq 200); do
    [ ! -s "$folder/ready" ] || break
    kill -0 "$server_pid" 2>/dev/null || die 'the server did not start'
    sleep 0.1
  done
  [ -s "$folder/ready" ] || die 'the server was not ready in time'
  CLIENTS_CONTROL=$(jq -r .control "$folder/ready")
  CLIENTS_QUEUE=$(jq -r .queue "$folder/ready")
  CLIENTS_ACCOUNT=clients
  CLIENTS_KEY=$("$lazulite" account keys clients --data "$folder/data" --json | jq -r .primaryKey)
  CLIENTS_STORAGE_KEY=$("$lazulite" account keys clients --data "$folder/data" --json | jq -r '.storageAccounts[0].primaryKey')
  CLIENTS_CLIP=$folder/clip.mp4
  export CLIENTS_CONTROL CLIENTS_QUEUE CLIENTS_ACCOUNT CLIENTS_KEY CLIENTS_STORAGE_KEY CLIENTS_CLIP
  ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=2 -f lavfi -i sine=duration=2 -pix_fmt yuv420p -c:v libx264 \
    -preset veryfast -c:a aac "$CLIENTS_CLIP"
}

# install_npm FOLDER: the packages of its lock file, which are kept until that changes.
install_npm() {
  [ "$(node --print 'parseInt(process.versions.node)')" -ge 20 ] || skip "the libraries need Node 20 or newer, this is $(node --version)"
  cmp -s "$1/package-lock.json" "$build/installed-lock.json" && return
  rm -rf "$build/node_modules" "$build/installed-lock.json"
  cp "$1/package.json" "$1/package-lock.json" "$build/"
  (cd "$build" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$build/npm.log" 2>&1) ||
    skip "the npm packages could not be installed: $(tail -1 "$build/npm.log")"
  cp "$1/package-lock.json" "$build/installed-lock.json"
}

run_npm() {
  need node npm jq ffmpeg
  install_npm "$here/npm"
  start_server
  NODE_PATH=$build/node_modules NODE_NO_WARNINGS=1 node --test "$here"/npm/*.test.js
}

# Players in a headless browser: tests/browser.
run_browser() {
  need node npm jq ffmpeg chromium
  install_npm "$here/../browser"
  start_server
  BROWSER_PROGRAM=$(command -v chromium) BROWSER_NPM=$build/node_modules
  export BROWSER_PROGRAM BROWSER_NPM
  NODE_PATH=$build/node_modules NODE_NO_WARNINGS=1 node --test "$here"/../browser/*.test.js
}

# Players of Debian.
run_players() {
  need node jq ffmpeg curl gst-launch-1.0 cvlc setpriv
  start_server
  # shellcheck source=tests/clients/players.sh
  . "$here/players.sh"
  play_all "$(node "$here/../browser/publish.js")"
}

run_java() {
  need mvn java jq ffmpeg
  local maven=(mvn --batch-mode --no-transfer-progress --quiet --file "$here/java/pom.xml" "-Dclients.build=$build/target")
  if ! "${maven[@]}" --offline test -DskipTests >"$build/maven.log" 2>&1 && ! timeout 500 "${maven[@]}" test -DskipTests >"$build/maven.log" 2>&1; then
    ! grep -qE 'Could not (resolve|transfer)|Unresolveable|PluginResolutionException' "$build/maven.log" ||
      skip "the Maven packages could not be fetched: $(grep -m 1 ERROR "$build/maven.log")"
    cat "$build/maven.log" >&2
    die 'the Java tests do not compile'
  fi
  start_server
  "${maven[@]}" --offline surefire:test
}

run_rclone() {
  need rclone curl jq ffmpeg
  start_server
  "$here/rclone/test.sh"
}

case $name in
  npm) run_npm ;;
  rclone) run_rclone ;;
  java) run_java ;;
  browser) run_browser ;;
  players) run_players ;;
  *) die "there is no client '$name'" ;;
esac
