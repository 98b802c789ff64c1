// datajs 1.0.3, a generic OData client: $metadata, service document, verbose JSON and Atom, server paging, writing. Made for browsers, it takes its HTTP
// client by an argument and the rest of the browser (`window`, DOMParser) from the global object; both are given here, the library is as published.
'use strict';
const { test, before } = require('node:test');
const assert = require('node:assert/strict');
const { DOMImplementation, DOMParser, XMLSerializer } = require('@xmldom/xmldom');
const server = require('./server');

// In a browser's DOM an attribute's nodeValue is its value; xmldom has two fields.
function createDocument(...names) {
  const made = new DOMImplementation().createDocument(...names);
  const create = made.createAttributeNS;
  made.createAttributeNS = function createAttributeNS(...name) {
    return Object.defineProperty(create.apply(this, name), 'nodeValue', { get() { return this.value; }, set(text) { this.value = text; } });
  };
  return made;
}
Object.assign(globalThis, { window: globalThis, document: { implementation: { createDocument } }, DOMParser, XMLSerializer });
require('datajs');
const { OData } = globalThis;

const httpClient = {
  request(request, success, error) {
    const headers = { ...request.headers, Authorization: `Bearer ${token}`, 'x-ms-version': '2.19' };
    fetch(request.requestUri, { method: request.method, headers, body: request.body }).then(async (answer) => {
      const response = { requestUri: request.requestUri, statusCode: answer.status, statusText: answer.statusText, headers: headersOf(answer), body: await answer.text() };
      if (answer.ok) success(response);
      else error({ message: 'HTTP request failed', request, response });
    }).catch((cause) => error({ message: cause.message, request }));
    return { abort() {} };
  },
};

// datajs wants the header names as HTTP writes them.
function headersOf(answer) {
  const names = { 'content-type': 'Content-Type', dataserviceversion: 'DataServiceVersion', location: 'Location' };
  return Object.fromEntries([...answer.headers].map(([name, value]) => [names[name] ?? name, value]));
}

const kJson = 'application/json;odata=verbose';
const kAtom = 'application/atom+xml';
const kFormats = [kJson, kAtom];
let token;
let metadata;

function send(request, handler, model = metadata) {
  return new Promise((resolve, reject) => {
    const failed = (error) => reject(Object.assign(new Error(`${error.message} ${error.response?.body ?? ''}`), { statusCode: error.response?.statusCode, body: error.response?.body }));
    OData.request({ headers: { Accept: kJson }, ...request }, (data, response) => resolve({ data, response }), failed, handler, httpClient, model);
  });
}
const at = (path) => `${server.control}/api/${path}`;

before(async () => {
  token = await server.accessToken();
  metadata = (await send({ requestUri: at('$metadata'), headers: { Accept: 'application/xml' } }, OData.metadataHandler)).data;
});

test('$metadata describes the sets, their keys and functions', () => {
  const schemas = metadata.dataServices.schema;
  const container = schemas.flatMap((schema) => schema.entityContainer ?? []).find((found) => found.name === 'WindowsAzureMediaServices');
  const sets = container.entitySet.map((set) => set.name);
  for (const name of ['AccessPolicies', 'Assets', 'Channels', 'Files', 'IngestManifestAssets', 'IngestManifestFiles', 'IngestManifests', 'JobTemplates', 'Jobs',
    'Locators', 'MediaProcessors', 'MonitoringConfigurations', 'NotificationEndPoints', 'Operations', 'Programs', 'StreamingEndpoints', 'TaskTemplates', 'Tasks']) {
    assert.ok(sets.includes(name), name);
  }
  assert.ok(container.functionImport.some((found) => found.name === 'CreateFileInfos'));
  const asset = schemas.flatMap((schema) => schema.entityType ?? []).find((type) => type.name === 'Asset');
  assert.deepEqual(asset.key.propertyRef.map((key) => key.name), ['Id']);
});

test('the service document lists the sets', async () => {
  const { data } = await send({ requestUri: at(''), headers: { Accept: 'application/atomsvc+xml,application/xml' } });
  const hrefs = data.workspaces[0].collections.map((collection) => collection.href);
  assert.ok(hrefs.some((href) => href.endsWith('Assets')), hrefs.join());
});

