"""Vendors of one platform from PostgreSQL and of the other from a file by HTTP, joined in one file."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from checks.fetch import sources
from checks.fetch.postgres import Cluster
from checks.lib.serving import RELEASE, expect

TABLE = """
CREATE TABLE vendors AS SELECT n AS vendor_code, 'نان ' || n AS vendor_name, 2 AS city_id, 'Cafe' AS business_line,
    35.6 + n / 7000.0::float8 AS latitude, 51.3 + n / 7000.0::float8 AS longitude, (n % 40) / 10.0::float8 AS radius,
    5 AS status_id, true AS visible FROM generate_series(1, 900) n;
"""
CONFIG = """
[[fetch.vendors]]
platform = "tapsifood"
max_age = "2h"
source = "postgresql"
url_env = "ORDERS_URL"
query = "SELECT * FROM vendors"
count_query = "SELECT count(*) FROM vendors"
[[fetch.vendors]]
name = "rival"
platform = "snappfood"
url = "http://127.0.0.1:{port}/rival.csv"
"""
COLUMNS = "vendor_code, city_id, business_line, latitude, longitude, radius, status_id, visible"


class Files(ThreadingHTTPServer):
    """A server with one file. Its ETag is the length of the file."""

    daemon_threads = True

    def __init__(self, body: bytes) -> None:
        """A server on a free port."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.body = body
        self.status = 200
        self.sent: list[int] = []


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Files

    def do_GET(self) -> None:
        """Send the file, unless the client has it."""
        etag = f'"{len(self.server.body)}"'
        known = self.headers.get("if-none-match") == etag
        status = 304 if known and self.server.status == 200 else self.server.status
        self.server.sent.append(status)
        body = self.server.body if status == 200 else b""
        self.send_response(status)
        self.send_header("etag", etag)
        self.send_header("last-modified", "Sun, 22 Nov 2026 20:30:00 GMT")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(body: bytes) -> Iterator[Files]:
    """Serve a file until the end of the block."""
    server = Files(body)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def check(server: Cluster, work: Path) -> None:
    """Join both, ask again, and let each of them fail."""
    server.run(TABLE)
    into = work / "vendor-inputs"
    rows = [f"r{n},2,Cafe,35.7,51.4,2.5,5,1" for n in range(400)]
    header = COLUMNS.replace(" ", "")
    with serving("\n".join([header, *rows, ""]).encode()) as files:
        config = work / "vendors.toml"
        config.write_text(sources.LIMITS + CONFIG.format(port=files.server_port))
        env = sources.postgresql(server).env() | {"ALLOW_HTTP": "true"}
        report = fetch(into, config, env, 0)
        expect("joined rows", platforms(into / report["file"]), [("snappfood", 400), ("tapsifood", 900)])
        expect("differing rows", differing_rows(server, into / report["file"], work), 0)
        fetch(into, config, env, 0)
        expect("responses", files.sent, [200, 304])
        files.status = 404
        server.run("INSERT INTO vendors SELECT 901, 'x', 2, 'Cafe', 35.7, 51.4, 1, 5, true")
        report = fetch(into, config, env, 1)
        expect("without the file", platforms(into / report["file"]), [("snappfood", 400), ("tapsifood", 901)])
        failed = [source["name"] for source in report["sources"] if source["error"]]
        expect("sources that failed", failed, ["rival"])
        files.status = 200
        server.run("ALTER TABLE vendors RENAME TO away")
        report = fetch(into, config, env, 1)
        expect("without the table", platforms(into / report["file"]), [("snappfood", 400), ("tapsifood", 901)])
        server.run("ALTER TABLE away RENAME TO vendors")
        columns(config, env)
    print(json.dumps({"source": "vendors", "rows": report["rows"]}), flush=True)


def columns(config: Path, env: dict[str, str]) -> None:
    """`tilegen fetch --check` shows types, and neither codes nor exact positions."""
    command: list[str | Path] = [RELEASE / "tilegen", "fetch", "--check", "--config", config]
    done = subprocess.run(command, env=env, capture_output=True)
    expect(f"exit status: {done.stderr.decode()[-300:]}", done.returncode, 0)
    [source] = json.loads(done.stdout)["sources"]
    types = {column["name"]: column["type"] for column in source["columns"]}
    expect("rows", (source["rows"], types["latitude"], types["visible"]), (100, "Float64", "Boolean"))
    row = dict(zip(types, source["examples"][0], strict=True))
    expect("an example", (row["vendor_code"], row["latitude"], row["city_id"]), ("…", "35.60", "2"))


def fetch(into: Path, config: Path, env: dict[str, str], status: int) -> dict[str, Any]:
    """Run tilegen fetch vendors; its report."""
    command: list[str | Path] = [RELEASE / "tilegen", "fetch", "vendors", "--into", into, "--config", config]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    expect(f"exit status: {done.stderr[-600:]}", done.returncode, status)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def platforms(file: Path) -> list[tuple[Any, ...]]:
    """Rows of each platform."""
    query = f"SELECT vendor_source, count(*) FROM '{file}' GROUP BY 1 ORDER BY 1"
    return duckdb.connect().execute(query).fetchall()


def differing_rows(server: Cluster, file: Path, work: Path) -> int:
    """Rows of PostgreSQL that the joined file does not have, or the other way round."""
    csv = work / "vendors.csv"
    csv.write_text(server.run(f"COPY (SELECT {COLUMNS} FROM vendors) TO STDOUT (FORMAT csv, HEADER)"))
    duck = duckdb.connect()
    cast = COLUMNS.replace("visible", "visible::BOOLEAN AS visible")
    for column in ("latitude", "longitude", "radius"):
        cast = cast.replace(column, f"{column}::DOUBLE AS {column}")
    for column in ("vendor_code", "city_id", "status_id"):
        cast = cast.replace(column, f"{column}::BIGINT AS {column}")
    duck.execute(f"CREATE VIEW source AS SELECT {cast} FROM read_csv('{csv}', header = true)")
    duck.execute(f"CREATE VIEW joined AS SELECT {cast} FROM '{file}' WHERE vendor_source = 'tapsifood'")
    query = """SELECT (SELECT count(*) FROM (FROM joined EXCEPT ALL FROM source))
                    + (SELECT count(*) FROM (FROM source EXCEPT ALL FROM joined))"""
    row = duck.execute(query).fetchone()
    return int(row[0]) if row else -1
