"""Clients that read tiles without a pause and check every response."""

from __future__ import annotations

import http.client
import random
import socket
import threading
import time
from collections import Counter
from typing import Any, Self


class Clients:
    """A context manager: the readers run inside the `with` block."""

    def __init__(self, address: str, tiles: list[tuple[str, bytes]], count: int) -> None:
        self.readers = [Reader(address, tiles, seed) for seed in range(count)]

    def __enter__(self) -> Self:
        for reader in self.readers:
            reader.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_: object) -> None:
        time.sleep(0.5)
        for reader in self.readers:
            reader.is_over = True
        for reader in self.readers:
            reader.join()

    def most_failed(self) -> int:
        """The failed requests of the reader that had most of them."""
        return max(sum(reader.failed.values()) for reader in self.readers)

    def figures(self) -> dict[str, Any]:
        """Requests, failures and the longest wait of all readers."""
        failed: Counter[str] = sum((reader.failed for reader in self.readers), Counter())
        return {
            "requests": sum(reader.requests for reader in self.readers),
            "failed": sum(failed.values()),
            "how": dict(failed),
            "retried": sum(reader.retried for reader in self.readers),
            "longest_ms": round(max(reader.longest for reader in self.readers) * 1000),
        }


class Reader(threading.Thread):
    """Sends requests without a pause, on one connection while it lasts, and checks every response."""

    def __init__(self, address: str, tiles: list[tuple[str, bytes]], seed: int) -> None:
        super().__init__()
        self.address, self.tiles, self.random = address, tiles, random.Random(seed)
        self.requests, self.retried, self.longest, self.is_over = 0, 0, 0.0, False
        self.failed: Counter[str] = Counter()
        self.connection = http.client.HTTPConnection(address, timeout=20)

    def run(self) -> None:
        """Send requests until `is_over`."""
        while not self.is_over:
            path, wanted = self.random.choice(self.tiles)
            started = time.monotonic()
            fault = self.fault(path, wanted)
            self.longest = max(self.longest, time.monotonic() - started)
            self.requests += 1
            if fault:
                self.failed[fault] += 1
            time.sleep(0.005)

    def fault(self, path: str, wanted: bytes) -> str | None:
        """What is wrong with the response to one request, or None."""
        try:
            reply = self.respond(path)
            body = reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return type(error).__name__
        if reply.status != 200:
            return f"status {reply.status}"
        return None if body == wanted else "other bytes"

    def respond(self, path: str) -> http.client.HTTPResponse:
        """The response to one request.

        A server may close an idle connection while its client sends a request on it. Browsers then retry
        on a new connection if they received no byte of a response (RFC 9110, section 9.2.2). Here the retry is counted.
        """
        was_used = self.connection.sock is not None
        try:
            self.send(path)
        except ConnectionError:
            if not was_used:
                raise
            self.connection.close()
            self.retried += 1
            self.send(path)
        return self.connection.getresponse()

    def send(self, path: str) -> None:
        """Send a request and wait for the first byte of its response; ConnectionError if there is none."""
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        opened: socket.socket | None = self.connection.sock
        if opened is None or not opened.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError("the connection closed before the first byte of a response")
