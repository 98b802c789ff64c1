#!/usr/bin/env bash
# demo_test.sh LAZULITE: the demo with a short clip ends well; it has counted every frame of every rendition itself.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ffmpeg -nostdin -v error -f lavfi -i testsrc2=size=640x360:rate=25:duration=4 -f lavfi -i sine=duration=4 -pix_fmt yuv420p -c:v libx264 \
  -c:a aac "$folder/a clip.mp4"
"$(dirname "$0")/../support/demo.sh" "$1" "$folder/a clip.mp4" | tee "$folder/printed"
grep -q '^10\. published: http' "$folder/printed"
for protocol in 'HLS v4' 'HLS v3' DASH Smooth; do
  grep -q "^  $protocol .* 100 frames .* ok$" "$folder/printed"
done
