"""Writes input files: a small good set of each kind, which a case then changes."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as parquet
import shapefile

TEHRAN = ZoneInfo("Asia/Tehran")
# The last day of good orders where a case does not set the clock: yesterday is over.
YESTERDAY = datetime.now(TEHRAN).date() - timedelta(1)
# The clock of the cases that set one, and the last day that is over then.
NOW = "2026-11-23T12:00:00+03:30"
DAY = date(2026, 11, 22)

ORDERS, USERS, DAYS = 400, 50, 8
WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
# A small box keeps the coverage grid small.
CITY = """[[cities]]
id = 2
key = "{key}"
name_fa = "تهران"
name_en = "Tehran"
center = [51.39, 35.71]
zoom = 11
box = [51.30, 35.65, 51.50, 35.80]
"""

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Inputs:
    """A folder of input files."""

    root: Path

    def path(self, name: str) -> Path:
        """A path below the folder, whose parents exist."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def orders(self, table: pa.Table, name: str = "orders/part-0.parquet", **options: Any) -> Path:
        """Write an order file."""
        path = self.path(name)
        parquet.write_table(table, path, **{"row_group_size": 1000} | options)
        return path

    def text(self, name: str, text: str | bytes) -> Path:
        """Write a file of text, or of bytes as they are."""
        path = self.path(name)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def config(self, text: str, key: str = "tehran") -> None:
        """Write the configuration: keys of `text`, then the city."""
        self.text("tilegen.toml", f"{text}\n{CITY.format(key=key)}")

    def csv(self, name: str, rows: Iterable[Sequence[Any]]) -> Path:
        """Write a CSV file; the first row is the header."""
        return self.text(name, csv_text(rows))

    def remove(self, *names: str) -> None:
        """Remove files of the good set."""
        for name in names:
            (self.root / name).unlink()

    def touch(self, name: str, seconds: float, now: str | None = None) -> None:
        """Set a modification time, in seconds from the clock or from `now`."""
        base = datetime.fromisoformat(now) if now else datetime.now(TEHRAN)
        at = base.timestamp() + seconds
        os.utime(self.root / name, (at, at))

    def touch_all(self, seconds: float, now: str = NOW) -> None:
        """Set the modification time of every file."""
        for path in self.root.rglob("*"):
            if path.is_file():
                self.touch(str(path.relative_to(self.root)), seconds, now)


