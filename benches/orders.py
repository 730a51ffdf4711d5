"""Reads orders the slow, obvious way: a configuration and parquet files become one DuckDB table.

The oracle of the counts. It follows the configuration's words one by one and shares no code with
tilegen or with the peer, so that a difference is a finding.
"""

import glob
import os
import tomllib
from dataclasses import dataclass

import duckdb

CELL_LEVEL = 20
REASONS = ["time_missing", "time_out_of_range", "outside_window", "city_unknown", "position_missing",
           "position_not_finite", "position_zero", "position_outside_city", "line_missing", "organic_invalid"]
DEFAULT_CITIES = [
    {"id": 1, "box": [59.20, 36.10, 59.85, 36.55]},
    {"id": 2, "box": [51.00, 35.45, 51.75, 35.90]},
    {"id": 5, "box": [52.30, 29.40, 52.75, 29.90]},
]
DEFAULT_COLUMNS = {
    "order_id": "order_id", "city": "city_id", "line": "business_line", "lng": "customer_longitude",
    "lat": "customer_latitude", "user": "user_id", "organic": "organic", "time": "created_at",
}
UNITS = {"s": "to_timestamp({})", "ms": "to_timestamp({} / 1e3)", "us": "make_timestamptz({})",
         "ns": "make_timestamptz({} // 1000)"}


@dataclass
class Config:
    """The parts of a configuration file that decide which orders count, and where."""

    cities: list
    columns: dict
    time_zone: str
    zoneless_is_local: bool


def read_config(path):
    written = tomllib.load(open(path, "rb")) if path else {}
    orders = written.get("orders", {})
    return Config(
        cities=written.get("cities", DEFAULT_CITIES),
        columns=DEFAULT_COLUMNS | orders.get("columns", {}),
        time_zone=written.get("time_zone", "Asia/Tehran"),
        zoneless_is_local=orders.get("zoneless_time", "utc") == "local",
    )


