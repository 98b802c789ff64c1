#!/usr/bin/env python3
"""run.py LAZULITE [ROUNDS]: how fast a film goes up and comes down again, against Azurite and nginx (WebDAV) on the same disk.

256 MiB in blocks of 4 MiB by 1 and by 4 connections, then read back and compared. Server on one core, client on the other, the three
by turns in each round. Printed are medians: MB/s, the server's CPU time per GB, and the ratios. Lazulite flushes every block to the
disk before it answers; the two others leave that to chance. Then the time of the commit, memory while 4 GiB go up, and the pages of a
list of 100,000 blobs.
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
sys.path.append(str(HERE))
from processes import CLIENT_CORE  # noqa: E402
from rivals import BLOCK, Azurite, NginxDav, OurBlobs  # noqa: E402

SIZE = 256 << 20
MANY = 100_000


def together(work):
    """Runs each function on a thread of its own; ends the program when one fails."""
    failed = []

    def guarded(each):
        try:
            each()
        except BaseException as error:  # SystemExit, too: it would end its thread only
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


def send_all(client, parts):
    for method, target, body in parts:
        client.send(method, target, body)


def upload(server, name, data, connections):
    """(seconds, seconds of server CPU, seconds of the commit)"""
    clients, parts = server.clients(connections), server.parts(name, data, connections)
    cpu, start = server.cpu_seconds(), time.monotonic()
    together([lambda c=client, p=part: send_all(c, p) for client, part in zip(clients, parts)])
    sent = time.monotonic()
    server.commit(name, len(data), clients[0])
    end = time.monotonic()
    return end - start, server.cpu_seconds() - cpu, end - sent


def read_back(server, name, data, connections, buffer):
    """(seconds, seconds of server CPU); the bytes are compared after the clock has stopped."""
    cpu, start, at = server.cpu_seconds(), time.monotonic(), 0
    client = server.clients(1)[0]
    for target, size in server.urls(name, len(data), connections):
        client.read_into(target, buffer[at : at + size])
        at += size
    seconds, used = time.monotonic() - start, server.cpu_seconds() - cpu
    if buffer != data:
        raise SystemExit(f"bench upload: {server.NAME} gave back other bytes")
    return seconds, used


def median(rows):
    return [statistics.median(column) for column in zip(*rows)]


def compare(servers, data, rounds):
    buffer = memoryview(bytearray(len(data)))
    commits = {}
    print("| what | Lazulite MB/s | to Azurite | to nginx | Lazulite CPU s/GB | Azurite | nginx |\n|---|---|---|---|---|---|---|")
    for connections in (1, 4):
        up, down = {server: [] for server in servers}, {server: [] for server in servers}
        for turn in range(rounds):
            for server in servers:
                name = f"film-{connections}-{turn}"
                up[server].append(upload(server, name, data, connections))
                down[server].append(read_back(server, name, data, connections, buffer))
                os.sync()  # one server's dirty pages are not the next one's burden
        commits[connections] = median(up[servers[0]])[2]
        for title, results in (("up", up), ("down", down)):
            seconds = [median(results[server])[0] for server in servers]
            cpu = [median(results[server])[1] * 1e9 / len(data) for server in servers]
            rate = len(data) / seconds[0] / 1e6
            print(f"| {title}, {connections} connection{'s' * (connections > 1)} | {rate:,.0f} | {seconds[1] / seconds[0]:.2f} | "
                  f"{seconds[2] / seconds[0]:.2f} | {cpu[0]:.2f} | {cpu[1]:.2f} | {cpu[2]:.2f} |", flush=True)
    print(f"\ncommit of {len(data) >> 22} blocks: {commits[1] * 1e3:.1f} ms after 1 connection, {commits[4] * 1e3:.1f} ms after 4")


def large_upload(server, data, size):
    """Anonymous memory while `size` bytes go up as one blob."""
    client, before = server.clients(1)[0], server.anonymous_bytes()
    most = before
    for number in range(size // BLOCK):
        at = number * BLOCK % len(data)
        client.send("PUT", server.block("large", number), data[at : at + BLOCK])
        most = max(most, server.anonymous_bytes())
    server.commit("large", size, client)
    most = max(most, server.anonymous_bytes())
    print(f"memory: {before >> 20} MiB anonymous before, at most {most >> 20} MiB while {size >> 30} GiB went up as one blob", flush=True)


def fill(server):
    """Copies of one blob, straight into its container: a client would take a quarter of an hour."""
    server.clients(1)[0].send("PUT", f"{server.root}/list-000000?{server.sas}", b"x", {"x-ms-blob-type": "BlockBlob"})
    container = server.folder / "blobs" / server.account / "bench"
    first, rest = (container / "index" / "list-000000").read_text().split("\n", 1)
    record = json.loads(first)
    data = container / "data" / f"list-000000~{record['data']}"
    for number in range(1, MANY):
        name = f"list-{number:06d}"
        record["name"] = name
        (container / "index" / name).write_text(json.dumps(record) + "\n" + rest)
        if number % 30_000 == 1:  # a file has 65,000 names at most
            data = shutil.copy(data, container / "data" / f"{name}~{record['data']}")
        else:
            os.link(data, container / "data" / f"{name}~{record['data']}")


def page_through(server):
    client, marker, count, pages, most = server.clients(1)[0], "", 0, 0, 0
    before, cpu, start = server.anonymous_bytes(), server.cpu_seconds(), time.monotonic()
    while True:
        text = client.send("GET", f"{server.root}?restype=container&comp=list&prefix=list-&marker={marker}&{server.sas}")
        page = xml.etree.ElementTree.fromstring(text)
        count += len(page.findall("Blobs/Blob"))
        pages += 1
        most = max(most, server.anonymous_bytes())
        marker = page.findtext("NextMarker")
        if not marker:
            break
    seconds, used = time.monotonic() - start, server.cpu_seconds() - cpu
    if count != MANY:
        raise SystemExit(f"bench upload: {count} blobs were listed")
    print(f"list: {count:,} blobs in {pages} pages in {seconds:.1f} s ({used:.1f} s CPU); {before >> 20} MiB anonymous before, "
          f"at most {most >> 20} MiB")


def install(folder):
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder / "node_modules"


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    place = pathlib.Path(program).parent / "bench-upload"  # on the disk of the build tree: /tmp may be in memory
    place.mkdir(exist_ok=True)
    modules = place / "node_modules"
    if not (modules / "azurite").exists():
        modules = install(place)
    os.sched_setaffinity(0, {int(CLIENT_CORE)})
    data = memoryview(os.urandom(SIZE))
    with tempfile.TemporaryDirectory(dir=place) as name:
        folder = pathlib.Path(name)
        with OurBlobs(program, folder) as ours, Azurite(modules, folder) as azurite, NginxDav(folder) as nginx:
            compare((ours, azurite, nginx), data, rounds)
        with OurBlobs(program, folder / "alone") as ours:
            large_upload(ours, data, 4 << 30)
            fill(ours)
            page_through(ours)


main()
