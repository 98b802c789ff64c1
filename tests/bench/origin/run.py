#!/usr/bin/env python3
"""How fast is the origin against nginx that serves the very same bytes as static files? Server on core 0, wrk on core 1, pairs of runs
in turn. Prints a table: requests a second and CPU time of the server a request, both as ratios to nginx (medians over the pairs).

    ./dev bench origin [--seconds 5] [--pairs 5] [--cases dash,ts] [--set KEY=VALUE] [--keep FOLDER]
"""
import argparse
import http.client
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

import assets
from rivals import Nginx, run_wrk

sys.path.append(str(Path(__file__).resolve().parent.parent))
from processes import Lazulite  # noqa: E402

ONE_THREAD = {"network.threads": "1"}

CONNECTIONS = 8


class Case:
    """A set of paths on the origin and the same bytes as static files."""

    def __init__(self, name, title, paths):
        self.name, self.title, self.paths = name, title, paths

    def store(self, base, folder, files):
        """Writes what the origin answers as files, and both lists of paths, shuffled alike."""
        random.Random(1).shuffle(self.paths)
        connection = http.client.HTTPConnection(urllib.parse.urlparse(base).netloc)
        static, sizes = [], []
        for number, path in enumerate(self.paths):
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {body[:200]!r}")
            static.append(f"/{self.name}-{number}.bin")
            (files / static[-1][1:]).write_bytes(body)
            sizes.append(len(body))
        self.mean_bytes = statistics.mean(sizes)
        self.lists = []
        for kind, paths in (("origin", self.paths), ("static", static)):
            self.lists.append(folder / f"{self.name}.{kind}")
            self.lists[-1].write_text("\n".join(paths) + "\n")


