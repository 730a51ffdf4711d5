"""Shared by the operators' scripts: requests to a server, as its clients send them. Uses the standard library only."""

from __future__ import annotations

import gzip
import http.client
import json
import math
import ssl
import time
from collections.abc import Callable
from email.message import Message
from typing import Any
from urllib.parse import urljoin, urlsplit

SECONDS = 20


class Server:
    """A server at the address that its clients use; with a token it also serves internal layers."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url, self.token = url.rstrip("/") + "/", token

    def get(self, path: str, **headers: str) -> tuple[int, Message, bytes]:
        """Status, headers and body (still encoded) of one request; the path may be a whole URL."""
        parts = urlsplit(urljoin(self.url, path.lstrip("/")))
        connection = self._connection(parts.scheme, parts.netloc)
        sent = {"Accept-Encoding": "gzip"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request("GET", parts.path + (f"?{parts.query}" if parts.query else ""), headers=sent)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    @staticmethod
    def _connection(scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())
        return http.client.HTTPConnection(host, timeout=SECONDS)

    def json(self, path: str) -> Any:
        """A JSON document; CheckError if the status is not 200."""
        status, headers, body = self.get(path)
        if status != 200:
            raise CheckError(f"{path} answers {status}")
        return json.loads(plain(headers, body))


class CheckError(Exception):
    """A server does not behave as it should; the message says how."""


def plain(headers: Message, body: bytes) -> bytes:
    """The decoded body."""
    return gzip.decompress(body) if headers["Content-Encoding"] == "gzip" else body


def tile_at(lng: float, lat: float, zoom: int) -> tuple[int, int, int]:
    """The tile that contains a position."""
    across = 2**zoom
    sine = math.sin(math.radians(lat))
    x = (lng + 180) / 360
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return zoom, int(x * across), int(y * across)


def report(checks: list[tuple[str, Callable[[], str | None]]]) -> int:
    """Run each check and print its result; the exit status."""
    failed = 0
    for name, check in checks:
        started = time.monotonic()
        try:
            text, word = check() or "", "right"
        except (CheckError, OSError, ValueError, KeyError, http.client.HTTPException) as error:
            text, word, failed = str(error) or type(error).__name__, "WRONG", failed + 1
        print(f"{word}  {(time.monotonic() - started) * 1000:6.0f} ms  {name}{': ' if text else ''}{text}")
    return 1 if failed else 0
