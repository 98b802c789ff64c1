// azure-storage 2.10.7's queue service with the storage account's key and with its own signatures, path style.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const storage = require('azure-storage');
const server = require('./server');

const { settled } = server;
const account = 'lazulitestorage';
const host = `${server.queue}/${account}`;
const first = (done) => (error, value) => done(error, value);
let service;

before(() => {
  service = storage.createQueueService(account, server.storageKey, host).withFilter(new storage.LinearRetryPolicyFilter(0));
});

test('queues and messages, from creation to deletion', async () => {
  const made = await settled((done) => service.createQueueIfNotExists('old-events', { metadata: { colour: 'red' } }, first(done)));
  assert.equal(made.created, true);
  assert.equal((await settled((done) => service.doesQueueExist('old-events', first(done)))).exists, true);
  await settled((done) => service.createMessage('old-events', 'grüße <&>', first(done)));
  await settled((done) => service.createMessage('old-events', 'second', { visibilityTimeout: 0, messageTimeToLive: 60 }, first(done)));
  const peeked = await settled((done) => service.peekMessages('old-events', { numOfMessages: 2 }, first(done)));
  assert.deepEqual(peeked.map((message) => message.messageText), ['grüße <&>', 'second']);
  const [message] = await settled((done) => service.getMessages('old-events', { numOfMessages: 1, visibilityTimeout: 30 }, first(done)));
  assert.equal(message.messageText, 'grüße <&>');
  const updated = await settled((done) => service.updateMessage('old-events', message.messageId, message.popReceipt, 5, { messageText: 'new' }, first(done)));
  await settled((done) => service.deleteMessage('old-events', message.messageId, updated.popReceipt, (error) => done(error)));
  const metadata = await settled((done) => service.getQueueMetadata('old-events', first(done)));
  assert.equal(metadata.metadata.colour, 'red');
  assert.equal(Number(metadata.approximateMessageCount), 1);
  await settled((done) => service.clearMessages('old-events', (error) => done(error)));
  const listed = await settled((done) => service.listQueuesSegmentedWithPrefix('old-', null, first(done)));
  assert.deepEqual(listed.entries.map((entry) => entry.name), ['old-events']);
  await settled((done) => service.deleteQueue('old-events', (error) => done(error)));
});

test('its signatures are ours', async () => {
  await settled((done) => service.createQueue('old-signed', first(done)));
  const expiry = new Date(Date.now() + 3600 * 1000);
  const sas = service.generateSharedAccessSignature('old-signed', { AccessPolicy: { Permissions: 'ap', Expiry: expiry } });
  const anyone = storage.createQueueServiceWithSas(host, sas).withFilter(new storage.LinearRetryPolicyFilter(0));
  await settled((done) => anyone.createMessage('old-signed', 'by signature', first(done)));
  const [message] = await settled((done) => anyone.getMessages('old-signed', first(done)));
  assert.equal(message.messageText, 'by signature');
  await assert.rejects(settled((done) => anyone.peekMessages('old-signed', first(done))), (error) => error.statusCode === 403);
  await settled((done) => service.deleteQueue('old-signed', (error) => done(error)));
});

test('service properties come back as they were set', async () => {
  const properties = await settled((done) => service.getServiceProperties(first(done)));
  assert.equal(properties.Cors.CorsRule.length, 1);
  await settled((done) => service.setServiceProperties(properties, (error) => done(error)));
});
