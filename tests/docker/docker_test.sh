#!/usr/bin/env bash
# docker_test.sh compose|image LAZULITE ROOT FOLDER: checks docker/ without a Docker engine.
#   compose: compose.yaml and nginx.conf, against the rest of the tree and by running nginx before a server.
#   image:   built by buildah over a base made by debootstrap (kept in FOLDER), then run as its own user.
# With LAZULITE_TEST_REQUIRE_DOCKER=1 (`./dev test docker`) the image is built whole, from source, and missing tools are a failure. Otherwise the build
# stage is replaced by the program LAZULITE, the run stage is built as it is, and missing tools end the test with 77 (skipped).
set -euo pipefail
export LC_ALL=C
[ $# -eq 4 ] || { echo 'usage: docker_test.sh compose|image LAZULITE ROOT FOLDER' >&2; exit 2; }
part=$1 lazulite=$(realpath "$2") root=$(realpath "$3")
mkdir -p "$4"
folder=$(realpath "$4") scratch=$(mktemp -d) pids=()
here=$(dirname "$(realpath "$0")")

finish() {
  local status=$? pid
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  case $status in 0 | 77) ;; *) tail -n 30 "$scratch"/*.log >&2 2>/dev/null || true ;; esac
  rm -rf "$scratch"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '== %s\n' "$*"; }
die() { echo "docker: $*" >&2; exit 1; }
skip() {
  [ "${LAZULITE_TEST_REQUIRE_DOCKER:-}" != 1 ] || die "$* (and LAZULITE_TEST_REQUIRE_DOCKER=1)"
  echo "SKIPPED docker_$part: $*"
  exit 77
}
need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "$program is not installed"; done
}
# until_true SECONDS COMMAND…
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $deadline ] || return 1
    sleep 0.1
  done
}
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# token ADDRESS ACCOUNT KEY: an ACS token.
token() {
  curl -sf "$1/v2/OAuth2-13" -d grant_type=client_credentials -d "client_id=$2" --data-urlencode "client_secret=$3" -d scope=urn:WindowsAzureMediaServices |
    jq -r .access_token
}

# ---- compose.yaml and nginx.conf
compose() {
  need python3 nginx jq curl ffmpeg
  python3 -c 'import yaml' 2>/dev/null || skip 'python3-yaml is not installed'
  python3 -B "$here/check_compose.py" "$root"

  local account=tests key storage_key port
  key=$(head -c 32 /dev/urandom | base64 -w 0) storage_key=$(head -c 64 /dev/urandom | base64 -w 0) port=$(free_port)
  LAZULITE_NETWORK_CONTROL=127.0.0.1:0 LAZULITE_NETWORK_STREAM=127.0.0.1:0 LAZULITE_NETWORK_BLOB=127.0.0.1:0 LAZULITE_NETWORK_QUEUE=127.0.0.1:0 \
    LAZULITE_NETWORK_PUBLIC_STREAM=http://127.0.0.1:$port LAZULITE_ACCOUNT_NAME=$account LAZULITE_ACCOUNT_KEY=$key LAZULITE_ACCOUNT_STORAGE_KEY=$storage_key \
    "$lazulite" serve --data "$scratch/data" --ready-file "$scratch/ready" >"$scratch/server.log" 2>&1 &
  pids+=($!)
  until_true 30 test -s "$scratch/ready" || die 'the server did not start'
  local control stream
  control=$(jq -r .control "$scratch/ready") stream=$(jq -r .stream "$scratch/ready")

  # nginx.conf as it is, but for the address of the server, the port and the folders.
  mkdir -p "$scratch/cache"
  sed -e "s|http://lazulite:8081|$stream|; s|listen 8088|listen 127.0.0.1:$port|; s|/var/cache/nginx|$scratch/cache|" \
    -e "1i user $(id -un); pid $scratch/nginx.pid; error_log $scratch/nginx.log;" \
    -e "s|^http {|http { access_log off; client_body_temp_path $scratch/cache/b; proxy_temp_path $scratch/cache/p; fastcgi_temp_path $scratch/cache/f; uwsgi_temp_path $scratch/cache/u; scgi_temp_path $scratch/cache/s;|" \
    "$root/docker/nginx.conf" >"$scratch/nginx.conf"
  [ "$(id -u)" -eq 0 ] || sed -i 's/^user [^;]*; //' "$scratch/nginx.conf"
  nginx -t -q -c "$scratch/nginx.conf"
  nginx -c "$scratch/nginx.conf" -g 'daemon off;' &
  pids+=($!)

  say 'a published asset, through nginx'
  local bearer asset policy path
  bearer=$(token "$control" $account "$key")
  [ -n "$bearer" ] || die 'the key of the environment is not the account key'
  call() { curl -sfg -H "Authorization: Bearer $bearer" -H 'Accept: application/json' -H 'Content-Type: application/json' "$@"; }
  asset=$(call "$control/api/Assets" -d '{"Name":"clip"}' | jq -r .Id)
  policy=$(call "$control/api/AccessPolicies" -d '{"Name":"w","DurationInMinutes":60,"Permissions":3}' | jq -r .Id)
  path=$(call "$control/api/Locators" -d "{\"AccessPolicyId\":\"$policy\",\"AssetId\":\"$asset\",\"Type\":1}" | jq -r .Path)
  ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=320x180:rate=25:duration=4 -pix_fmt yuv420p -c:v libx264 -preset veryfast -g 50 "$scratch/clip.mp4"
  curl -sf -T "$scratch/clip.mp4" -H 'x-ms-blob-type: BlockBlob' "${path/\?/\/clip.mp4?}"
  printf '<?xml version="1.0"?><smil xmlns="http://www.w3.org/2001/SMIL20/Language"><body><switch><video src="clip.mp4" systemBitrate="100000"><param name="trackID" value="1" valuetype="data"/></video></switch></body></smil>' |
    curl -sf -X PUT --data-binary @- -H 'x-ms-blob-type: BlockBlob' "${path/\?/\/clip.ism?}"
  call "$control/api/CreateFileInfos?assetid='$asset'"
  policy=$(call "$control/api/AccessPolicies" -d '{"Name":"r","DurationInMinutes":60,"Permissions":1}' | jq -r .Id)
  path=$(call "$control/api/Locators" -d "{\"AccessPolicyId\":\"$policy\",\"AssetId\":\"$asset\",\"Type\":2}" | jq -r .Path)
  case $path in "http://127.0.0.1:$port/"*) ;; *) die "the locator leads to $path, not to nginx" ;; esac
  cache_status() { curl -sfg -o "$scratch/body" -D - "$1" | tr -d '\r' | awk 'tolower($1) == "x-cache-status:" { print $2 }'; }
  until_true 10 curl -sfg -o /dev/null "${path}clip.ism/Manifest" || die 'nginx does not answer'
  local url first
  for url in "${path}clip.ism/Manifest" "${path}clip.mp4"; do
    cache_status "$url" >/dev/null
    first=$(sha256sum <"$scratch/body")
    [ "$(cache_status "$url")" = HIT ] || die "$url was not kept"
    [ "$(sha256sum <"$scratch/body")" = "$first" ] || die "$url came back different"
  done
  ffmpeg -nostdin -v error -i "${path}clip.ism/Manifest(format=mpd-time-csf)" -f null - || die 'it does not play through nginx'
}

# ---- the image
build() { buildah --storage-driver vfs --root "$folder/store" --runroot "$scratch/run" "$@"; }

base_image() {
  build inspect --type image localhost/lazulite-base >/dev/null 2>&1 && return
  say 'the base image, by debootstrap'
  local mirror container
  mirror=$(awk '$1 == "URIs:" { print $2; exit } $1 == "deb" { print $(($2 ~ /^\[/) ? 3 : 2); exit }' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null || true)
  rm -rf "$folder/base"
  debootstrap --variant=minbase bookworm "$folder/base" "${mirror:-http://deb.debian.org/debian}" >"$scratch/debootstrap.log"
  container=$(build from scratch)
  build add --quiet "$container" "$folder/base" / >/dev/null
  build commit --quiet "$container" localhost/lazulite-base >/dev/null
  build rm "$container" >/dev/null
  rm -rf "$folder/base"
}

image() {
  need buildah debootstrap jq curl
  [ "$(id -u)" -eq 0 ] || skip 'building an image without a Docker engine needs root'
  build rm --all >/dev/null 2>&1 || true  # what a broken-off run left
  base_image
  local replaced=()
  if [ "${LAZULITE_TEST_REQUIRE_DOCKER:-}" != 1 ]; then
    mkdir -p "$scratch/product/out/usr/local/bin"
    install -s "$lazulite" "$scratch/product/out/usr/local/bin/lazulite"
    replaced=(--build-context "build=$scratch/product")
  fi
  say 'the image, by buildah'
  build build --isolation chroot --format docker --layers=false --build-arg BASE=localhost/lazulite-base "${replaced[@]}" -f "$root/docker/Dockerfile" -t lazulite-test "$root" \
    >"$scratch/build.log" 2>&1
  [ "$(build inspect --type image lazulite-test | jq -r '.OCIv1.config | "\(.User) \(.Cmd | join(" "))"')" = 'lazulite lazulite serve' ] || die 'the image runs something else'

  say 'the server in it'
  local container mounted key pid
  container=$(build from lazulite-test) mounted=$(build mount "$container")
  [ ! -e "$mounted/usr/bin/g++" ] || die 'the image holds a compiler'
  du -sm "$mounted" | awk '{ print "   " $1 " MiB" }'
  key=$(head -c 32 /dev/urandom | base64 -w 0)
  inside() { build run --isolation chroot --env LAZULITE_NETWORK_CONTROL="127.0.0.1:$1" "$container" -- "${@:2}"; }
  local ports=("$(free_port)" "$(free_port)" "$(free_port)" "$(free_port)")
  build config --env LAZULITE_NETWORK_STREAM="127.0.0.1:${ports[1]}" --env LAZULITE_NETWORK_BLOB="127.0.0.1:${ports[2]}" --env LAZULITE_NETWORK_QUEUE="127.0.0.1:${ports[3]}" \
    --env LAZULITE_ACCOUNT_KEY="$key" "$container"
  inside "${ports[0]}" lazulite version
  inside "${ports[0]}" lazulite serve >"$scratch/image.log" 2>&1 &
  pids+=($!)
  pid=$!
  until_true 60 curl -sf -o /dev/null "http://127.0.0.1:${ports[0]}/health" || die 'the server in the image does not answer'
  local server='' each
  for each in $(pgrep -x -u 10001 lazulite); do  # its own user; of all servers, the one with our port
    ! tr '\0' '\n' <"/proc/$each/environ" | grep -qx "LAZULITE_NETWORK_CONTROL=127.0.0.1:${ports[0]}" || server=$each
  done
  [ -n "$server" ] || die 'the server does not run as its own user'
  pids+=("$server")
  inside "${ports[0]}" lazulite-healthcheck || die 'the health check says no'
  [ -n "$(token "http://127.0.0.1:${ports[0]}" lazulite "$key")" ] || die 'the key of the environment is not the account key'
  kill -TERM "$server"
  wait "$pid" || die 'the server did not stop cleanly'
  build rm "$container" >/dev/null
  build rmi --force lazulite-test >/dev/null
}

case $part in
  compose) compose ;;
  image) image ;;
  *) die "there is no part '$part'" ;;
esac
say "docker_$part: all is well"
