// node-azure-media 0.0.2: its hosts are fixed (media.windows.net and the ACS host); azure_hosts.js leads them to the server. JSON-quoted token form,
// follows the 301 of the global host, encodes keys, follows __metadata.uri and __deferred.uri.
'use strict';
require('./azure_hosts');
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const connect = require('node-azure-media');
const server = require('./server');

const { settled, until } = server;
let media;

before(async () => {
  media = await settled((done) => connect(server.account, server.key, done));
});

test('a wrong key is refused', async () => {
  await assert.rejects(settled((done) => connect(server.account, 'd3Jvbmc=', done)), /invalid_client/);
});

test('an asset is created, read, refreshed and deleted', async () => {
  const asset = await settled((done) => media.Asset.create('from node-azure-media', {}, done));
  assert.equal((await settled((done) => media.Asset.get(asset.Id, done))).Name, 'from node-azure-media');
  await settled((done) => asset.refresh(done));
  assert.equal(asset.State, 0);
  assert.deepEqual(await settled((done) => asset.files(done)), []);
  await settled((done) => asset.delete(done));
  await assert.rejects(settled((done) => media.Asset.get(asset.Id, done)), /404/);
});

test('a processor is found by its name', async () => {
  const processors = await settled((done) => media.MediaProcessor.list(done));
  assert.ok(processors.length > 0);
  const latest = await settled((done) => media.MediaProcessor.getLatestByName('Windows Azure Media Encoder', done));
  assert.match(latest.Id, /^nb:mpid:UUID:/);
});

test('a clip is uploaded, encoded, published and deleted', async () => {
  const asset = await settled((done) => media.Asset.create('source', {}, done));
  const { Permissions } = media.AccessPolicy;
  const writing = await settled((done) => media.AccessPolicy.create('write', 300, Permissions.Write, done));
  await settled((done) => writing.refresh(done));
  const upload = await settled((done) => media.Locator.create('upload', media.Locator.Type.SAS, asset, writing, done));
  await settled((done) => upload.get(done));
  const name = path.basename(server.clip);
  const target = upload.BaseUri + '/' + name + upload.ContentAccessComponent;
  await settled((done) => media.api.uploadBlockBlob(target, name, server.clip, done));
  await settled((done) => media.AssetFile.create(asset, done));
  assert.deepEqual((await settled((done) => asset.files(done))).map((file) => file.Name), [name]);
  await settled((done) => asset.deleteLocators(done));

  const processor = await settled((done) => media.MediaProcessor.getLatestByName('Media Encoder Standard', done));
  const job = new media.Job('encode', [asset]);
  job.addTask('encode', processor.Id, 'H264 Single Bitrate 16x9 SD', 0);
  await settled((done) => job.submit(done));
  await until('end of the job', async () => ((await settled((done) => job.getState(done))).State >= 3 ? true : null));
  assert.equal(job.readableState(), 'Finished');
  await settled((done) => job.refresh(done));
  assert.equal(job.Name, 'encode');

  const [output] = await settled((done) => job.getOutputMediaAssets(done));
  const files = (await settled((done) => output.files(done))).map((file) => file.Name);
  const reading = await settled((done) => media.AccessPolicy.create('read', 300, Permissions.Read, done));
  const origin = await settled((done) => media.Locator.create('origin', media.Locator.Type.OnDemandOrigin, output, reading, done));
  assert.ok(origin.Path.endsWith('/'), origin.Path);
  assert.ok(files.some((file) => file.endsWith('.ism')), files.join());

  await settled((done) => job.delete(done));
  await settled((done) => origin.delete(done));
  await settled((done) => output.delete(done));
  await settled((done) => asset.delete(done));
  await settled((done) => reading.delete(done));
  await settled((done) => writing.delete(done));
});
