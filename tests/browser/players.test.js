// Each player plays each protocol it knows in a headless Chromium: it switches rungs both ways, seeks, changes the language of the sound, shows
// the captions and comes to the end, without an error.
'use strict';
const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const { publish, kSeconds, kHeights, kCues } = require('./publish');
const { open } = require('./browser');

const kDash = 'application/dash+xml', kHls = 'application/vnd.apple.mpegurl';
const kCases = [
  { player: 'shaka', tail: 'Manifest(format=mpd-time-csf)', mime: kDash, languages: ['de', 'en'], texts: ['en'] },
  { player: 'shaka', tail: 'Manifest(format=mpd-time-cmaf)', mime: kDash, languages: ['de', 'en'], texts: ['en'] },
  { player: 'shaka', tail: 'Manifest(format=m3u8-cmaf)', mime: kHls, languages: ['de', 'en'], texts: ['en'] },
  { player: 'shaka', tail: 'Manifest(format=m3u8-aapl)', mime: kHls, languages: ['de', 'en'], texts: ['en'] },
  { player: 'hls', tail: 'Manifest(format=m3u8-aapl)', languages: ['de', 'en'], texts: ['en'] },
  { player: 'hls', tail: 'Manifest(format=m3u8-aapl-v3)', languages: [], texts: [] },
  { player: 'hls', tail: 'Manifest(format=m3u8-cmaf)', languages: ['de', 'en'], texts: ['en'] },
  { player: 'dash', tail: 'Manifest(format=mpd-time-csf)', languages: ['de', 'en'], texts: ['en'] },
  { player: 'dash', tail: 'Manifest(format=mpd-time-cmaf)', languages: ['de', 'en'], texts: ['en'] },
  { player: 'dash', tail: 'Manifest', languages: ['de', 'en'], texts: ['en'] },
];

let browser, ism;
before(async () => {
  [browser, ism] = await Promise.all([open(process.env.BROWSER_PROGRAM, process.env.BROWSER_NPM), publish()]);
});
after(() => browser?.close());

// Waits until the page's state fulfils the condition; fails on an error of the player, or after 15 s.
async function reach(page, what, condition) {
  const deadline = Date.now() + 15000;
  for (;;) {
    const state = await page.evaluate(() => window.state());
    assert.deepEqual(state.errors, [], what);
    if (condition(state)) return state;
    assert.ok(Date.now() < deadline, `${what}: ${JSON.stringify(state)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
// Among the cues of the video element, or drawn over it.
const has_caption = (state, text) => state.cues.includes(text) || state.shown.includes(text);
const call = (page, name, argument) => page.evaluate(([method, value]) => window.player[method](value), [name, argument]);

// All that is asked of one player on one URL.
async function watch(page, { languages, texts }) {
  const begun = await reach(page, 'begins to play', (state) => state.time > 0.3 && state.frames > 0);
  assert.ok(Math.abs(begun.duration - kSeconds) < 0.2, `duration ${begun.duration}`);
  assert.deepEqual(await call(page, 'rungs'), kHeights);
  assert.deepEqual(await call(page, 'audios'), languages);
  assert.deepEqual(await call(page, 'texts'), texts);
  for (const language of texts) {
    await call(page, 'select_text', language);
    await reach(page, 'knows the first caption', (state) => has_caption(state, kCues[0]));
  }

  // Selects, and waits until that is what plays on.
  const change = async (method, value, plays) => {
    const { time } = await page.evaluate(() => window.state());
    await call(page, method, value);
    await reach(page, `plays on after ${method} ${value}`, (state) => plays(state) && state.settled && state.time > time + 0.3);
  };
  for (const height of [kHeights.at(-1), kHeights[0]]) await change('select_rung', height, (state) => state.height === height);
  for (const language of languages) await change('select_audio', language, (state) => state.audio === language);

  await page.evaluate(() => { document.getElementById('video').currentTime = 8; });
  const there = await reach(page, 'plays on behind a seek', (state) => state.settled && state.time > 8.2);
  assert.ok(there.time < 11, `at ${there.time}`);
  if (texts.length > 0) await reach(page, 'knows the last caption', (state) => has_caption(state, kCues[1]));
  const ended = await reach(page, 'comes to the end', (state) => state.ended);
  assert.ok(ended.time > kSeconds - 0.3, `ends at ${ended.time}`);
}

for (const each of kCases) {
  test(`${each.player} plays ${each.tail}`, async (context) => {
    // Players race with themselves now and then, when switches and seeks come close together: what is a fault of ours fails twice.
    for (let attempt = 1; ; ++attempt) {
      const page = await browser.play(each.player, `${ism}/${each.tail}`, each.mime);
      try {
        return await watch(page, each);
      } catch (error) {
        if (attempt === 2) throw error;
        context.diagnostic(`once more after: ${error.message}`);
      } finally {
        await page.close();
      }
    }
  });
}
