"""Assets of the benchmark: a six-rung ladder as a client would make, upload and publish it, and the URLs it has."""
import base64
import json
import subprocess
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

RUNGS = [("1280x720", 3400), ("960x540", 2250), ("960x540", 1500), ("640x360", 1000), ("640x360", 650), ("320x180", 400)]
BLOCK_BYTES = 16 << 20


def make_ladder(folder, seconds):
    """Six MP4 files with audio and video interleaved frame by frame, as common muxers do; key frames every 2 s."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
               f"testsrc2=size=1280x720:rate=25:duration={seconds},noise=alls=24:allf=t", "-f", "lavfi", "-i",
               f"sine=frequency=440:duration={seconds}"]
    names = []
    for size, kilobits in RUNGS:
        names.append(f"rung_{kilobits}.mp4")
        command += ["-map", "0:v", "-map", "1:a", "-s", size, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
                    "-g", "50", "-sc_threshold", "0", "-b:v", f"{kilobits}k", "-maxrate", f"{kilobits}k", "-bufsize",
                    f"{kilobits}k", "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-movflags", "+faststart",
                    str(Path(folder) / names[-1])]
    subprocess.run(command, check=True)
    return names


def repeat_file(source, target, times):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", str(times - 1), "-i", str(source), "-c", "copy",
                    "-movflags", "+faststart", str(target)], check=True)


def server_manifest(names):
    videos = "".join(f'<video src="{name}" />' for name in names)
    return ('<?xml version="1.0" encoding="utf-8" standalone="yes"?><smil xmlns="http://www.w3.org/2001/SMIL20/Language"><head>'
            f'<meta name="formats" content="mp4" /></head><body><switch>{videos}<audio src="{names[0]}" title="audio" />'
            "</switch></body></smil>")


class Service:
    """The REST API and the blob endpoint of a running server, as far as publishing needs them."""

    def __init__(self, program, data, at):
        keys = subprocess.run([program, "account", "keys", "bench", "--data", str(data), "--json"], check=True,
                              capture_output=True, text=True).stdout
        form = {"grant_type": "client_credentials", "client_id": "bench", "client_secret": json.loads(keys)["primaryKey"],
                "scope": "urn:WindowsAzureMediaServices"}
        self.api_base = at["control"] + "/api/"
        with urllib.request.urlopen(at["control"] + "/v2/OAuth2-13", urllib.parse.urlencode(form).encode()) as answer:
            self.token = json.load(answer)["access_token"]

    def api(self, method, path, body=None):
        request = urllib.request.Request(self.api_base + path, method=method, data=json.dumps(body).encode() if body else None)
        for name, value in {"Authorization": "Bearer " + self.token, "x-ms-version": "2.19", "Accept": "application/json",
                            "Content-Type": "application/json"}.items():
            request.add_header(name, value)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
            return json.loads(text) if text else None

    def locator(self, asset, locator_type, permissions):
        policy = self.api("POST", "AccessPolicies", {"Name": "bench", "DurationInMinutes": 600, "Permissions": permissions})
        start = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 300))
        return self.api("POST", "Locators", {"AccessPolicyId": policy["Id"], "AssetId": asset, "Type": locator_type,
                                             "StartTime": start})

    def publish(self, files):
        """files: name -> path or text. The path of the asset's .ism on the streaming endpoint."""
        asset = self.api("POST", "Assets", {"Name": "bench"})["Id"]
        upload = self.locator(asset, 1, 2)
        for name, content in files.items():
            self.upload(f"{upload['BaseUri']}/{name}{upload['ContentAccessComponent']}", content)
        self.api("GET", f"CreateFileInfos?assetid='{urllib.parse.quote(asset)}'")
        path = urllib.parse.urlparse(self.locator(asset, 2, 1)["Path"]).path
        return path + next(name for name in files if name.endswith(".ism"))

    @staticmethod
    def put(url, body):
        urllib.request.urlopen(urllib.request.Request(url, method="PUT", data=body)).close()

    def upload(self, url, content):
        ids = []
        blocks = [content.encode()] if isinstance(content, str) else read_blocks(content)
        for block in blocks:
            ids.append(base64.b64encode(f"{len(ids):06}".encode()).decode())
            self.put(f"{url}&comp=block&blockid={urllib.parse.quote(ids[-1])}", block)
        latest = "".join(f"<Latest>{each}</Latest>" for each in ids)
        self.put(url + "&comp=blocklist", f'<?xml version="1.0" encoding="utf-8"?><BlockList>{latest}</BlockList>'.encode())


def read_blocks(path):
    with open(path, "rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


# ---- URLs of a published presentation ------------------------------------------------------------------------------------------------
def fetch(base, path):
    with urllib.request.urlopen(base + path) as answer:
        return answer.read()


def fragments(base, ism, format_parameter=""):
    """Paths of all fragments, as the Smooth manifest lists them; all fragmented formats have the same times."""
    paths = []
    for stream in ElementTree.fromstring(fetch(base, ism + "/Manifest")).findall("StreamIndex"):
        times, time_now = [], 0
        for chunk in stream.findall("c"):
            time_now = int(chunk.get("t", time_now))
            for _ in range(int(chunk.get("r", 1))):
                times.append(time_now)
                time_now += int(chunk.get("d"))
        noun = stream.get("Name", "video")
        for level in stream.findall("QualityLevel"):
            paths += [f"{ism}/QualityLevels({level.get('Bitrate')})/Fragments({noun}={t}{format_parameter})" for t in times]
    return paths


def ts_segments(base, ism):
    """Paths of all transport stream segments, as the playlists list them."""
    lines = fetch(base, ism + "/Manifest(format=m3u8-aapl)").decode().splitlines()
    paths = []
    for playlist in dict.fromkeys(line for line in lines if line and not line.startswith("#")):
        folder = f"{ism}/{playlist.rsplit('/', 1)[0]}/"
        for line in fetch(base, f"{ism}/{playlist}").decode().splitlines():
            if line and not line.startswith("#"):
                paths.append(folder + line)
    return paths
