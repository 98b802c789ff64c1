// @azure/storage-queue 12 with the storage account's key and with signatures made of it, path style; and the notifications of a job in such a queue.
'use strict';
const { test } = require('node:test');
const assert = require('node:assert/strict');
const { AnonymousCredential, QueueClient, QueueSASPermissions, QueueServiceClient, StorageSharedKeyCredential, generateQueueSASQueryParameters,
  generateAccountSASQueryParameters, AccountSASPermissions, AccountSASResourceTypes, AccountSASServices } = require('@azure/storage-queue');
const server = require('./server');

const account = 'lazulitestorage';
const url = `${server.queue}/${account}`;
const credential = new StorageSharedKeyCredential(account, server.storageKey);
const service = new QueueServiceClient(url, credential, { retryOptions: { maxTries: 1 } });
const inAnHour = () => new Date(Date.now() + 3600 * 1000);

test('a message goes through its life', async () => {
  const queue = service.getQueueClient('life');
  await queue.create({ metadata: { colour: 'red' } });
  const sent = await queue.sendMessage('grüße <&>', { visibilityTimeout: 0, messageTimeToLive: 100 });
  assert.ok(sent.messageId && sent.popReceipt);
  assert.equal((await queue.peekMessages({ numberOfMessages: 5 })).peekedMessageItems[0].messageText, 'grüße <&>');
  const [message] = (await queue.receiveMessages({ visibilityTimeout: 60 })).receivedMessageItems;
  assert.equal(message.dequeueCount, 1);
  assert.equal((await queue.receiveMessages()).receivedMessageItems.length, 0);
  const updated = await queue.updateMessage(message.messageId, message.popReceipt, 'changed', 0);
  const [again] = (await queue.receiveMessages()).receivedMessageItems;
  assert.equal(again.messageText, 'changed');
  await assert.rejects(queue.deleteMessage(again.messageId, updated.popReceipt), (error) => error.statusCode === 400 && error.code === 'PopReceiptMismatch');
  await queue.deleteMessage(again.messageId, again.popReceipt);
  const properties = await queue.getProperties();
  assert.equal(properties.approximateMessagesCount, 0);
  assert.equal(properties.metadata.colour, 'red');
  await queue.delete();
  await assert.rejects(queue.sendMessage('x'), (error) => error.statusCode === 404 && error.code === 'QueueNotFound');
});

test('queues are listed page by page', async () => {
  for (const name of ['list-a', 'list-b', 'list-c']) await service.createQueue(name);
  const names = [];
  for await (const page of service.listQueues({ prefix: 'list-' }).byPage({ maxPageSize: 2 })) names.push(...(page.queueItems ?? []).map((item) => item.name));
  assert.deepEqual(names, ['list-a', 'list-b', 'list-c']);
  for (const name of names) await service.deleteQueue(name);
});

test('the SAS of a queue allows what it says, by itself and by a stored policy', async () => {
  const owner = service.getQueueClient('signed');
  await owner.create();
  const signed = (values) => new QueueClient(`${url}/signed?${generateQueueSASQueryParameters({ queueName: 'signed', ...values }, credential)}`,
    new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
  const writer = signed({ permissions: QueueSASPermissions.parse('a'), expiresOn: inAnHour() });
  await writer.sendMessage('by signature');
  await assert.rejects(writer.receiveMessages(), { statusCode: 403 });
  await owner.setAccessPolicy([{ id: 'readers', accessPolicy: { expiresOn: inAnHour(), permissions: 'r' } }]);
  assert.equal((await owner.getAccessPolicy()).signedIdentifiers[0].accessPolicy.permissions, 'r');
  const reader = signed({ identifier: 'readers' });
  assert.equal((await reader.peekMessages()).peekedMessageItems[0].messageText, 'by signature');
  await assert.rejects(reader.clearMessages(), { statusCode: 403 });
  await owner.delete();
});

test('an account SAS reaches the service', async () => {
  const sas = generateAccountSASQueryParameters({ expiresOn: inAnHour(), permissions: AccountSASPermissions.parse('rwdlacup'),
    resourceTypes: AccountSASResourceTypes.parse('sco').toString(), services: AccountSASServices.parse('q').toString() }, credential);
  const anyone = new QueueServiceClient(`${url}?${sas}`, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
  const queue = anyone.getQueueClient('by-account');
  await queue.create();
  await queue.sendMessage('x');
  await queue.clearMessages();
  assert.equal((await anyone.getProperties()).cors.length, 1);
  await queue.delete();
  const wrong = new QueueServiceClient(`${url}?${String(sas).replace('ss=q', 'ss=b')}`, new AnonymousCredential(), { retryOptions: { maxTries: 1 } });
  await assert.rejects(wrong.getProperties(), { statusCode: 403 });
});

test('a job tells a queue of its states, as base64 of JSON', async () => {
  const endPoint = await server.api('POST', 'NotificationEndPoints', { Name: 'jobs', EndPointAddress: 'job-events', EndPointType: 1 });
  const queue = service.getQueueClient('job-events');
  const next = async () => (await queue.exists()) && (await queue.receiveMessages({ numberOfMessages: 32 })).receivedMessageItems;
  const events = [];
  const until = (what, condition) => server.until(what, async () => {
    for (const message of (await next()) || []) {
      events.push(JSON.parse(Buffer.from(message.messageText, 'base64')));
      await queue.deleteMessage(message.messageId, message.popReceipt);
    }
    return condition() ? true : undefined;
  });
  await until('registration', () => events.length > 0);
  assert.equal(events[0].EventType, 'NotificationEndPointRegistration');
  assert.equal(events[0].Properties.NotificationEndPointId, endPoint.Id);

  const { asset, locator } = await server.assetWithLocator('told', server.kPermission.write);
  const upload = await fetch(locator.Path.replace('?', '/clip.mp4?'), { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' }, body: server.clipBytes() });
  assert.equal(upload.status, 201);
  await server.api('GET', `CreateFileInfos?assetid='${encodeURIComponent(asset.Id)}'`);
  const [processor] = (await server.api('GET', "MediaProcessors?$filter=Name eq 'Media Encoder Standard'")).value;
  const job = await server.api('POST', 'Jobs', {
    Name: 'told',
    'InputMediaAssets@odata.bind': [`${server.control}/api/Assets('${encodeURIComponent(asset.Id)}')`],
    JobNotificationSubscriptions: [{ NotificationEndPointId: endPoint.Id, TargetJobState: 1 }],
    Tasks: [{ Configuration: 'AAC Good Quality Audio', MediaProcessorId: processor.Id,
      TaskBody: '<taskBody><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody>' }],
  });
  await until('final state', () => events.some((event) => event.EventType === 'JobStateChange'));
  const [change] = events.filter((event) => event.EventType === 'JobStateChange');
  assert.equal(change.Properties.JobId, job.Id);
  assert.equal(change.Properties.NewState, 'Finished');
  assert.equal(change.Properties.AccountName, server.account);
});
