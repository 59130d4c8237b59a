"""Writes an OCI layout with one tagged image of incompressible layers.

usage: random_layout.py LAYOUT TAG MIB...    one layer of each size; the same arguments give the same bytes
"""

import hashlib
import json
import os
import random
import sys
import tarfile

MIB = 1 << 20
TYPE = "application/vnd.oci.image."


class RandomFile:
    """A stream of `size` bytes that depends on `seed` alone and is never held as a whole."""

    def __init__(self, seed, size):
        self.random, self.left = random.Random(seed), size

    def read(self, size):
        size = min(size, self.left)
        self.left -= size
        return self.random.randbytes(size)


def blob(layout, media_type, write):
    """Stores what `write` writes under its own digest; the blob's descriptor."""
    name = os.path.join(layout, "new-blob")
    with open(name, "wb") as file:
        write(file)
    with open(name, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = os.path.getsize(name)
    os.rename(name, os.path.join(layout, "blobs", "sha256", digest))
    return {"mediaType": media_type, "digest": "sha256:" + digest, "size": size}


def layer(layout, number, mib):
    def write(file):
        with tarfile.open(fileobj=file, mode="w", copybufsize=MIB) as tar:
            info = tarfile.TarInfo(f"random-{number}")
            info.size = mib * MIB
            tar.addfile(info, RandomFile(number, info.size))

    return blob(layout, TYPE + "layer.v1.tar", write)


def document(layout, media_type, value):
    return blob(layout, media_type, lambda file: file.write(json.dumps(value).encode()))


def main(layout, tag, *sizes):
    os.makedirs(os.path.join(layout, "blobs", "sha256"))
    layers = [layer(layout, number, int(mib)) for number, mib in enumerate(sizes)]
    diff_ids = [descriptor["digest"] for descriptor in layers]
    config = document(layout, TYPE + "config.v1+json", {
        "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": diff_ids},
    })
    manifest = document(layout, TYPE + "manifest.v1+json", {
        "schemaVersion": 2, "mediaType": TYPE + "manifest.v1+json", "config": config, "layers": layers,
    })
    manifest["annotations"] = {"org.opencontainers.image.ref.name": tag}
    for name, value in [
        ("index.json", {"schemaVersion": 2, "manifests": [manifest]}),
        ("oci-layout", {"imageLayoutVersion": "1.0.0"}),
    ]:
        with open(os.path.join(layout, name), "w", encoding="utf-8") as file:
            json.dump(value, file)


main(*sys.argv[1:])
