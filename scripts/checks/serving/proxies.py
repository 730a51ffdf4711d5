"""Puts tileserve behind nginx and behind Varnish, with the configurations that are shipped, and looks at
what each keeps, asks about again, shows when tileserve is down, and never shows to others.

Every check compares the answer with the stored tile and counts what reached tileserve by its own metrics.
Then each of SPOILT, a shipped configuration made wrong in one way, must be told wrong by the check that is
there for it. Exit status 1 if anything is wrong, or wrong and not told.
"""

import argparse
import http.client
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.serving import RELEASE, ROOT, free_port, get, wait_until_ready

PUBLIC, INTERNAL, SLOT = "density-public", "density", "30d"
TOKEN, KEY = "a-token-for-the-check", "5a" * 32
FRESH_S = 1
IDLE_S = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="a folder with density and density-public, 30d")
    args = parser.parse_args()
    with ThreadPoolExecutor(2) as pool:
        said = dict(
            pool.map(lambda of: (of[0], check_proxy(*of, args.store)), (("nginx", nginx), ("varnish", varnish)))
        )
    print(json.dumps(said))
    sys.exit(1 if any(result != "right" for checks in said.values() for result in checks.values()) else 0)


def check_proxy(name, proxy, store):
    """By check, and by what was spoilt: "right", or what is wrong."""
    with bench(proxy, {}, store) as shipped:
        checks = [check for check in CHECKS if name in CAN_PURGE or check not in PURGES]
        said = {check: verdict(getattr(shipped, check)) for check in checks}
    for check, what, changes in SPOILT[name]:
        with bench(proxy, changes, store) as spoilt:
            told = verdict(getattr(spoilt, check))
        said[what] = "right" if told.startswith("wrong") else f"not told by {check}"
    return said


@contextmanager
def bench(proxy, changes, store):
    """A proxy with its shipped configuration, changed as said, before a tileserve of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        origin, port = Origin(store, Path(folder)), free_port()
        process = proxy(port, origin.port, Path(folder), changes)
        try:
            wait_until_ready(process, f"127.0.0.1:{port}")
            yield Bench(f"127.0.0.1:{port}", origin, store)
        finally:
            process.terminate()
            process.wait(20)
            origin.stop()


PURGES, CAN_PURGE = ["a_layer_can_be_purged", "what_a_map_replaced_is_purged"], ["varnish"]
CHECKS = [
    "immutable_tiles_are_kept",
    "codings_are_kept_apart",
    "newest_tiles_are_asked_about_again",
    "clients_are_told_that_they_have_it",
    "internal_tiles_are_for_their_askers",
    "signed_addresses_work",
    "many_misses_make_one_request",
    *PURGES,
    "idle_connections_stay",
    "what_was_kept_is_shown_while_the_origin_is_down",
]

# What must be told wrong: by which check, what is wrong, and how the shipped text is changed for it.
SPOILT = {
    "nginx": [
        (
            "internal_tiles_are_for_their_askers",
            "shares what is private",
            {
                "proxy_cache_bypass $is_personal;": "proxy_ignore_headers Cache-Control;",
                "proxy_no_cache $is_personal;": "proxy_cache_valid 200 1h;",
            },
        ),
        (
            "signed_addresses_work",
            "shares what was signed for",
            {
                "proxy_cache_bypass $is_personal;": "proxy_ignore_headers Cache-Control;",
                "proxy_no_cache $is_personal;": "proxy_cache_valid 200 1h;",
                "$uri$is_args$args$coding": "$uri$coding",
            },
        ),
        ("newest_tiles_are_asked_about_again", "fetches anew instead of asking", {"proxy_cache_revalidate on;": ""}),
        (
            "codings_are_kept_apart",
            "mixes codings",
            {"$uri$is_args$args$coding": "$uri$is_args$args", "proxy_cache_lock on;": "proxy_ignore_headers Vary;"},
        ),
        ("immutable_tiles_are_kept", "keeps nothing", {"proxy_cache tiles;": "proxy_cache off;"}),
        ("idle_connections_stay", "ends idle connections", {"keepalive_timeout 620s;": "keepalive_timeout 5s;"}),
        (
            "what_was_kept_is_shown_while_the_origin_is_down",
            "falls with its origin",
            {
                "updating error timeout http_500 http_502 http_503 http_504": "off",
                "proxy_cache_background_update on;": "proxy_ignore_headers Cache-Control; proxy_cache_valid 200 1s;",
            },
        ),
    ],
    "varnish": [
        (
            "internal_tiles_are_for_their_askers",
            "shares what is private",
            {
                "    return (pass);": "    return (hash);",
                "set beresp.keep = 1d;": "set beresp.ttl = 1h; return (deliver);",
            },
        ),
        (
            "newest_tiles_are_asked_about_again",
            "fetches anew instead of asking",
            {
                "sub vcl_backend_response {": "sub vcl_backend_fetch { unset bereq.http.If-None-Match; }\nsub vcl_backend_response {"
            },
        ),
        ("immutable_tiles_are_kept", "keeps nothing", {"set beresp.keep = 1d;": "set beresp.uncacheable = true;"}),
        ("idle_connections_stay", "ends idle connections", {"set sess.timeout_idle = 620s;": ""}),
        (PURGES[0], "purges nothing", {"xkey.softpurge(req.http.xkey)": "0"}),
        (PURGES[1], "purges nothing that a map replaced", {"xkey.softpurge(req.http.xkey)": "0"}),
        (
            "what_was_kept_is_shown_while_the_origin_is_down",
            "falls with its origin",
            {"set beresp.keep = 1d;": "set beresp.grace = 0s;"},
        ),
    ],
}


def verdict(one):
    try:
        one()
        return "right"
    except AssertionError as error:
        return f"wrong: {error}"


def changed(name, changes):
    """A shipped configuration with some of its text replaced."""
    text = (ROOT / "deployment/cdn" / name).read_text()
    for shipped, here in changes.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    return text


def nginx(port, origin, folder, changes):
    text = changed(
        "nginx.conf",
        changes
        | {
            "listen 80;": f"listen 127.0.0.1:{port};",
            "127.0.0.1:8080": f"127.0.0.1:{origin}",
            "/run/nginx-tiles.pid": f"{folder}/nginx.pid",
            "/var/cache/nginx/tiles": f"{folder}/cache",
        },
    )
    (folder / "nginx.conf").write_text(text)
    return subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder, "-g", "daemon off;"])


def varnish(port, origin, folder, changes):
    (folder / "tiles.vcl").write_text(changed("varnish.vcl", changes))
    (folder / "backends.vcl").write_text(changed("backends.vcl", {'.port = "8080";': f'.port = "{origin}";'}))
    return subprocess.Popen(
        [
            "varnishd",
            "-F",
            "-n",
            folder / "varnish",
            "-a",
            f"127.0.0.1:{port}",
            "-f",
            folder / "tiles.vcl",
            "-s",
            "malloc,64m",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


class Origin:
    """tileserve with a token, a key, short lifetimes, and metrics."""

    def __init__(self, store, folder):
        (folder / "tokens").write_text(f"check {sha256(TOKEN.encode()).hexdigest()}\n")
        (folder / "keys").write_text(f"check {KEY}\n")
        self.keys, self.port, self.admin = folder / "keys", free_port(), free_port()
        (folder / "tileserve.toml").write_text(f"""
