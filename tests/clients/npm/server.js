// The server under test, as run.sh describes it in the environment, and the few things every client test needs. No library is touched here.
'use strict';
const fs = require('node:fs');

function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start these tests with tests/clients/run.sh`);
  return value;
}

const control = required('CLIENTS_CONTROL');
const queue = required('CLIENTS_QUEUE');
const account = required('CLIENTS_ACCOUNT');
const key = required('CLIENTS_KEY');
const storageKey = required('CLIENTS_STORAGE_KEY');
const clip = required('CLIENTS_CLIP');

// settled((done) => library.call(…, done)): a callback call as a promise; what is not an Error becomes one that shows it.
function settled(call) {
  return new Promise((resolve, reject) => {
    call((error, ...results) => {
      if (error) return reject(error instanceof Error ? error : new Error(typeof error === 'string' ? error : JSON.stringify(error)));
      resolve(results.length > 1 ? results : results[0]);
    });
  });
}

// until(probe): asks again until the probe's answer is neither undefined nor null; fails after 40 s.
async function until(what, probe) {
  const deadline = Date.now() + 40000;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined && answer !== null) return answer;
    if (Date.now() > deadline) throw new Error(`no ${what} within 40 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

// One call of the REST API, for what a test needs beside the library it is about (JSON light).
async function api(method, path, body) {
  const headers = { Authorization: `Bearer ${await accessToken()}`, 'x-ms-version': '2.19', Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const answer = await fetch(`${control}/api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : undefined;
}

let token;
async function accessToken() {
  token ??= (async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: account, client_secret: key, scope: 'urn:WindowsAzureMediaServices' });
    const answer = await fetch(`${control}/v2/OAuth2-13`, { method: 'POST', body: form });
    return (await answer.json()).access_token;
  })();
  return token;
}

const kPermission = { read: 1, write: 2, delete: 4, list: 8 };

// A new asset with one SAS locator that grants `permissions`: { asset, locator }.
async function assetWithLocator(name, permissions) {
  const asset = await api('POST', 'Assets', { Name: name });
  const policy = await api('POST', 'AccessPolicies', { Name: name, DurationInMinutes: 60, Permissions: permissions });
  const locator = await api('POST', 'Locators', { AssetId: asset.Id, AccessPolicyId: policy.Id, Type: 1 });
  return { asset, locator };
}

module.exports = { control, queue, account, key, storageKey, clip, clipBytes: () => fs.readFileSync(clip), settled, until, api, accessToken, assetWithLocator, kPermission };
