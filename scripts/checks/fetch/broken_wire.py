"""A TCP proxy that breaks connections: it refuses, cuts, stalls or delays them after a random number of bytes."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time

# What may happen to a connection, and how often.
FAULTS = {"none": 12, "refused": 2, "cut": 6, "stalled": 1, "slow": 2}


class BrokenWire:
    """Runs in threads of its own until it is closed. The same seed gives the same faults."""

    def __init__(self, upstream: int, seed: int, typical_bytes: int, stall_s: float) -> None:
        """Connections to a port of loopback; cuts come within `typical_bytes`."""
        self.upstream, self.typical_bytes, self.stall_s = upstream, typical_bytes, stall_s
        self.random = random.Random(seed)
        self.is_broken = False
        self.faults = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        """Serve until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            fault = self.random.choices(list(FAULTS), list(FAULTS.values()))[0] if self.is_broken else "none"
            at = self.random.randrange(self.typical_bytes)
            self.faults += fault != "none"
            threading.Thread(target=self.serve, args=(client, fault, at), daemon=True).start()

    def serve(self, client: socket.socket, fault: str, at: int) -> None:
        """Copy both directions; the fault hits the one to the client."""
        if fault == "refused":
            client.close()
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            client.close()
            return
        threading.Thread(target=copy, args=(client, server), daemon=True).start()
        self.answer(server, client, fault, at)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def answer(self, server: socket.socket, client: socket.socket, fault: str, at: int) -> None:
        """Copy from the server until its end, or until the fault."""
        sent = 0
        with contextlib.suppress(OSError):
            while data := server.recv(16384):
                if fault in ("cut", "stalled") and sent + len(data) > at:
                    client.sendall(data[: at - sent])
                    if fault == "stalled":
                        time.sleep(self.stall_s)
                    return
                if fault == "slow":
                    time.sleep(0.002)
                client.sendall(data)
                sent += len(data)

    def close(self) -> None:
        """Accept no more connections."""
        self.listener.close()


def copy(source: socket.socket, target: socket.socket) -> None:
    """Copy one direction until its end."""
    with contextlib.suppress(OSError):
        while data := source.recv(16384):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
