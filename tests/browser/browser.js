// A headless Chromium and the page in it; the page and the players come from a server of this process on loopback.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const { chromium } = require('playwright-core');

const kTypes = { '.html': 'text/html', '.js': 'text/javascript' };
const kArguments = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--autoplay-policy=no-user-gesture-required', '--mute-audio'];

// Files below a folder each for "/" and "/npm/".
function serve(npm) {
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(new URL(request.url, 'http://x').pathname);
    const root = name.startsWith('/npm/') ? npm : path.join(__dirname, 'page');
    const file = path.join(root, path.normalize(name.replace(/^\/npm\//, '/')));
    fs.readFile(file, (error, bytes) => {
      response.writeHead(error ? 404 : 200, { 'Content-Type': kTypes[path.extname(file)] ?? 'application/octet-stream' });
      response.end(error ? '' : bytes);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function open(executable, npm) {
  const server = await serve(npm);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'browser-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath: executable, headless: true, args: kArguments });
  return {
    // A new page with that player on that URL, playing.
    async play(name, url, mime) {
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/player.html`);
      await page.evaluate(([player, source, type]) => window.start(player, source, type), [name, url, mime]);
      return page;
    },
    async close() {
      await context.close();
      server.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}

module.exports = { open };
