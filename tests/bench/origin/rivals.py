"""What the origin is measured against and with: nginx over static files, and wrk over lists of paths."""
import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent))
from processes import CLIENT_CORE, Program, answers, free_port, wait_for  # noqa: E402


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

        wait_for(lambda: answers(self.port), "nginx")
        self.at = {"stream": f"http://127.0.0.1:{self.port}"}


def run_wrk(base, paths_file, seconds, connections):
    """requests, microseconds, bytes and failed of one run over the paths of a file."""
    command = ["taskset", "-c", CLIENT_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s",
               "-s", str(HERE / "paths.lua"), base, "--", str(paths_file)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(out.strip().splitlines()[-1])
