// azure-storage 2.10.7 (2018) over the SAS URL of a locator, path style: anonymous otherwise, `api-version` added after the signature; and with the
// account's key (SharedKey) into the container of an ingest manifest.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const storage = require('azure-storage');
const server = require('./server');

const { settled, kPermission } = server;
let service, container, asset;

before(async () => {
  const made = await server.assetWithLocator('azure-storage', kPermission.read | kPermission.write | kPermission.delete | kPermission.list);
  asset = made.asset;
  const base = new URL(made.locator.BaseUri);
  const [, account, name] = base.pathname.split('/');
  container = name;
  service = storage.createBlobServiceWithSas(`${base.origin}/${account}`, made.locator.ContentAccessComponent.slice(1)).withFilter(new storage.LinearRetryPolicyFilter(0));
});

test('text goes up and comes down, with type, metadata and properties', async () => {
  await settled((done) => service.createBlockBlobFromText(container, 'note ä+1.txt', 'grüße', { contentSettings: { contentType: 'text/plain' }, metadata: { colour: 'red' } }, done));
  const [text] = [].concat(await settled((done) => service.getBlobToText(container, 'note ä+1.txt', (error, value) => done(error, value))));
  assert.equal(text, 'grüße');
  const found = await settled((done) => service.getBlobProperties(container, 'note ä+1.txt', (error, value) => done(error, value)));
  assert.equal(found.contentLength, '7');
  assert.equal(found.contentSettings.contentType, 'text/plain');
  assert.equal(found.metadata.colour, 'red');
});