store = "{store.resolve()}"
listen = "127.0.0.1:{self.port}"
admin_listen = "127.0.0.1:{self.admin}"
surrogate_key_headers = ["xkey"]
[cache_control]
newest_seconds = {FRESH_S}
[access]
tokens = "{folder}/tokens"
signing_keys = "{folder}/keys"
""")
        self.config = folder / "tileserve.toml"
        self.start()

    def start(self):
        self.process = subprocess.Popen([RELEASE / "tileserve", "--config", self.config], stderr=subprocess.DEVNULL)
        wait_until_ready(self.process, f"127.0.0.1:{self.port}")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def answers(self, status=None):
        """Tiles that tileserve answered, with one status or with any."""
        text = get(f"127.0.0.1:{self.admin}", "/metrics")[2].decode()
        lines = (line for line in text.splitlines() if line.startswith('tileserve_requests_total{route="tile"'))
        wanted = f'status="{status}"' if status else 'status="'
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if wanted in line)

    def signed(self, path):
        command = [RELEASE / "tileserve", "sign", path, "--keys", self.keys]
        return subprocess.check_output(command, text=True).strip()


class Bench:
    def __init__(self, proxy, origin, store):
        self.proxy, self.origin = proxy, origin
        [archive] = (store / "archives" / PUBLIC / SLOT).glob("*.pmtiles")
        self.digest = archive.stem
        self.tiles = {"/".join(map(str, place)): data for *place, data in Archive(archive).tiles()}
        self.places = iter(sorted(self.tiles, key=lambda place: -len(self.tiles[place])))

    def newest(self, layer=PUBLIC):
        place = next(self.places)
        return f"/v1/tiles/{layer}/{SLOT}/{place}.mvt", self.tiles[place]

    def ask(self, path, **headers):
        return get(self.proxy, path, **{"Accept_Encoding": "gzip", **headers})

    def reaching(self, asking, status=None):
        """What asking gave, and how many tiles tileserve was asked for meanwhile."""
        before = self.origin.answers(status)
        return asking(), self.origin.answers(status) - before

    def immutable_tiles_are_kept(self):
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        answers, reached = self.reaching(lambda: [self.ask(path) for _ in range(5)])
        same("status and body", {(status, body) for status, _, body in answers}, {(200, self.tiles[place])})
        same("requests", reached, 1)

    def codings_are_kept_apart(self):
        path, stored = self.newest()
        plain = self.ask(path, Accept_Encoding="identity")
        packed = self.ask(path)
        again = self.ask(path, Accept_Encoding="identity")
        same("codings", [answer[1]["Content-Encoding"] for answer in (plain, packed, again)], [None, "gzip", None])
        same("plain bytes", again[2] == plain[2] and len(plain[2]) > 0, True)
        same("packed bytes", packed[2], stored)

    def newest_tiles_are_asked_about_again(self):
        path, stored = self.newest()
        self.ask(path)
        time.sleep(FRESH_S + 1.2)

        def stale():
            first = self.ask(path)
            time.sleep(0.5)
            return first

        (status, _, body), again = self.reaching(stale, 304)
        same("the answer that is old", (status, body), (200, stored))
        same("answers 304 behind the scenes", again, 1)
        (_, _, body), reached = self.reaching(lambda: self.ask(path))
        same("the answer that is new", (body, reached), (stored, 0))

    def clients_are_told_that_they_have_it(self):
        path, _ = self.newest()
        tag = self.ask(path)[1]["ETag"]
        (status, headers, body), reached = self.reaching(lambda: self.ask(path, If_None_Match=tag))
        same("status, tag and body", (status, headers["ETag"], body, reached), (304, tag, b"", 0))

    def internal_tiles_are_for_their_askers(self):
        path, _ = self.newest(INTERNAL)
        bearer = f"Bearer {TOKEN}"
        answers, reached = self.reaching(
            lambda: [self.ask(path, **({"Authorization": bearer} if knows else {})) for knows in (1, 0, 1, 0, 1)]
        )
        same("status", [status for status, _, _ in answers], [200, 401, 200, 401, 200])
        same("requests", reached, 5)

    def signed_addresses_work(self):
        path, _ = self.newest(INTERNAL)
        query = self.origin.signed(f"/v1/tiles/{INTERNAL}/{SLOT}")
        status = [self.ask(f"{path}?{query}")[0], self.ask(path)[0], self.ask(f"{path}?{query[:-1]}")[0]]
        same("status signed, bare, forged", status, [200, 401, 401])

    def many_misses_make_one_request(self):
        path, stored = self.newest()
        with ThreadPoolExecutor(20) as pool:
            answers, reached = self.reaching(lambda: list(pool.map(lambda _: self.ask(path), range(20))))
        same("bodies", {(status, body) for status, _, body in answers}, {(200, stored)})
        same("requests", reached, 1)

    def a_layer_can_be_purged(self):
        def purge():
            connection = http.client.HTTPConnection(self.proxy, timeout=10)
            connection.request("PURGE", "/", headers={"xkey": f"layer:{PUBLIC}"})
            same("purge", connection.getresponse().status, 200)

        self.is_asked_for_anew_after(purge)

    def what_a_map_replaced_is_purged(self):
        """By the program that is shipped for --after-publish."""
        told = {"FOODMAP_PURGE": "varnish", "PURGE_URLS": f"http://{self.proxy}/", "FOODMAP_MAP": "2"}

        def purge(slot):
            subprocess.run(
                [ROOT / "deployment/cdn/purge"], check=True, env=os.environ | told | {"FOODMAP_PUBLISHED": slot}
            )

        self.is_asked_for_anew_after(lambda: purge(f"{INTERNAL}/7d {PUBLIC}/{SLOT}"))

    def is_asked_for_anew_after(self, purge):
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        self.ask(path)
        same("kept", self.reaching(lambda: self.ask(path))[1], 0)
        purge()

        def twice():
            self.ask(path)
            time.sleep(0.5)
            return self.ask(path)

        (status, _, body), reached = self.reaching(twice)
        same("after it", (status, body, reached >= 1), (200, self.tiles[place], True))

    def idle_connections_stay(self):
        """Longer than Varnish would keep one by itself; one that ends can be read from."""
        path, stored = self.newest()
        connection = http.client.HTTPConnection(self.proxy, timeout=10)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        same("body", connection.getresponse().read(), stored)
        ended, _, _ = select.select([connection.sock], [], [], IDLE_S)
        connection.close()
        same("ended", bool(ended), False)

    def what_was_kept_is_shown_while_the_origin_is_down(self):
        path, stored = self.newest()
        secret, _ = self.newest(INTERNAL)
        self.ask(path)
        self.ask(secret, Authorization=f"Bearer {TOKEN}")
        self.origin.stop()
        time.sleep(FRESH_S + 0.5)
        answers = [self.ask(path) for _ in range(3) if not time.sleep(0.2)]
        hidden = self.ask(secret, Authorization=f"Bearer {TOKEN}")[0]
        self.origin.start()
        same("status and body", {(status, body) for status, _, body in answers}, {(200, stored)})
        same("an internal tile is not shown", hidden >= 500, True)


def same(what, found, wanted):
    short = lambda value: repr(value)[:200]
    assert found == wanted, f"{what}: {short(found)}, expected {short(wanted)}"


if __name__ == "__main__":
    main()