for (const accept of kFormats) {
  test(`an asset is created, read, changed and deleted as ${accept}`, async () => {
    const headers = { Accept: accept, 'Content-Type': accept };
    const made = await send({ requestUri: at('Assets'), method: 'POST', headers, data: { Name: 'from datajs' } });
    assert.equal(made.response.statusCode, 201);
    assert.ok(made.data.Created instanceof Date || typeof made.data.Created === 'string');
    const uri = new URL(made.data.__metadata.uri, at('')).href;

    const read = await send({ requestUri: uri, headers });
    assert.equal(read.data.Name, 'from datajs');
    assert.equal(read.data.Id, made.data.Id);
    assert.equal(read.data.State, 0);

    const changed = await send({ requestUri: uri, method: 'MERGE', headers, data: { AlternateId: 'a <b> & "c"' } });
    assert.equal(changed.response.statusCode, 204);
    assert.equal((await send({ requestUri: uri, headers })).data.AlternateId, 'a <b> & "c"');

    await send({ requestUri: uri, method: 'DELETE' });
    await assert.rejects(send({ requestUri: uri, headers }), { statusCode: 404 });
  });
}

for (const accept of kFormats) {
  const headers = { Accept: accept, 'Content-Type': accept };
  const create = async (set, data) => (await send({ requestUri: at(set), method: 'POST', headers, data })).data;
  const uriOf = (entity) => new URL(entity.__metadata.uri, at('')).href;

  test(`end points, manifests and their children are created, read and deleted as ${accept}`, async () => {
    const endPoint = await create('NotificationEndPoints', { Name: 'datajs', EndPointAddress: 'datajs-events', EndPointType: 1 });
    assert.equal((await send({ requestUri: uriOf(endPoint), headers })).data.EndPointAddress, 'datajs-events');
    const asset = await create('Assets', { Name: 'for a manifest' });
    const manifest = await create('IngestManifests', { Name: 'datajs' });
    assert.equal(manifest.Statistics.PendingFilesCount, 0);
    const item = await create('IngestManifestAssets', { ParentIngestManifestId: manifest.Id, Asset: { [accept === kJson ? '__metadata' : '__deferred']: { uri: uriOf(asset) } } });
    await create('IngestManifestFiles', { Name: 'f', ParentIngestManifestId: manifest.Id, ParentIngestManifestAssetId: item.Id });
    const { data } = await send({ requestUri: `${uriOf(manifest)}?$expand=IngestManifestAssets/IngestManifestFiles,PendingIngestManifestAssets`, headers });
    assert.equal(data.Statistics.PendingFilesCount, 1);
    assert.equal(data.IngestManifestAssets.results[0].IngestManifestFiles.results[0].Name, 'f');
    assert.equal(data.PendingIngestManifestAssets.results[0].Id, item.Id);
    for (const entity of [manifest, asset, endPoint]) await send({ requestUri: uriOf(entity), method: 'DELETE' });
    await assert.rejects(send({ requestUri: uriOf(item), headers }), { statusCode: 404 });
  });
}

// Without the model and in JSON: datajs takes FreeTrialEndTime, 0001-01-01 as the service has it, for no date.
test('a streaming endpoint goes through its operations', async () => {
  const headers = { Accept: kJson, 'Content-Type': kJson };
  const call = (request) => send({ headers, ...request }, undefined, null);
  const finished = async (answer) => {
    assert.equal(answer.response.statusCode, 202);
    const operation = at(`Operations('${encodeURIComponent(answer.response.headers['operation-id'])}')`);
    const end = await server.until('end of the operation', async () => {
      const { data } = await call({ requestUri: operation });
      return data.State === 'InProgress' ? null : data.State;
    });
    assert.equal(end, 'Succeeded');
  };
  const made = await call({ requestUri: at('StreamingEndpoints'), method: 'POST', data: { Name: 'datajs', CacheControl: { MaxAge: '60' }, CustomHostNames: ['cdn.example.org'] } });
  await finished(made);
  const { uri } = made.data.__metadata;
  assert.equal(made.data.State, 'Stopped');
  for (const [action, state] of [['Start', 'Running'], ['Stop', 'Stopped']]) {
    await finished(await call({ requestUri: `${uri}/${action}`, method: 'POST' }));
    assert.equal((await call({ requestUri: uri })).data.State, state);
  }
  await finished(await call({ requestUri: uri, method: 'DELETE' }));
  await assert.rejects(call({ requestUri: uri }), { statusCode: 404 });
});

