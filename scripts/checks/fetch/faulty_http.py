"""An HTTP server on loopback whose answers fail in the ways that a class of servers is known for."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

CHUNK_BYTES = 32_768


class FaultyServer(ThreadingHTTPServer):
    """Answers POST requests with `answer`; the same seed gives the same faults."""

    daemon_threads = True
    # Faults that a source may have, with their weights.
    fault_weights: ClassVar[dict[str, int]]

    def __init__(self, seed: int) -> None:
        """A server on a free port that does not fail yet."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.random = random.Random(seed)
        self.is_broken = False
        self.faults = 0
        self.port: int = self.server_address[1]

    def fault(self) -> str:
        """What happens to the next request."""
        if not self.is_broken:
            return "none"
        fault = self.random.choices(list(self.fault_weights), list(self.fault_weights.values()))[0]
        self.faults += fault != "none"
        return fault

    def answer(self, handler: Handler, body: bytes) -> None:
        """Answer one request."""
        raise NotImplementedError

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Serve until the end of the block."""
        threading.Thread(target=self.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            self.shutdown()
            self.server_close()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultyServer

    def do_POST(self) -> None:
        """Pass the request to the server."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.answer(self, body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""

    def short(self, status: int, body: bytes, **headers: str) -> None:
        """A complete small response."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, body: bytes, end: int | None = None, tail: bytes = b"") -> None:
        """A response in chunks. With `end`, it stops after that byte: without `tail` the connection is cut."""
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        sent = body if end is None else body[:end] + tail
        for at in range(0, len(sent), CHUNK_BYTES):
            piece = sent[at : at + CHUNK_BYTES]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if end is None or tail:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True
