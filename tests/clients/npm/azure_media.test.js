// azure-media 1.0.11: ACS token, verbose JSON, raw keys, US dates, `//CreateFileInfos`. Its update hands a function to
// the HTTP library as the body and so throws before anything is sent; it cannot be tested.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { Writable } = require('node:stream');
const AzureMedia = require('azure-media');
const server = require('./server');

const { settled, until } = server;
const kPreset = 'H264 Single Bitrate 16x9 SD';

function client(secret = server.key) {
  return new AzureMedia({
    client_id: server.account,
    client_secret: secret,
    base_url: `${server.control}/api/`,
    oauth_url: `${server.control}/v2/OAuth2-13`,
  });
}

const media = client();
const list = (set, query) => settled((done) => media.rest[set].list(done, query));
const remove = (set, id) => settled((done) => media.rest[set].delete(id, done));

before(async () => {
  const token = await settled((done) => media.init(done));
  assert.match(token, /&HMACSHA256=/);  // a simple web token, sent back as it is
});

test('a wrong key is told as an error of the token endpoint', async () => {
  await assert.rejects(settled((done) => client('d3Jvbmc=').init(done)), /invalid_client/);
});

test('an asset is created, read, found by name and deleted', async () => {
  const created = (await settled((done) => media.rest.asset.create({ Name: 'from azure-media' }, done))).toJSON();
  assert.match(created.Id, /^nb:cid:UUID:/);

  const read = (await settled((done) => media.rest.asset.get(created.Id, done))).toJSON();
  assert.equal(read.Name, 'from azure-media');
  assert.equal(read.State, 0);
  assert.ok(read.__metadata.uri.startsWith(`${server.control}/api/Assets(`));

  const found = await list('asset', { $filter: "Name eq 'from azure-media'", $orderby: 'Created desc', $top: 1 });
  assert.deepEqual(found.map((asset) => asset.toJSON().Id), [created.Id]);

  const storage = (await settled((done) => media.rest.asset.getStorageAccount(created.Id, done))).toJSON();
  assert.equal(storage.Name, read.StorageAccountName);
  for (const related of ['listFiles', 'listLocators', 'listParentAssets']) {
    assert.deepEqual(await settled((done) => media.rest.asset[related](created.Id, done)), [], related);
  }

  await remove('asset', created.Id);
  await assert.rejects(settled((done) => media.rest.asset.get(created.Id, done)), /received: 404/);
});

test('an access policy is found by its name the second time', async () => {
  const first = (await settled((done) => media.rest.accesspolicy.findOrCreate(77, 1, done))).toJSON();
  const second = (await settled((done) => media.rest.accesspolicy.findOrCreate(77, 1, done))).toJSON();
  assert.equal(second.Id, first.Id);
  assert.equal(first.DurationInMinutes, 77);
  assert.equal((await settled((done) => media.rest.accesspolicy.get(first.Id, done))).toJSON().Permissions, 1);
  await remove('accesspolicy', first.Id);
});

test('every set it knows and the service names can be listed', async () => {
  const document = await server.api('GET', '');
  const names = new Set(document.value.map((set) => set.name));
  const known = { accesspolicy: 'AccessPolicies', asset: 'Assets', assetfile: 'Files', contentkey: 'ContentKeys', ingestmanifest: 'IngestManifests',
    ingestmanifestasset: 'IngestManifestAssets', ingestmanifestfile: 'IngestManifestFiles', job: 'Jobs', jobtemplate: 'JobTemplates', locator: 'Locators',
    mediaprocessor: 'MediaProcessors', task: 'Tasks', tasktemplate: 'TaskTemplates' };
  const listed = Object.keys(known).filter((set) => names.has(known[set]));
  for (const set of ['accesspolicy', 'asset', 'assetfile', 'contentkey', 'job', 'locator', 'mediaprocessor', 'task']) assert.ok(listed.includes(set), set);
  for (const set of listed) assert.ok(Array.isArray(await list(set)), set);
});

test('a locator starts at the time given in ISO form or in US form', async () => {
  const asset = (await settled((done) => media.rest.asset.create({ Name: 'starts' }, done))).toJSON();
  const policy = (await settled((done) => media.rest.accesspolicy.findOrCreate(30, 1, done))).toJSON();
  const expected = new Date('2026-01-02T15:04:05Z');
  for (const start of ['2026-01-02T15:04:05Z', '1/2/2026 03:04:05 PM', '01/02/2026 03:04:05 PM']) {
    const request = { AccessPolicyId: policy.Id, AssetId: asset.Id, StartTime: start, Type: 1 };
    const locator = (await settled((done) => media.rest.locator.create(request, done))).toJSON();
    const stored = await server.api('GET', `Locators('${locator.Id}')`);
    assert.equal(new Date(stored.StartTime).getTime(), expected.getTime(), start);
    await remove('locator', locator.Id);
  }
  await remove('asset', asset.Id);
});

