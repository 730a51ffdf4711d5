"""Puts tileserve behind the shipped nginx with a login, and checks who sees what.

nginx has the files of deployment/login. A small server stands in for oauth2-proxy: it knows three sessions by their
cookies, and answers /oauth2/auth as oauth2-proxy does. Exit status 1 if a check fails, or if a deliberate mistake in
nginx's files is not found.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from checks.lib.serving import RELEASE, ROOT, free_port, get, wait_until_ready

CATALOG, SESSION = "/v1/catalog.json", "/v1/session"
TILEJSON = "/v1/tiles/density/30d/tilejson.json"
# What must be found: the check, and the change of a shipped text.
MISTAKES = [
    ("forged headers open nothing", "proxy_set_header X-Auth-Request-Email $person;", ""),
    ("forged headers open nothing", "proxy_set_header X-Auth-Request-Groups $groups;", ""),
    ("purges are refused", "if ($request_method = PURGE)", "if ($request_method = NONE)"),
    ("a session ends at once", "auth_request /oauth2/auth;\n      include", "include"),
]


class Provider(BaseHTTPRequestHandler):
    """The stand-in for oauth2-proxy."""

    sessions: ClassVar[dict[str, tuple[str, str]]] = {}

    def do_GET(self) -> None:
        person = self.sessions.get(self.headers.get("Cookie", ""))
        self.send_response(202 if person else 401)
        if person:
            self.send_header("X-Auth-Request-Email", person[0])
            self.send_header("X-Auth-Request-Groups", person[1])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""


def main() -> None:
    parser = ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", type=Path, help="a folder with density/30d and density-public/28d")
    store = parser.parse_args().store
    with proxy(store, "", "") as fixture:
        summary = {name: verdict(check, fixture) for name, check in CHECKS.items()}
    for name, shipped, changed in MISTAKES:
        with proxy(store, shipped, changed) as fixture:
            found = verdict(CHECKS[name], fixture)
        summary[f"mistake: {shipped.splitlines()[0]}"] = "right" if found != "right" else f"not found by: {name}"
    print(json.dumps(summary, indent=1))
    sys.exit(1 if any(result != "right" for result in summary.values()) else 0)


class Fixture:
    """nginx, and the audit log of the server behind it."""

    def __init__(self, address: str, audit: Path) -> None:
        self.address, self.audit = address, audit

    def get(self, path: str, cookie: str = "", **headers: str) -> tuple[int, bytes]:
        status, _, body = get(self.address, path, **({"Cookie": cookie} if cookie else {}), **headers)
        return status, body

    def layers(self, cookie: str) -> set[str]:
        return {layer["layer"] for layer in json.loads(self.get(CATALOG, cookie)[1])["layers"]}


@contextmanager
def proxy(store: Path, shipped: str, changed: str) -> Iterator[Fixture]:
    """nginx with a change of its files, in front of the stand-in and of tileserve."""
    Provider.sessions = {
        "session=sara": ("sara@example.com", "analysts"),
        "session=reza": ("reza@example.com", "staff,others"),
        "session=guest": ("guest@example.com", "guests"),
    }
    with tempfile.TemporaryDirectory() as name:
        folder, port, origin = Path(name), free_port(), free_port()
        folder.chmod(0o755)
        (folder / "audit").mkdir()
        provider = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        threading.Thread(target=provider.serve_forever, daemon=True).start()
        server = tileserve(store, folder, origin)
        write_nginx(folder, port, origin, provider.server_port, shipped, changed)
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-p", name, "-g", "daemon off;"]
        nginx = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(nginx, f"127.0.0.1:{port}")
            yield Fixture(f"127.0.0.1:{port}", folder / "audit")
        finally:
            for process in (nginx, server):
                process.terminate()
                process.wait(20)
            provider.shutdown()


def tileserve(store: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    (folder / "tileserve.toml").write_text(f"""
store = "{store.resolve()}"
listen = "127.0.0.1:{port}"
[access]
contact = "maps@example.com"
[access.proxy]
addresses = ["127.0.0.1"]
sign_out = "/oauth2/sign_out?rd=/"
[access.roles.analyst]
groups = ["analysts"]
[access.roles.viewer]
groups = ["staff"]
layers = ["density"]
cities = ["tehran"]
max_zoom = 12
[access.audit]
folder = "{folder}/audit"
""")
    server = subprocess.Popen([RELEASE / "tileserve", "--config", folder / "tileserve.toml"], stderr=subprocess.DEVNULL)
    wait_until_ready(server, f"127.0.0.1:{port}")
    return server


def write_nginx(folder: Path, port: int, origin: int, provider: int, shipped: str, changed: str) -> None:
    places = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8080": f"127.0.0.1:{origin}",
        "127.0.0.1:4180": f"127.0.0.1:{provider}",
        "/run/nginx-login.pid": f"{folder}/nginx.pid",
        "/etc/nginx/foodmap-person.conf": f"{folder}/foodmap-person.conf",
    }
    texts = {name: (ROOT / "deployment/login" / name).read_text() for name in ("nginx.conf", "foodmap-person.conf")}
    assert not shipped or any(shipped in text for text in texts.values()), shipped
    for name, text in texts.items():
        text = text.replace(shipped, changed) if shipped else text
        for before, after in places.items():
            text = text.replace(before, after)
        (folder / name).write_text(text)


def people_see_their_roles(fixture: Fixture) -> None:
    same("analyst", fixture.get(TILEJSON, "session=sara")[0], 200)
    same("analyst's layers", "density" in fixture.layers("session=sara"), True)
    status, body = fixture.get(TILEJSON, "session=reza")
    same("viewer", (status, json.loads(body)["maxzoom"]), (200, 12))
    status, body = fixture.get(TILEJSON, "session=guest", Accept="text/html")
    same("guest", (status, b"maps@example.com" in body), (403, True))
    same("guest's layers", "density" in fixture.layers("session=guest"), False)


def forged_headers_open_nothing(fixture: Fixture) -> None:
    forged = {"X_Auth_Request_Email": "sara@example.com", "X_Auth_Request_Groups": "analysts"}
    same("without a session", fixture.get(TILEJSON, "", **forged)[0], 401)
    same("as a guest", fixture.get(TILEJSON, "session=guest", **forged)[0], 403)
    person = json.loads(fixture.get(SESSION, "session=guest", **forged)[1])["person"]
    same("the person", person, "guest@example.com")


def pages_without_a_session_log_in(fixture: Fixture) -> None:
    same("page", fixture.get("/")[0], 302)
    same("catalog", fixture.get(CATALOG)[0], 401)
    same("health", fixture.get("/health/ready")[0], 200)


def two_people_share_a_browser(fixture: Fixture) -> None:
    """Each gets their own responses under the same URL: nothing between them and tileserve keeps any."""
    for _ in range(3):
        same("sara", "density" in fixture.layers("session=sara"), True)
        same("guest", "density" in fixture.layers("session=guest"), False)


def a_session_ends_at_once(fixture: Fixture) -> None:
    same("before", fixture.get(TILEJSON, "session=sara")[0], 200)
    person = Provider.sessions.pop("session=sara")
    after = fixture.get(TILEJSON, "session=sara")[0], fixture.get(CATALOG, "session=sara")[0]
    Provider.sessions["session=sara"] = person
    same("after", after, (401, 401))


def purges_are_refused(fixture: Fixture) -> None:
    """Without a login, before the identity provider is asked."""
    connection = http.client.HTTPConnection(fixture.address, timeout=10)
    connection.request("PURGE", "/", headers={"xkey": "layer:density"})
    same("status", connection.getresponse().status, 405)


def reads_are_in_the_audit_log(fixture: Fixture) -> None:
    fixture.get(TILEJSON, "session=sara")
    for _ in range(50):
        text = "".join(file.read_text() for file in fixture.audit.glob("audit-*.jsonl"))
        if '"name":"sara@example.com","layer":"density","city":"all"' in text:
            break
        time.sleep(0.05)
    else:
        raise AssertionError(f"the audit log has {text!r}")
    same("guest in the audit log", "guest@" in text, False)


CHECKS: dict[str, Callable[[Fixture], None]] = {
    check.__name__.replace("_", " "): check
    for check in (
        people_see_their_roles,
        forged_headers_open_nothing,
        pages_without_a_session_log_in,
        two_people_share_a_browser,
        a_session_ends_at_once,
        purges_are_refused,
        reads_are_in_the_audit_log,
    )
}


def verdict(check: Callable[[Fixture], None], fixture: Fixture) -> str:
    try:
        check(fixture)
        return "right"
    except AssertionError as error:
        return f"wrong: {error}"


def same(what: str, found: object, wanted: object) -> None:
    assert found == wanted, f"{what}: {found!r}, expected {wanted!r}"


if __name__ == "__main__":
    main()