test('a job template is saved with its tasks, and deleted', async () => {
  const id = 'nb:ttid:UUID:0c0a9b1e-1111-2222-3333-444455556666';
  const [processor] = (await send({ requestUri: encodeURI(at("MediaProcessors?$filter=Name eq 'Media Encoder Standard'")) })).data.results;
  const body = `<jobTemplate><taskBody taskTemplateId="${id}"><inputAsset>JobInputAsset(0)</inputAsset><outputAsset>JobOutputAsset(0)</outputAsset></taskBody></jobTemplate>`;
  const headers = { Accept: kJson, 'Content-Type': kJson };
  const task = { Id: id, MediaProcessorId: processor.Id, Configuration: 'H264 Single Bitrate 16x9 SD', NumberofInputAssets: 1, NumberofOutputAssets: 1 };
  const { data } = await send({ requestUri: at('JobTemplates'), method: 'POST', headers, data: { Name: 'datajs', JobTemplateBody: body, TaskTemplates: [task] } });
  assert.equal(data.NumberofInputAssets, 1);
  assert.equal((await send({ requestUri: `${data.__metadata.uri}/TaskTemplates` })).data.results[0].Id, id);
  await send({ requestUri: data.__metadata.uri, method: 'DELETE' });
  assert.equal((await send({ requestUri: at('TaskTemplates') })).data.results.length, 0);
});

test('queries filter, order, select, count, skip and take', async () => {
  const names = ['query 1', 'query 2', 'query 3', 'query 4'];
  for (const name of names) await send({ requestUri: at('Assets'), method: 'POST', headers: { Accept: kJson, 'Content-Type': kJson }, data: { Name: name } });
  const query = "Assets?$filter=startswith(Name,'query')&$orderby=Name desc&$skip=1&$top=2&$inlinecount=allpages";
  for (const accept of kFormats) {
    const { data } = await send({ requestUri: encodeURI(at(query)), headers: { Accept: accept } });
    assert.deepEqual(data.results.map((asset) => asset.Name), ['query 3', 'query 2'], accept);
    assert.equal(Number(data.__count), 4, accept);
  }
  const { data } = await send({ requestUri: encodeURI(at("Assets?$filter=Name eq 'query 1'&$select=Id,Name")) });
  assert.deepEqual(Object.keys(data.results[0]).filter((name) => name !== '__metadata').sort(), ['Id', 'Name']);
  for (const asset of (await send({ requestUri: encodeURI(at("Assets?$filter=startswith(Name,'query')")) })).data.results) {
    await send({ requestUri: asset.__metadata.uri, method: 'DELETE' });
  }
});

test('an error has its code and its text', async () => {
  const failure = await send({ requestUri: at('Assets?$filter=Nonsense%20eq%201') }).catch((error) => error);
  assert.equal(failure.statusCode, 400);
  assert.match(JSON.parse(failure.body).error.message.value, /Nonsense/);
});

// Its writer of requests knows no collections inside of complex values, its reader does.
test('complex values and their collections are read in both formats', async () => {
  const conditions = [{ Property: 'Type', Operator: 'Equal', Value: 'video' }, { Property: 'Bitrate', Operator: 'NotEqual', Value: '0-9' }];
  await server.api('POST', 'Filters', { Name: 'datajs', PresentationTimeRange: { Timescale: '10', StartTimestamp: '20', EndTimestamp: '90' },
    FirstQuality: { Bitrate: 1000 }, Tracks: [{ PropertyConditions: conditions }] });
  for (const format of kFormats) {
    const { data } = await send({ requestUri: at("Filters('datajs')"), headers: { Accept: format } });
    assert.equal(String(data.PresentationTimeRange.StartTimestamp), '20', format);
    assert.equal(String(data.FirstQuality.Bitrate), '1000', format);
  }
  await server.api('DELETE', "Filters('datajs')");
});
