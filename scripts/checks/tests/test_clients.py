"""The clients of the checks with servers that fail: what they count as a failure, and what not."""

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
    """The address of a server that sends these responses on each connection in turn, and then closes it."""
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
        """What was wrong with each request, and how many requests were retried."""
        with connections(*each) as address:
            reader = Reader(address, [], 0)
            faults = [reader.fault("/tile", b"tile") for _ in range(requests)]
            reader.connection.close()
        return faults, reader.retried

    def test_a_request_on_a_closed_idle_connection_is_retried_and_counted(self):
        self.assertEqual(self.faults(2, [WHOLE, NONE], [WHOLE]), ([None, None], 1))

    def test_a_request_is_retried_only_once(self):
        self.assertEqual(self.faults(2, [WHOLE, NONE], [NONE]), ([None, "ConnectionResetError"], 1))

    def test_a_new_connection_that_closes_without_a_response_is_a_failure(self):
        self.assertEqual(self.faults(1, [NONE]), (["ConnectionResetError"], 0))

    def test_a_truncated_response_is_a_failure(self):
        self.assertEqual(self.faults(2, [WHOLE, HALF]), ([None, "IncompleteRead"], 0))


CATALOG = (
    b'{"layers": [{"layer": "density", "slot": "30d", "tilejson": "/t.json"}], "tables": [],'
    b'"cities": [{"key": "t", "center": [51.4, 35.7], "zoom": 9}]}'
)
TILEJSON = b'{"minzoom": 20, "maxzoom": 20, "tiles": ["/{z}/{x}/{y}"]}'


@contextmanager
def answering(answers):
    """The address of a server with a status and a body for each path."""

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
        """The errors of an analyst who opens the page and then draws it again."""
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

    def test_an_unavailable_tilejson_is_an_error_each_time_and_stops_no_analyst(self):
        self.assertEqual(self.wrong((200, CATALOG), (503, b"busy")), ["/t.json: 503"] * 2)
        self.assertEqual(self.wrong((200, CATALOG), (200, TILEJSON)), [])

    def test_an_invalid_tilejson_is_an_error(self):
        self.assertEqual(
            ["JSONDecodeError" in wrong for wrong in self.wrong((200, CATALOG), (200, b"<html>"))], [True] * 2
        )

    def test_a_missing_catalog_is_one_error(self):
        self.assertEqual(self.wrong((503, b"{}"), (200, TILEJSON)), ["/v1/catalog.json: 503"])

    def test_figures_without_requests_are_above_every_limit(self):
        self.assertEqual(Log().figures()["kinds"]["all"]["p90_ms"], 10_000)


if __name__ == "__main__":
    unittest.main()
