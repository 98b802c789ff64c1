// Preloaded (node --require) for a library whose host names are fixed: requests for the Microsoft names are connected to the server under test, as a
// hosts-file entry with a port would do. Path, headers (Host too) and body stay as the library made them; the library itself is not changed.
'use strict';
const http = require('node:http');
const https = require('node:https');

const kHost = /(^|\.)(windows\.net|media\.azure\.net)$/;
const control = new URL(process.env.CLIENTS_CONTROL);
const kStandardPorts = new Set(['', '80', '443']);
const send = http.request;

for (const module of [http, https]) {
  const original = module.request;
  module.request = function request(options, ...rest) {
    const name = options && (options.hostname || options.host);
    if (typeof name !== 'string' || !kHost.test(name)) return original.call(this, options, ...rest);
    const headers = { ...options.headers };
    if (!headers.host && !headers.Host) headers.Host = name;
    // A port that the server itself wrote into a URL (of its blob endpoint) stays.
    const port = kStandardPorts.has(String(options.port ?? '')) ? control.port : options.port;
    const mapped = { ...options, headers, protocol: 'http:', host: control.hostname, hostname: control.hostname, port, agent: undefined };
    const request = send.call(http, mapped, ...rest);
    // Old clients ask the socket whether the certificate was good; on this plain connection there is none to doubt.
    request.once('socket', (socket) => { socket.authorized = true; });
    return request;
  };
}
