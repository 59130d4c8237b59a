"""Makes stores, has them read by fsck, sha256sum and, if it is there, openssl in turns, and prints how long each took."""

import hashlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time


def main(work, fsck, rounds, mib):
    work, cores = pathlib.Path(work), os.cpu_count()
    stores = {
        f"6 files of {mib} MiB": make(work / "large", 6, mib << 20),
        "20,000 files of 4 KiB": make(work / "small", 20_000, 4 << 10),
    }
    peers = {"sha256sum": "sha256sum"}
    if shutil.which("openssl"):
        peers["openssl"] = "openssl dgst -sha256 -r"
    print("| files | threads | who | speed | time, ours = 1 |")
    print("|---|--:|---|--:|--:|")
    for name, store in stores.items():
        for jobs in sorted({1, cores}):
            works = {"fsck": [fsck, "--quiet", "--jobs", str(jobs), str(store)]}
            works |= {peer: ["sh", "-c", over_all(store, jobs, command)] for peer, command in peers.items()}
            show(f"| {name} | {jobs} |", store, works, rounds)


def show(label, store, works, rounds):
    """Everybody in turns, once without counting."""
    size = sum(path.stat().st_size for path in store.glob("blobs/sha256/*"))
    times = [{who: took(command) for who, command in works.items()} for _ in range(rounds + 1)][1:]
    for who in works:
        speed = size / statistics.median(round[who] for round in times) / 1e9
        ratio = statistics.median(round[who] / round["fsck"] for round in times)
        print(f"{label} {who} | {speed:.2f} GB/s | {ratio:.2f} |", flush=True)


def make(store, number, size):
    """A layout with content that nobody names, which is content all the same."""
    blobs = store / "blobs/sha256"
    blobs.mkdir(parents=True)
    (store / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (store / "index.json").write_text('{"schemaVersion":2,"manifests":[]}')
    for _ in range(number):
        content = os.urandom(size)
        (blobs / hashlib.sha256(content).hexdigest()).write_bytes(content)
    return store


def over_all(store, jobs, command):
    """The command over all files, in as few processes as use the cores to the end."""
    number = sum(1 for _ in (store / "blobs/sha256").iterdir())
    return f"find '{store}/blobs/sha256' -type f -print0 | xargs -0 -n {-(-number // jobs)} -P {jobs} {command}"


def took(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
