"""Fetches one day of orders from each kind of source, and prints the median time and the largest memory of tilegen.

The goals are those of a day of 1,000,000 orders. Every source runs on this machine, so that its work is in the time.
Exit status 1 if a goal is missed, or if a source was asked for the rows of a fetch more than once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from measure import Run, run, table

from checks.fetch import inputs, sources
from checks.fetch.clickhouse import ClickHouse
from checks.fetch.faulty_http import Handler
from checks.fetch.metabase import COUNT, Questions
from checks.fetch.postgres import QUERY, Cluster, cluster
from checks.lib.serving import RELEASE

DAY = "2026-11-22"
# Seconds for a day of 1,000,000 orders.
GOALS = {"postgresql": 6.0, "clickhouse": 2.0, "metabase": 15.0}
GOAL_MB = 200


class CountingClickHouse(ClickHouse):
    """ClickHouse, which counts the requests for rows."""

    asked = 0

    def answer(self, handler: Handler, body: bytes) -> None:
        """Run a query."""
        self.asked += b"FORMAT Parquet" in body
        super().answer(handler, body)


class PreparedExport(Questions):
    """A stand-in for Metabase that has its one export in memory, so that its own work takes next to no time."""

    fault_weights: ClassVar[dict[str, int]] = {"none": 1}

    def __init__(self, body: bytes, rows: int) -> None:
        """A server with a body of JSON."""
        super().__init__(seed=1)
        self.body, self.rows, self.asked = body, rows, 0

    def answer(self, handler: Handler, body: bytes) -> None:
        """Send the rows, or their number."""
        if handler.path.endswith(f"/api/card/{COUNT}/query/json"):
            handler.short(200, json.dumps([{"count": self.rows}]).encode())
            return
        self.asked += 1
        handler.stream(self.body)


@dataclass
class Measured:
    """A source that runs, and how often it was asked for rows."""

    source: sources.Source
    asked: Callable[[], int]


def main() -> None:
    args = parse_arguments()
    rows: list[list[object]] = []
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for measured in running(Path(folder), args.rows):
            name = measured.source.name
            runs = [fetch(measured, Path(folder)) for _ in range(args.runs)]
            wall, peak = statistics.median(one.wall_s for one in runs), max(one.peak_mb for one in runs)
            cpu = statistics.median(one.cpu_s for one in runs)
            asked = measured.asked() / args.runs
            rows.append([name, f"{wall:.1f}", f"{cpu:.1f}", f"{peak:.0f}", f"{asked:g}", GOALS[name]])
            print(f"{name}: " + ", ".join(f"{one.wall_s:.2f} s" for one in runs), file=sys.stderr)
            missed += [f"{name}: {wall:.1f} s, goal {GOALS[name]} s"] * (wall > GOALS[name])
            missed += [f"{name}: {peak:.0f} MB, goal {GOAL_MB} MB"] * (peak > GOAL_MB)
            missed += [f"{name}: asked {asked:g} times for the rows of a fetch"] * (asked != 1)
    print(f"{args.rows:,} orders, {args.runs} runs, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(table(["source", "wall s", "CPU s of tilegen", "peak MB", "requests for rows", "goal s"], rows))
    for line in missed:
        print(line, file=sys.stderr)
    sys.exit(1 if missed else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def running(work: Path, rows: int) -> Iterator[Measured]:
    """Each source with the same orders, one at a time."""
    csv = work / "orders.csv"
    with cluster(work) as server:
        server.add_orders(rows, days=1)
        with logged_copies(server, work / "postgres/log") as asked:
            yield Measured(sources.postgresql(server), asked)
        server.export("true", csv)
        body = json_of(server)
    engine = CountingClickHouse(work / "clickhouse", seed=1)
    engine.add_orders(csv)
    with engine.running():
        yield Measured(sources.clickhouse(engine), lambda: engine.asked)
    questions = PreparedExport(body, rows)
    with questions.running():
        yield Measured(sources.metabase(questions), lambda: questions.asked)


@contextmanager
def logged_copies(server: Cluster, log: Path) -> Iterator[Callable[[], int]]:
    """Log statements until the end of the block; the number of COPY statements so far."""
    reload = "SELECT pg_reload_conf();"
    server.run(f"ALTER SYSTEM SET log_statement = 'all'; {reload}")
    yield lambda: log.read_text().count("COPY (")
    server.run(f"ALTER SYSTEM RESET log_statement; {reload}")


def json_of(server: Cluster) -> bytes:
    """All orders as Metabase exports them."""
    select = QUERY.partition(" WHERE ")[0]
    lines = server.run(f"SET TIME ZONE 'UTC'; SELECT row_to_json(o) FROM ({select}) o").splitlines()
    return f"[{','.join(lines)}]".encode()


def fetch(measured: Measured, work: Path) -> Run:
    """Fetch the day into an empty folder."""
    source, into, config = measured.source, work / "inputs", work / "bench.toml"
    config.write_text(source.config)
    os.environ.update(source.env())
    shutil.rmtree(into, ignore_errors=True)
    command = [RELEASE / "tilegen", "fetch", "orders", "--into", into, "--config", config]
    return run(*command, "--now", inputs.NOW, "--day", DAY)


if __name__ == "__main__":
    main()
