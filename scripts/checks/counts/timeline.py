"""Asks random questions about ranges of days, of the timeline and of DuckDB over the orders.

The timeline is read with a second reader (`checks.lib.timeline`). Orders, users, retention and hours of random cells,
areas and cities, ranges, lines, organic marks, hours and weekdays must agree to the last order and user. With --page
the code of the page's worker answers too, under node, from a server of the store, and retention only for places.
Exit status 1 and the first differences otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from checks.lib.areas import normalised, positions_in, read_all_areas
from checks.lib.orders import Orders, parquet_files, read_config
from checks.lib.timeline import Cell, Place, Timeline

FIRST = 10
LOOK_BACK_DAYS = 400
ORGANIC = {"all": "true", "organic": "organic = 1", "not": "organic = 0", "unknown": "organic IS NULL"}


def main() -> None:
    args = parse_arguments()
    started = time.perf_counter()
    truth = Truth(args)
    timeline = Timeline(args.store)
    questions = Questions(truth, timeline, random.Random(args.seed))
    asked: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    faults = []
    # Retention compares two ranges of days.
    has_retention = truth.last - truth.first >= 2
    for kind in ("orders", "users", *(["retention"] if has_retention else []), "hours"):
        for _ in range(args.questions):
            question, found, expected = getattr(questions, kind)()
            asked[kind] += 1
            answered[kind] += bool(any(expected))
            if found != expected:
                faults.append(f"{kind} {question}: the timeline has {found}, DuckDB {expected}")
    page = ask_page(args, questions.for_page) if args.page else []
    for (question, expected), found in zip(questions.for_page, page, strict=args.page):
        if found != expected:
            faults.append(f"{question}: the page has {found}, DuckDB {expected}")
    for line in faults[:FIRST]:
        print(line, file=sys.stderr)
    figures = {
        "orders": truth.orders.one("SELECT count(*) FROM facts"),
        "days": f"{date.fromordinal(truth.first)} to {date.fromordinal(truth.last)}",
        "months": len(timeline.months),
        "asked": dict(asked),
        "asked_page": len(page),
        "not_zero": dict(answered),
        "differences": len(faults),
        "seconds": round(time.perf_counter() - started, 2),
    }
    print(json.dumps(figures))
    sys.exit(1 if faults or min(answered.values(), default=0) == 0 else 0)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--orders", required=True, help="the orders that `tilegen timeline` read")
    parser.add_argument("--store", required=True, help="folder that it published into")
    parser.add_argument("--areas", help="data directory with the folders of areas that it read")
    parser.add_argument("--config", help="the TOML file that it was given")
    parser.add_argument("--as-of", help="the last day that it was given")
    parser.add_argument("--look-back", type=int, default=LOOK_BACK_DAYS, help="the look-back in days [400]")
    parser.add_argument("--page", action="store_true", help="ask the code of the page too")
    parser.add_argument("--tileserve", default="target/release/tileserve", help="server that the page asks")
    parser.add_argument("--questions", type=int, default=300, help="questions of each kind [300]")
    parser.add_argument("--seed", type=int, default=1, help="seed of the questions [1]")
    return parser.parse_args()


def ask_page(args: argparse.Namespace, asked: list[tuple[dict[str, Any], list[int]]]) -> list[list[int]]:
    """The answers of the page's worker, under node."""
    port = free_port()
    command = [args.tileserve, "--store", str(args.store), "--listen", f"127.0.0.1:{port}", "--serve-internal"]
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stderr=log) as server:
        try:
            wait_until_ready(f"http://127.0.0.1:{port}/health/ready")
            ask = ["node", "public/scripts/ask-timeline.mjs", f"http://127.0.0.1:{port}/"]
            given = json.dumps([question for question, _ in asked])
            answered = subprocess.run(ask, input=given, capture_output=True, text=True, check=False)
        finally:
            server.terminate()
    if answered.returncode != 0:
        raise SystemExit(f"the page could not answer: {answered.stderr[-2000:]}")
    answers: list[list[int]] = json.loads(answered.stdout)
    return answers


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


