// @azure/storage-blob 12 over the SAS URL of a locator, path style, and with the account's key.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const { AnonymousCredential, BlobSASPermissions, BlobServiceClient, ContainerClient, StorageSharedKeyCredential, generateBlobSASQueryParameters,
  generateAccountSASQueryParameters, AccountSASPermissions, AccountSASResourceTypes, AccountSASServices } = require('@azure/storage-blob');
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

// The account by its key: a service client, and its credential to sign with.
function byKey() {
  const base = new URL(locator.BaseUri);
  const account = base.pathname.split('/')[1];
  const credential = new StorageSharedKeyCredential(account, server.storageKey);
  return { credential, service: new BlobServiceClient(`${base.origin}/${account}`, credential, { retryOptions: { maxTries: 1 } }) };
}

test('with the key, a blob is copied by its URL, at once and by poll, with conditions on its source', async () => {
  const { service } = byKey();
  const tools = service.getContainerClient('new-tools');
  await tools.create({ metadata: { purpose: 'test' } });
  try {
    const source = tools.getBlockBlobClient('source ä.bin');
    const bytes = crypto.randomBytes(3 * 1024 * 1024);
    await source.uploadData(bytes, { blockSize: 1024 * 1024, maxSingleShotSize: 1024, metadata: { colour: 'red' } });
    const copy = tools.getBlockBlobClient('copy.bin');
    const done = await (await copy.beginCopyFromURL(source.url, { intervalInMs: 10 })).pollUntilDone();
    assert.equal(done.copyStatus, 'success');
    const properties = await copy.getProperties();
    assert.equal(properties.copyProgress, `${bytes.length}/${bytes.length}`);
    assert.equal(properties.metadata.colour, 'red');
    assert.ok((await copy.downloadToBuffer()).equals(bytes));
    assert.equal((await tools.getBlobClient('sync.bin').syncCopyFromURL(source.url)).copyStatus, 'success');
    await tools.getBlockBlobClient('put.bin').syncUploadFromURL(source.url, { copySourceBlobProperties: true });
    assert.equal((await tools.getBlobClient('put.bin').getProperties()).contentLength, bytes.length);
    await assert.rejects(copy.abortCopyFromURL(properties.copyId), { code: 'NoPendingCopyOperation' });
    await assert.rejects(copy.syncCopyFromURL(source.url, { sourceConditions: { ifMatch: '"0x1"' } }), { statusCode: 412 });
    await assert.rejects(copy.syncCopyFromURL(tools.getBlobClient('absent').url), { statusCode: 404, code: 'CannotVerifyCopySource' });

    // From another container by a locator's signature.
    await tools.getBlobClient('small.txt').syncCopyFromURL(container.getBlobClient('small.txt').url);
    assert.equal((await tools.getBlobClient('small.txt').downloadToBuffer()).toString(), 'small');
    const names = [];
    for await (const item of tools.listBlobsFlat({ includeCopy: true, includeMetadata: true })) names.push([item.name, item.properties.copyStatus]);
    assert.deepEqual(names, [['copy.bin', 'success'], ['put.bin', 'success'], ['small.txt', 'success'], ['source ä.bin', undefined], ['sync.bin', 'success']]);
  } finally {
    await tools.delete();
  }
});

test('signatures made by the library open what they say and no more', async () => {
  const { credential, service } = byKey();
  const tools = service.getContainerClient('sas-tools');
  await tools.create();
  try {
    await tools.getBlockBlobClient('a.txt').upload('hello', 5, { blobHTTPHeaders: { blobContentType: 'text/plain' } });
    const expiresOn = new Date(Date.now() + 600000);
    const sign = (more) => generateBlobSASQueryParameters({ containerName: 'sas-tools', expiresOn, ...more }, credential).toString();
    const reader = open(`${tools.url}?${sign({ blobName: 'a.txt', permissions: BlobSASPermissions.parse('r'), contentType: 'video/mp4' })}`);
    const answer = await reader.getBlobClient('a.txt').download();
    assert.equal(answer.contentType, 'video/mp4');
    await assert.rejects(reader.getBlockBlobClient('b.txt').upload('x', 1), { statusCode: 403 });
    await tools.setAccessPolicy(undefined, [{ id: 'writers', accessPolicy: { startsOn: new Date(Date.now() - 60000), expiresOn, permissions: 'rw' } }]);
    assert.equal((await tools.getAccessPolicy()).signedIdentifiers[0].id, 'writers');
    const named = generateBlobSASQueryParameters({ containerName: 'sas-tools', identifier: 'writers' }, credential).toString();
    await open(`${tools.url}?${named}`).getBlockBlobClient('b.txt').upload('x', 1);
    await tools.setAccessPolicy(undefined, []);
    await assert.rejects(open(`${tools.url}?${named}`).getBlobClient('b.txt').download(), { statusCode: 403 });
    const account = generateAccountSASQueryParameters({ expiresOn, permissions: AccountSASPermissions.parse('rl'), services: AccountSASServices.parse('b').toString(),
      resourceTypes: AccountSASResourceTypes.parse('sco').toString() }, credential).toString();
    const all = new BlobServiceClient(`${service.url}?${account}`, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
    const found = [];
    for await (const item of all.listContainers({ prefix: 'sas-' })) found.push(item.name);
    assert.deepEqual(found, ['sas-tools']);
    await assert.rejects(all.getContainerClient('sas-tools').delete(), { statusCode: 403 });
  } finally {
    await tools.delete();
  }
});

test('headers, metadata, tiers and service properties are set as the library does it', async () => {
  const { service } = byKey();
  const tools = service.getContainerClient('set-tools');
  await tools.create({ access: 'blob' });
  try {
    const blob = tools.getBlockBlobClient('a.txt');
    const made = await blob.upload('hello', 5, { tier: 'Hot' });
    await blob.setHTTPHeaders({ blobContentType: 'text/plain', blobCacheControl: 'no-store' });
    await blob.setMetadata({ a: '1' });
    await assert.rejects(blob.setMetadata({ a: '2' }, { conditions: { ifMatch: made.etag } }), { statusCode: 412 });
    const properties = await blob.getProperties();
    assert.equal(properties.contentType, 'text/plain');
    assert.equal(properties.metadata.a, '1');
    const anyone = await fetch(blob.url);  // the container lets anyone read its blobs
    assert.equal(await anyone.text(), 'hello');
    assert.equal(anyone.headers.get('cache-control'), 'no-store');
    await tools.setMetadata({ of: 'container' });
    assert.equal((await tools.getProperties()).metadata.of, 'container');
    assert.equal((await service.getAccountInfo()).accountKind, 'StorageV2');
    const before = await service.getProperties();
    await service.setProperties({ cors: [{ allowedOrigins: 'https://a.example', allowedMethods: 'GET', allowedHeaders: '', exposedHeaders: '', maxAgeInSeconds: 5 }] });
    assert.equal((await service.getProperties()).cors[0].allowedOrigins, 'https://a.example');
    await service.setProperties({ cors: before.cors });
  } finally {
    await tools.delete();
  }
});