test('a clip is uploaded, downloaded, encoded, published, played and deleted', async () => {
  const size = fs.statSync(server.clip).size;
  const assetId = await settled((done) => media.media.uploadStream(path.basename(server.clip), fs.createReadStream(server.clip), size, done));
  const files = (await settled((done) => media.rest.asset.listFiles(assetId, done))).map((file) => file.toJSON());
  assert.deepEqual(files.map((file) => [file.Name, file.ContentFileSize, file.IsPrimary]), [[path.basename(server.clip), String(size), false]]);

  const chunks = [];
  const sink = new Writable({ write(chunk, _encoding, done) { chunks.push(chunk); done(); } });
  const flushed = new Promise((resolve) => sink.on('finish', resolve));
  await settled((done) => media.media.downloadStream(assetId, sink, done));
  await flushed;
  assert.ok(Buffer.concat(chunks).equals(server.clipBytes()));
  const url = await settled((done) => media.media.getDownloadURL(assetId, 10, done));
  assert.ok(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(server.clipBytes()));

  const [job] = await settled((done) => media.media.encodeVideo(assetId, kPreset, done));
  const jobId = job.toJSON().Id;
  const state = await until('end of the job', async () => {
    const now = Number((await settled((done) => media.rest.job.get(jobId, done))).toJSON().State);
    return now >= 3 && now <= 5 ? now : null;
  });
  const tasks = (await settled((done) => media.rest.job.listTasks(jobId, done))).map((task) => task.toJSON());
  assert.equal(state, 3, JSON.stringify(tasks[0].ErrorDetails));
  assert.deepEqual(tasks.map((task) => [task.State, task.Progress, task.Configuration]), [[3, 100, kPreset]]);

  const outputs = await settled((done) => media.rest.job.listOutputMediaAssets(jobId, done));
  assert.equal(outputs.length, 1);
  const outputId = outputs[0].toJSON().Id;
  const parents = await settled((done) => media.rest.asset.listParentAssets(outputId, done));
  assert.deepEqual(parents.map((asset) => asset.toJSON().Id), [assetId]);

  const output = (await settled((done) => media.rest.asset.listFiles(outputId, done))).map((file) => file.toJSON().Name);
  const ism = output.find((name) => name.endsWith('.ism'));
  assert.ok(ism, output.join());
  // The library builds the file name from the newest file of the asset; only its locator is taken here.
  const origin = new URL(await settled((done) => media.media.getOriginURL(outputId, 10, done)));
  const manifest = await fetch(new URL(`/${origin.pathname.split('/')[1]}/${encodeURIComponent(ism)}/Manifest`, origin));
  assert.equal(manifest.status, 200);
  assert.match(await manifest.text(), /<SmoothStreamingMedia/);

  await remove('job', jobId);
  await remove('asset', outputId);
  await remove('asset', assetId);
  assert.deepEqual(await list('assetfile', { $filter: `ParentAssetId eq '${assetId}'` }), []);
});

// The library has no function calls, so the certificate and the key come and go beside it.
test('a content key is wrapped for the certificate of the service, created, listed, rebound and deleted', async () => {
  const keyId = (await server.api('GET', 'GetProtectionKeyId?contentKeyType=1')).value;
  const encoded = (await server.api('GET', `GetProtectionKey?ProtectionKeyId='${keyId}'`)).value;
  const certificate = new crypto.X509Certificate(Buffer.from(encoded, 'base64'));
  assert.equal(certificate.fingerprint.replaceAll(':', ''), keyId);
  const oaep = { padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' };
  const key = crypto.randomBytes(32);
  const wrapped = crypto.publicEncrypt({ key: certificate.publicKey, ...oaep }, key).toString('base64');

  const request = { Name: 'from azure-media', ContentKeyType: 1, EncryptedContentKey: wrapped, ProtectionKeyId: keyId, ProtectionKeyType: 0 };
  const made = (await settled((done) => media.rest.contentkey.create(request, done))).toJSON();
  assert.match(made.Id, /^nb:kid:UUID:/);
  assert.equal(made.EncryptedContentKey, wrapped);
  const id = Buffer.from(made.Id.slice('nb:kid:UUID:'.length).replaceAll('-', ''), 'hex');
  const dotnet = Buffer.concat([id.subarray(0, 4).reverse(), id.subarray(4, 6).reverse(), id.subarray(6, 8).reverse(), id.subarray(8)]);
  const cipher = crypto.createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  assert.equal(made.Checksum, cipher.update(dotnet).subarray(0, 8).toString('base64'));
  assert.equal((await settled((done) => media.rest.contentkey.get(made.Id, done))).toJSON().Name, 'from azure-media');
  assert.ok((await list('contentkey')).some((each) => each.toJSON().Id === made.Id));

  const clear = await server.api('GET', `RebindContentKey?id='${made.Id}'&x509Certificate=''`);
  assert.equal(clear.value, key.toString('base64'));
  await remove('contentkey', made.Id);
  await assert.rejects(settled((done) => media.rest.contentkey.get(made.Id, done)), /received: 404/);
});

test("its cancel asks for 'CanceJob', which no service has", async () => {
  assert.equal(await settled((done) => media.rest.job.cancel('nb:jid:UUID:00000000-0000-0000-0000-000000000000', done)), 404);
});