class Truth:
    """The valid orders of the look-back as the table `facts`, and the areas that they lie in as `members`."""

    def __init__(self, args: argparse.Namespace) -> None:
        config = read_config(args.config)
        last = newest(args, config)
        first = (last - timedelta(args.look_back - 1)).replace(day=1)
        self.orders = Orders(args.orders, config, days=(first, last), as_of=last.isoformat())
        self.db = self.orders.db
        self.db.execute("""CREATE TABLE facts AS SELECT place, col, "row", line, organic, "user" AS person, city,
            day, hour, isodow(day) - 1 AS weekday, lng, lat FROM validated WHERE reason IS NULL""")
        oldest: date = self.orders.one("SELECT min(day) FROM facts")
        self.first, self.last = oldest.toordinal(), last.toordinal()
        self.cities = config.cities
        self.places = [(Place(city["key"], 0), f"city = {city['id']}") for city in config.cities]
        if args.areas:
            self.add_areas(Path(args.areas), args.store)

    def add_areas(self, data: Path, store: str) -> None:
        """Areas by their place in the tables. Those that share kind, city and name are left out."""
        areas = read_all_areas(data, self.cities)
        rows = self.db.execute("SELECT place, lng, lat FROM facts").fetchall()
        held = positions_in(areas, [row[1] for row in rows], [row[2] for row in rows])
        keys = Counter((area.kind, area.city, area.name) for area in areas)
        self.db.execute("CREATE TABLE members (area INTEGER, place BIGINT)")
        timeline = Timeline(store)
        for number, (area, members) in enumerate(zip(areas, held)):
            if keys[area.kind, area.city, area.name] > 1 or not len(members):
                continue
            city = next(city for city in self.cities if city["id"] == area.city)
            place = table_place(timeline, city["key"], area)
            if place is None:
                raise SystemExit(f"{area.kind} {area.name} of {city['key']} is not in the tables")
            inside = [rows[member][0] for member in members]
            self.db.execute("INSERT INTO members SELECT ?, unnest(?::BIGINT[])", [number, inside])
            clause = f"place IN (SELECT place FROM members WHERE area = {number})"
            self.places.append((Place(city["key"], place), clause))

    def ask(self, query: str) -> list[int]:
        """The numbers of the only row of a query."""
        found = self.db.execute(query).fetchone()
        return [int(number or 0) for number in found or ()]


def newest(args: argparse.Namespace, config: Any) -> date:
    """The last day of the build."""
    if args.as_of:
        return date.fromisoformat(args.as_of)
    assert parquet_files(args.orders), f"no order files in {args.orders}"
    return Orders(args.orders, config, "all").last


def table_place(timeline: Timeline, city: str, area: Any) -> int | None:
    """The number of an area in the tables of its city."""
    for slot in {slot for key, slot in timeline.tables if key == city}:
        for number, place in enumerate(timeline.table(city, slot)["places"]):
            if place["kind"] == area.kind and normalised(place["name"]) == area.name:
                return number
    return None


