#!/usr/bin/env bash
# rclone (azureblob) over the SAS URL of a locator: copies up and down, checks hashes, lists, moves and deletes. run.sh sets the environment.
set -euo pipefail
export LC_ALL=C
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

step() { echo "-- $*"; }
die() { echo "rclone: $*" >&2; exit 1; }
same() { [ "$1" = "$2" ] || die "$3: expected '$2', found '$1'"; }

token=$(curl -sf "$CLIENTS_CONTROL/v2/OAuth2-13" -d grant_type=client_credentials -d "client_id=$CLIENTS_ACCOUNT" \
  --data-urlencode "client_secret=$CLIENTS_KEY" -d scope=urn:WindowsAzureMediaServices | jq -r .access_token)
api() {
  curl -sfg -H "Authorization: Bearer $token" -H 'x-ms-version: 2.19' -H 'Accept: application/json' -H 'Content-Type: application/json' \
    "$CLIENTS_CONTROL/api/$1" "${@:2}"
}
asset=$(api Assets -d '{"Name": "rclone"}' | jq -r .Id)
policy=$(api AccessPolicies -d '{"Name": "all", "DurationInMinutes": 60, "Permissions": 15}' | jq -r .Id)
locator=$(api Locators -d "{\"AccessPolicyId\": \"$policy\", \"AssetId\": \"$asset\", \"Type\": 1}")
container=$(basename "$(jq -r .BaseUri <<<"$locator")")

export RCLONE_CONFIG=$folder/rclone.conf RCLONE_CONFIG_SAS_TYPE=azureblob RCLONE_CONFIG_SAS_SAS_URL RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1
RCLONE_CONFIG_SAS_SAS_URL=$(jq -r .Path <<<"$locator")
touch "$RCLONE_CONFIG"
remote=sas:$container

mkdir -p "$folder/up/films" "$folder/down"
head -c 9500000 /dev/urandom >"$folder/up/films/large ü+1.bin" # three blocks of 4 MiB at most
echo hello >"$folder/up/small.txt"
: >"$folder/up/empty"
cp "$CLIENTS_CLIP" "$folder/up/clip.mp4"

step 'a folder goes up, in blocks where it is large'
rclone copy "$folder/up" "$remote" --azureblob-chunk-size 4Mi
step 'the hashes agree, and so do the bytes'
rclone check "$folder/up" "$remote"
rclone check --download "$folder/up" "$remote"
step 'it comes down again, as it was'
rclone copy "$remote" "$folder/down"
diff -r "$folder/up" "$folder/down"
step 'a second copy has nothing to do'
same "$(rclone copy "$folder/up" "$remote" --dry-run 2>&1 | grep -c 'Skipped copy' || true)" 0 'files to be copied again'
step 'lists, flat and by folder'
same "$(rclone lsf -R --files-only "$remote" | sort | tr '\n' ,)" 'clip.mp4,empty,films/large ü+1.bin,small.txt,' 'the list'
same "$(rclone lsf --dirs-only "$remote")" films/ 'the folders'
step 'a part of a file'
same "$(rclone cat --offset 1 --count 3 "$remote/small.txt")" ell 'the part'
step 'a copy inside the server, a move, deletions'
rclone copyto "$remote/small.txt" "$remote/copies/second.txt"
same "$(rclone cat "$remote/copies/second.txt")" hello 'the copy'
rclone moveto "$remote/copies/second.txt" "$remote/moved.txt"
same "$(rclone lsf -R --files-only "$remote" --include '*.txt' | sort | tr '\n' ,)" 'moved.txt,small.txt,' 'what is left'
rclone deletefile "$remote/moved.txt"
rclone delete "$remote/films"
same "$(rclone size --json "$remote" | jq .count)" 3 'the count'
step 'the files are those of the asset'
api "CreateFileInfos?assetid='$asset'" >/dev/null
same "$(api "Assets('$asset')/Files" | jq -r '[.value[].Name] | sort | join(",")')" 'clip.mp4,empty,small.txt' 'the files'
step 'a signature that was changed opens nothing'
if RCLONE_CONFIG_SAS_SAS_URL=${RCLONE_CONFIG_SAS_SAS_URL/sig=/sig=A} rclone lsf "$remote" 2>/dev/null; then die 'a changed signature was taken'; fi
