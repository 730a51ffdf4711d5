"""Reads orders in the simplest way: a configuration and parquet files become one DuckDB table.

This is the oracle of the counts. It follows the configuration key by key and shares no code with tilegen or with the
peer, so that every difference is a finding.
"""

from __future__ import annotations

import glob
import os
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
from pmtiles.tile import zxy_to_tileid

CELL_LEVEL = 20
EARLIEST_US, TOO_LATE_US = 946_684_800_000_000, 4_102_444_800_000_000  # 2000 to 2100, UTC
MAX_FUTURE = timedelta(hours=1)  # the default of orders.max_future
MAX_DAYS = 8_000  # of the window of all days
DEFAULT_CITIES = [
    {"id": 1, "key": "mashhad", "box": [59.20, 36.10, 59.85, 36.55]},
    {"id": 2, "key": "tehran", "box": [51.00, 35.45, 51.75, 35.90]},
    {"id": 5, "key": "shiraz", "box": [52.30, 29.40, 52.75, 29.90]},
]
DEFAULT_COLUMNS = {
    "order_id": "order_id",
    "city": "city_id",
    "line": "business_line",
    "lng": "customer_longitude",
    "lat": "customer_latitude",
    "user": "user_id",
    "organic": "organic",
    "time": "created_at",
}
UNITS = {
    "s": "to_timestamp({})",
    "ms": "to_timestamp({} / 1e3)",
    "us": "make_timestamptz({})",
    "ns": "make_timestamptz({} // 1000)",
}


@dataclass
class Config:
    """The parts of a configuration file that decide which orders count, and where."""

    cities: list[dict[str, Any]]
    columns: dict[str, Any]
    time_zone: str
    zoneless_is_local: bool


def read_config(path: str | Path | None) -> Config:
    """The configuration of a file, or the default."""
    written = tomllib.loads(Path(path).read_text()) if path else {}
    orders = written.get("orders", {})
    return Config(
        cities=written.get("cities", DEFAULT_CITIES),
        columns=DEFAULT_COLUMNS | orders.get("columns", {}),
        time_zone=written.get("time_zone", "Asia/Tehran"),
        zoneless_is_local=orders.get("zoneless_time", "utc") == "local",
    )


