"""The clients of the checks before servers that fail: what is a failure to them, and what is none.

Run with `python -m unittest` in this folder (scripts/check-checks).
"""

import asyncio
import random
import socket
import threading
import unittest
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checks.lib.clients import Reader
from checks.serving.analysts import Analyst, Log

WHOLE = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ntile"
HALF, NONE = WHOLE[:-2], b""


@contextmanager
def connections(*each):
    """The address of a server that sends these answers on each connection in turn, one a request, and then ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            for answers in each:
                connection, _ = listener.accept()
                with connection:
                    for answer in answers:
                        connection.recv(4096)
                        connection.sendall(answer)

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.join(5)


class ReadersOfTiles(unittest.TestCase):
    def faults(self, requests, *each):
        """What was wrong with each of so many requests, and how many were asked once more."""
        with connections(*each) as address:
            reader = Reader(address, [], 0)
            faults = [reader.fault("/tile", b"tile") for _ in range(requests)]
            reader.connection.close()
        return faults, reader.retried

    def test_what_ends_an_idle_connection_is_asked_once_more_and_counted(self):
        self.assertEqual(self.faults(2, [WHOLE, NONE], [WHOLE]), ([None, None], 1))

    def test_once_more_is_once(self):
        self.assertEqual(self.faults(2, [WHOLE, NONE], [NONE]), ([None, "ConnectionResetError"], 1))

    def test_a_new_connection_that_ends_without_an_answer_is_a_failure(self):
        self.assertEqual(self.faults(1, [NONE]), (["ConnectionResetError"], 0))

    def test_an_answer_that_ends_half_way_is_a_failure(self):
        self.assertEqual(self.faults(2, [WHOLE, HALF]), ([None, "IncompleteRead"], 0))


CATALOG = (
    b'{"layers": [{"layer": "density", "slot": "30d", "tilejson": "/t.json"}], "tables": [],'
    b'"cities": [{"key": "t", "center": [51.4, 35.7], "zoom": 9}]}'
)
TILEJSON = b'{"minzoom": 20, "maxzoom": 20, "tiles": ["/{z}/{x}/{y}"]}'


@contextmanager
def answering(answers):
    """The address of a server that says (status, body) by path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            status, body = answers[self.path]
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


class Analysts(unittest.TestCase):
    def wrong(self, catalog, tilejson):
        """What an analyst counts as wrong who opens the page and then draws once more."""
        log = Log()

        async def look(address):
            analyst = Analyst(address, "density", random.Random(1), log, 0)
            if await analyst.open_page():
                await analyst.draw()
            while not analyst.free.empty():
                connection = analyst.free.get_nowait()
                if connection:
                    connection[1].close()

        with answering({"/v1/catalog.json": catalog, "/t.json": tilejson}) as address:
            asyncio.run(look(address))
        return log.wrong

    def test_a_tilejson_that_does_not_come_is_wrong_each_time_and_ends_nobody(self):
        self.assertEqual(self.wrong((200, CATALOG), (503, b"busy")), ["/t.json: 503"] * 2)
        self.assertEqual(self.wrong((200, CATALOG), (200, TILEJSON)), [])

    def test_a_tilejson_that_says_nothing_is_wrong(self):
        self.assertEqual(
            ["JSONDecodeError" in wrong for wrong in self.wrong((200, CATALOG), (200, b"<html>"))], [True] * 2
        )

    def test_without_a_catalog_there_is_one_thing_wrong(self):
        self.assertEqual(self.wrong((503, b"{}"), (200, TILEJSON)), ["/v1/catalog.json: 503"])

    def test_figures_of_nobody_are_above_every_bar(self):
        self.assertEqual(Log().figures()["kinds"]["all"]["p90_ms"], 10_000)


if __name__ == "__main__":
    unittest.main()
