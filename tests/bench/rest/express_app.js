// The alternative that `./dev bench rest` measures against: the same rows over HTTP, as one would write them with Express and better-sqlite3.
// It checks no token, knows one format and validates nothing, which is in its favour.
//   node express_app.js PORT DATABASE normal|full
'use strict';
const { randomUUID } = require('node:crypto');
const Database = require('better-sqlite3');
const express = require('express');

const [port, path, synchronous] = process.argv.slice(2);
const database = new Database(path);
database.pragma('journal_mode = WAL');
database.pragma(`synchronous = ${synchronous}`);
database.exec(`
  CREATE TABLE IF NOT EXISTS policies (
    id TEXT PRIMARY KEY, created TEXT NOT NULL, last_modified TEXT NOT NULL, name TEXT NOT NULL, duration REAL NOT NULL, permissions INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS ix_policies_created ON policies (created, id);
  CREATE INDEX IF NOT EXISTS ix_policies_name ON policies (name, id);`);
const insert = database.prepare('INSERT INTO policies VALUES (@Id, @Created, @LastModified, @Name, @DurationInMinutes, @Permissions)');
const columns = 'id AS Id, created AS Created, last_modified AS LastModified, name AS Name, duration AS DurationInMinutes, permissions AS Permissions';
const list = database.prepare(`SELECT ${columns} FROM policies ORDER BY created, id LIMIT 1000`);
const get = database.prepare(`SELECT ${columns} FROM policies WHERE id = ?`);

const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.use(express.json());
app.post('/policies', (request, response) => {
  const now = new Date().toISOString();
  const { Name, DurationInMinutes, Permissions } = request.body;
  const row = { Id: `nb:pid:UUID:${randomUUID()}`, Created: now, LastModified: now, Name, DurationInMinutes, Permissions };
  insert.run(row);
  response.status(201).location(`/policies/${encodeURIComponent(row.Id)}`).json(row);
});
app.get('/policies', (request, response) => response.json({ value: list.all() }));
app.get('/policies/:id', (request, response) => {
  const row = get.get(request.params.id);
  if (row) response.json(row);
  else response.sendStatus(404);
});
app.listen(Number(port), '127.0.0.1');