class Orders:
    """The table `orders`: (col, row, line, organic, user) of every order from day `first` to day `to`.

    `last` is the last day that the build read: the newest day that is over and has a valid order, or its --as-of. A
    public archive ends earlier (`to`), and an order that is repeated on a later day does not count in it.
    """

    def __init__(
        self,
        path: str,
        config: Config,
        window: str | None = None,
        as_of: str | None = None,
        days: tuple[date, date] | None = None,
        now: datetime | None = None,
    ) -> None:
        self.db = duckdb.connect()
        self.config = config
        self.now = now or datetime.now(UTC)
        self.source = f"read_parquet({parquet_files(path)!r}, hive_partitioning = false, union_by_name = true)"
        self.types = {name: kind for name, kind, *_ in self.db.execute(f"DESCRIBE FROM {self.source}").fetchall()}
        self.read()
        self.validate()
        self.last = date.fromisoformat(as_of) if as_of else self.newest_day()
        self.first, self.to = days or (first_day(window or "all", self.last), self.last)
        self.leave_out_other_days("time_too_old" if window == "all" else "outside_window")
        self.drop_duplicates()
        self.db.execute(f"""CREATE TABLE orders AS SELECT line, organic, "user", col, "row" FROM validated
            WHERE reason IS NULL AND day <= DATE '{self.to}'""")
        self.rejects = dict(
            self.db.execute(
                "SELECT reason, count(*) FROM validated WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1"
            ).fetchall()
        )
        self.rows = self.one("SELECT count(*) FROM raw")
        self.lines = [name for (name,) in self.db.execute("SELECT DISTINCT line FROM orders ORDER BY 1").fetchall()]

    def one(self, query: str) -> Any:
        """The only value of a query."""
        return self.db.execute(query).fetchone()[0]

    def read(self) -> None:
        """`raw`: every row of the files, each column by the meaning that the configuration gives it."""
        lng, lat = self.number("lng"), self.number("lat")
        self.db.execute(f"""
            CREATE TABLE raw AS SELECT row_number() OVER () AS place, {self.order_id()} AS order_id,
                {self.plain("city")} AS city, {self.line()} AS line, {lng} AS lng, {lat} AS lat,
                {self.plain("user")} AS "user", {self.organic()} AS organic, {self.instant()} AS instant
            FROM {self.source}""")
        self.trim_lines()
        zone = self.config.time_zone
        local = "instant" if self.is_local() else f"instant AT TIME ZONE '{zone}'"
        self.db.execute(f"""CREATE VIEW dated AS SELECT *, ({local})::DATE AS day,
            hour({local}) AS hour,
            epoch_us(instant) BETWEEN {EARLIEST_US} AND {TOO_LATE_US - 1} AS is_in_range,
            instant > {self.latest()} AS is_in_future FROM raw""")

    def trim_lines(self) -> None:
        """Remove Unicode white space, not only the blank that SQL's trim() removes."""
        names = [name for (name,) in self.db.execute("SELECT DISTINCT line FROM raw WHERE line IS NOT NULL").fetchall()]
        for name in names:
            if name != name.strip():
                self.db.execute("UPDATE raw SET line = ? WHERE line = ?", [name.strip(), name])

    def spec(self, name: str) -> dict[str, Any]:
        """The configuration of a column, always as a table."""
        spec = self.config.columns[name]
        column: dict[str, Any] = {"column": spec} if isinstance(spec, str) else spec
        return column

    def plain(self, name: str) -> str:
        """A column or a constant."""
        spec = self.spec(name)
        return literal(spec["constant"]) if "constant" in spec else quoted(spec["column"])

    def order_id(self) -> str:
        """The order id, or null if the files have none."""
        spec = self.spec("order_id")
        if spec.get("absent") or spec.get("column") not in self.types:
            return "NULL::BIGINT"
        return quoted(spec["column"])

    def number(self, name: str) -> str:
        """A column as degrees."""
        spec = self.spec(name)
        value = f"{self.plain(name)}::DOUBLE"
        return f"{value} * {spec['scale']!r}::DOUBLE" if "scale" in spec else value

    def line(self) -> str:
        """The business line: a name, or a class of numbers."""
        spec = self.spec("line")
        if "breaks" not in spec:
            return f"{self.plain('line')}::VARCHAR"
        column, names = f"{quoted(spec['column'])}::DOUBLE", spec["names"]
        cases = " ".join(f"WHEN {column} < {limit} THEN {literal(name)}" for limit, name in zip(spec["breaks"], names))
        return f"CASE WHEN {column} IS NULL OR isnan({column}) THEN NULL {cases} ELSE {literal(names[-1])} END"

    def organic(self) -> str:
        """1, 0 or null."""
        spec = self.spec("organic")
        if "at_least" in spec:
            column = f"{quoted(spec['column'])}::DOUBLE"
            return f"CASE WHEN NOT isnan({column}) THEN ({column} >= {spec['at_least']})::BIGINT END"
        return f"{self.plain('organic')}::BIGINT"

    def instant(self) -> str:
        """A zone-less time that is local stays as it is written; every other time becomes an instant."""
        spec = self.spec("time")
        column = quoted(spec["column"])
        kind = self.types[spec["column"]]
        if kind == "TIMESTAMP WITH TIME ZONE":
            return column
        if kind.startswith("TIMESTAMP"):
            return (
                f"{column}::TIMESTAMP" if self.config.zoneless_is_local else f"{column}::TIMESTAMP AT TIME ZONE 'UTC'"
            )
        return UNITS[spec["unit"]].format(column)

    def is_local(self) -> bool:
        """Whether times have no zone and are local."""
        kind = self.types[self.spec("time")["column"]]
        return self.config.zoneless_is_local and kind.startswith("TIMESTAMP") and "ZONE" not in kind

    def latest(self) -> str:
        """The latest time that an order may have."""
        moment = f"TIMESTAMPTZ '{(self.now + MAX_FUTURE).isoformat()}'"
        return f"{moment} AT TIME ZONE '{self.config.time_zone}'" if self.is_local() else moment

    def newest_day(self) -> date:
        """The newest day that is over and has a valid order."""
        today = self.now.astimezone(ZoneInfo(self.config.time_zone)).date()
        day: date = self.one(f"SELECT max(day) FROM validated WHERE reason IS NULL AND day < DATE '{today}'")
        return day

    def leave_out_other_days(self, older: str) -> None:
        """Days outside the window have a reason of their own, unless the time itself is wrong."""
        first = max(self.first, self.last - timedelta(MAX_DAYS))
        self.db.execute(f"""UPDATE validated
            SET reason = CASE WHEN day < DATE '{first}' THEN '{older}' ELSE 'outside_window' END
            WHERE coalesce(reason, '') NOT LIKE 'time_%'
                AND day NOT BETWEEN DATE '{first}' AND DATE '{self.last}'""")

    def validate(self) -> None:
        """`validated`: each row with the first reason that rejects it, or null."""
        known = ", ".join(str(city["id"]) for city in self.config.cities)
        boxes = " OR ".join(
            f"(city = {city['id']} AND lng BETWEEN {city['box'][0]!r}::DOUBLE AND {city['box'][2]!r}::DOUBLE"
            f" AND lat BETWEEN {city['box'][1]!r}::DOUBLE AND {city['box'][3]!r}::DOUBLE)"
            for city in self.config.cities
        )
        self.db.execute(f"""
            CREATE TABLE validated AS SELECT *, {column_and_row()}, CASE
                WHEN day IS NULL THEN 'time_missing'
                WHEN NOT is_in_range THEN 'time_out_of_range'
                WHEN is_in_future THEN 'time_in_future'
                WHEN city IS NULL OR city NOT IN ({known}) THEN 'city_unknown'
                WHEN lng IS NULL OR lat IS NULL THEN 'position_missing'
                WHEN NOT (isfinite(lng) AND isfinite(lat)) THEN 'position_not_finite'
                WHEN lng = 0 AND lat = 0 THEN 'position_zero'
                WHEN NOT ({boxes}) THEN 'position_outside_city'
                WHEN line IS NULL OR line = '' THEN 'line_missing'
                WHEN organic NOT IN (0, 1) THEN 'organic_invalid'
                END AS reason FROM dated""")

    def drop_duplicates(self) -> None:
        """Of equal order ids the newest day is kept.

        Among orders of one day the builder chooses; it documents: the least cell (on the Hilbert curve), then the
        line whose name is first, organic before unknown, no user before a user, the least user, the city that is first
        in the configuration, the least hour.
        """
        repeated = self.db.execute("""
            SELECT order_id, day, col, "row", line, organic, "user", city, hour, place FROM validated
            WHERE reason IS NULL AND order_id IN (
                SELECT order_id FROM validated WHERE reason IS NULL GROUP BY 1 HAVING count(*) > 1)""").fetchall()
        cities = [city["id"] for city in self.config.cities]
        repeated.sort(key=lambda order: rank(order, cities))
        losers = [(later[-1],) for first, later in pairwise(repeated) if first[0] == later[0]]
        self.db.execute("CREATE TABLE losers (place BIGINT)")
        if losers:
            self.db.executemany("INSERT INTO losers VALUES (?)", losers)
        self.db.execute("UPDATE validated SET reason = 'duplicate' WHERE place IN (FROM losers)")


