"""A proxy in front of an object store that records requests and injects the faults of bad networks.

It forwards requests byte for byte, so that signatures stay valid. `Faults` and a seeded generator decide which requests
fail: the same seed gives the same faults if the clients send their requests in the same order.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Shares of requests (0 to 1) that fail in each way."""

    errors: float = 0  # 500, or the connection is closed without a response
    stalls: float = 0  # nothing happens for `stall_s`
    stall_s: float = 2
    cuts: float = 0  # the connection ends in the middle of the body
    drips: float = 0  # the body comes in small pieces
    drip_bytes: int = 2048
    drip_s: float = 0.02
    throttles: float = 0  # 503 with Retry-After
    down: bool = False  # every connection is closed without a response


@dataclass
class Seen:
    """A request that reached the proxy."""

    method: str
    path: str
    range: str
    fault: str
    status: int = 0


@dataclass
class FaultProxy:
    """Runs in a separate thread until it is closed.

    `gate(number, moment)` is called before a request is forwarded and after the store answered it; if it returns False,
    the client gets no response.
    """

    upstream: int
    faults: Faults = field(default_factory=Faults)
    seed: int = 1
    gate: Callable[[int, str], bool] | None = None

    def __post_init__(self) -> None:
        """Start the proxy and wait until it listens."""
        self.random = random.Random(self.seed)
        self.seen: list[Seen] = []
        self.port = 0
        self.loop, started = asyncio.new_event_loop(), threading.Event()
        self.thread = threading.Thread(target=self.run, args=(started,), daemon=True)
        self.thread.start()
        started.wait()

    def run(self, started: threading.Event) -> None:
        """Serve until `close`."""
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self.loop.run_forever()
        # Clients that still wait get no response.
        waiting = asyncio.all_tasks(self.loop)
        for task in waiting:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))

    def close(self) -> None:
        """Stop the proxy."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def take_seen(self) -> list[Seen]:
        """The requests since the last call."""
        seen, self.seen = self.seen, []
        return seen

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """All requests of one connection."""
        try:
            while await self.exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its response; whether the connection stays open."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        body = await reader.readexactly(int(header(head, b"content-length") or 0))
        seen = Seen(method, path, (header(head, b"range") or b"").decode(), self.choose())
        self.seen.append(seen)
        number = len(self.seen)
        if self.gate and not self.gate(number, "before"):
            return False
        if self.faults.down or seen.fault == "reset":
            return False
        if seen.fault in ("error", "throttle"):
            seen.status = 500 if seen.fault == "error" else 503
            more = "" if seen.fault == "error" else "Retry-After: 1\r\n"
            writer.write(f"HTTP/1.1 {seen.status} Fault\r\n{more}Content-Length: 0\r\n\r\n".encode())
            await writer.drain()
            return True
        if seen.fault == "stall":
            await asyncio.sleep(self.faults.stall_s)
        status_head, answer = await self.forward(method, head, body)
        seen.status = int(status_head.split(b" ", 2)[1])
        if self.gate and not self.gate(number, "after"):
            return False
        writer.write(status_head)
        if seen.fault == "cut" and answer:
            writer.write(answer[: len(answer) // 2])
            await writer.drain()
            return False
        step = self.faults.drip_bytes if seen.fault == "drip" else max(len(answer), 1)
        for at in range(0, len(answer), step):
            writer.write(answer[at : at + step])
            await writer.drain()
            if seen.fault == "drip":
                await asyncio.sleep(self.faults.drip_s)
        await writer.drain()
        return True

    def choose(self) -> str:
        """The fault of the next request; empty for none."""
        faults, drawn = self.faults, self.random.random()
        kinds = (
            ("error", faults.errors / 2),
            ("reset", faults.errors / 2),
            ("stall", faults.stalls),
            ("cut", faults.cuts),
            ("drip", faults.drips),
            ("throttle", faults.throttles),
        )
        for kind, share in kinds:
            if drawn < share:
                return kind
            drawn -= share
        return ""

    async def forward(self, method: str, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """The store's response: head and body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            writer.write(head + body)
            await writer.drain()
            answer_head = await reader.readuntil(b"\r\n\r\n")
            status = int(answer_head.split(b" ", 2)[1])
            if method == "HEAD" or status in (204, 304):
                return answer_head, b""
            if b"chunked" in (header(answer_head, b"transfer-encoding") or b""):
                return answer_head, await read_chunks(reader)
            return answer_head, await reader.readexactly(int(header(answer_head, b"content-length") or 0))
        finally:
            writer.close()


def header(head: bytes, name: bytes) -> bytes | None:
    """The value of a header field."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return None


async def read_chunks(reader: asyncio.StreamReader) -> bytes:
    """A chunked body with its framing."""
    raw = b""
    while True:
        size = await reader.readuntil(b"\r\n")
        raw += size
        raw += await reader.readexactly(int(size.split(b";")[0], 16) + 2)
        if int(size.split(b";")[0], 16) == 0:
            return raw
