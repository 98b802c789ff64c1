# decode_all BASE SOURCE [ENCODED]: decodes every rendition that is published at BASE ("…/name.ism") as HLS v4, HLS v3, DASH and Smooth, prints
# frames and seconds of each, and fails when a video rendition has not exactly the frames of the source or the decoder complains.
# Sourced by demo.sh and by tests. Needs curl, ffmpeg, and $folder for its temporary files.

export LC_ALL=C
decode_failures=0 decoded_videos=0

# decode LABEL KIND(v|a) EXPECTED_FRAMES FFMPEG_INPUT_OPTIONS...
decode() {
  local label=$1 kind=$2 expected=$3 frames seconds verdict=ok
  shift 3
  ffmpeg -nostdin -v error -progress "$folder/progress" "$@" -fps_mode passthrough -f null - 2>"$folder/complaints" || verdict='decoder failed'
  frames=$(awk -F= '$1 == "frame" { n = $2 } END { print n + 0 }' "$folder/progress")
  seconds=$(awk -F= '$1 == "out_time_us" { n = $2 } END { printf "%.2f", n / 1e6 }' "$folder/progress")
  rm -f "$folder/progress"
  [ ! -s "$folder/complaints" ] || verdict="decoder says: $(head -1 "$folder/complaints")"
  if [ "$kind" = v ] && [ "$frames" != "$expected" ]; then verdict="$expected frames expected"; fi
  if [ "$kind" = a ] && [ "$seconds" = 0.00 ]; then verdict='no sound'; fi
  if [ "$kind" = v ]; then
    printf '  %-34s %6d frames %8.2f s  %s\n' "$label" "$frames" "$seconds" "$verdict"
  else
    printf '  %-34s %13s %8.2f s  %s\n' "$label" 'audio' "$seconds" "$verdict"
  fi
  [ "$kind" = a ] || decoded_videos=$((decoded_videos + 1))
  [ "$verdict" = ok ] || decode_failures=$((decode_failures + 1))
}

# protocol LABEL FUNCTION ARGUMENTS...: runs it; a protocol that shows no video is a failure.
protocol() {
  local label=$1
  shift
  decoded_videos=0
  "$@"
  [ "$decoded_videos" -gt 0 ] && return
  printf '  %-34s nothing to play\n' "$label"
  decode_failures=$((decode_failures + 1))
}

fetch() { curl --silent --show-error --fail --globoff "$1"; }

# The variants of a master playlist, relative, without those that only hold audio (their CODECS name no video).
hls_variants() { awk '/^#EXT-X-STREAM-INF/ { video = /RESOLUTION=/ } /^[^#]/ && video { print }' "$1"; }

# The service's segments have no file extension, which newer FFmpeg takes for an attack unless told otherwise.
hls_options() {
  local help option
  help=$(ffmpeg -hide_banner -h demuxer=hls)
  for option in 'allowed_extensions ALL' 'allowed_segment_extensions ALL' 'extension_picky 0'; do
    if grep -q -- "-${option% *} " <<<"$help"; then echo "-$option"; fi
  done
}

decode_hls() {
  local label=$1 base=$2 format=$3 frames=$4 variant options
  read -r -a options <<<"$(hls_options | tr '\n' ' ')"
  fetch "$base/Manifest(format=$format)" >"$folder/master" || return
  while read -r variant; do
    decode "$label $(rendition "$variant")" v "$frames" "${options[@]}" -i "$base/$variant" -map 0:v
    if [ "$format" = m3u8-aapl-v3 ] && grep -q mp4a "$folder/master"; then decode "$label $(rendition "$variant") sound" a "$frames" "${options[@]}" -i "$base/$variant" -map 0:a; fi
  done < <(hls_variants "$folder/master")
  while read -r variant; do
    decode "$label sound" a "$frames" "${options[@]}" -i "$base/$variant" -map 0:a
  done < <(grep -o 'TYPE=AUDIO.*URI="[^"]*"' "$folder/master" | sed 's/.*URI="//; s/"$//')
}

rendition() { sed 's/.*QualityLevels(\([0-9]*\)).*/\1 b\/s/' <<<"$1"; }

