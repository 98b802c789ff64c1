// A ladder of three rungs with two languages of sound and captions, published through the REST API.
'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const server = require('../clients/npm/server');

const kSeconds = 12;
const kHeights = [90, 180, 270];
const kCues = ['first words', 'last words'];

function ffmpeg(...words) {
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...words]);
}

function make(folder) {
  const names = [];
  for (const height of kHeights) {
    names.push(`video_${height}.mp4`);
    ffmpeg('-f', 'lavfi', '-i', `testsrc2=size=${(height * 16) / 9}x${height}:rate=25:duration=${kSeconds}`, '-pix_fmt', 'yuv420p', '-c:v', 'libx264',
      '-preset', 'veryfast', '-g', '50', '-sc_threshold', '0', '-b:v', `${height * 2}k`, path.join(folder, names.at(-1)));
  }
  for (const [language, frequency] of [['eng', 440], ['deu', 880]]) {
    names.push(`audio_${language}.mp4`);
    ffmpeg('-f', 'lavfi', '-i', `sine=frequency=${frequency}:sample_rate=48000:duration=${kSeconds}`, '-ac', '2', '-c:a', 'aac', '-metadata:s:a:0',
      `language=${language}`, path.join(folder, names.at(-1)));
  }
  names.push('captions.vtt', 'clip.ism');
  fs.writeFileSync(path.join(folder, 'captions.vtt'),
    `WEBVTT\n\n00:00.500 --> 00:05.000\n${kCues[0]}\n\n00:09.000 --> 00:11.500\n${kCues[1]}\n`);
  const videos = kHeights.map((height) => `<video src="video_${height}.mp4"/>`).join('');
  const audios = ['eng', 'deu'].map((language) => `<audio src="audio_${language}.mp4" title="sound_${language}" systemLanguage="${language}"/>`).join('');
  fs.writeFileSync(path.join(folder, 'clip.ism'), `<smil><head><meta name="formats" content="mp4"/></head><body><switch>${videos}${audios}` +
    '<textstream src="captions.vtt" title="captions" systemLanguage="eng"/></switch></body></smil>');
  return names;
}

// The URL of the .ism.
async function publish() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ladder-'));
  try {
    const names = make(folder);
    const { asset, locator } = await server.assetWithLocator('ladder', server.kPermission.write);
    for (const name of names) {
      const answer = await fetch(`${locator.BaseUri}/${name}${locator.ContentAccessComponent}`,
        { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: fs.readFileSync(path.join(folder, name)) });
      if (!answer.ok) throw new Error(`upload of ${name}: ${answer.status}`);
    }
    await server.api('GET', `CreateFileInfos?assetid='${encodeURIComponent(asset.Id)}'`);
    const policy = await server.api('POST', 'AccessPolicies', { Name: 'read', DurationInMinutes: 60, Permissions: server.kPermission.read });
    const origin = await server.api('POST', 'Locators', { AssetId: asset.Id, AccessPolicyId: policy.Id, Type: 2 });
    return `${origin.Path}clip.ism`;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

module.exports = { publish, kSeconds, kHeights, kCues };

if (require.main === module) publish().then(console.log);
