"""A private PostgreSQL cluster on loopback, with a table of orders."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.lib.serving import free_port

Command = list[str | Path]

USER = "postgres"
DATABASE = "shop"

# `interrupted()` fails as a replica does when it applies changes that a query still needs.
TABLES = """
CREATE TABLE orders (
    order_id bigint PRIMARY KEY,
    city_id int,
    business_line text,
    customer_longitude float8,
    customer_latitude float8,
    user_id bigint,
    organic smallint,
    created_at timestamptz NOT NULL
);
CREATE INDEX ON orders (created_at);
CREATE TABLE interruption (share float8);
INSERT INTO interruption VALUES (0);
CREATE FUNCTION interrupted() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
BEGIN
    IF random() < (SELECT share FROM interruption) THEN
        RAISE EXCEPTION 'canceling statement due to conflict with recovery' USING ERRCODE = '40001';
    END IF;
    RETURN false;
END $$;
"""

# Orders of some days in Tehran up to 2026-11-22: ids beyond 2^53, nulls, quotes and line breaks in texts, and times of
# microseconds.
ORDERS = """
INSERT INTO orders
SELECT 9007199254740993 + n, 2,
    (ARRAY['Restaurant', 'Cafe', 'کافه', E'Meat "Shop"\\nNorth, West'])[1 + n % 4],
    51.3 + (n * 7919::bigint % 10000) / 70000.0, 35.6 + (n * 104729::bigint % 10000) / 70000.0,
    CASE WHEN n % 11 = 0 THEN NULL ELSE 9223372036854775807 - n % 500 END,
    CASE WHEN n % 5 = 0 THEN NULL ELSE n % 2 END,
    TIMESTAMPTZ '2026-11-22 20:30:00Z' - INTERVAL '{days} days' + n * (INTERVAL '{days} days' / {rows})
FROM generate_series(0, {rows} - 1) n;
ANALYZE orders;
"""

QUERY = """SELECT order_id, city_id, business_line, customer_longitude, customer_latitude, user_id, organic, created_at
FROM orders WHERE created_at >= {from} AND created_at < {to}"""


def programs() -> Path:
    """The folder of the newest installed server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        sys.exit("no PostgreSQL server is installed; install postgresql")
    return found[-1].parent


def as_server(folder: Path) -> tuple[int | None, dict[str, str]]:
    """The user that runs the server, because PostgreSQL refuses to run as root, and its environment."""
    if os.geteuid() != 0:
        return None, {}
    entry = pwd.getpwnam(USER)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    for parent in folder.parents:
        if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)
    return entry.pw_uid, {"HOME": str(folder)}


class Cluster:
    """A running cluster."""

    def __init__(self, port: int) -> None:
        """A cluster on a port of loopback."""
        self.port = port

    def url(self, port: int | None = None) -> str:
        """Its URL, or the one of a proxy in front of it."""
        return f"postgresql://{USER}@127.0.0.1:{port or self.port}/{DATABASE}?sslmode=disable"

    def run(self, statements: str, database: str = DATABASE) -> str:
        """Run statements; the output without headings."""
        command: Command = [programs() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
        command += ["-p", str(self.port), "-U", USER, "-d", database]
        done = subprocess.run(command, input=statements, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"psql: {done.stderr}")
        return done.stdout

    def add_orders(self, rows: int, days: int = 3) -> None:
        """Replace the orders."""
        self.run("TRUNCATE orders;" + ORDERS.replace("{rows}", str(rows)).replace("{days}", str(days)))

    def export(self, where: str, path: Path) -> None:
        """Write rows as CSV text: another form than the binary one that tilegen reads."""
        select = QUERY.partition(" WHERE ")[0] + f" WHERE {where}"
        text = self.run(f"SET TIME ZONE 'UTC'; COPY ({select}) TO STDOUT (FORMAT csv, HEADER, NULL '\\N')")
        path.write_text(text)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster in a folder, without durability; it is stopped at the end of the block."""
    data, port = folder / "postgres", free_port()
    data.mkdir()
    user, env = as_server(data)
    env |= {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    initdb: Command = [programs() / "initdb", "-D", data / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, check=True, user=user, env=env, stdout=subprocess.DEVNULL, cwd=data)
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={data} -c fsync=off"
    control: Command = [programs() / "pg_ctl", "-D", data / "data", "-w", "-s"]
    start: Command = [*control, "-l", data / "log", "-o", options, "start"]
    subprocess.run(start, check=True, user=user, env=env, cwd=data)
    try:
        server = Cluster(port)
        server.run(f"CREATE DATABASE {DATABASE}", USER)
        server.run(TABLES)
        yield server
    finally:
        stop: Command = [*control, "-m", "immediate", "stop"]
        subprocess.run(stop, user=user, env=env, cwd=data)
        shutil.rmtree(data, ignore_errors=True)