def rank(order: tuple[Any, ...], cities: list[int]) -> tuple[Any, ...]:
    """The place of an order among orders with the same id; the first is kept."""
    order_id, day, col, row, line, organic, user, city, hour, _ = order
    known_user = user if isinstance(user, str) else (user or 0) % (1 << 64)
    return (
        order_id,
        -day.toordinal(),
        zxy_to_tileid(CELL_LEVEL, col, row),
        line,
        2 if organic is None else organic,
        user is not None,
        known_user,
        cities.index(city),
        hour,
    )


def column_and_row() -> str:
    """The cell of a position at the deepest level; a position without one is rejected anyway."""
    side = 1 << CELL_LEVEL
    return f"""
        CASE WHEN isfinite(lng) THEN floor((lng + 180) / 360 * {side})::BIGINT END AS col,
        CASE WHEN abs(lat) < 90 THEN
            floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat))) / pi()) / 2 * {side})::BIGINT END AS "row"
        """


def first_day(window: str, last: date) -> date:
    """The first day of a window that ends on a day."""
    return date.min if window == "all" else last - timedelta(int(window.rstrip("d")) - 1)


def parquet_files(path: str) -> list[str]:
    """The files of a folder or a pattern."""
    if os.path.isdir(path):
        return sorted(glob.glob(os.path.join(path, "**", "*.parquet"), recursive=True))
    return sorted(glob.glob(path))


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """An SQL literal."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
