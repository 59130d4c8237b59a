"""Forwards TCP connections and holds one direction to a rate: a registry far away, without one.

usage: throttle.py HOST:PORT KIB_PER_SECOND [up]    prints `listening on ADDR`; the rate is each connection's own, and
                                                    that of what comes back, or of what is sent with `up`
"""

import socket
import sys
import threading
import time

CHUNK = 16 << 10


def forward(source, target, rate):
    """Until `source` ends; no faster than `rate` bytes a second when there is one."""
    try:
        while data := source.recv(CHUNK):
            target.sendall(data)
            if rate:
                time.sleep(len(data) / rate)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # Either end may hang up at any time. Then the other has nobody to talk to.
        source.close()
        target.close()


def main(upstream, kib_per_second, direction="down"):
    host, port = upstream.rsplit(":", 1)
    rate = int(kib_per_second) << 10
    up, down = (rate, 0) if direction == "up" else (0, rate)
    server = socket.create_server(("127.0.0.1", 0))
    print("listening on 127.0.0.1:%d" % server.getsockname()[1], flush=True)
    while True:
        near, _ = server.accept()
        far = socket.create_connection((host, int(port)))
        for arguments in (near, far, up), (far, near, down):
            threading.Thread(target=forward, args=arguments, daemon=True).start()


main(*sys.argv[1:])
