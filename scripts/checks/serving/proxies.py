"""Puts tileserve behind nginx and behind Varnish, with the shipped configurations, and checks what each caches,
revalidates, serves when tileserve is down, and never serves to other clients.

Every check compares the response with the stored tile and counts in tileserve's metrics which requests reached it. Then
each of MISCONFIGURED, a shipped configuration with one mistake, must fail the check that exists for this mistake. Exit
status 1 if a check fails, or if a mistake is not found.
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

PUBLIC, INTERNAL = "density-public", "density"
SLOT, INTERNAL_SLOT = "28d", "30d"  # of the public layer, and of the internal one
TOKEN, KEY = "a-token-for-the-check", "5a" * 32
PURGE_SECRET = "a-purge-secret-for-the-check"
FRESH_S = 1
IDLE_S = 7


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="a folder with density/30d and density-public/28d")
    args = parser.parse_args()
    with ThreadPoolExecutor(2) as pool:
        pairs = (("nginx", nginx), ("varnish", varnish))
        summary = dict(pool.map(lambda pair: (pair[0], check_proxy(pair[0], pair[1], args.store)), pairs))
    print(json.dumps(summary))
    sys.exit(1 if any(result != "right" for checks in summary.values() for result in checks.values()) else 0)


def check_proxy(name, proxy, store):
    """For each check and each mistake "right", or what is wrong."""
    with fixture(proxy, {}, store) as shipped:
        checks = [check for check in CHECKS if name in CAN_PURGE or check not in PURGES]
        summary = {check: verdict(getattr(shipped, check)) for check in checks}
    for check, what, changes in MISCONFIGURED[name]:
        with fixture(proxy, changes, store) as misconfigured:
            found = verdict(getattr(misconfigured, check))
        summary[what] = "right" if found.startswith("wrong") else f"not found by {check}"
    return summary


@contextmanager
def fixture(proxy, changes, store):
    """A proxy with its shipped configuration and some changes, in front of its own tileserve."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        origin, port = Origin(store, Path(folder)), free_port()
        process = proxy(port, origin.port, Path(folder), changes)
        try:
            wait_until_ready(process, f"127.0.0.1:{port}")
            yield Fixture(f"127.0.0.1:{port}", origin, store, Path(folder) / "purge-secret")
        finally:
            process.terminate()
            process.wait(20)
            origin.stop()


PURGES = [
    "a_layer_can_be_purged",
    "a_purge_needs_the_secret",
    "replaced_layers_are_purged",
    "a_build_purges_by_itself",
]
CAN_PURGE = ["varnish"]
CHECKS = [
    "immutable_tiles_are_cached",
    "spellings_share_a_copy",
    "encodings_are_cached_separately",
    "latest_tiles_are_revalidated",
    "clients_receive_304",
    "internal_tiles_require_a_token",
    "signed_addresses_work",
    "concurrent_misses_make_one_request",
    "purges_of_other_clients_are_refused",
    *PURGES,
    "idle_connections_stay",
    "cached_tiles_are_served_while_the_origin_is_down",
]

# Where the rules of Varnish demand the secret of a purge.
SECRET_COMPARISON = r"""req.http.X-Purge-Secret != regsub(std.fileread("/etc/varnish/purge-secret"), "\s+$", "")"""
SECRET_RULE = rf"""client.ip !~ purgers || req.http.X-Purge-Secret !~ "^\S{{16,}}$" ||
        {SECRET_COMPARISON}"""

