# Sourced by run.sh: FFmpeg, GStreamer and VLC play a published ladder (tests/browser/publish.js) by every protocol they know, without a window and
# as fast as they can. FFmpeg counts every frame of every rendition; the others choose a rendition, and must come to its end with nearly all frames.

# shellcheck source=tests/support/decode_all.sh
. "$here/../support/decode_all.sh"
video_frames=300 # of publish.js: 12 s, 25 a second
failures=0

verdict() { # LABEL VIDEO AUDIO LOG: at least 10 s of both
  if [ "$2" -ge 270 ] && [ "$3" -ge 470 ]; then
    printf '  %-40s %4d pictures %4d pieces of sound  ok\n' "$1" "$2" "$3"
  else
    printf '  %-40s %4d pictures %4d pieces of sound  too few\n' "$1" "$2" "$3"
    tail -5 "$4"
    failures=$((failures + 1))
  fi
}

# playbin, for playbin3 of version 1.22 stumbles over TTML that it cannot decode; so without text.
play_gstreamer() { # LABEL URL
  local ended=yes
  timeout 60 gst-launch-1.0 -v playbin flags=3 "uri=$2" 'video-sink=fakesink name=pictures silent=false sync=false' \
    'audio-sink=fakesink name=sound silent=false sync=false' >"$folder/gst" 2>&1 || ended=no
  [ $ended = yes ] && grep -q 'Got EOS' "$folder/gst" && ! grep -q '^ERROR' "$folder/gst" || : >"$folder/gst"
  verdict "GStreamer, $1" "$(grep -c 'pictures: last-message = chain' "$folder/gst")" "$(grep -c 'sound: last-message = chain' "$folder/gst")" "$folder/gst"
}

# VLC refuses to run as root.
play_vlc() { # LABEL URL
  local as_nobody=() home=$folder/vlc
  rm -rf "$home" && mkdir -m 777 "$home" && chmod 711 "$folder"
  if [ "$(id -u)" -eq 0 ]; then as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups); fi
  "${as_nobody[@]}" env HOME="$home" timeout 60 cvlc -I dummy --sout "#std{access=file,mux=ts,dst=$home/out.ts}" "$2" vlc://quit >"$home.log" 2>&1 || true
  verdict "VLC, $1" "$(packets v "$home/out.ts")" "$(packets a "$home/out.ts")" "$home.log"
}

packets() { # v|a FILE
  ffprobe -v quiet -select_streams "$1:0" -count_packets -show_entries stream=nb_read_packets -of csv=p=0 "$2" | awk -F, '{ n = $1 } END { print n + 0 }'
}

play_all() { # URL of the .ism
  local tail
  protocol 'HLS v4' decode_hls 'FFmpeg, HLS v4' "$1" m3u8-aapl $video_frames
  protocol 'HLS v3' decode_hls 'FFmpeg, HLS v3' "$1" m3u8-aapl-v3 $video_frames
  protocol 'HLS CMAF' decode_hls 'FFmpeg, HLS CMAF' "$1" m3u8-cmaf $video_frames
  [ "$decode_failures" -eq 0 ] || failures=$((failures + 1))
  for tail in Manifest 'Manifest(format=mpd-time-csf)' 'Manifest(format=mpd-time-cmaf)' 'Manifest(format=m3u8-aapl,audio-only=false)' \
    'Manifest(format=m3u8-aapl-v3)' 'Manifest(format=m3u8-cmaf)'; do
    play_gstreamer "$tail" "$1/$tail"
    play_vlc "$tail" "$1/$tail" # of version 4, it takes the variant that is sound alone when there is one
  done
  [ $failures -eq 0 ] || die "$failures did not play"
}
