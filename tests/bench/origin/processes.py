"""The programs of the benchmark: the server, nginx and wrk, each pinned to its core, and what the kernel says of them."""
import json
import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).parent
SERVER_CORE, CLIENT_CORE = "0", "1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"{what} was not there within {seconds} s")
        time.sleep(0.02)


class Program:
    """A server on SERVER_CORE, stopped at the end of a with block."""

    def __init__(self, command, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen(["taskset", "-c", SERVER_CORE, *command], stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.log.close()

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
    def __init__(self, program, data, settings=()):
        ready = Path(data) / "ready.json"
        ready.unlink(missing_ok=True)
        Path(data).mkdir(parents=True, exist_ok=True)
        listen = {name: "127.0.0.1:0" for name in ("network.control", "network.stream", "network.blob")}
        options = {**listen, "network.threads": "1", "log.access": "false", "account.name": "bench", **dict(settings)}
        command = [program, "serve", "--data", str(data), "--ready-file", str(ready)]
        for key, value in options.items():
            command += ["--set", f"{key}={value}"]
        super().__init__(command, Path(data) / "log")
        wait_for(lambda: ready.exists() or self.process.poll() is not None, "the server")
        if self.process.poll() is not None:
            raise SystemExit(f"the server did not start, see {data}/log")
        self.at = json.loads(ready.read_text())


class Nginx(Program):
    """nginx with one worker and sendfile over a folder of files; logs are off, connections are kept."""

    def __init__(self, folder, files):
        self.port = free_port()
        conf = Path(folder) / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        conf.write_text(f"""{user} worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type video/mp4;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{self.port}; root {files}; }}
}}
""")
        super().__init__(["nginx", "-c", str(conf), "-e", f"{folder}/nginx.log"], f"{folder}/nginx.out")

        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_for(answers, "nginx")
        self.at = {"stream": f"http://127.0.0.1:{self.port}"}


def run_wrk(base, paths_file, seconds, connections):
    """requests, microseconds, bytes and failed of one run over the paths of a file."""
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s",
               "-s", str(HERE / "paths.lua"), base, "--", str(paths_file)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])