# The check that must fail, the mistake, and the change of the shipped text that makes it.
MISCONFIGURED = {
    "nginx": [
        (
            "internal_tiles_require_a_token",
            "shares private responses",
            {
                "proxy_cache_bypass $is_personal;": "proxy_ignore_headers Cache-Control;",
                "proxy_no_cache $is_personal;": "proxy_cache_valid 200 1h;",
            },
        ),
        (
            "signed_addresses_work",
            "shares signed responses",
            {
                "proxy_cache_bypass $is_personal;": "proxy_ignore_headers Cache-Control;",
                "proxy_no_cache $is_personal;": "proxy_cache_valid 200 1h;",
            },
        ),
        ("latest_tiles_are_revalidated", "fetches again instead of revalidating", {"proxy_cache_revalidate on;": ""}),
        (
            "encodings_are_cached_separately",
            "mixes encodings",
            {"$uri$coding": "$uri", "proxy_cache_lock on;": "proxy_ignore_headers Vary;"},
        ),
        ("spellings_share_a_copy", "keeps a copy for each query", {"$uri$coding": "$uri$is_args$args$coding"}),
        ("spellings_share_a_copy", "keeps a copy for each spelling", {"$uri$coding": "$request_uri$coding"}),
        ("immutable_tiles_are_cached", "caches nothing", {"proxy_cache tiles;": "proxy_cache off;"}),
        (
            "purges_of_other_clients_are_refused",
            "passes purges on",
            {"if ($request_method = PURGE)": "if ($request_method = NONE)"},
        ),
        ("idle_connections_stay", "closes idle connections", {"keepalive_timeout 620s;": "keepalive_timeout 5s;"}),
        (
            "cached_tiles_are_served_while_the_origin_is_down",
            "fails with its origin",
            {
                "updating error timeout http_500 http_502 http_503 http_504": "off",
                "proxy_cache_background_update on;": "proxy_ignore_headers Cache-Control; proxy_cache_valid 200 1s;",
            },
        ),
    ],
    "varnish": [
        (
            "internal_tiles_require_a_token",
            "shares private responses",
            {
                "    return (pass);": "    return (hash);",
                "set beresp.keep = 1d;": "set beresp.ttl = 1h; return (deliver);",
            },
        ),
        (
            "latest_tiles_are_revalidated",
            "fetches again instead of revalidating",
            {
                "sub vcl_backend_response {": "sub vcl_backend_fetch { unset bereq.http.If-None-Match; }\n"
                "sub vcl_backend_response {"
            },
        ),
        ("immutable_tiles_are_cached", "caches nothing", {"set beresp.keep = 1d;": "set beresp.uncacheable = true;"}),
        ("spellings_share_a_copy", "keeps a copy for each spelling", {'"%40", "@"': '"%40", "%40"'}),
        ("idle_connections_stay", "closes idle connections", {"set sess.timeout_idle = 620s;": ""}),
        (PURGES[0], "purges nothing", {"xkey.softpurge(req.http.xkey)": "0"}),
        (PURGES[1], "purges without the secret", {SECRET_RULE: "client.ip !~ purgers"}),
        (PURGES[1], "accepts any secret", {SECRET_COMPARISON: "false"}),
        (PURGES[2], "does not purge replaced layers", {"xkey.softpurge(req.http.xkey)": "0"}),
        (PURGES[3], "refuses the purge of a build", {'"127.0.0.1";': '"192.0.2.1";'}),
        (
            "cached_tiles_are_served_while_the_origin_is_down",
            "fails with its origin",
            {"set beresp.keep = 1d;": "set beresp.grace = 0s;"},
        ),
    ],
}


def run_tilegen(*arguments):
    command = [str(word) for word in (RELEASE / "tilegen", *arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    same(f"tilegen {arguments[0]}", (done.returncode, "not purged" in done.stderr), (0, False))


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
    (folder / "purge-secret").write_text(PURGE_SECRET + "\n")
    text = changed("varnish.vcl", changes).replace("/etc/varnish/purge-secret", f"{folder}/purge-secret")
    (folder / "tiles.vcl").write_text(text)
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
latest_max_age_seconds = {FRESH_S}
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
        """The number of tiles that tileserve served, with one status or with any."""
        text = get(f"127.0.0.1:{self.admin}", "/metrics")[2].decode()
        lines = (line for line in text.splitlines() if line.startswith('tileserve_http_requests_total{route="tile"'))
        wanted = f'status="{status}"' if status else 'status="'
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if wanted in line)

    def requests(self):
        """The number of requests of any kind that reached tileserve, except for those of metrics and probes."""
        text = get(f"127.0.0.1:{self.admin}", "/metrics")[2].decode()
        lines = (line for line in text.splitlines() if line.startswith("tileserve_http_requests_total{"))
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if 'route="health' not in line)

    def signed(self, path):
        command = [RELEASE / "tileserve", "sign", path, "--keys", self.keys]
        return subprocess.check_output(command, text=True).strip()


