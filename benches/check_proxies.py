"""Puts tileserve behind nginx and behind Varnish, with the configurations that are shipped, and looks at
what each keeps, asks about again, shows when tileserve is down, and never shows to others.

Every check compares the answer with the stored tile and counts what reached tileserve by its own metrics.
Exit status 1 if anything is wrong.
"""

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from archive import Archive
from serving import RELEASE, ROOT, free_port, get, wait_until_ready

PUBLIC, INTERNAL, SLOT = "density-public", "density", "30d"
TOKEN, KEY = "a-token-for-the-check", "5a" * 32
FRESH_S = 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--store", required=True, type=Path, help="a folder with density and density-public, 30d")
    args = parser.parse_args()
    said = {}
    for name, proxy in (("nginx", nginx), ("varnish", varnish)):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            said[name] = check(name, proxy, args.store, Path(folder))
    print(json.dumps(said))
    sys.exit(1 if any(result != "right" for checks in said.values() for result in checks.values()) else 0)


def check(name, proxy, store, folder):
    origin = Origin(store, folder)
    port = free_port()
    process = proxy(port, origin.port, folder)
    try:
        wait_until_ready(process, f"127.0.0.1:{port}")
        bench = Bench(f"127.0.0.1:{port}", origin, store)
        checks = [bench.immutable_tiles_are_kept, bench.codings_are_kept_apart, bench.newest_tiles_are_asked_about_again,
                  bench.clients_are_told_that_they_have_it, bench.internal_tiles_are_for_their_askers,
                  bench.signed_addresses_work, bench.many_misses_make_one_request]
        if name == "varnish":
            checks.append(bench.a_layer_can_be_purged)
        checks.append(bench.what_was_kept_is_shown_while_the_origin_is_down)
        return {one.__name__: verdict(one) for one in checks}
    finally:
        process.terminate()
        process.wait(20)
        origin.stop()


def verdict(one):
    try:
        one()
        return "right"
    except AssertionError as error:
        return f"wrong: {error}"


def nginx(port, origin, folder):
    text = (ROOT / "deployment/cdn/nginx.conf").read_text()
    for shipped, here in (("listen 80;", f"listen 127.0.0.1:{port};"), ("127.0.0.1:8080", f"127.0.0.1:{origin}"),
                          ("/run/nginx-tiles.pid", f"{folder}/nginx.pid"), ("/var/cache/nginx/tiles", f"{folder}/cache")):
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "nginx.conf").write_text(text)
    return subprocess.Popen(["nginx", "-c", folder / "nginx.conf", "-p", folder, "-g", "daemon off;"])


def varnish(port, origin, folder):
    text = (ROOT / "deployment/cdn/varnish.vcl").read_text()
    assert '.port = "8080";' in text
    (folder / "tiles.vcl").write_text(text.replace('.port = "8080";', f'.port = "{origin}";'))
    return subprocess.Popen(["varnishd", "-F", "-n", folder / "varnish", "-a", f"127.0.0.1:{port}",
                             "-f", folder / "tiles.vcl", "-s", "malloc,64m"], stdout=subprocess.DEVNULL)


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
            lambda: [self.ask(path, **({"Authorization": bearer} if knows else {})) for knows in (1, 0, 1, 0, 1)])
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
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        self.ask(path)
        same("kept", self.reaching(lambda: self.ask(path))[1], 0)
        connection = http.client.HTTPConnection(self.proxy, timeout=10)
        connection.request("PURGE", "/", headers={"xkey": f"layer:{PUBLIC}"})
        same("purge", connection.getresponse().status, 200)

        def twice():
            self.ask(path)
            time.sleep(0.5)
            return self.ask(path)

        (status, _, body), reached = self.reaching(twice)
        same("after it", (status, body, reached >= 1), (200, self.tiles[place], True))

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
