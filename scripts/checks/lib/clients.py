"""Clients of the local stack that read tiles without a pause and judge every answer, for as long as they are entered."""

import http.client
import random
import socket
import threading
import time
from collections import Counter


class Clients:
    """Readers that begin when they are entered and end when they are left."""

    def __init__(self, address, tiles, count):
        self.readers = [Reader(address, tiles, seed) for seed in range(count)]

    def __enter__(self):
        for reader in self.readers:
            reader.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        time.sleep(0.5)
        for reader in self.readers:
            reader.is_over = True
        for reader in self.readers:
            reader.join()

    def most_failed(self):
        return max(sum(reader.failed.values()) for reader in self.readers)

    def told(self):
        failed = sum((reader.failed for reader in self.readers), Counter())
        return {
            "requests": sum(reader.asked for reader in self.readers),
            "failed": sum(failed.values()),
            "how": dict(failed),
            "asked_again": sum(reader.asked_again for reader in self.readers),
            "longest_ms": round(max(reader.longest for reader in self.readers) * 1000),
        }


class Reader(threading.Thread):
    """Asks without a pause, on one connection as long as it lasts, and judges every answer."""

    def __init__(self, address, tiles, seed):
        super().__init__()
        self.address, self.tiles, self.random = address, tiles, random.Random(seed)
        self.asked, self.asked_again, self.failed, self.longest, self.is_over = 0, 0, Counter(), 0, False
        self.connection = http.client.HTTPConnection(address, timeout=20)

    def run(self):
        while not self.is_over:
            path, wanted = self.random.choice(self.tiles)
            began = time.monotonic()
            fault = self.fault(path, wanted)
            self.longest = max(self.longest, time.monotonic() - began)
            self.asked += 1
            if fault:
                self.failed[fault] += 1
            time.sleep(0.005)

    def fault(self, path, wanted):
        try:
            reply = self.answer(path)
            body = reply.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            return type(error).__name__
        if reply.status != 200:
            return f"status {reply.status}"
        return None if body == wanted else "other bytes"

    def answer(self, path):
        """A server may end a connection just as its client asks on it again. Browsers then ask once more on another, if
        not a byte of an answer came (RFC 9110, section 9.2.2), and nobody notices; here it is counted."""
        was_used = self.connection.sock is not None
        try:
            self.ask(path)
        except ConnectionError:
            if not was_used:
                raise
            self.connection.close()
            self.asked_again += 1
            self.ask(path)
        return self.connection.getresponse()

    def ask(self, path):
        """Ends when the first byte of an answer is there, or with a ConnectionError if none comes."""
        self.connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        if not self.connection.sock.recv(1, socket.MSG_PEEK):
            raise ConnectionResetError("ended without a byte of an answer")
