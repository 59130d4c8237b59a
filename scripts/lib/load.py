"""The parts of scripts/load that talk to a registry, and its table.

seed ADDRESS MIB                       stores an image and prints the URLs of its manifest, a small and a large blob
push ADDRESS MIB CONNECTIONS TIMES     uploads blobs of that size and prints MiB a second
crowd URL IDLE SLOW                    holds connections until SIGTERM: idle ones, and ones that take URL slowly
table                                  measures on standard input, Markdown on standard output
"""

import hashlib
import http.client
import json
import os
import signal
import socket
import statistics
import sys
import threading
import time
from urllib.parse import urlsplit

REPOSITORY = "team/app"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Connection:
    """One connection to a registry, which must succeed with whatever is asked."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=120)

    def ask(self, method, target, body=None, media_type="application/octet-stream"):
        self.connection.request(method, target, body, {"Content-Type": media_type})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            sys.exit(f"{method} {target}: {answer.status} {content[:200]}")
        return answer

    def push(self, content, digest):
        """POST, PATCH and PUT, as most clients do."""
        begun = self.ask("POST", f"/v2/{REPOSITORY}/blobs/uploads/")
        patched = self.ask("PATCH", target(begun), content)
        where = target(patched)
        self.ask("PUT", f"{where}{'&' if '?' in where else '?'}digest={digest}", b"")


def target(answer):
    location = urlsplit(answer.getheader("Location"))
    return location.path + (f"?{location.query}" if location.query else "")


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def described(content, media_type):
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def seed(address, mib):
    connection = Connection(address)
    large, small = os.urandom(int(mib) << 20), os.urandom(1024)
    layers = [small, large] + [os.urandom(100) for _ in range(6)]
    for content in [b"{}", *layers]:
        connection.push(content, digest_of(content))
    layer = "application/vnd.oci.image.layer.v1.tar"
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": described(b"{}", "application/vnd.oci.image.config.v1+json"),
        "layers": [described(content, layer) for content in layers],
    }
    connection.ask("PUT", f"/v2/{REPOSITORY}/manifests/1", json.dumps(manifest).encode(), MANIFEST)
    base = f"http://{address}/v2/{REPOSITORY}"
    print(f"{base}/manifests/1", f"{base}/blobs/{digest_of(small)}", f"{base}/blobs/{digest_of(large)}")


def push(address, mib, connections, times):
    size, failed = int(mib) << 20, []
    contents = [[os.urandom(size) for _ in range(int(times))] for _ in range(int(connections))]
    work = [[(content, digest_of(content)) for content in own] for own in contents]

    def run(own):
        try:
            connection = Connection(address)
            for content, digest in own:
                connection.push(content, digest)
        except (Exception, SystemExit) as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(own,)) for own in work]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    if failed:
        sys.exit(str(failed[0]))
    print(f"{int(mib) * int(connections) * int(times) / took:.1f}")


def crowd(url, idle, slow):
    """Every connection is answered before `ready`; the idle ones are asked again at the end."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    address = urlsplit(url).netloc
    waiting = [opened(address, "/v2/") for _ in range(int(idle))]
    for connection in waiting:
        answered(connection)
    taking = [opened(address, urlsplit(url).path) for _ in range(int(slow))]
    for connection in taking:
        taken(connection)
        connection.setblocking(False)
    print("ready", flush=True)
    # 4 KiB ten times a second from each that is slow; who is idle says a word every five seconds.
    turn = 0
    while not ended.wait(0.1):
        for connection in taking:
            taken(connection)
        for at in range(turn % 50, len(waiting), 50):
            waiting[at] = asked_again(waiting[at], address)
        turn += 1
    for connection in waiting:
        asked_again(connection, address)


def opened(address, path):
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    send(connection, address, path)
    return connection


def send(connection, address, path):
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())


def asked_again(connection, address):
    """A server may end what is idle, but it must serve who comes back."""
    try:
        send(connection, address, "/v2/")
        if connection.recv(4096):
            return connection
    except OSError:
        pass
    connection = opened(address, "/v2/")
    answered(connection)
    return connection


def answered(connection):
    answer = connection.recv(4096)
    if not answer.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"an idle connection was not served: {answer[:100]}")


def taken(connection):
    """What has come, if anything has. Whatever ends the connection ends the run."""
    try:
        if not connection.recv(4096):
            sys.exit("a slow connection was ended")
    except BlockingIOError:
        pass


# What is measured: its name, the unit of its figure, and how that is printed.
WORK = {
    "manifest": ("manifest by tag, 16 connections", "{:,.0f} req/s"),
    "small": ("blob of 1 KiB, 16 connections", "{:,.0f} req/s"),
    "large": ("blob of 64 MiB, 4 connections", "{:.2f} GiB/s"),
    "push-1": ("uploads of 64 MiB, 1 connection", "{:,.0f} MiB/s"),
    "push-4": ("uploads of 64 MiB, 4 connections", "{:,.0f} MiB/s"),
    "peak-4": ("memory at its peak in 4 uploads", "{:.1f} MiB"),
    "crowded": ("manifest by tag, beside 1,000 idle and 200 slow connections", "{:,.0f} req/s"),
}
SERVERS = {"memory": "wharf, in memory", "disk": "wharf, from a directory", "v3": "registry v3"}


def table():
    figures, costs = {}, {}
    for line in sys.stdin:
        work, server, turn, figure, ticks, times = line.split()
        figures.setdefault((work, server), {})[turn] = number(figure)
        costs.setdefault((work, server), []).append(int(ticks) * 10_000 / int(times))
    print("| work | who | median | v3 = 1 | cpu of the server a request |")
    print("|---|---|--:|--:|--:|")
    for work, (name, unit) in WORK.items():
        for server, who in SERVERS.items():
            if (work, server) in figures:
                own, others = figures[work, server], figures.get((work, "v3"), {})
                ratios = [own[turn] / others[turn] for turn in own if others.get(turn)]
                ratio = f"{statistics.median(ratios):.2f}" if ratios else "-"
                cost = statistics.median(costs[work, server])
                median = unit.format(statistics.median(own.values()))
                print(f"| {name} | {who} | {median} | {ratio} | {spent(cost)} |")


def number(figure):
    """Requests a second as they are, bytes a second in GiB. wrk counts in 1024s and says GB."""
    for suffix, factor in {"GB": 1, "MB": 1 / 1024, "KB": 1 / 1024**2}.items():
        if figure.endswith(suffix):
            return float(figure.removesuffix(suffix)) * factor
    return float(figure)


def spent(microseconds):
    if microseconds == 0:
        return "-"
    return f"{microseconds:,.1f} µs" if microseconds < 1000 else f"{microseconds / 1000:,.1f} ms"


if __name__ == "__main__":
    {"seed": seed, "push": push, "crowd": crowd, "table": table}[sys.argv[1]](*sys.argv[2:])
