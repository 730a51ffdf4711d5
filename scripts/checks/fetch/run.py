"""Fetches orders from real systems while they and the connections fail, and compares every file row by row.

Each run either succeeds, and then DuckDB finds the same rows in the file as in the source, or it fails, and then the
day has exactly the manifest that it had before. Exit status 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from checks.fetch import inputs, one_command, sources, vendors
from checks.fetch.broken_wire import BrokenWire
from checks.fetch.clickhouse import ClickHouse
from checks.fetch.metabase import Metabase
from checks.fetch.postgres import QUERY, Cluster, cluster
from checks.fetch.sources import Source
from checks.lib.serving import expect, tilegen

DAYS = ["2026-11-20", "2026-11-21", "2026-11-22"]
ROWS = 9_000
ROWS_OF_A_DAY = 300
STALL_S = 1.4
# Runs of one source. The least number of faults and one success come long before.
MOST_RUNS = 2_000


def main() -> None:
    """Run the check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--faults", type=int, default=210, help="least number of faults, in all sources together (210)")
    parser.add_argument("--days", type=int, default=90, help="days of the map that one command makes (90)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder)) as server:
        work = Path(folder)
        server.add_orders(ROWS)
        for day in DAYS:
            server.export(window(day), work / f"{day}.csv")
        server.export("true", work / "orders.csv")
        check_source(sources.postgresql(server), work, args.faults // 3, args.seed)
        corrected_day(server, sources.postgresql(server), work)
        engine = ClickHouse(work / "clickhouse", args.seed)
        engine.add_orders(work / "orders.csv")
        with engine.running():
            check_source(sources.clickhouse(engine), work, args.faults // 3, args.seed)
        questions = Metabase(work / "orders.csv", args.seed)
        with questions.running():
            check_source(sources.metabase(questions), work, args.faults - args.faults // 3 * 2, args.seed)
        capped = Metabase(work / "orders.csv", args.seed, cap=500)
        with capped.running():
            whole_days(sources.metabase(capped), work, "capped")
            whole_days(sources.metabase_login(capped), work, "login")
        vendors.check(server, work)
        server.add_orders(args.days * ROWS_OF_A_DAY, args.days)
        one_command.check(server, work, args.days)


def window(day: str) -> str:
    """The condition of a local day in Tehran, which has no summer time in 2026."""
    return f"(created_at AT TIME ZONE 'Asia/Tehran')::date = DATE '{day}'"


def check_source(source: Source, work: Path, least_faults: int, seed: int) -> None:
    """Whole days, then days while the source and the connections fail."""
    started = time.perf_counter()
    whole_days(source, work, f"whole-{source.name}")
    figures = broken(source, work, least_faults, seed)
    seconds = round(time.perf_counter() - started, 1)
    print(json.dumps({"source": source.name} | figures | {"seconds": seconds}), flush=True)


def whole_days(source: Source, work: Path, name: str) -> None:
    """All days that are missing, each equal to the source; a second run has nothing to do."""
    config, into, env = source.configuration(work), work / name, source.env()
    done = inputs.fetch(into, config, env, "--since", DAYS[0])
    expect("exit status", (done.returncode, done.stderr[-500:] if done.returncode else ""), (0, ""))
    report = json.loads(done.stdout)
    expect("days", sorted(day["date"] for day in report["fetched"]), DAYS)
    for day in DAYS:
        differing = inputs.differing_rows(into, day, work / f"{day}.csv", source.types)
        expect(f"differing rows of {day}, {source.name}", differing, 0)
    again = json.loads(inputs.fetch(into, config, env, "--since", DAYS[0], "--recheck-days", 3).stdout)
    expect("second run", (again["fetched"], again["days_rechecked"]), ([], 3))


def corrected_day(server: Cluster, source: Source, work: Path) -> None:
    """A day with other rows gets another file; a changed column, rows of other days and no rows are refused."""
    config, into, env, day = source.configuration(work), work / "whole-postgresql", source.env(), DAYS[1]
    before = inputs.manifest(into, day)
    server.run("CREATE TABLE removed AS SELECT * FROM orders WHERE false")
    removed = f"DELETE FROM orders WHERE {window(day)} AND order_id % 100 = 7 RETURNING *"
    server.run(f"WITH removed_rows AS ({removed}) INSERT INTO removed SELECT * FROM removed_rows")
    report = json.loads(inputs.fetch(into, config, env, "--recheck-days", 3).stdout)
    expect("corrected days", [fetched["date"] for fetched in report["fetched"]], [day])
    server.export(window(day), work / "corrected.csv")
    expect("differing rows", inputs.differing_rows(into, day, work / "corrected.csv", source.types), 0)
    after = inputs.manifest(into, day)
    expect("another file", before is not None and after is not None and before["file"] != after["file"], True)
    build(server, into, work)
    empty_day(server, source, work)
    for query, part in [
        (QUERY.replace("order_id,", "order_id::text AS order_id,"), "order_id was Int64 and is Utf8"),
        (QUERY.replace("business_line", "business_line AS line"), "business_line is missing"),
        (QUERY.replace("user_id", "user_id::numeric AS user_id"), "cast it in the query"),
        (QUERY.replace("< {to}", "< {to} + interval '1 hour'"), "are not of"),
        (QUERY + " AND false", "has no orders of"),
    ]:
        other = source.configuration(work, sources.sql("postgresql", query, count=False))
        done = inputs.fetch(into, other, env, "--day", day)
        expect(f"`{part}` in {done.stderr[-600:]}", (done.returncode, part in done.stderr), (1, True))
        expect("manifest after a refusal", inputs.manifest(into, day), after)


def empty_day(server: Cluster, source: Source, work: Path) -> None:
    """A day is empty if the source counts none and has orders of the next day; else its data may be late."""
    config, into, env = source.configuration(work), work / "empty", source.env()
    server.run(f"CREATE TABLE kept AS SELECT * FROM orders WHERE {window(DAYS[1])} OR {window(DAYS[2])}")
    server.run(f"DELETE FROM orders WHERE {window(DAYS[1])}")
    done = inputs.fetch(into, config, env, "--day", DAYS[1])
    named = inputs.manifest(into, DAYS[1])
    counts = named and (named["rows"], named["source_rows"])
    expect(f"an empty day: {done.stderr[-300:]}", (done.returncode, counts), (0, (0, 0)))
    server.run(f"DELETE FROM orders WHERE {window(DAYS[2])}")
    done = inputs.fetch(into, config, env, "--day", DAYS[2])
    expect("a late day", (done.returncode, inputs.manifest(into, DAYS[2])), (1, None))
    server.run("INSERT INTO orders SELECT * FROM kept")


def build(server: Cluster, into: Path, work: Path) -> None:
    """A map of the fetched days counts every order once, and none of the replaced file."""
    report = work / "density.json"
    store = ("--store", work / "map", "--now", inputs.NOW, "--report", report)
    tilegen("density", "--orders", into / "orders", *store)
    built = json.loads(report.read_text())
    orders = int(server.run("SELECT count(*) FROM orders"))
    expect("orders of the map", (built["orders_counted"], built["files"]), (orders, len(DAYS)))
    expect("replaced files", built["skipped_files"]["superseded"]["files"], 1)


def broken(source: Source, work: Path, least_faults: int, seed: int) -> dict[str, int]:
    """Runs while connections break and the source fails; the numbers of faults and results."""
    config, day = source.configuration(work, source.broken_config), DAYS[0]
    wire = BrokenWire(source.port, seed, typical_bytes=350_000, stall_s=STALL_S)
    source.set_broken(True)
    wire.is_broken = True
    equal = nothing = retries = runs = 0
    env = source.env(wire.port)
    while (wire.faults + source.faults() < least_faults or equal == 0) and runs < MOST_RUNS:
        runs += 1
        into = work / f"broken-{source.name}-{runs // 8}"
        before = inputs.manifest(into, day)
        done = inputs.fetch(into, config, env, "--day", day)
        if done.returncode == 0:
            differing = inputs.differing_rows(into, day, work / f"{day}.csv", source.types)
            expect(f"differing rows of run {runs}, {source.name}", differing, 0)
            equal += 1
            retries += json.loads(done.stdout)["fetched"][0]["retries"]
        else:
            expect(f"manifest after run {runs}, {source.name}", inputs.manifest(into, day), before)
            nothing += 1
    wire.close()
    source.set_broken(False)
    if equal == 0:
        sys.exit(f"{source.name}: no run succeeded, so nothing was compared")
    faults = wire.faults + source.faults()
    return {"faults": faults, "runs": runs, "equal": equal, "nothing": nothing, "retries": retries}


if __name__ == "__main__":
    main()