class Orders:
    """The table `orders`: (col, row, line, organic, user) of every order that counts."""

    def __init__(self, path, config, window="30d", as_of=None):
        self.db = duckdb.connect()
        self.config = config
        self.source = f"read_parquet({parquet_files(path)!r}, hive_partitioning = false, union_by_name = true)"
        self.types = {name: kind for name, kind, *_ in self.db.execute(f"DESCRIBE FROM {self.source}").fetchall()}
        self.read()
        self.choose_window(window, as_of)
        self.judge()
        self.drop_duplicates()
        self.rejects = dict(self.db.execute(
            "SELECT reason, count(*) FROM judged WHERE reason IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall())
        self.rows = self.one("SELECT count(*) FROM raw")
        self.lines = [name for name, in self.db.execute("SELECT DISTINCT line FROM orders ORDER BY 1").fetchall()]

    def one(self, query):
        return self.db.execute(query).fetchone()[0]

    def read(self):
        """`raw`: every row of the files, each column by the meaning that the configuration gives it."""
        lng, lat = self.number("lng"), self.number("lat")
        self.db.execute(f"""
            CREATE TABLE raw AS SELECT row_number() OVER () AS place, {self.order_id()} AS order_id,
                {self.plain("city")} AS city, {self.line()} AS line, {lng} AS lng, {lat} AS lat,
                {self.plain("user")} AS "user", {self.organic()} AS organic, {self.instant()} AS instant
            FROM {self.source}""")
        zone = self.config.time_zone
        local = "instant" if self.is_local() else f"instant AT TIME ZONE '{zone}'"
        self.db.execute(f"CREATE VIEW dated AS SELECT *, ({local})::DATE AS day FROM raw")

    def spec(self, name):
        spec = self.config.columns[name]
        return {"column": spec} if isinstance(spec, str) else spec

    def plain(self, name):
        spec = self.spec(name)
        return literal(spec["constant"]) if "constant" in spec else quoted(spec["column"])

    def order_id(self):
        spec = self.spec("order_id")
        if spec.get("absent") or spec.get("column") not in self.types:
            return "NULL::BIGINT"
        return quoted(spec["column"])

    def number(self, name):
        spec = self.spec(name)
        value = f"{self.plain(name)}::DOUBLE"
        return f"{value} * {spec['scale']!r}::DOUBLE" if "scale" in spec else value

    def line(self):
        spec = self.spec("line")
        if "breaks" not in spec:
            return f"trim({self.plain('line')}::VARCHAR)"
        column, names = quoted(spec["column"]), spec["names"]
        cases = " ".join(f"WHEN {column} < {limit} THEN {literal(name)}" for limit, name in zip(spec["breaks"], names))
        return f"CASE WHEN {column} IS NULL THEN NULL {cases} ELSE {literal(names[-1])} END"

    def organic(self):
        spec = self.spec("organic")
        if "at_least" in spec:
            return f"({quoted(spec['column'])} >= {spec['at_least']})::BIGINT"
        return f"{self.plain('organic')}::BIGINT"

    def instant(self):
        """A zone-less time that is local stays as it is written; every other time becomes an instant."""
        spec = self.spec("time")
        column = quoted(spec["column"])
        kind = self.types[spec["column"]]
        if kind == "TIMESTAMP WITH TIME ZONE":
            return column
        if kind.startswith("TIMESTAMP"):
            return f"{column}::TIMESTAMP" if self.config.zoneless_is_local else f"{column}::TIMESTAMP AT TIME ZONE 'UTC'"
        return UNITS[spec["unit"]].format(column)

    def is_local(self):
        kind = self.types[self.spec("time")["column"]]
        return self.config.zoneless_is_local and kind.startswith("TIMESTAMP") and "ZONE" not in kind

    def choose_window(self, window, as_of):
        newest = self.one("SELECT max(day) FROM dated WHERE year(day) BETWEEN 2000 AND 2099")
        self.last = self.db.execute("SELECT ?::DATE", [as_of]).fetchone()[0] if as_of else newest
        days = None if window == "all" else int(window.rstrip("d"))
        self.in_window = f"day <= DATE '{self.last}'"
        if days:
            self.in_window += f" AND day > DATE '{self.last}' - {days}"

    def judge(self):
        """`judged`: each row with the first reason that rejects it, or none."""
        known = ", ".join(str(city["id"]) for city in self.config.cities)
        boxes = " OR ".join(
            f"(city = {city['id']} AND lng BETWEEN {city['box'][0]!r}::DOUBLE AND {city['box'][2]!r}::DOUBLE"
            f" AND lat BETWEEN {city['box'][1]!r}::DOUBLE AND {city['box'][3]!r}::DOUBLE)"
            for city in self.config.cities)
        self.db.execute(f"""
            CREATE TABLE judged AS SELECT *, CASE
                WHEN day IS NULL THEN 'time_missing'
                WHEN year(day) NOT BETWEEN 2000 AND 2099 THEN 'time_out_of_range'
                WHEN NOT ({self.in_window}) THEN 'outside_window'
                WHEN city IS NULL OR city NOT IN ({known}) THEN 'city_unknown'
                WHEN lng IS NULL OR lat IS NULL THEN 'position_missing'
                WHEN NOT (isfinite(lng) AND isfinite(lat)) THEN 'position_not_finite'
                WHEN lng = 0 AND lat = 0 THEN 'position_zero'
                WHEN NOT ({boxes}) THEN 'position_outside_city'
                WHEN line IS NULL OR line = '' THEN 'line_missing'
                WHEN organic NOT IN (0, 1) THEN 'organic_invalid'
                END AS reason FROM dated""")

    def drop_duplicates(self):
        """Of equal order ids the newest day is kept."""
        self.db.execute("""
            CREATE TABLE dropped AS SELECT place FROM judged
            WHERE reason IS NULL AND order_id IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY day DESC, place) > 1""")
        self.db.execute("UPDATE judged SET reason = 'duplicate' WHERE place IN (FROM dropped)")
        side = 1 << CELL_LEVEL
        self.db.execute(f"""
            CREATE TABLE orders AS SELECT line, organic, "user",
                floor((lng + 180) / 360 * {side})::BIGINT AS col,
                floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat))) / pi()) / 2 * {side})::BIGINT AS "row"
            FROM judged WHERE reason IS NULL""")


def parquet_files(path):
    if os.path.isdir(path):
        return sorted(glob.glob(os.path.join(path, "**", "*.parquet"), recursive=True))
    return sorted(glob.glob(path))


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def literal(value):
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)
