"""An S3 server in memory that honours conditional writes, ignores them, or lets two writers race.

SeaweedFS and moto honour `If-None-Match: *`. Some servers that call themselves compatible ignore it, and some look and
write in two steps, so that two writers both succeed. This one can do all three, and it also understands the requests of
the client of Google Cloud Storage, which has the same API with other names of headers.

`meet(key)` holds the first two writers of a key until both have sent it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

MEETING_SECONDS = 120

Writes = Literal["honoured", "ignored", "raced"]


@dataclass
class Stored:
    """The bytes of an object and when they were written."""

    body: bytes
    at: float = field(default_factory=time.time)

    def tag(self) -> str:
        """Its ETag."""
        return f'"{hashlib.md5(self.body).hexdigest()}"'


class MemoryS3:
    """Listens on a free port of loopback inside the `with` block. Every bucket exists."""

    def __init__(self, conditional_writes: Writes) -> None:
        self.conditional_writes = conditional_writes
        self.objects: dict[str, Stored] = {}
        self.lock = threading.Lock()
        self.met_key, self.meetings = "", 0
        self.meeting = threading.Barrier(2, timeout=MEETING_SECONDS)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Requests", (Requests,), {"store": self}))
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.server.shutdown()
        self.server.server_close()

    def meet(self, key: str) -> None:
        """Hold the first two writers of a key (`bucket/key`) until both have sent it."""
        self.met_key, self.meetings = key, 2

    def keys(self, prefix: str) -> list[str]:
        """The keys (`bucket/key`) that start with a prefix, sorted."""
        with self.lock:
            return sorted(key for key in self.objects if key.startswith(prefix))

    def get(self, key: str) -> Stored | None:
        """An object, if it exists."""
        with self.lock:
            return self.objects.get(key)

    def put(self, key: str, body: bytes, only_if_absent: bool) -> Stored | None:
        """Write an object; None if it exists and the condition is honoured."""
        meets = self.is_met(key)
        if meets and self.conditional_writes == "honoured":
            self.meeting.wait()
        with self.lock:
            if only_if_absent and self.conditional_writes != "ignored" and key in self.objects:
                return None
            if not (meets and self.conditional_writes == "raced"):
                self.objects[key] = Stored(body)
                return self.objects[key]
        # Both writers have seen that the object is absent. The later write remains, and both succeed.
        self.meeting.wait()
        stored = Stored(body)
        with self.lock:
            self.objects[key] = stored
        self.meeting.wait()
        return stored

    def is_met(self, key: str) -> bool:
        """Whether this writer is one of the two that are held."""
        with self.lock:
            if key != self.met_key or not self.meetings:
                return False
            self.meetings -= 1
            return True

    def remove(self, key: str) -> None:
        """Remove an object, if it exists."""
        with self.lock:
            self.objects.pop(key, None)


class Requests(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    store: MemoryS3

    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""

    def key(self) -> str:
        """Bucket and key."""
        return unquote(urlsplit(self.path).path).removeprefix("/")

    def respond(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a response; the body only if the method has one."""
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        """Send an error as S3 does."""
        self.respond(status, f"<Error><Code>{code}</Code></Error>".encode(), Content_Type="application/xml")

    def do_GET(self) -> None:
        """An object, a part of it, or a listing."""
        bucket, _, key = self.key().partition("/")
        if not key:
            self.list(bucket)
            return
        stored = self.store.get(f"{bucket}/{key}")
        if not stored:
            self.refuse(404, "NoSuchKey")
            return
        headers = {"ETag": stored.tag(), "Last_Modified": formatdate(stored.at, usegmt=True)}
        span = self.headers["Range"] if self.command == "GET" else None
        if not span:
            self.respond(200, stored.body, **headers)
            return
        first, _, last = span.removeprefix("bytes=").partition("-")
        size = len(stored.body)
        start = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        headers["Content_Range"] = f"bytes {start}-{end - 1}/{size}"
        self.respond(206, stored.body[start:end], **headers)

    do_HEAD = do_GET  # noqa: N815

    def list(self, bucket: str) -> None:
        """All keys of a bucket with a prefix, on one page."""
        query = parse_qs(urlsplit(self.path).query)
        start, after = f"{bucket}/{query.get('prefix', [''])[0]}", query.get("start-after", [""])[0]
        entries = []
        for key in self.store.keys(start):
            name, stored = key.removeprefix(f"{bucket}/"), self.store.get(key)
            if stored and name > after:
                at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(stored.at))
                entries.append(
                    f"<Contents><Key>{escape(name)}</Key><LastModified>{at}</LastModified>"
                    f"<ETag>{escape(stored.tag())}</ETag><Size>{len(stored.body)}</Size></Contents>"
                )
        page = f"<ListBucketResult><IsTruncated>false</IsTruncated>{''.join(entries)}</ListBucketResult>"
        self.respond(200, page.encode(), Content_Type="application/xml")

    def do_PUT(self) -> None:
        """Write an object, on a condition or without one."""
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        only_if_absent = self.headers["If-None-Match"] == "*" or self.headers["x-goog-if-generation-match"] == "0"
        stored = self.store.put(self.key(), body, only_if_absent)
        if stored:
            self.respond(200, ETag=stored.tag())
        else:
            self.refuse(412, "PreconditionFailed")

    def do_DELETE(self) -> None:
        """Remove an object."""
        self.store.remove(self.key())
        self.respond(204)
