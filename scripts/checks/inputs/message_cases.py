"""Messages: each names the one fault that is there, with the place, the value and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from checks.inputs.case import Case, Flags, Prepare, Published, refused
from checks.inputs.files import ORDERS, YESTERDAY, Inputs, orders, replaced, vendor_csv, vendors


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from columns()
    yield from rows()
    yield from arguments()


def changed(**columns: object) -> Prepare:
    """Good orders with other columns."""
    return lambda inputs: inputs.orders(replaced(orders(), **columns))


def without(column: str) -> Prepare:
    """Good orders without a column."""
    return lambda inputs: inputs.orders(orders().drop_columns([column]))


def columns() -> Iterator[Case]:
    """Columns that are missing or of a type that cannot be read."""
    where = r"part-0\.parquet"
    for column, key in (
        ("order_id", "order_id"),
        ("city_id", "city"),
        ("business_line", "line"),
        ("customer_latitude", "lat"),
        ("user_id", "user"),
        ("organic", "organic"),
        ("created_at", "time"),
    ):
        sentence = refused(where, f"`{column}`", r"\[?orders\.columns", key)
        yield Case("messages", f"no column {column}", "density", sentence, without(column))
    for column, job in (("created_at", "area-stats"), ("order_id", "area-stats")):
        sentence = refused(where, f"`{column}`", r"\[orders\.columns")
        yield Case("messages", f"{job}: no column {column}", job, sentence, without(column))
    nothing = pa.table({"x": pa.array([1] * ORDERS)})
    sentence = refused(where, "it has x", r"\[orders\.columns")
    yield Case("messages", "no known column", "density", sentence, lambda inputs: inputs.orders(nothing))
    for column, array in {
        "customer_latitude": pa.array(["north"] * ORDERS),
        "created_at": pa.array(["yesterday"] * ORDERS),
        "business_line": pa.array([7] * ORDERS),
        "city_id": pa.array(["Tehran"] * ORDERS),
        "organic": pa.array(["maybe"] * ORDERS),
    }.items():
        sentence = refused(where, f"`{column}`", "text|string|integer|number|maybe|Tehran|north")
        yield Case("messages", f"{column} of another type", "density", sentence, changed(**{column: array}))
    dates = pa.array([YESTERDAY] * ORDERS)
    yield Case(
        "messages", "created_at is a date", "density", refused(where, "created_at", "date"), changed(created_at=dates)
    )


def rows() -> Iterator[Case]:
    """Rejected rows are counted by reason."""
    zero = pa.array([0.0] * ORDERS)
    for name, prepare, parts in (
        ("every city is unknown", changed(city_id=pa.array([9] * ORDERS)), ("400 of 400", "city")),
        ("every position is 0, 0", changed(customer_latitude=zero, customer_longitude=zero), ("400 of 400", "0")),
        ("every line is blank", changed(business_line=pa.array([" "] * ORDERS)), ("400 of 400", "line")),
        ("no rows", lambda inputs: inputs.orders(orders().slice(0, 0)), ("orders", "no rows")),
        (
            "longitude and latitude are swapped",
            changed(customer_latitude=orders()["customer_longitude"], customer_longitude=orders()["customer_latitude"]),
            ("400 of 400", "outside", "swapped", 'lng = "customer_latitude"', 'lat = "customer_longitude"'),
        ),
        (
            "times are in seconds, the unit says microseconds",
            lambda inputs: (
                inputs.orders(replaced(orders(), created_at=pa.array([1_795_000_000] * ORDERS))),
                inputs.config('[orders.columns]\ntime = { column = "created_at", unit = "us" }'),
            ),
            ("time", "unit"),
        ),
    ):
        yield Case("messages", name, "density", refused(*parts), prepare)
    early: Flags = {"as-of": "2026-01-01", "window": "1d"}
    sentence = refused("2026-01-01", "no .*order", f"{YESTERDAY - timedelta(7)} to {YESTERDAY}", "--as-of")
    yield Case("messages", "no order in the window", "density", sentence, flags=early)
    yield from examples()


def examples() -> Iterator[Case]:
    """The first row that is rejected is named, with the value that is the reason."""
    for column, value, shown in (
        ("city_id", 9, "`city_id` is `9`"),
        ("city_id", None, "`city_id` is missing"),
        ("business_line", " ", "`business_line` is blank"),
        ("organic", 7, "`organic` is `7`"),
        ("created_at", datetime(1999, 1, 1, tzinfo=UTC), "`created_at` is `1999-01-01T00:00:00Z`"),
    ):
        table = orders()
        values = [*table[column].to_pylist()[:300], *[value] * 100]
        prepare = changed(**{column: pa.array(values, table[column].type)})
        sentence = refused("100 of 400", r"row 301 of orders/part-0\.parquet", shown)
        yield Case("messages", f"{column} is {value!r} in 100 rows", "density", sentence, prepare)

    def some_swapped(inputs: Inputs) -> None:
        table = orders()
        lng, lat = (table[f"customer_{name}"].to_pylist() for name in ("longitude", "latitude"))
        lng[:10], lat[:10] = lat[:10], lng[:10]
        inputs.orders(replaced(table, customer_longitude=pa.array(lng), customer_latitude=pa.array(lat)))

    want = Published(orders=ORDERS - 10, report={"swapped_positions": 10}, mentions=("10 positions .* swapped",))
    yield Case("messages", "longitude and latitude are swapped in 10 rows", "density", want, some_swapped)
    rows = [row | {"latitude": row["longitude"], "longitude": row["latitude"]} for row in vendors()]
    sentence = refused(r"vendors\.csv", "40 of 40", "swapped", 'longitude = "latitude"')
    yield Case(
        "messages",
        "longitude and latitude of all vendors are swapped",
        "snapshot",
        sentence,
        lambda inputs: inputs.csv("vendors.csv", vendor_csv(rows)),
    )


def arguments() -> Iterator[Case]:
    """Arguments that cannot be used."""
    values: tuple[tuple[str, str, Flags, tuple[str, ...]], ...] = (
        ("--orders is empty", "density", {"orders": ""}, ("--orders", "empty|value|folder")),
        ("--config is empty", "density", {"config": ""}, ("--config", "empty|value")),
        ("--vendors is empty", "snapshot", {"vendors": ""}, ("--vendors", "empty|value")),
        ("--grades is empty", "snapshot", {"grades": ""}, ("--grades", "empty|value")),
        ("--targets is empty", "snapshot", {"targets": ""}, ("--targets", "empty|value")),
        ("--areas is empty", "areas", {"areas": ""}, ("--areas", "empty|value")),
        ("--regions is empty", "areas", {"regions": ""}, ("--regions", "empty|value")),
        ("--window 0d", "density", {"window": "0d"}, ("--window", "0d", "30d")),
        ("--window of a month", "density", {"window": "1m"}, ("1m", "30d")),
        ("--as-of is not a date", "density", {"as-of": "22.11.2026"}, ("--as-of", r"22\.11\.2026")),
        ("--as-of does not exist", "density", {"as-of": "2026-02-30"}, ("--as-of", "2026-02-30")),
        ("--layer is unknown", "density", {"layer": "heat"}, ("heat", "density-public")),
        ("--config does not exist", "density", {"config": "{root}/no.toml"}, (r"no\.toml",)),
        ("--vendors does not exist", "snapshot", {"vendors": "{root}/no.csv"}, (r"no\.csv",)),
        ("--vendors has no known ending", "snapshot", {"vendors": "{root}/v.xlsx"}, (r"v\.xlsx", r"\.csv")),
        ("--areas does not exist", "areas", {"areas": "{root}/no"}, ("read no:",)),
        ("--areas is a file", "areas", {"areas": "{root}/tilegen.toml"}, (r"tilegen\.toml", "folder|directory")),
        ("--targets is a file", "snapshot", {"targets": "{root}/grades.csv"}, (r"grades\.csv", "folder|directory")),
        ("--people-per-dot 0", "population", {"people-per-dot": "0"}, ("people-per-dot", "0")),
    )
    for name, job, flags, parts in values:
        prepare: Prepare = lambda inputs: inputs.text("v.xlsx", b"PK\x03\x04")  # noqa: E731
        yield Case("messages", name, job, refused(*parts), prepare, flags)