class Fixture:
    def __init__(self, proxy, origin, store, purge_secret):
        self.proxy, self.origin, self.purge_secret = proxy, origin, purge_secret
        [archive] = (store / "archives" / PUBLIC / SLOT).glob("*.pmtiles")
        self.digest = archive.stem
        self.tiles = {"/".join(map(str, place)): data for *place, data in Archive(archive).tiles()}
        self.places = iter(sorted(self.tiles, key=lambda place: -len(self.tiles[place])))

    def newest(self, layer=PUBLIC):
        place = next(self.places)
        slot = SLOT if layer == PUBLIC else INTERNAL_SLOT
        return f"/v1/tiles/{layer}/{slot}/{place}.mvt", self.tiles[place]

    def get(self, path, **headers):
        return get(self.proxy, path, **{"Accept_Encoding": "gzip", **headers})

    def reaching(self, request, status=None):
        """The result of a function, and the number of tile requests that reached tileserve meanwhile."""
        before = self.origin.answers(status)
        return request(), self.origin.answers(status) - before

    def immutable_tiles_are_cached(self):
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        answers, reached = self.reaching(lambda: [self.get(path) for _ in range(5)])
        same("status and body", {(status, body) for status, _, body in answers}, {(200, self.tiles[place])})
        same("requests", reached, 1)

    def spellings_share_a_copy(self):
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        paths = [path, f"{path}?v=1", f"{path}?v=2&x", path.replace("@", "%40"), f"{path.replace('@', '%40')}?v=3"]
        answers, reached = self.reaching(lambda: [self.get(spelled) for spelled in paths])
        same("status and body", {(status, body) for status, _, body in answers}, {(200, self.tiles[place])})
        same("requests", reached, 1)

    def encodings_are_cached_separately(self):
        path, stored = self.newest()
        plain = self.get(path, Accept_Encoding="identity")
        packed = self.get(path)
        again = self.get(path, Accept_Encoding="identity")
        same("encodings", [answer[1]["Content-Encoding"] for answer in (plain, packed, again)], [None, "gzip", None])
        same("plain bytes", again[2] == plain[2] and len(plain[2]) > 0, True)
        same("packed bytes", packed[2], stored)

    def latest_tiles_are_revalidated(self):
        path, stored = self.newest()
        self.get(path)
        time.sleep(FRESH_S + 1.2)

        def stale():
            first = self.get(path)
            time.sleep(0.5)
            return first

        (status, _, body), again = self.reaching(stale, 304)
        same("the stale response", (status, body), (200, stored))
        same("304 responses in the background", again, 1)
        (_, _, body), reached = self.reaching(lambda: self.get(path))
        same("the fresh response", (body, reached), (stored, 0))

    def clients_receive_304(self):
        path, _ = self.newest()
        tag = self.get(path)[1]["ETag"]
        (status, headers, body), reached = self.reaching(lambda: self.get(path, If_None_Match=tag))
        same("status, tag and body", (status, headers["ETag"], body, reached), (304, tag, b"", 0))

    def internal_tiles_require_a_token(self):
        path, _ = self.newest(INTERNAL)
        bearer = f"Bearer {TOKEN}"
        answers, reached = self.reaching(
            lambda: [self.get(path, **({"Authorization": bearer} if knows else {})) for knows in (1, 0, 1, 0, 1)]
        )
        same("status", [status for status, _, _ in answers], [200, 401, 200, 401, 200])
        same("requests", reached, 5)

    def signed_addresses_work(self):
        path, _ = self.newest(INTERNAL)
        query = self.origin.signed(f"/v1/tiles/{INTERNAL}/{INTERNAL_SLOT}")
        status = [self.get(f"{path}?{query}")[0], self.get(path)[0], self.get(f"{path}?{query[:-1]}")[0]]
        same("status signed, bare, forged", status, [200, 401, 401])

    def concurrent_misses_make_one_request(self):
        path, stored = self.newest()
        with ThreadPoolExecutor(20) as pool:
            answers, reached = self.reaching(lambda: list(pool.map(lambda _: self.get(path), range(20))))
        same("bodies", {(status, body) for status, _, body in answers}, {(200, stored)})
        same("requests", reached, 1)

    def a_layer_can_be_purged(self):
        self.is_fetched_again_after(lambda: same("purge", self.purge(PURGE_SECRET), 200))

    def purge(self, secret=None):
        """The status of a purge of the public layer."""
        headers = {"xkey": f"layer:{PUBLIC}"} | ({} if secret is None else {"X-Purge-Secret": secret})
        connection = http.client.HTTPConnection(self.proxy, timeout=10)
        connection.request("PURGE", "/", headers=headers)
        return connection.getresponse().status

    def a_purge_needs_the_secret(self):
        """This client has a loopback address, as every client behind a proxy for TLS on the same machine."""
        wrong = [None, "", "another-purge-secret", PURGE_SECRET[:-1], f"{PURGE_SECRET}x"]
        same("purges", [self.purge(secret) for secret in wrong], [403] * len(wrong))
        same("purge with the secret", self.purge(PURGE_SECRET), 200)

    def purges_of_other_clients_are_refused(self):
        refused = {"nginx": 405, "Varnish": 403}
        server = get(self.proxy, "/health/live")[1]
        name = "Varnish" if server.get("X-Varnish") else "nginx"
        before = self.origin.requests()
        same("status", self.purge(), refused[name])
        same("requests that reached tileserve", self.origin.requests() - before, 0)

    def replaced_layers_are_purged(self):
        """With the shipped program for --after-publish."""
        arguments = {"FOODMAP_PURGE": "varnish", "PURGE_URLS": f"http://{self.proxy}/", "FOODMAP_MAP": "2"}
        arguments["PURGE_SECRET_FILE"] = str(self.purge_secret)

        def purge(slot):
            subprocess.run(
                [ROOT / "deployment/cdn/purge"], check=True, env=os.environ | arguments | {"FOODMAP_PUBLISHED": slot}
            )

        self.is_fetched_again_after(lambda: purge(f"{INTERNAL}/7d {PUBLIC}/{SLOT}"))

    def a_build_purges_by_itself(self):
        """With --purge-varnish, which needs no other program: a build of the same slot, into another store."""
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)

            def build():
                run_tilegen("sample", "--out", work / "data", "--orders", "20000", "--days", "40")
                orders = ["--orders", work / "data/orders", "--store", work / "store", "--layer", PUBLIC]
                purge = ["--purge-varnish", f"http://{self.proxy}/", "--purge-secret", self.purge_secret]
                run_tilegen("density", *orders, *purge)

            self.is_fetched_again_after(build)

    def is_fetched_again_after(self, purge):
        place = next(self.places)
        path = f"/v1/tiles/{PUBLIC}/{SLOT}@{self.digest}/{place}.mvt"
        self.get(path)
        same("cached", self.reaching(lambda: self.get(path))[1], 0)
        purge()

        def twice():
            self.get(path)
            time.sleep(0.5)
            return self.get(path)

        (status, _, body), reached = self.reaching(twice)
        same("after it", (status, body, reached >= 1), (200, self.tiles[place], True))

    def idle_connections_stay(self):
        """Longer than Varnish's default; a closed connection becomes readable."""
        path, stored = self.newest()
        connection = http.client.HTTPConnection(self.proxy, timeout=10)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        same("body", connection.getresponse().read(), stored)
        ended, _, _ = select.select([connection.sock], [], [], IDLE_S)
        connection.close()
        same("ended", bool(ended), False)

    def cached_tiles_are_served_while_the_origin_is_down(self):
        path, stored = self.newest()
        secret, _ = self.newest(INTERNAL)
        self.get(path)
        self.get(secret, Authorization=f"Bearer {TOKEN}")
        self.origin.stop()
        time.sleep(FRESH_S + 0.5)
        answers = []
        for _ in range(3):
            time.sleep(0.2)
            answers.append(self.get(path))
        hidden = self.get(secret, Authorization=f"Bearer {TOKEN}")[0]
        self.origin.start()
        same("status and body", {(status, body) for status, _, body in answers}, {(200, stored)})
        same("an internal tile is not served", hidden >= 500, True)


def same(what, found, wanted):
    assert found == wanted, f"{what}: {repr(found)[:200]}, expected {repr(wanted)[:200]}"


if __name__ == "__main__":
    main()