def cases_of(base, ism):
    smooth = assets.fragments(base, ism)
    hot = [path for path in smooth if "(video=" in path]
    manifests = [ism + "/Manifest" + suffix for suffix in ("", "(format=mpd-time-csf)", "(format=m3u8-aapl)", "(format=m3u8-cmaf)")]
    return [
        Case("smooth", "Smooth fragments, 2 s", smooth),
        Case("dash", "DASH fragments, 2 s", assets.fragments(base, ism, ",format=mpd-time-csf")),
        Case("cmaf", "CMAF fragments, 2 s", assets.fragments(base, ism, ",format=m3u8-cmaf")),
        Case("hot", "one hot fragment", hot[len(hot) * 7 // 12:][:1]),
        Case("ts", "TS segments, 6 s", assets.ts_segments(base, ism)),
        Case("manifest", "manifests", manifests),
    ]


def measure(server, paths_file, seconds):
    """(requests a second, CPU seconds a request) of one run."""
    before = server.cpu_seconds()
    result = run_wrk(server.at["stream"], paths_file, seconds, CONNECTIONS)
    used = server.cpu_seconds() - before
    if result["failed"]:
        raise SystemExit(f"{result['failed']} requests failed")
    return result["requests"] / (result["microseconds"] / 1e6), used / result["requests"]


def compare(case, origin, nginx, options):
    measure(origin, case.lists[0], 1), measure(nginx, case.lists[1], 1)  # warm
    rates, costs, ours, theirs = [], [], [], []
    for pair in range(options.pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        figures = {}
        for which in order:
            figures[which] = measure((origin, nginx)[which], case.lists[which], options.seconds)
        rates.append(figures[0][0] / figures[1][0])
        costs.append(figures[0][1] / figures[1][1])
        ours.append(figures[0])
        theirs.append(figures[1])
    median = statistics.median
    print(f"| {case.title} | {case.mean_bytes / 1024:.0f} | {median(f[0] for f in ours):.0f} | {median(f[0] for f in theirs):.0f} "
          f"| **{median(rates):.2f}** | {median(f[1] for f in ours) * 1e6:.0f} | {median(f[1] for f in theirs) * 1e6:.0f} "
          f"| {median(costs):.2f} |", flush=True)


def time_first_manifest(program, data, ism, index_kept):
    """Milliseconds of the first master playlist after a start, the files in the page cache."""
    if not index_kept:
        shutil.rmtree(data / "index", ignore_errors=True)
    with Lazulite(program, data, ONE_THREAD) as server:
        connection = http.client.HTTPConnection(urllib.parse.urlparse(server.at["stream"]).netloc)
        connection.request("GET", "/")  # the connection stands
        connection.getresponse().read()
        began = time.perf_counter()
        connection.request("GET", ism + "/Manifest(format=m3u8-aapl)")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{ism}: {answer.status}")
        return (time.perf_counter() - began) * 1e3


def cold(program, data, ism):
    for kept, title in ((False, "no index on disk"), (True, "index on disk")):
        times = [time_first_manifest(program, data, ism, kept) for _ in range(7)]
        print(f"first master playlist after a start, {title}: {statistics.median(times):.1f} ms (median of {len(times)})", flush=True)


def memory(server, service, folder, count):
    """Anonymous memory after every segment of many assets was served."""
    names = assets.make_ladder(folder, 12)
    files = {name: folder / name for name in names} | {"clip.ism": assets.server_manifest(names)}
    base = server.at["stream"]
    paths = []
    for _ in range(count):
        ism = service.publish(files)
        paths += assets.fragments(base, ism) + assets.ts_segments(base, ism)
    connection = http.client.HTTPConnection(urllib.parse.urlparse(base).netloc)
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
    print(f"anonymous memory after {len(paths)} segments of {count} assets: {server.anonymous_bytes() / 2**20:.0f} MiB", flush=True)


def length(server, service, folder, rung, pairs):
    """CPU a fragment of a long file against a short one: the same GOPs, over and over."""
    lists = []
    for name, times in (("short", 10), ("long", 60)):
        assets.repeat_file(rung, folder / f"{name}.mp4", times)
        ism = service.publish({f"{name}.mp4": folder / f"{name}.mp4", f"{name}.ism": assets.server_manifest([f"{name}.mp4"])})
        paths = [path for path in assets.fragments(server.at["stream"], ism) if "(video=" in path]
        lists.append(folder / f"{name}.paths")
        lists[-1].write_text("\n".join(random.Random(1).sample(paths, 290)) + "\n")
    ratios = []
    for _ in range(pairs):
        (_, short), (_, long) = measure(server, lists[0], 3), measure(server, lists[1], 3)
        ratios.append(long / short)
    print(f"CPU a fragment, 60 minutes against 10: {statistics.median(ratios):.2f}x", flush=True)


def run(options, folder):
    data, files = folder / "data", folder / "static"
    files.mkdir(parents=True, exist_ok=True)
    names = assets.make_ladder(folder, options.media_seconds)
    settings = ONE_THREAD | dict(setting.split("=", 1) for setting in options.set)
    with Lazulite(options.program, data, settings) as origin, Nginx(folder, files) as nginx:
        service = assets.Service(options.program, data, origin.at)
        ism = service.publish({name: folder / name for name in names} | {"clip.ism": assets.server_manifest(names)})
        wanted = options.cases.split(",") if options.cases else None
        print("| what | KiB | origin req/s | nginx req/s | ratio | origin CPU us | nginx CPU us | CPU ratio |")
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for case in cases_of(origin.at["stream"], ism):
            if wanted is None or case.name in wanted:
                case.store(origin.at["stream"], folder, files)
                compare(case, origin, nginx, options)
        if wanted is None or "length" in wanted:
            length(origin, service, folder, folder / names[3], options.pairs)
        if wanted is None or "memory" in wanted:
            memory(origin, service, folder, options.assets)
    if wanted is None or "cold" in wanted:
        cold(options.program, data, ism)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="the lazulite program")
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--media-seconds", type=int, default=60, help="length of the ladder")
    parser.add_argument("--assets", type=int, default=100, help="of the memory part")
    parser.add_argument("--cases", default="", help="some of smooth,dash,cmaf,hot,ts,manifest,length,memory,cold")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the server")
    parser.add_argument("--keep", default="", help="work in this folder and leave it")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    folder = Path(options.keep or tempfile.mkdtemp(prefix="lazulite-bench-")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)  # nginx's worker reads in it
    try:
        run(options, folder)
    finally:
        if not options.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
