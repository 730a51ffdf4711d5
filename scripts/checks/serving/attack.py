"""Attacks a server with clients that never read: on HTTP/1.1, on HTTP/2, and on both through TLS.

Each client requests everything that costs memory (tables without gzip, archives, tiles) as often as one connection may,
with the largest windows, and reads nothing. The memory of the server may grow by 256 MB, whatever the protocol, and a
client that reads must still be served. Exit status 1 if not. Figures go to stdout as JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from checks.lib.serving import RELEASE, free_port, get, wait_until_ready

CLIENTS, REQUESTS = 60, 80
LIMIT_MB = 256
WINDOW = (1 << 31) - 1
ATTACKS = ("http1", "http2", "tls-http1", "tls-http2")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", type=Path, help="a folder with a map")
    parser.add_argument("--seconds", type=float, default=5, help="duration of each attack")
    args = parser.parse_args()
    figures = {attack: run(attack, args.store, args.seconds) for attack in ATTACKS}
    print(json.dumps(figures, indent=1))
    sys.exit(1 if any(figure["missed"] for figure in figures.values()) else 0)


def run(attack: str, store: Path, seconds: float) -> dict[str, object]:
    """One attack on a server of its own."""
    with server(store, attack.startswith("tls")) as (process, port, admin):
        paths = targets(store)
        idle = memory_mb(process.pid, "VmRSS")
        sockets = [client(attack, port, paths) for _ in range(CLIENTS)]
        time.sleep(seconds)
        began = time.monotonic()
        served = get(f"127.0.0.1:{admin}", "/health/live")[0]
        answered = time.monotonic() - began
        grown = memory_mb(process.pid, "VmHWM") - idle
        for each in sockets:
            each.close()
        is_alive = process.poll() is None
    missed = not is_alive or grown > LIMIT_MB or served != 200 or answered > 2
    return {
        "clients": CLIENTS,
        "idle_mb": round(idle),
        "grown_mb": round(grown),
        "health_seconds": round(answered, 3),
        "missed": missed,
    }


@contextmanager
def server(store: Path, has_tls: bool) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    """tileserve without timeouts that end the attack: process, port, and port of the operators."""
    with tempfile.TemporaryDirectory() as name:
        folder, port, admin = Path(name), free_port(), free_port()
        tls = certificate(folder) if has_tls else ""
        (folder / "tileserve.toml").write_text(f"""
store = "{store.resolve()}"
listen = "127.0.0.1:{port}"
admin_listen = "127.0.0.1:{admin}"
serve_internal = true
memory_mb = 0
[timeouts]
header_timeout_seconds = 600
write_timeout_seconds = 600
{tls}""")
        command = [str(RELEASE / "tileserve"), "--config", str(folder / "tileserve.toml")]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(process, f"127.0.0.1:{admin}")
            yield process, port, admin
        finally:
            process.kill()
            process.wait(20)


def certificate(folder: Path) -> str:
    """Writes a certificate and its key; their part of the configuration."""
    pair = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=map", "-days"]
    subprocess.run(["openssl", "req", *kind, "1", *pair], check=True, capture_output=True)
    return f'[tls]\ncertificate = "{folder}/cert.pem"\nkey = "{folder}/key.pem"\n'


def targets(store: Path) -> list[str]:
    """What costs memory: every table and archive of the newest map, and a tile of each layer."""
    newest = max((store / "manifests").glob("*.json"))
    manifest = json.loads(newest.read_text())
    paths = [f"/v1/tables/{table['name']}/{table['slot']}.json" for table in manifest.get("tables", [])]
    for layer in manifest["layers"]:
        slot = f"{layer['layer']}/{layer['slot']}"
        paths.append(f"/v1/archives/{slot}@{layer['digest']}.pmtiles")
        paths.append(f"/v1/tiles/{slot}/{tile_of(layer['minzoom'], layer['bounds'])}.mvt")
    return paths


def tile_of(zoom: int, bounds: Sequence[float]) -> str:
    """The tile at the centre of bounds in degrees."""
    west, south, east, north = bounds
    mercator = math.asinh(math.tan(math.radians((south + north) / 2))) / math.pi
    return f"{zoom}/{int(((west + east) / 2 + 180) / 360 * 2**zoom)}/{int((1 - mercator) / 2 * 2**zoom)}"


def client(attack: str, port: int, paths: Sequence[str]) -> socket.socket:
    """A connection that has sent all its requests, and whose responses are never read."""
    connection: socket.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
    protocol = "h2" if attack.endswith("http2") else "http/1.1"
    if attack.startswith("tls"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols([protocol])
        connection = context.wrap_socket(connection)
    requests = [paths[at % len(paths)] for at in range(REQUESTS)]
    connection.sendall(http2(requests) if protocol == "h2" else http1(requests))
    return connection


def http1(paths: Sequence[str]) -> bytes:
    """Pipelined requests."""
    return b"".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for path in paths)


def http2(paths: Sequence[str]) -> bytes:
    """Preface, settings and window update with the largest windows, and a stream for each path (RFC 9113)."""
    settings = frame(4, 0, 0, struct.pack(">HI", 4, WINDOW))
    update = frame(8, 0, 0, struct.pack(">I", WINDOW - (1 << 16)))
    streams = [frame(1, 0x5, 2 * at + 1, header_block(path)) for at, path in enumerate(paths)]
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + update + b"".join(streams)


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def header_block(path: str) -> bytes:
    """GET, http, and the literals :path and :authority (RFC 7541, appendix A)."""
    return b"\x82\x86\x04" + bytes([len(path)]) + path.encode() + b"\x01\x01a"


def memory_mb(pid: int, name: str) -> float:
    """A figure of the kernel: VmRSS is the memory now, VmHWM the most so far."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
