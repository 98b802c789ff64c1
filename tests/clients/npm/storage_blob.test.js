// @azure/storage-blob 12 over the SAS URL of a locator, path style.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { AnonymousCredential, ContainerClient } = require('@azure/storage-blob');
const server = require('./server');

const { kPermission } = server;
let container, locator, asset;
const open = (url) => new ContainerClient(url, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });

before(async () => {
  ({ asset, locator } = await server.assetWithLocator('storage-blob', kPermission.read | kPermission.write | kPermission.delete | kPermission.list));
  container = open(locator.Path);
});

test('a blob goes up in blocks at once and comes down whole, by range and as a stream', async () => {
  const bytes = crypto.randomBytes(6 * 1024 * 1024 + 3);
  const blob = container.getBlockBlobClient('folder/data ü.bin');
  const seen = [];
  await blob.uploadData(bytes, { blockSize: 1024 * 1024, maxSingleShotSize: 1024, concurrency: 4, blobHTTPHeaders: { blobContentType: 'video/mp4' }, metadata: { a: 'b' },
    onProgress: (progress) => seen.push(progress.loadedBytes) });
  assert.equal(Math.max(...seen), bytes.length);
  assert.ok((await blob.downloadToBuffer(0, undefined, { blockSize: 1024 * 1024, concurrency: 4 })).equals(bytes));
  assert.ok((await blob.downloadToBuffer(123, 4567)).equals(bytes.subarray(123, 123 + 4567)));

  const streamed = [];
  for await (const chunk of (await blob.download()).readableStreamBody) streamed.push(chunk);
  assert.ok(Buffer.concat(streamed).equals(bytes));

  const properties = await blob.getProperties();
  assert.equal(properties.contentLength, bytes.length);
  assert.equal(properties.contentType, 'video/mp4');
  assert.equal(properties.metadata.a, 'b');
  assert.equal((await blob.getBlockList('committed')).committedBlocks.length, 7);
});

test('a small blob goes up in one request, with its hash checked', async () => {
  const blob = container.getBlockBlobClient('small.txt');
  const right = crypto.createHash('md5').update('small').digest();
  await blob.upload('small', 5, { blobHTTPHeaders: { blobContentMD5: right } });
  assert.deepEqual(Buffer.from((await blob.getProperties()).contentMD5), right);
  assert.equal(await blob.exists(), true);
  await assert.rejects(blob.upload('other', 5, { conditions: { ifNoneMatch: '*' } }), (error) => error.statusCode === 409 || error.statusCode === 412);
});

test('blobs are listed flat, by folder and page by page, then deleted', async () => {
  for (const name of ['list/a/1', 'list/a/2', 'list/b']) await container.getBlockBlobClient(name).upload(name, name.length);
  const names = [];
  for await (const page of container.listBlobsFlat({ prefix: 'list/' }).byPage({ maxPageSize: 2 })) names.push(...page.segment.blobItems.map((item) => item.name));
  assert.deepEqual(names, ['list/a/1', 'list/a/2', 'list/b']);
  const folders = [];
  for await (const item of container.listBlobsByHierarchy('/', { prefix: 'list/' })) folders.push([item.kind, item.name]);
  assert.deepEqual(folders.sort(), [['blob', 'list/b'], ['prefix', 'list/a/']]);
  for (const name of names) await container.deleteBlob(name);
  assert.equal((await container.getBlockBlobClient('list/b').deleteIfExists()).succeeded, false);
});

test('a missing blob is BlobNotFound', async () => {
  await assert.rejects(container.getBlobClient('absent').download(), (error) => error.statusCode === 404 && error.code === 'BlobNotFound');
});

test('a locator that may only read refuses to write, and no locator works once it is deleted', async () => {
  const policy = await server.api('POST', 'AccessPolicies', { Name: 'read', DurationInMinutes: 10, Permissions: kPermission.read });
  const reading = await server.api('POST', 'Locators', { AssetId: asset.Id, AccessPolicyId: policy.Id, Type: 1 });
  const reader = open(reading.Path).getBlockBlobClient('small.txt');
  assert.equal((await reader.downloadToBuffer()).toString(), 'small');
  await assert.rejects(reader.upload('x', 1), { statusCode: 403 });
  await server.api('DELETE', `Locators('${encodeURIComponent(reading.Id)}')`);
  await assert.rejects(reader.downloadToBuffer(), { statusCode: 403 });
});
