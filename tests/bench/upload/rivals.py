"""Where a blob can go: Lazulite and Azurite by the blob protocol in blocks, nginx by WebDAV PUT of whole files."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import subprocess
import urllib.parse
from datetime import datetime, timedelta, timezone
from pathlib import Path

from processes import Lazulite, Program, answers, free_port, wait_for

BLOCK = 4 << 20
KEY = base64.b64encode(bytes(range(64))).decode()  # of Azurite's account, here only


def account_sas(account, key):
    """The query of a signature for everything, an hour long."""
    expiry = (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields = {"sp": "rwdlac", "ss": "b", "srt": "sco", "st": "", "se": expiry, "sip": "", "spr": "", "sv": "2018-03-28"}
    text = "".join(f"{line}\n" for line in [account, *fields.values()])
    fields["sig"] = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
    return urllib.parse.urlencode({name: value for name, value in fields.items() if value})


class Client:
    """One kept connection. Answers other than 2xx end the benchmark."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.connection.connect()

    def send(self, method, target, body=b"", headers=None):
        self.connection.request(method, target, body, headers or {})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status // 100 != 2:
            raise SystemExit(f"bench upload: {method} {target.split('?')[0]}: {answer.status} {data[:300]!r}")
        return data

    def read_into(self, target, buffer):
        """Reads a whole answer into the buffer, which is as long as it; a copy less than read()."""
        self.connection.request("GET", target)
        answer = self.connection.getresponse()
        done = 0
        while done < len(buffer):
            count = answer.readinto(buffer[done:])
            if count == 0:
                raise SystemExit(f"bench upload: {target.split('?')[0]} ended after {done} bytes")
            done += count
        answer.read()


class Blobs:
    """The blob protocol. Blocks are shared out among the connections; one of them commits."""

    def connect(self, port, account, key):
        self.port, self.root, self.sas = port, f"/{account}/bench", account_sas(account, key)
        Client(port).send("PUT", f"{self.root}?restype=container&{self.sas}")

    def clients(self, count):
        return [Client(self.port) for _ in range(count)]

    def parts(self, name, data, count):
        """What each connection sends: (method, target, body)."""
        blocks = [(i, data[at : at + BLOCK]) for i, at in enumerate(range(0, len(data), BLOCK))]
        return [[("PUT", self.block(name, i), piece) for i, piece in blocks[n::count]] for n in range(count)]

    def block(self, name, number):
        return f"{self.root}/{name}?comp=block&{self.sas}&blockid={urllib.parse.quote(block_id(number))}"

    def commit(self, name, size, client):
        ids = "".join(f"<Latest>{block_id(i)}</Latest>" for i in range(-(-size // BLOCK)))
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{ids}</BlockList>'.encode()
        client.send("PUT", f"{self.root}/{name}?comp=blocklist&{self.sas}", body)

    def urls(self, name, size, count):
        return [(f"{self.root}/{name}?{self.sas}", size)]


def block_id(number):
    return base64.b64encode(b"BlockId%07d" % number).decode()


class OurBlobs(Blobs, Lazulite):
    NAME = "Lazulite"

    def __init__(self, program, folder):
        Lazulite.__init__(self, program, folder / "lazulite")
        told = subprocess.run([program, "account", "keys", self.ACCOUNT, "--data", str(folder / "lazulite"), "--json"],
                              check=True, capture_output=True)
        storage = json.loads(told.stdout)["storageAccounts"][0]
        self.folder = folder / "lazulite"
        self.account = storage["name"]
        self.connect(urllib.parse.urlsplit(self.at["blob"]).port, storage["name"], storage["primaryKey"])


class Azurite(Blobs, Program):
    NAME = "Azurite"

    def __init__(self, modules, folder):
        port = free_port()
        (folder / "azurite").mkdir()
        command = ["node", str(modules / "azurite/dist/src/blob/main.js"), "--blobPort", str(port), "--location", str(folder / "azurite"),
                   "--silent", "--skipApiVersionCheck", "--disableTelemetry"]
        Program.__init__(self, command, folder / "azurite.log", {"AZURITE_ACCOUNTS": f"bench:{KEY}"})
        wait_for(lambda: answers(port), "Azurite")
        self.connect(port, "bench", KEY)


class NginxDav(Program):
    """One worker; what arrives is written beside its target and renamed. A file is one request, so each connection sends a file."""

    NAME = "nginx"

    def __init__(self, folder):
        self.port = free_port()
        place = folder / "nginx"
        (place / "files").mkdir(parents=True)
        conf = place / "nginx.conf"
        user = "user root;" if os.geteuid() == 0 else ""
        conf.write_text(f"""{user} worker_processes 1; daemon off; pid {place}/nginx.pid; error_log {place}/nginx.log;
events {{ worker_connections 512; }}
http {{
  access_log off; sendfile on; tcp_nopush on; client_max_body_size 0; client_body_buffer_size 1m;
  client_body_temp_path {place}/body; proxy_temp_path {place}/proxy; fastcgi_temp_path {place}/fastcgi;
  uwsgi_temp_path {place}/uwsgi; scgi_temp_path {place}/scgi;
  server {{ listen 127.0.0.1:{self.port}; root {place}/files; dav_methods PUT DELETE; create_full_put_path on; }}
}}
""")
        super().__init__(["nginx", "-c", str(conf), "-e", f"{place}/nginx.log"], f"{place}/nginx.out")
        wait_for(lambda: answers(self.port), "nginx")

    def clients(self, count):
        return [Client(self.port) for _ in range(count)]

    def parts(self, name, data, count):
        share = len(data) // count
        return [[("PUT", f"/{name}.{n}", data[n * share : (n + 1) * share])] for n in range(count)]

    def commit(self, name, size, client):
        """PUT has done it."""

    def urls(self, name, size, count):
        return [(f"/{name}.{n}", size // count) for n in range(count)]
