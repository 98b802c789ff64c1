// azure-storage 0.10.0 (2015, x-ms-version 2015-04-05) with the signature of a locator, and with the account's key: what old tools do with containers.
// It knows host names of the form <account>.blob.<domain> only; azure_hosts.js leads them to the server.
'use strict';
require('./azure_hosts');
const { test, before, after } = require('node:test');
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const storage = require('azure-storage-0.10');
const server = require('./server');

const { settled, kPermission } = server;
const first = (call) => settled((done) => call((error, value) => done(error, value)));
let owner, sasService, container, asset, sas;

before(async () => {
  const made = await server.assetWithLocator('azure-storage 0.10', kPermission.read | kPermission.write | kPermission.delete | kPermission.list);
  asset = made.asset;
  const base = new URL(made.locator.BaseUri);
  const [, account, name] = base.pathname.split('/');
  container = name;
  sas = made.locator.ContentAccessComponent.slice(1);
  const host = `http://${account}.blob.core.windows.net:${base.port}`;
  sasService = storage.createBlobServiceWithSas(host, sas).withFilter(new storage.LinearRetryPolicyFilter(0));
  owner = storage.createBlobService(account, server.storageKey, host).withFilter(new storage.LinearRetryPolicyFilter(0));
  await first((done) => owner.createContainer('tools', { metadata: { purpose: 'test' } }, done));
});

after(async () => {
  await first((done) => owner.deleteContainer('tools', done));
  await server.api('DELETE', `Assets('${encodeURIComponent(asset.Id)}')`);
});

test('a blob goes up in blocks by the locator and comes down by range', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
  try {
    const bytes = crypto.randomBytes(5 * 1024 * 1024 + 11);
    const source = path.join(folder, 'source'), target = path.join(folder, 'target');
    fs.writeFileSync(source, bytes);
    sasService.singleBlobPutThresholdInBytes = 1024 * 1024;
    await settled((done) => sasService.createBlockBlobFromLocalFile(container, 'old tool.bin', source, done));
    await settled((done) => sasService.getBlobToLocalFile(container, 'old tool.bin', target, { rangeStart: 1000, rangeEnd: 1999 }, done));
    assert.ok(fs.readFileSync(target).equals(bytes.subarray(1000, 2000)));
    assert.equal(Number((await first((done) => sasService.getBlobProperties(container, 'old tool.bin', done))).contentLength), bytes.length);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

test('containers have metadata, properties and stored policies that signatures name', async () => {
  const properties = await first((done) => owner.getContainerProperties('tools', done));
  assert.equal(properties.metadata.purpose, 'test');
  await first((done) => owner.setContainerMetadata('tools', { purpose: 'other' }, done));
  assert.equal((await first((done) => owner.getContainerMetadata('tools', done))).metadata.purpose, 'other');

  const identifiers = { readers: { Permissions: 'r', Expiry: new Date(Date.now() + 3600000) } };
  await first((done) => owner.setContainerAcl('tools', identifiers, done));
  const acl = await first((done) => owner.getContainerAcl('tools', done));
  assert.equal(acl.signedIdentifiers.readers.Permissions, 'r');

  await settled((done) => owner.createBlockBlobFromText('tools', 'a.txt', 'hello', done));
  const token = owner.generateSharedAccessSignature('tools', 'a.txt', { Id: 'readers' });
  const reader = storage.createBlobServiceWithSas(owner.host.primaryHost, token).withFilter(new storage.LinearRetryPolicyFilter(0));
  assert.equal([].concat(await settled((done) => reader.getBlobToText('tools', 'a.txt', done)))[0], 'hello');
  await first((done) => owner.setContainerAcl('tools', null, done));
  await assert.rejects(settled((done) => reader.getBlobToText('tools', 'a.txt', done)), (error) => error.statusCode === 403);
});

test('containers are listed with their metadata; one that exists is not made again', async () => {
  const page = await first((done) => owner.listContainersSegmentedWithPrefix('to', null, { include: 'metadata' }, done));
  assert.deepEqual(page.entries.map((entry) => entry.name), ['tools']);
  assert.equal((await first((done) => owner.createContainerIfNotExists('tools', done))).created, false);
  await assert.rejects(first((done) => owner.createContainer('tools', done)), (error) => error.code === 'ContainerAlreadyExists');
});

test('a copy between containers is done when it is answered', async () => {
  await settled((done) => owner.createBlockBlobFromText('tools', 'source.txt', 'copied', { metadata: { a: 'b' } }, done));
  const target = await first((done) => owner.startCopyBlob(owner.getUrl('tools', 'source.txt'), 'tools', 'target.txt', done));
  assert.equal(target.copy.status, 'success');
  const found = await first((done) => owner.getBlobProperties('tools', 'target.txt', done));
  assert.equal(found.copy.status, 'success');
  assert.equal(found.copy.progress, '6/6');
  assert.equal(found.metadata.a, 'b');
  const listed = await first((done) => owner.listBlobsSegmentedWithPrefix('tools', 'target', null, { include: 'metadata,copy' }, done));
  assert.equal(listed.entries[0].copy.status, 'success');
  await assert.rejects(first((done) => owner.abortCopyBlob('tools', 'target.txt', found.copy.id, done)), (error) => error.code === 'NoPendingCopyOperation');
});

test('conditions, content hashes and properties hold', async () => {
  const made = [].concat(await settled((done) => owner.createBlockBlobFromText('tools', 'c.txt', 'one', done)))[0];
  await assert.rejects(settled((done) => owner.createBlockBlobFromText('tools', 'c.txt', 'two', { accessConditions: { EtagMatch: '"0x1"' } }, done)), (error) => error.statusCode === 412);
  await assert.rejects(settled((done) => owner.createBlockBlobFromText('tools', 'c.txt', 'two', { transactionalContentMD5: crypto.createHash('md5').update('three').digest('base64') }, done)),
    (error) => error.statusCode === 400);
  await first((done) => owner.setBlobProperties('tools', 'c.txt', { contentType: 'text/plain', cacheControl: 'max-age=5' }, done));
  const found = await first((done) => owner.getBlobProperties('tools', 'c.txt', done));
  assert.notEqual(found.etag, made.etag);
  assert.equal([].concat(await settled((done) => owner.getBlobToText('tools', 'c.txt', done)))[0], 'one');
});

test('service properties hold CORS rules', async () => {
  const before = await first((done) => owner.getServiceProperties(done));
  const rule = { AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['https://portal.example'], AllowedHeaders: ['x-ms-*'], ExposedHeaders: ['ETag'], MaxAgeInSeconds: 60 };
  await settled((done) => owner.setServiceProperties({ Cors: { CorsRule: [rule] } }, done));
  const after = await first((done) => owner.getServiceProperties(done));
  assert.deepEqual([].concat(after.Cors.CorsRule[0].AllowedOrigins), ['https://portal.example']);
  await settled((done) => owner.setServiceProperties({ Cors: before.Cors }, done));
});
