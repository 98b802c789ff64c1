#!/usr/bin/env python3
"""run.py LAZULITE [SECONDS] [ROUNDS]: what a REST call costs, against Express with better-sqlite3 doing the same on the same machine.

Server on one core, wrk on the other, the two servers by turns in each round; printed are the medians of requests per second and of the
server's CPU time per request, and their ratios. Then the cost of a read by key and of an indexed $filter at a thousand and at a million
assets, and the server's anonymous memory while a client pages through all of them.
"""

import json
import pathlib
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from processes import CLIENT_CORE, Lazulite, Program, answers, free_port, wait_for  # noqa: E402

MILLION = 1_000_000
POLICY = {"Name": "a policy of ordinary length", "DurationInMinutes": 60, "Permissions": 1}


class Client:
    """Calls to a server, with the headers it wants."""

    def __init__(self):
        self.headers = {"Content-Type": "application/json"}

    def call(self, method, url, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers=self.headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None


class Ours(Lazulite, Client):
    def __init__(self, program, folder, synchronous="full"):
        Client.__init__(self)
        Lazulite.__init__(self, program, folder / "data", {"database.synchronous": synchronous})
        self.base = self.at["control"]
        keys = subprocess.run(
            [program, "account", "keys", self.ACCOUNT, "--data", str(folder / "data"), "--json"], check=True, capture_output=True
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": self.ACCOUNT,
            "client_secret": json.loads(keys.stdout)["primaryKey"],
            "scope": "urn:WindowsAzureMediaServices",
        }
        with urllib.request.urlopen(f"{self.base}/v2/OAuth2-13", urllib.parse.urlencode(form).encode()) as answer:
            token = json.loads(answer.read())["access_token"]
        self.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json", "x-ms-version": "2.19"})
        self.rows = f"{self.base}/api/AccessPolicies"


class Express(Program, Client):
    def __init__(self, modules, folder, synchronous):
        Client.__init__(self)
        port = free_port()
        command = ["node", str(HERE / "express_app.js"), str(port), str(folder / "express.db"), synchronous]
        Program.__init__(self, command, folder / "express.log", {"NODE_PATH": str(modules), "NODE_ENV": "production"})
        wait_for(lambda: answers(port), "the start of Express")
        self.rows = f"http://127.0.0.1:{port}/policies"


def wrk_script(folder, server, body):
    path = folder / f"wrk-{server.process.pid}.lua"
    lines = [f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}" for name, value in server.headers.items()]
    if body is not None:
        lines += ['wrk.method = "POST"', f"wrk.body = {json.dumps(json.dumps(body))}"]
    path.write_text("\n".join(lines) + "\n")
    return path


def load(folder, server, url, seconds, connections, body=None):
    """(requests a second, microseconds of server CPU per request)"""
    script = wrk_script(folder, server, body)
    before = server.cpu_seconds()
    ran = subprocess.run(
        ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url],
        capture_output=True, text=True, check=True,
    )
    used = server.cpu_seconds() - before
    if "Non-2xx" in ran.stdout or "Socket errors" in ran.stdout:
        sys.exit(f"bench rest: errors from {url}:\n{ran.stdout}")
    requests = int(re.search(r"(\d+) requests in", ran.stdout)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", ran.stdout)[1]), used / max(requests, 1) * 1e6


def compare(title, folder, pair, urls, seconds, rounds, connections, body=None):
    results = {server: [] for server in pair}
    for _ in range(rounds):
        for server, url in zip(pair, urls):
            results[server].append(load(folder, server, url, seconds, connections, body))
    (ours_rate, ours_cpu), (their_rate, their_cpu) = (
        tuple(statistics.median(column) for column in zip(*results[server])) for server in pair
    )
    print(
        f"| {title} | {ours_rate:,.0f} | {their_rate:,.0f} | {ours_rate / their_rate:.2f} | {ours_cpu:,.0f} | {their_cpu:,.0f} |",
        flush=True,
    )


def against_express(program, modules, folder, seconds, rounds):
    print("| requests | Lazulite/s | Express/s | ratio | Lazulite µs CPU | Express µs CPU |\n|---|---|---|---|---|---|")
    for synchronous in ("normal", "full"):
        place = folder / synchronous
        place.mkdir()
        pair = (Ours(program, place, synchronous), Express(modules, place, synchronous))
        urls = tuple(server.rows for server in pair)
        for connections in (1, 16):
            title = f"create a row, synchronous={synchronous}, {connections} connection{'s' * (connections > 1)}"
            compare(title, place, pair, urls, seconds, rounds, connections, POLICY)
        if synchronous == "full":
            compare("list of 1000 rows, 4 connections", place, pair, urls, seconds, rounds, 4)
            one = tuple(f"{server.rows}{form}" for server, form in zip(pair, ("('{}')", "/{}")))
            ids = [urllib.parse.quote(server.call("GET", server.rows)["value"][0]["Id"]) for server in pair]
            compare("read by key, 8 connections", place, pair, tuple(u.format(i) for u, i in zip(one, ids)), seconds, rounds, 8)
        for server in pair:
            server.stop()


def fill(database, count):
    """Copies of the one asset of the database, straight into its table: a client would take an hour."""
    connection = sqlite3.connect(database)
    columns = [row[1] for row in connection.execute('PRAGMA table_info("Assets")')]
    changed = {
        "Id": "printf('nb:cid:UUID:%08x-0000-4000-8000-%012x', n * 2654435761 % 4294967296, n)",
        "Name": "printf('asset %08d', n)",
        "Created": '"Created" + n * 1000',
    }
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    connection.execute(
        f'WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count - 1}) '
        f'INSERT INTO "Assets" ({names}) SELECT {values} FROM numbers, (SELECT * FROM "Assets" LIMIT 1)'
    )
    connection.commit()
    connection.close()


def started_with(program, folder, count):
    folder.mkdir()
    server = Ours(program, folder)
    server.call("POST", f"{server.base}/api/Assets", {"Name": "the first"})
    server.stop()
    fill(folder / "data" / "lazulite.db", count)
    return Ours(program, folder)


def mebibytes(server):
    return server.anonymous_bytes() / 2**20


def page_through(server):
    """Reads every asset page by page; returns how many there were and the most anonymous memory seen."""
    url, count, most = f"{server.base}/api/Assets", 0, 0.0
    while url:
        page = server.call("GET", url)
        count += len(page["value"])
        most = max(most, mebibytes(server))
        url = page.get("odata.nextLink")
    return count, most


def by_size(program, folder, seconds, rounds):
    sizes = (1000, MILLION)
    servers = [started_with(program, folder / str(size), size) for size in sizes]
    print("\n| µs of CPU per request | at 1,000 assets | at 1,000,000 | ratio |\n|---|---|---|---|")
    queries = {
        "read by key": lambda n: f"('{urllib.parse.quote(f'nb:cid:UUID:{n * 2654435761 % 4294967296:08x}-0000-4000-8000-{n:012x}')}')",
        "$filter=Name eq": lambda n: f"?$filter=Name%20eq%20'asset%20{n:08d}'",
        "first page of $top=10 by Name": lambda n: "?$orderby=Name&$top=10",
    }
    for title, query in queries.items():
        cpu = [[], []]
        for _ in range(rounds):
            for i, (server, size) in enumerate(zip(servers, sizes)):
                url = f"{server.base}/api/Assets{query(size // 2)}"
                cpu[i].append(load(folder, server, url, seconds, 4)[1])
        small, large = (statistics.median(each) for each in cpu)
        print(f"| {title} | {small:,.0f} | {large:,.0f} | {large / small:.2f} |", flush=True)
    before = mebibytes(servers[1])
    count, most = page_through(servers[1])
    print(f"\npaging through {count:,} assets: anonymous memory {before:.0f} MiB before, at most {most:.0f} MiB")
    for server in servers:
        server.stop()


def install(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules"


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    seconds, rounds = (int(sys.argv[i]) if len(sys.argv) > i else value for i, value in ((2, 5), (3, 5)))
    modules_folder = pathlib.Path(program).parent / "bench-rest"
    modules_folder.mkdir(exist_ok=True)
    modules = modules_folder / "node_modules"
    if not (modules / "better-sqlite3").exists():
        modules = install(modules_folder)
    with tempfile.TemporaryDirectory(prefix="bench-rest-") as name:
        folder = pathlib.Path(name)
        against_express(program, modules, folder, seconds, rounds)
        by_size(program, folder, seconds, rounds)


main()
