#!/usr/bin/env bash
# demo.sh LAZULITE [FILE] [--keep]: walks a clip through the service as a client would, over public HTTP with curl and jq: upload, encode,
# publish, play. Then decodes every rendition of every published protocol to the last frame and compares with the source. Uses a server of
# its own on free ports and a fresh folder; --keep leaves both and prints URLs that play.
set -euo pipefail
export LC_ALL=C

lazulite=$(realpath "$1")
shift
source_file='' keep=no
for argument in "$@"; do
  if [ "$argument" = --keep ]; then keep=yes; else source_file=$(realpath "$argument"); fi
done
account=demo preset='H264 Multiple Bitrate 720p'
folder=$(mktemp -d) server_pid=''
here=$(dirname "$(realpath "$0")")

finish() {
  local status=$?
  if [ -n "$server_pid" ] && { [ $keep = no ] || [ $status -ne 0 ]; }; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
  fi
  [ $status -eq 0 ] || { [ ! -s "$folder/log" ] || tail -20 "$folder/log" >&2; }
  if [ $keep = no ] || [ $status -ne 0 ]; then rm -rf "$folder"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

die() { echo "demo: $*" >&2; exit 1; }
now_ms() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
step_number=0 step_began=$(now_ms)
step() {
  local now
  now=$(now_ms)
  step_number=$((step_number + 1))
  printf '%2d. %-80s %7.2f s\n' "$step_number" "$*" "$(((now - step_began) / 10))e-2"
  step_began=$now
}

# api METHOD PATH [JSON]: the answer's JSON.
api() {
  local method=$1 path=$2 body=()
  [ $# -lt 3 ] || body=(-H 'Content-Type: application/json' -d "$3")
  curl --silent --show-error --fail-with-body --globoff --request "$method" "$control/api/$path" "${body[@]}" \
    -H "Authorization: Bearer $token" -H 'x-ms-version: 2.19' -H 'Accept: application/json' ||
    die "$method $path was refused"
}
uri() { jq -rn --arg text "$1" '$text | @uri'; }

# create_locator ASSET TYPE PERMISSIONS: the locator as JSON.
create_locator() {
  local policy start
  policy=$(api POST AccessPolicies "{\"Name\": \"demo\", \"DurationInMinutes\": 600, \"Permissions\": $3}" | jq -r .Id)
  start=$(date -u -d '5 minutes ago' +%Y-%m-%dT%H:%M:%SZ)
  api POST Locators "{\"AccessPolicyId\": \"$policy\", \"AssetId\": \"$1\", \"Type\": $2, \"StartTime\": \"$start\"}"
}

# ---- the server, and a clip ----------------------------------------------------------------------------------------------------------
if [ -z "$source_file" ]; then
  source_file=$folder/clip.mp4
  ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=1280x720:rate=25:duration=20 -f lavfi -i sine=frequency=440:duration=20 \
    -ac 2 -pix_fmt yuv420p -c:v libx264 -preset veryfast -c:a aac "$source_file"
fi
[ -r "$source_file" ] || die "cannot read $source_file"
name=$(basename "$source_file" | tr -c 'A-Za-z0-9._\n-' '_')

LAZULITE_NETWORK_CONTROL=127.0.0.1:0 LAZULITE_NETWORK_STREAM=127.0.0.1:0 LAZULITE_NETWORK_BLOB=127.0.0.1:0 LAZULITE_NETWORK_QUEUE=127.0.0.1:0 LAZULITE_ACCOUNT_NAME=$account \
  "$lazulite" serve --data "$folder/data" --ready-file "$folder/ready" >"$folder/out" 2>"$folder/log" &
server_pid=$!
for _ in $(seq 200); do
  [ ! -s "$folder/ready" ] || break
  kill -0 "$server_pid" 2>/dev/null || die 'the server did not start'
  sleep 0.1
done
[ -s "$folder/ready" ] || die 'the server was not ready in time'
control=$(jq -r .control "$folder/ready")
step_began=$(now_ms)

# ---- ten steps ---------------------------------------------------------------------------------------------------------------------
key=$("$lazulite" account keys $account --data "$folder/data" --json | jq -r .primaryKey)
step "the account '$account' and its key, server at $control"

token=$(curl --silent --show-error --fail-with-body "$control/v2/OAuth2-13" --data-urlencode grant_type=client_credentials \
  --data-urlencode client_id=$account --data-urlencode "client_secret=$key" \
  --data-urlencode scope=urn:WindowsAzureMediaServices | jq -r .access_token)
step 'an access token'

processor=$(api GET "MediaProcessors()?\$filter=$(uri "Name eq 'Media Encoder Standard'")&\$orderby=Version%20desc&\$top=1" | jq -r '.value[0].Id')
[ "$processor" != null ] || die 'there is no Media Encoder Standard'
step "the media processor $processor"

asset=$(api POST Assets "{\"Name\": \"$name\"}" | jq -r .Id)
step "a source asset $asset"

locator=$(create_locator "$asset" 1 2)
upload=$(jq -r .BaseUri <<<"$locator")/$(uri "$name")$(jq -r .ContentAccessComponent <<<"$locator")
split --bytes 4M --suffix-length 5 --numeric-suffixes "$source_file" "$folder/block-"
for block in "$folder"/block-*; do
  id=$(printf %s "${block##*-}" | base64)
  curl --silent --show-error --fail-with-body --globoff --upload-file "$block" "$upload&comp=block&blockid=$(uri "$id")" || die 'a block was refused'
  printf '<Latest>%s</Latest>' "$id" >>"$folder/ids"
  rm "$block"
done
curl --silent --show-error --fail-with-body --globoff --request PUT "$upload&comp=blocklist" -H 'Content-Type: application/xml' \
  --data "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>$(cat "$folder/ids")</BlockList>" || die 'the block list was refused'
step "$(stat -c %s "$source_file") bytes uploaded in blocks of 4 MiB"

api GET "CreateFileInfos?assetid='$(uri "$asset")'" >"$folder/answer"
api DELETE "Locators('$(jq -r .Id <<<"$locator")')"
step 'file infos made, upload locator deleted'

body='<?xml version="1.0" encoding="utf-8"?><taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset assetName="demo output">JobOutputAsset(0)</outputAsset></taskBody>'
job=$(jq -n --arg uri "$control/api/Assets('$(uri "$asset")')" --arg processor "$processor" --arg preset "$preset" --arg body "$body" \
  '{Name: "demo", "InputMediaAssets@odata.bind": [$uri], Tasks: [{Name: "encode", Configuration: $preset, MediaProcessorId: $processor, TaskBody: $body}]}')
job=$(api POST Jobs "$job" | jq -r .Id)
step "a job with the preset '$preset'"

state=0
while [ "$state" -lt 3 ] || [ "$state" -gt 5 ]; do  # 3 Finished, 4 Error, 5 Canceled
  state=$(api GET "Jobs('$job')" | jq -r .State)
  progress=$(api GET "Jobs('$job')/Tasks" | jq -r '.value[0].Progress | floor')
  [ ! -t 1 ] || printf '\r    [%-50s] %3d %%' "$(head -c $((progress / 2)) /dev/zero | tr '\0' '#')" "$progress"
  [ "$state" -ge 3 ] && [ "$state" -le 5 ] || sleep 0.5
done
[ ! -t 1 ] || printf '\r\033[K'
[ "$state" = 3 ] || die "the job ended in state $state: $(api GET "Jobs('$job')/Tasks" | jq -c '.value[0].ErrorDetails')"
step 'encoded'

output=$(api GET "Jobs('$job')/OutputMediaAssets" | jq -r '.value[0].Id')
manifest=$(api GET "Assets('$output')/Files" | jq -r '[.value[].Name | select(endswith(".ism"))][0]')
[ "$manifest" != null ] || die 'the output asset has no server manifest'
step "the output asset $output"

path=$(create_locator "$output" 2 1 | jq -r .Path)
base=${path%/}/$(uri "$manifest")
curl --silent --show-error --fail --globoff --output "$folder/smooth" "$base/Manifest" || die 'the manifest does not play'
step "published: $base/Manifest"

# ---- every frame of every protocol ---------------------------------------------------------------------------------------------------
echo
# shellcheck source=tests/support/decode_all.sh
. "$here/decode_all.sh"
encoded=$(api GET "Assets('$output')/Files" | jq -r '[.value[].Name | select(endswith(".mp4"))][0]')
decode_all "$base" "$source_file" "${path%/}/$(uri "$encoded")" || die 'not every rendition has all frames of the source'

if [ $keep = yes ]; then
  cat <<EOF

The server runs on (stop it with: kill $server_pid); its data is in $folder.
  Smooth   $base/Manifest
  HLS      $base/Manifest(format=m3u8-aapl)
  HLS v3   $base/Manifest(format=m3u8-aapl-v3)
  DASH     $base/Manifest(format=mpd-time-csf)
EOF
fi
