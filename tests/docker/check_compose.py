#!/usr/bin/env python3
"""check_compose.py ROOT: is docker/compose.yaml what it says? Files it names are there, ports are those of the Dockerfile and of nginx.conf and
open on loopback only, volumes are declared, and every LAZULITE_ variable is a setting."""
import re
import sys
from pathlib import Path

import yaml

root = Path(sys.argv[1])
problems = []


def check(condition, text):
    if not condition:
        problems.append(text)


def settings():
    names, section = set(), ""
    for line in (root / "config/lazulite.toml").read_text().splitlines():
        if match := re.match(r"\[(\w+)\]", line):
            section = match.group(1) + "."
        elif match := re.match(r"(\w+)\s*=", line):
            names.add("LAZULITE_" + (section + match.group(1)).replace(".", "_").upper())
    return names


def check_ports(name, service, open_ports):
    published = set()
    for each in service["ports"]:
        host, _, inside = each.rsplit(":", 2)
        check(host == "127.0.0.1", f"{name}: {each} is open to more than this machine")
        published.add(inside)
    check(published == open_ports, f"{name}: publishes {sorted(published)}, but {sorted(open_ports)} are open inside")


def check_volumes(name, service, declared):
    for each in service["volumes"]:
        source, target = each.split(":")[:2]
        check(target.startswith("/"), f"{name}: {each} has no path inside")
        if source.startswith("."):
            check((root / "docker" / source).is_file(), f"{name}: {source} does not exist")
        else:
            check(source in declared, f"{name}: the volume {source} is not declared")


def main():
    compose = yaml.safe_load((root / "docker/compose.yaml").read_text())
    dockerfile = (root / "docker/Dockerfile").read_text()
    nginx = (root / "docker/nginx.conf").read_text()
    services, declared = compose["services"], set(compose["volumes"])
    check(set(services) == {"lazulite", "cdn"}, f"services are {sorted(services)}")
    server, cdn = services["lazulite"], services["cdn"]

    context = (root / "docker" / server["build"]["context"]).resolve()
    check(context == root.resolve(), "the build context is not the top of the tree")
    check((context / server["build"]["dockerfile"]).is_file(), "the Dockerfile does not exist")
    check_ports("lazulite", server, set(re.search(r"^EXPOSE (.*)$", dockerfile, re.M).group(1).split()))
    check_ports("cdn", cdn, set(re.findall(r"listen (\d+);", nginx)))
    check_volumes("lazulite", server, declared)
    check_volumes("cdn", cdn, declared)
    check("data:/data" in server["volumes"] and "VOLUME /data" in dockerfile, "the data are in no volume")
    check(cdn["depends_on"]["lazulite"]["condition"] == "service_healthy", "the CDN does not wait for the server")
    check("HEALTHCHECK" in dockerfile, "nothing says whether the server is healthy")
    check(re.search(r"^USER (?!root)", dockerfile, re.M), "the server runs as root")
    known = settings()
    variables = set(server["environment"]) | set(re.findall(r"LAZULITE_[A-Z_]+(?==)", dockerfile))
    check(len(variables) >= 10, "no variables were found")
    for each in variables:
        check(each in known, f"{each} is no setting")
    upstream = re.search(r"proxy_pass http://([\w.]+):(\d+);", nginx)
    check(upstream and upstream.group(1) in services, "nginx does not lead to the server")
    check(upstream and f"LAZULITE_NETWORK_STREAM=0.0.0.0:{upstream.group(2)}" in dockerfile, "nginx does not lead to the streaming port")
    print("\n".join(problems) or "compose.yaml: as it should be")
    return 1 if problems else 0


sys.exit(main())