class Questions:
    """Random questions, each with the answer of the timeline and that of DuckDB."""

    def __init__(self, truth: Truth, timeline: Timeline, rng: random.Random) -> None:
        self.truth, self.timeline, self.rng = truth, timeline, rng
        self.spots = truth.db.execute('SELECT col, "row" FROM facts USING SAMPLE reservoir(2000 ROWS) REPEATABLE (7)')
        self.spots = self.spots.fetchall()
        self.lines = truth.orders.lines
        # The questions that the page can answer, each with the answer of DuckDB.
        self.for_page: list[tuple[dict[str, Any], list[int]]] = []

    def add_for_page(self, kind: str, where: Cell | Place, expected: list[int], **question: Any) -> None:
        """Keeps a question for the page, in the words of `public/scripts/ask-timeline.mjs`."""
        if isinstance(where, Place):
            place: dict[str, Any] = {"city": where.city, "id": self.timeline.place_id(where)}
        else:
            place = {"zoom": where.zoom, "column": where.column, "row": where.row}
        self.for_page.append(({"kind": kind, "where": place, **question}, expected))

    def where(self, deepest: int, only_cells: bool = False) -> tuple[Cell | Place, str]:
        """A cell with at least one order, or a city or area."""
        if not only_cells and self.rng.random() < 0.4:
            return self.rng.choice(self.truth.places)
        return self.cell(deepest)

    def cell(self, deepest: int) -> tuple[Cell, str]:
        zoom = self.rng.randint(6, deepest)
        column, row = self.rng.choice(self.spots)
        shift = 20 - 5 - zoom
        cell = Cell(zoom, column >> shift, row >> shift)
        return cell, f'col >> {shift} = {cell.column} AND "row" >> {shift} = {cell.row}'

    def range(self) -> tuple[int, int]:
        """A range of days; some begin or end with a month."""
        days = sorted(self.rng.randint(self.truth.first, self.truth.last) for _ in range(2))
        if self.rng.random() < 0.3:
            days[0] = max(date.fromordinal(days[0]).replace(day=1).toordinal(), self.truth.first)
        return days[0], days[1]

    def some_lines(self) -> set[str] | None:
        if self.rng.random() < 0.3:
            return None
        return set(self.rng.sample(self.lines, self.rng.randint(1, len(self.lines))))

    def orders(self) -> tuple[Any, list[int], list[int]]:
        where, clause = self.where(14)
        (first, last), lines = self.range(), self.some_lines()
        mark = self.rng.choice(list(ORGANIC))
        found = by_mark(self.timeline.orders(where, first, last, lines), mark)
        filters = f"{clause} AND {between(first, last)} AND {of_lines(lines)} AND {ORGANIC[mark]}"
        expected = self.truth.ask(f"SELECT count(*) FROM facts WHERE {filters}")
        self.add_for_page("orders", where, expected, **days(first, last), lines=listed(lines), mark=mark)
        return (where, first, last, lines, mark), [found], expected

    def hours(self) -> tuple[Any, list[int], list[int]]:
        where, clause = self.cell(12)
        (first, last), lines = self.range(), self.some_lines()
        hours = set(self.rng.sample(range(24), self.rng.randint(1, 24)))
        weekdays = set(self.rng.sample(range(7), self.rng.randint(1, 7)))
        mark = self.rng.choice(list(ORGANIC))
        found = by_mark(self.timeline.hours(where, first, last, lines, hours, weekdays), mark)
        chosen = f"hour IN ({joined(hours)}) AND weekday IN ({joined(weekdays)})"
        filters = f"{clause} AND {between(first, last)} AND {of_lines(lines)} AND {ORGANIC[mark]} AND {chosen}"
        expected = self.truth.ask(f"SELECT count(*) FROM facts WHERE {filters}")
        mask = [weekday in weekdays and hour in hours for weekday in range(7) for hour in range(24)]
        self.add_for_page("hours", where, expected, **days(first, last), lines=listed(lines), mark=mark, hours=mask)
        return (where, first, last, lines, hours, weekdays, mark), [found], expected

    def line(self) -> str | None:
        return self.rng.choice([None, *self.lines])

    def users(self) -> tuple[Any, list[int], list[int]]:
        where, clause = self.where(14)
        (first, last), line = self.range(), self.line()
        found = self.timeline.users(where, first, last, line)
        filters = f"{clause} AND {between(first, last)} AND {of_lines({line} if line else None)}"
        expected = self.truth.ask(f"SELECT count(DISTINCT person) FROM facts WHERE {filters}")
        self.add_for_page("users", where, expected, **days(first, last), line=line)
        return (where, first, last, line), [found], expected

    def retention(self) -> tuple[Any, list[int], list[int]]:
        where, clause = self.where(14)
        first, second, last = sorted(self.rng.sample(range(self.truth.first, self.truth.last + 1), 3))
        line = self.line()
        found = self.timeline.retention(where, (first, second, last), line)
        of_line = of_lines({line} if line else None)
        people = f"SELECT DISTINCT person FROM facts WHERE person IS NOT NULL AND {clause} AND {of_line}"
        expected = self.truth.ask(f"""
            WITH a AS ({people} AND {between(first, second - 1)}), b AS ({people} AND {between(second, last)}),
                earlier AS ({people} AND day < {sql_date(second)})
            SELECT (SELECT count(*) FROM a SEMI JOIN b USING (person)),
                (SELECT count(*) FROM a ANTI JOIN b USING (person)),
                (SELECT count(*) FROM b ANTI JOIN a USING (person)),
                (SELECT count(*) FROM b ANTI JOIN earlier USING (person))""")
        if isinstance(where, Place):
            before, after = days(first, second - 1), days(second, last)
            self.add_for_page("retention", where, expected, before=before, after=after, line=line)
        return (where, first, second, last, line), found, expected


def by_mark(sums: list[int], mark: str) -> int:
    """The orders with an organic mark, of orders, organic and unknown ones."""
    orders, organic, unknown = sums
    return {"all": orders, "organic": organic, "not": orders - organic - unknown, "unknown": unknown}[mark]


def between(first: int, last: int) -> str:
    return f"day BETWEEN {sql_date(first)} AND {sql_date(last)}"


def days(first: int, last: int) -> dict[str, str]:
    """A range as the page has it."""
    return {"from": date.fromordinal(first).isoformat(), "to": date.fromordinal(last).isoformat()}


def listed(lines: set[str] | None) -> list[str] | None:
    return None if lines is None else sorted(lines)


def sql_date(day: int) -> str:
    return f"DATE '{date.fromordinal(day)}'"


def of_lines(lines: set[str] | None) -> str:
    names = [name.replace("'", "''") for name in sorted(lines or ())]
    return "true" if lines is None else "line IN (" + ", ".join(f"'{name}'" for name in names) + ")"


def joined(numbers: set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


if __name__ == "__main__":
    main()
