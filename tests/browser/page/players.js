// Runs in the page. window.open(player, url) loads the library that is asked for and gives window.player one face for all of them:
// rungs() heights ascending, select_rung(height), audios() languages, select_audio(language), texts() languages, select_text(language).
'use strict';
const video = document.getElementById('video');
const errors = [];
video.addEventListener('error', () => errors.push(`video: ${video.error.code} ${video.error.message}`));
window.addEventListener('error', (event) => errors.push(`page: ${event.message}`));
window.addEventListener('unhandledrejection', (event) => errors.push(`page: ${event.reason}`));

const script = (source) => new Promise((resolve, reject) => {
  const element = document.createElement('script');
  element.onload = resolve;
  element.onerror = () => reject(new Error(`cannot load ${source}`));
  element.src = source;
  document.head.append(element);
});
const ascending = (heights) => [...new Set(heights)].sort((a, b) => a - b);
const short = (language) => ({ eng: 'en', deu: 'de' })[language] ?? language;
const languages = (tracks, name) => [...new Set(tracks.map((track) => short(track[name])))].sort();

const players = {
  async shaka(url, mime) {
    await script('/npm/shaka-player/dist/shaka-player.compiled.js');
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    await player.attach(video);
    player.addEventListener('error', (event) => errors.push(`shaka: ${event.detail.code} ${event.detail.message}`));
    player.configure({ abr: { enabled: false }, streaming: { bufferingGoal: 4 } });
    await player.load(url, undefined, mime);
    const active = () => player.getVariantTracks().find((track) => track.active);
    return {
      rungs: () => ascending(player.getVariantTracks().map((track) => track.height)),
      select_rung: (height) =>
        player.selectVariantTrack(player.getVariantTracks().find((track) => track.height === height && track.language === active().language), true),
      audios: () => languages(player.getVariantTracks(), 'language'),
      select_audio: (language) => player.selectAudioTrack(player.getAudioTracks().find((track) => short(track.language) === language)),
      audio: () => short(active().language),
      texts: () => languages(player.getTextTracks(), 'language'),
      select_text: async (language) => player.selectTextTrack(player.getTextTracks().find((track) => short(track.language) === language)),
    };
  },

  async hls(url) {
    await script('/npm/hls.js/dist/hls.js');
    const player = new Hls({ maxBufferLength: 4, maxMaxBufferLength: 6, enableWorker: false });
    player.on(Hls.Events.ERROR, (_, data) => { if (data.fatal) errors.push(`hls.js: ${data.type} ${data.details}`); });
    const parsed = new Promise((resolve) => player.once(Hls.Events.MANIFEST_PARSED, resolve));
    player.loadSource(url);
    player.attachMedia(video);
    await parsed;
    const video_levels = () => player.levels.map((level, index) => ({ level, index })).filter((each) => each.level.height > 0);
    return {
      rungs: () => ascending(video_levels().map((each) => each.level.height)),
      select_rung: (height) => { player.currentLevel = video_levels().find((each) => each.level.height === height).index; },
      audios: () => languages(player.audioTracks, 'lang'),
      select_audio: (language) => { player.audioTrack = player.audioTracks.findIndex((track) => short(track.lang) === language); },
      audio: () => short(player.audioTracks[player.audioTrack]?.lang),
      texts: () => languages(player.subtitleTracks, 'lang'),
      select_text: (language) => {
        player.subtitleDisplay = true;
        player.subtitleTrack = player.subtitleTracks.findIndex((track) => short(track.lang) === language);
      },
    };
  },

  async dash(url) {
    await script('/npm/dashjs/dist/modern/umd/dash.all.debug.js');
    await script('/npm/dashjs/dist/modern/umd/dash.mss.debug.js');
    const player = dashjs.MediaPlayer().create();
    player.updateSettings({
      debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
      streaming: {
        abr: { autoSwitchBitrate: { video: false, audio: false } },
        buffer: { fastSwitchEnabled: true, bufferTimeDefault: 4 },
        text: { defaultEnabled: false },
      },
    });
    player.on(dashjs.MediaPlayer.events.ERROR, (event) => errors.push(`dash.js: ${event.error?.code} ${event.error?.message}`));
    const ready = new Promise((resolve) => player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve));
    player.initialize(video, url, false);
    player.attachTTMLRenderingDiv(document.getElementById('overlay'));
    await ready;
    return {
      rungs: () => ascending(player.getRepresentationsByType('video').map((each) => each.height)),
      select_rung: (height) =>
        player.setRepresentationForTypeById('video', player.getRepresentationsByType('video').find((each) => each.height === height).id, true),
      audios: () => languages(player.getTracksFor('audio'), 'lang'),
      select_audio: (language) => player.setCurrentTrack(player.getTracksFor('audio').find((track) => short(track.lang) === language)),
      audio: () => short(player.getCurrentTrackFor('audio').lang),
      texts: () => languages(player.getTracksFor('text'), 'lang'),
      select_text: (language) => player.setTextTrack(player.getTracksFor('text').findIndex((track) => short(track.lang) === language)),
    };
  },
};

window.start = async (name, url, mime) => {
  window.player = await players[name](url, mime);
  video.play();
};
// What a test looks at.
window.state = () => ({
  errors,
  time: video.currentTime,
  duration: video.duration,
  ended: video.ended,
  settled: !video.seeking && video.readyState >= 3,
  height: video.videoHeight,
  frames: video.getVideoPlaybackQuality().totalVideoFrames,
  audio: window.player?.audio(),
  shown: document.getElementById('overlay').textContent,
  cues: [...video.textTracks].filter((track) => track.mode !== 'disabled').flatMap((track) => [...(track.cues ?? [])].map((cue) => cue.text)),
});