def csv_text(rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a line break after each."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


# --- Orders -----------------------------------------------------------------------------------------------------------


def orders(
    count: int = ORDERS, last: date = YESTERDAY, users: int = USERS, days: int = DAYS, first_id: int = 0
) -> pa.Table:
    """Good orders: each user has one cell; the days are the last `days`, each with the same number of orders."""
    numbers = [*range(first_id, first_id + count)]
    user = [number % users for number in numbers]
    noon = datetime.combine(last, time(12), TEHRAN)
    times = [noon - timedelta(days=(number // users) % days, seconds=-(number % 1000)) for number in numbers]
    return pa.table(
        {
            "order_id": pa.array(numbers, pa.int64()),
            "city_id": pa.array([2] * count, pa.int32()),
            "business_line": pa.array([("Restaurant", "Cafe")[number % 2] for number in user]),
            "customer_latitude": pa.array([35.70] * count),
            "customer_longitude": pa.array([51.40 + 0.001 * (number % 4) for number in user]),
            "user_id": pa.array([1000 + number for number in user], pa.int64()),
            "organic": pa.array([number % 2 for number in numbers], pa.int8()),
            "created_at": times_array(times),
        }
    )


def times_array(times: Sequence[datetime | None]) -> pa.Array:
    """Moments in microseconds with the zone UTC."""
    return pa.array(times, pa.timestamp("us", "UTC"))


def at(text: str) -> datetime:
    """A moment in Tehran: `2026-11-22 12:00`."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=TEHRAN)


def replaced(table: pa.Table, **columns: pa.Array) -> pa.Table:
    """The table with other columns."""
    for name, array in columns.items():
        table = table.set_column(table.column_names.index(name), name, array)
    return table


def with_rows(table: pa.Table, rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """The table and more rows: each is a copy of the first row with other values and an order id of its own."""
    more = [table.slice(0, 1).to_pylist()[0] | {"order_id": 900_000 + index} | row for index, row in enumerate(rows)]
    return pa.concat_tables([table, pa.Table.from_pylist([dict(row) for row in more], table.schema)])


# --- Vendors, grades, targets -----------------------------------------------------------------------------------------

VENDORS = 40


def vendors(count: int = VENDORS) -> list[dict[str, Any]]:
    """Good vendors of Tehran with codes from 1001."""
    return [
        {
            "vendor_code": str(1001 + number),
            "city_id": 2,
            "business_line": ("Restaurant", "Cafe")[number % 2],
            "latitude": 35.69 + 0.001 * (number % 10),
            "longitude": 51.39 + 0.001 * (number % 7),
            "radius": 1.5,
            "status_id": 5,
            "visible": 1,
            "vendor_name": f"Vendor {number}",
            "is_dual": 0,
        }
        for number in range(count)
    ]


def vendor_csv(rows: Rows) -> list[list[Any]]:
    """Vendors as rows of a CSV file, with the header."""
    return [[*rows[0]], *([*row.values()] for row in rows)]


def json_lines(rows: Rows) -> str:
    """Vendors as JSON lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def vendor_table(rows: Rows, **columns: pa.Array) -> pa.Table:
    """Vendors as a table with other columns."""
    return replaced(pa.Table.from_pylist([dict(row) for row in rows]), **columns)


LETTERS = ("A+", "B", "C-")


def grades(count: int = VENDORS) -> list[list[Any]]:
    """Layout A: a grade of each vendor."""
    header = ["vendor_code", "vendor_name", "city_id", "business_line", "grade"]
    rows = [[str(1001 + number), "n", 2, "Cafe", LETTERS[number % 3]] for number in range(count)]
    return [header, *rows]


def dual_grades(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """Layout B: Snappfood code, grade, is_dual, Tapsifood code."""
    header = "sf_vendor_code,sf_vendor_name,city_id,business_line,grade,is_dual,tf_vendor_code,tf_vendor_name"
    return [header.split(","), *([code, "n", 2, "Cafe", grade, dual, own, "n"] for code, grade, dual, own in rows)]


TARGETS: list[list[Any]] = [["marketing_area", "Restaurant", "Cafe"], ["ونک", 3, 2], ["تجریش", 1, 4]]


# --- Areas ------------------------------------------------------------------------------------------------------------

Ring = list[tuple[float, float]]


def square(west: float, south: float, side: float = 0.02) -> Ring:
    """A closed ring, anticlockwise."""
    east, north = round(west + side, 6), round(south + side, 6)
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def wkt(*rings: Ring) -> str:
    """A polygon as text."""
    parts = ("(" + ", ".join(f"{x!r} {y!r}" for x, y in ring) + ")" for ring in rings)
    return f"POLYGON ({', '.join(parts)})"


AREA_RINGS = {"ونک": square(51.38, 35.68), "تجریش": square(51.40, 35.70)}
# The surface of a ring of `square`: 0.02 degrees at 35.7 north.
SQUARE_KM2 = 4.02


def area_rows() -> list[list[Any]]:
    """Marketing areas as rows of a CSV file."""
    return [["WKT", "name"], *([wkt(ring), name] for name, ring in AREA_RINGS.items())]


def neighbourhoods() -> list[tuple[dict[str, Any], Ring]]:
    """Two neighbourhoods of region 1, with people."""
    return [
        ({"NAME_MAHAL": "محله یک", "OBJECTID_1": 11, "Region": 1, "Pop": 5000}, square(51.38, 35.68)),
        ({"NAME_MAHAL": "محله دو", "OBJECTID_1": 12, "Region": 1, "Pop": 3000}, square(51.40, 35.70)),
    ]


def regions() -> list[tuple[dict[str, Any], Ring]]:
    """One region around both neighbourhoods."""
    return [({"Name": "منطقه یک", "Region": 1}, square(51.37, 35.67, 0.06))]


def geojson(features: Iterable[tuple[Mapping[str, Any], Ring | list[Ring]]], **members: Any) -> str:
    """A feature collection of polygons."""
    found = []
    for properties, rings in features:
        coordinates = [rings] if isinstance(rings[0], tuple) else rings
        geometry = {"type": "Polygon", "coordinates": coordinates}
        found.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": found, **members}, ensure_ascii=False)


def shape(
    inputs: Inputs, name: str, features: Sequence[tuple[Mapping[str, Any], Ring]], prj: str | None = WGS84
) -> Path:
    """A shapefile with its attributes: numbers as N fields, texts as C fields in UTF-8."""
    path = inputs.path(name)
    with shapefile.Writer(str(path), shapeType=shapefile.POLYGON, encoding="utf-8") as writer:
        for field, value in features[0][0].items():
            if isinstance(value, str):
                writer.field(field, "C", 120)
            else:
                writer.field(field, "N", 20, 4 if isinstance(value, float) else 0)
        for properties, ring in features:
            writer.poly([[list(point) for point in ring[::-1]]])
            writer.record(*properties.values())
    path.with_suffix(".cpg").write_text("UTF-8")
    if prj:
        path.with_suffix(".prj").write_text(prj)
    return path.with_suffix(".shp")


# --- The good set of each job -----------------------------------------------------------------------------------------


def write_good(inputs: Inputs, job: str) -> None:
    """Write the files that a job reads. Every job reads the small configuration."""
    inputs.config("")
    if job in ("density", "area-stats", "timeline"):
        inputs.orders(orders())
    if job != "density":
        inputs.csv("areas/tehran.csv", area_rows())
    if job in ("areas", "population"):
        inputs.text("neighbourhoods/neighbourhoods.geojson", geojson(neighbourhoods()))
        inputs.text("regions/regions.geojson", geojson(regions()))
    if job == "snapshot":
        inputs.csv("vendors.csv", vendor_csv(vendors()))
        inputs.csv("grades.csv", grades())
        inputs.csv("targets/tehran.csv", TARGETS)