test('a file goes up in blocks and comes down whole and by range', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
  try {
    const bytes = crypto.randomBytes(5 * 1024 * 1024 + 7);
    const source = path.join(folder, 'source.bin'), target = path.join(folder, 'target.bin');
    fs.writeFileSync(source, bytes);
    service.singleBlobPutThresholdInBytes = 1024 * 1024;
    await settled((done) => service.createBlockBlobFromLocalFile(container, 'source.bin', source, { blockSize: 1024 * 1024, parallelOperationThreadCount: 3 }, done));
    await settled((done) => service.getBlobToLocalFile(container, 'source.bin', target, done));
    assert.ok(fs.readFileSync(target).equals(bytes));
    const blocks = await settled((done) => service.listBlocks(container, 'source.bin', 'all', (error, value) => done(error, value)));
    assert.equal(blocks.CommittedBlocks.length, 6);

    const ranged = path.join(folder, 'ranged.bin');
    await settled((done) => service.getBlobToLocalFile(container, 'source.bin', ranged, { rangeStart: 1000, rangeEnd: 1999 }, done));
    assert.ok(fs.readFileSync(ranged).equals(bytes.subarray(1000, 2000)));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('blobs are listed page by page, and deleted', async () => {
  for (const name of ['list/1', 'list/2', 'list/3']) await settled((done) => service.createBlockBlobFromText(container, name, name, done));
  const names = [];
  let next = null;
  do {
    const page = await settled((done) => service.listBlobsSegmentedWithPrefix(container, 'list/', next, { maxResults: 2 }, (error, value) => done(error, value)));
    names.push(...page.entries.map((entry) => entry.name));
    next = page.continuationToken;
  } while (next);
  assert.deepEqual(names, ['list/1', 'list/2', 'list/3']);
  for (const name of names) await settled((done) => service.deleteBlob(container, name, done));
  const gone = await settled((done) => service.doesBlobExist(container, 'list/1', (error, value) => done(error, value)));
  assert.equal(gone.exists, false);
});

test('a missing blob is told by its code; a signature changed by one letter is refused', async () => {
  await assert.rejects(settled((done) => service.getBlobToText(container, 'absent', done)), (error) => error.statusCode === 404 && error.code === 'BlobNotFound');
  const forged = storage.createBlobServiceWithSas(service.host.primaryHost, service.storageCredentials.sasToken.replace(/sig=./, (text) => (text === 'sig=A' ? 'sig=B' : 'sig=A')));
  await assert.rejects(settled((done) => forged.getBlobToText(container, 'source.bin', done)), (error) => error.statusCode === 403);
});

test('what was uploaded becomes the files of the asset', async () => {
  await server.api('GET', `CreateFileInfos?assetid='${encodeURIComponent(asset.Id)}'`);
  const files = (await server.api('GET', `Assets('${encodeURIComponent(asset.Id)}')/Files`)).value.map((file) => file.Name);
  assert.deepEqual(files.sort(), ['note ä+1.txt', 'source.bin']);
  await server.api('DELETE', `Assets('${encodeURIComponent(asset.Id)}')`);
});

test('with the storage key, files go up in bulk for an ingest manifest and become the files of an asset', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
  try {
    const target = await server.api('POST', 'Assets', { Name: 'bulk' });
    const manifest = await server.api('POST', 'IngestManifests', { Name: 'bulk' });
    const item = await server.api('POST', 'IngestManifestAssets', { ParentIngestManifestId: manifest.Id, Asset: { Id: target.Id } });
    for (const name of ['small.bin', 'large.bin']) {
      await server.api('POST', 'IngestManifestFiles', { Name: name, ParentIngestManifestId: manifest.Id, ParentIngestManifestAssetId: item.Id });
    }
    const base = new URL(manifest.BlobStorageUriForUpload);
    const [, account, upload] = base.pathname.split('/');
    const bulk = storage.createBlobService(account, server.storageKey, `${base.origin}/${account}`);
    bulk.singleBlobPutThresholdInBytes = 1024 * 1024;
    for (const [name, size] of [['small.bin', 1000], ['large.bin', 3 * 1024 * 1024 + 5]]) {
      fs.writeFileSync(path.join(folder, name), crypto.randomBytes(size));
      await settled((done) => bulk.createBlockBlobFromLocalFile(upload, name, path.join(folder, name), { blockSize: 1024 * 1024 }, done));
    }
    const read = await server.api('GET', `IngestManifests('${encodeURIComponent(manifest.Id)}')`);
    assert.deepEqual(read.Statistics, { PendingFilesCount: 0, FinishedFilesCount: 2, ErrorFilesCount: 0, ErrorFilesDetails: '' });
    assert.equal(read.State, 0);
    const files = (await server.api('GET', `Assets('${encodeURIComponent(target.Id)}')/Files?$orderby=Name`)).value;
    assert.deepEqual(files.map((file) => [file.Name, file.ContentFileSize]), [['large.bin', '3145733'], ['small.bin', '1000']]);
    const left = await settled((done) => bulk.listBlobsSegmented(upload, null, (error, value) => done(error, value)));
    assert.deepEqual(left.entries, []);
    await server.api('DELETE', `IngestManifests('${encodeURIComponent(manifest.Id)}')`);
    await server.api('DELETE', `Assets('${encodeURIComponent(target.Id)}')`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('with the storage key, blobs are copied by signed URLs, and signatures of every kind are taken', async () => {
  const { locator, asset: target } = await server.assetWithLocator('copies', kPermission.read | kPermission.list);
  const base = new URL(locator.BaseUri);
  const [, account, name] = base.pathname.split('/');
  const owner = storage.createBlobService(account, server.storageKey, `${base.origin}/${account}`).withFilter(new storage.LinearRetryPolicyFilter(0));
  const first = (call) => settled((done) => call((error, value) => done(error, value)));
  await first((done) => owner.createContainerIfNotExists('copy-tools', done));
  try {
    await settled((done) => owner.createBlockBlobFromText('copy-tools', 'film.mp4', 'frames', { contentSettings: { contentType: 'video/mp4' } }, done));
    const read = owner.generateSharedAccessSignature('copy-tools', 'film.mp4', { AccessPolicy: { Permissions: 'r', Expiry: storage.date.minutesFromNow(10) } });
    const copied = await first((done) => owner.startCopyBlob(owner.getUrl('copy-tools', 'film.mp4', read), name, 'copied.mp4', done));
    assert.equal(copied.copy.status, 'success');
    const found = await first((done) => owner.getBlobProperties(name, 'copied.mp4', done));
    assert.equal(found.contentSettings.contentType, 'video/mp4');
    const other = owner.generateSharedAccessSignature('copy-tools', 'film.mp4', { AccessPolicy: { Permissions: 'w', Expiry: storage.date.minutesFromNow(10) } });
    await assert.rejects(first((done) => owner.startCopyBlob(owner.getUrl('copy-tools', 'film.mp4', other), name, 'no.mp4', done)),
      (error) => error.statusCode === 403 && error.code === 'CannotVerifyCopySource');
  } finally {
    await first((done) => owner.deleteContainer('copy-tools', done));
    await server.api('DELETE', `Assets('${encodeURIComponent(target.Id)}')`);
  }
});
