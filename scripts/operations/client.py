"""What the operators' scripts share: asking a server as a client does. Python's own library is enough."""

import gzip
import http.client
import json
import math
import ssl
import time
from urllib.parse import urljoin, urlsplit

SECONDS = 20


class Server:
    """A server by the address that its clients use, with a token if it is to show internal layers."""

    def __init__(self, url, token=None):
        self.url, self.token = url.rstrip("/") + "/", token

    def ask(self, path, method="GET", **headers):
        """(status, headers, body as sent) of one request; the path may be a whole URL."""
        parts = urlsplit(urljoin(self.url, path.lstrip("/")))
        connect = {"http": http.client.HTTPConnection, "https": self._secure}[parts.scheme]
        connection = connect(parts.netloc, timeout=SECONDS)
        sent = {"Accept-Encoding": "gzip"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    @staticmethod
    def _secure(place, timeout):
        return http.client.HTTPSConnection(place, timeout=timeout, context=ssl.create_default_context())

    def json(self, path):
        status, headers, body = self.ask(path)
        if status != 200:
            raise Wrong(f"{path} answers {status}")
        return json.loads(plain(headers, body))


class Wrong(Exception):
    """What a server does is not what it should; the text says what."""


def plain(headers, body):
    return gzip.decompress(body) if headers["Content-Encoding"] == "gzip" else body


def tile_at(lng, lat, zoom):
    """The tile of a zoom that holds a position."""
    across = 2**zoom
    sine = math.sin(math.radians(lat))
    x = (lng + 180) / 360
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return zoom, int(x * across), int(y * across)


def report(checks):
    """Does each check, tells how it went, and returns the exit status."""
    failed = 0
    for name, check in checks:
        began = time.monotonic()
        try:
            said, word = check() or "", "right"
        except (Wrong, OSError, ValueError, KeyError, http.client.HTTPException) as error:
            said, word, failed = str(error) or type(error).__name__, "WRONG", failed + 1
        print(f"{word}  {(time.monotonic() - began) * 1000:6.0f} ms  {name}{': ' if said else ''}{said}")
    return 1 if failed else 0