decode_dash() {
  local base=$1 frames=$2 index kind bitrate position_v=0 position_a=0
  fetch "$base/Manifest(format=mpd-time-csf)" >"$folder/mpd" || return
  while read -r kind bitrate; do
    if [ "$kind" = video ]; then
      index=$position_v position_v=$((position_v + 1))
      decode "DASH $bitrate b/s" v "$frames" -i "$base/Manifest(format=mpd-time-csf)" -map "0:v:$index"
    else
      index=$position_a position_a=$((position_a + 1))
      decode "DASH sound" a "$frames" -i "$base/Manifest(format=mpd-time-csf)" -map "0:a:$index"
    fi
  done < <(tr '>' '\n' <"$folder/mpd" | awk '/<AdaptationSet/ { kind = /contentType="video"|mimeType="video/ ? "video" : "audio" }
    /<Representation/ { match($0, /bandwidth="[0-9]+"/); print kind, substr($0, RSTART + 11, RLENGTH - 12) }')
}

# Lines "type name bitrate time" for every fragment of every quality level of a Smooth client manifest ([MS-SSTR] 2.2.2).
smooth_fragments() {
  tr '>' '\n' <"$1" | awk '
    function attribute(name,  text) {
      if (!match($0, "[ \t]" name "=\"[^\"]*\"")) return ""
      text = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", text); sub(/"$/, "", text); return text
    }
    /<StreamIndex/ { type = attribute("Type"); url = attribute("Url"); levels = 0; time = 0 }
    /<QualityLevel / { bitrate[levels++] = attribute("Bitrate") }
    /<c / {
      if (attribute("t") != "") time = attribute("t") + 0
      repeat = attribute("r") == "" ? 1 : attribute("r") + 0
      for (i = 0; i < repeat; i++) {
        for (level = 0; level < levels; level++) {
          path = url; sub(/\{bitrate\}/, bitrate[level], path); sub(/\{start time\}/, sprintf("%.0f", time), path)
          print type, bitrate[level], path
        }
        time += attribute("d")
      }
    }'
}

# FFmpeg reads no Smooth manifest: all fragments of a quality level are put behind the initialisation segment of the same track.
decode_smooth() {
  local base=$1 frames=$2 type bitrate path first
  fetch "$base/Manifest" >"$folder/client" || return
  smooth_fragments "$folder/client" >"$folder/fragments"
  while read -r type bitrate; do
    first=$(awk -v t="$type" -v b="$bitrate" '$1 == t && $2 == b { print $3; exit }' "$folder/fragments")
    fetch "$base/$(sed 's/=[0-9]*)$/=i,format=mpd-time-csf)/' <<<"$first")" >"$folder/track.mp4" || return
    awk -v t="$type" -v b="$bitrate" '$1 == t && $2 == b { print $3 }' "$folder/fragments" | while read -r path; do
      fetch "$base/$path" >>"$folder/track.mp4" || return
    done
    if [ "$type" = video ]; then decode "Smooth $bitrate b/s" v "$frames" -i "$folder/track.mp4" -map 0:v; else decode 'Smooth sound' a "$frames" -i "$folder/track.mp4" -map 0:a; fi
    rm -f "$folder/track.mp4"
  done < <(awk '!seen[$1 " " $2]++ { print $1, $2 }' "$folder/fragments")
}

# Frames of the first video track that is no cover picture.
count_frames() {
  decode 'source' v x -i "$1" -map 0:V:0 >"$folder/counted"
  awk '{ print $2; exit }' "$folder/counted"
}

# A source with a varying frame rate is encoded at a constant one, so its renditions have a number of frames of their own.
has_varying_rate() {
  ffprobe -v error -select_streams V:0 -show_entries packet=pts_time -of csv=p=0 "$1" | tr -d , | grep -v N/A | sort -n | awk '
    NR > 1 && $1 > last { step = $1 - last; if (least == 0 || step < least) least = step; if (step > most) most = step }
    { last = $1 + 0 }
    END { if (most > 1.5 * least) exit 0; exit 1 }'
}

# ENCODED, the URL of one encoded file, is asked for its frames when the source's rate varies.
decode_all() {
  local base=$1 source_file=$2 frames
  frames=$(count_frames "$source_file")
  printf '  %-34s %6d frames\n' source "$frames"
  if [ -n "${3:-}" ] && has_varying_rate "$source_file"; then
    frames=$(count_frames "$3")
    printf '  %-34s %6d frames\n' 'at a constant rate' "$frames"
  fi
  decode_failures=0
  protocol 'HLS v4' decode_hls 'HLS v4' "$base" m3u8-aapl "$frames"
  protocol 'HLS v3' decode_hls 'HLS v3' "$base" m3u8-aapl-v3 "$frames"
  protocol DASH decode_dash "$base" "$frames"
  protocol Smooth decode_smooth "$base" "$frames"
  [ "$decode_failures" -eq 0 ]
}
