"""The programs of a benchmark, each pinned to its core, and what the kernel says of them."""
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

SERVER_CORE, CLIENT_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} was not there within {seconds} s")
        time.sleep(0.02)


class Program:
    """A server on SERVER_CORE, stopped at the end of a with block or by stop()."""

    def __init__(self, command, log, environment=None):
        with open(log, "ab") as output:
            self.process = subprocess.Popen(
                ["taskset", "-c", SERVER_CORE, *command], env={**os.environ, **(environment or {})}, stdout=output, stderr=output
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [str(self.process.pid), *children]

    def cpu_seconds(self):
        """Time on a core of all threads, user and system, to the nanosecond."""
        total = 0
        for pid in self.pids():
            for stat in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                total += int(stat.read_text().split()[0])
        return total / 1e9

    def anonymous_bytes(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) * 1024


class Lazulite(Program):
    """`at` has the addresses: control, stream and blob. Account "bench" is made at the first start."""

    ACCOUNT = "bench"

    def __init__(self, program, data, settings=()):
        ready = Path(data) / "ready.json"
        ready.unlink(missing_ok=True)
        Path(data).mkdir(parents=True, exist_ok=True)
        listen = {name: "127.0.0.1:0" for name in ("network.control", "network.stream", "network.blob", "network.queue")}
        options = {**listen, "log.access": "false", "account.name": self.ACCOUNT, **dict(settings)}
        command = [program, "serve", "--data", str(data), "--ready-file", str(ready)]
        for key, value in options.items():
            command += ["--set", f"{key}={value}"]
        super().__init__(command, Path(data) / "log")
        wait_for(lambda: ready.exists() or self.process.poll() is not None, "the server")
        if self.process.poll() is not None:
            raise SystemExit(f"the server did not start, see {data}/log")
        self.at = json.loads(ready.read_text())
