"""Makes stores, has them read by fsck and by sha256sum in turns, and prints how long each took."""

import hashlib
import os
import pathlib
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
    print("| files | threads | fsck | sha256sum | sha256sum / fsck |")
    print("|---|--:|--:|--:|--:|")
    for name, store in stores.items():
        size = sum(path.stat().st_size for path in store.glob("blobs/sha256/*"))
        for jobs in sorted({1, cores}):
            ours = [fsck, "--quiet", "--jobs", str(jobs), str(store)]
            theirs = ["sh", "-c", f"find '{store}/blobs/sha256' -type f -print0 | xargs -0 -n {batch(store, jobs)} -P {jobs} sha256sum"]
            times = [[took(command) for command in (ours, theirs)] for _ in range(rounds + 1)][1:]
            one, other = (statistics.median(column) for column in zip(*times))
            ratio = statistics.median(theirs / ours for ours, theirs in times)
            print(f"| {name} | {jobs} | {speed(size, one)} | {speed(size, other)} | {ratio:.2f} |", flush=True)


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


def batch(store, jobs):
    """How many files each process gets: as few processes as use all of the cores to the end."""
    number = sum(1 for _ in (store / "blobs/sha256").iterdir())
    return -(-number // jobs)


def took(command):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - begin


def speed(size, seconds):
    return f"{size / seconds / 1e9:.2f} GB/s"


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
