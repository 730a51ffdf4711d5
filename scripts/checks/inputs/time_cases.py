"""Time: clocks that are fast, days that are not over, files of tomorrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa

from checks.inputs.case import Case, Flags, Prepare, Published, configuration, refused
from checks.inputs.files import (
    DAY,
    NOW,
    ORDERS,
    TEHRAN,
    Inputs,
    at,
    geojson,
    neighbourhoods,
    orders,
    regions,
    replaced,
    shape,
    square,
    times_array,
    with_rows,
)
from checks.inputs.published import Map

FROM_30D = str(DAY - timedelta(29))
AT_NOW: Flags = {"now": NOW}
ALL: Flags = {"now": NOW, "window": "all"}
END_OF_DAY = "2026-11-22T20:30:00Z"


def extra(*rows: dict[str, object], count: int = ORDERS) -> Prepare:
    """Good orders until `DAY`, and more rows."""

    def prepare(inputs: Inputs) -> None:
        inputs.orders(with_rows(orders(count, last=DAY), rows))

    return prepare


def repeated(count: int, **row: object) -> list[dict[str, object]]:
    """The same row several times."""
    return [dict(row) for _ in range(count)]


def other_file(*rows: dict[str, object], only: bool = False) -> Prepare:
    """Good orders until `DAY`, and more rows in a file of their own."""

    def prepare(inputs: Inputs) -> None:
        good = orders(last=DAY)
        inputs.orders(with_rows(good.slice(0, 1), rows).slice(1), "orders/part-1.parquet")
        if only:
            inputs.remove("orders/part-0.parquet")
        else:
            inputs.orders(good)

    return prepare


def every_hour(first: str, last: str, **columns: object) -> pa.Table:
    """An order in each hour of a span."""
    moment, moments = at(first), []
    while moment < at(last):
        moments.append(moment)
        moment += timedelta(hours=1)
    return replaced(orders(len(moments)), created_at=times_array(moments))


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from fast_clocks()
    yield from old_and_broken()
    yield from incomplete_days()
    yield from ends_of_windows()
    yield from modification_times()


def fast_clocks() -> Iterator[Case]:
    """Orders later than now + max_future are counted rejects, and move no window."""
    one = {"time_in_future": 1}
    days = (FROM_30D, str(DAY))
    for name, rows, rejected in (
        ("one order of next year", [{"created_at": at("2027-03-01 12:00")}], one),
        ("one order of tomorrow", [{"created_at": at("2026-11-24 12:00")}], one),
        ("one order two hours ahead", [{"created_at": at("2026-11-23 14:00")}], one),
        ("one order a second beyond the hour", [{"created_at": at("2026-11-23 13:00:01")}], one),
        ("a future order of an unknown city", [{"created_at": at("2098-01-01 12:00"), "city_id": 99}], one),
        ("a future order without a position", [{"created_at": at("2026-12-01"), "customer_latitude": None}], one),
        ("a future order without a line", [{"created_at": at("2026-12-01"), "business_line": None}], one),
    ):
        yield Case(
            "time",
            name,
            "density",
            Published(orders=4000, days=days, rejects=rejected),
            extra(*rows, count=4000),
            AT_NOW,
        )
    yield Case(
        "time",
        "a future order in a file of its own",
        "density",
        Published(orders=ORDERS, days=days, rejects=one),
        other_file({"created_at": at("2027-03-01 12:00")}),
        AT_NOW,
    )
    yield Case(
        "time",
        "100 orders of 2030 in the window of all days",
        "density",
        Published(orders=4000, slot="all", rejects={"time_in_future": 100}),
        extra(*repeated(100, created_at=at("2030-01-01 12:00")), count=4000),
        ALL,
    )
    for minutes in (30, 60):
        yield Case(
            "time",
            f"an order {minutes} minutes ahead is within max_future",
            "density",
            Published(orders=ORDERS, days=days, rejects={}, outside=1),
            extra({"created_at": at("2026-11-23 12:00") + timedelta(minutes=minutes)}),
            AT_NOW,
        )
    for setting, rejected, outside in (('"10m"', one, 0), ('"1d"', {}, 1)):

        def configured(inputs: Inputs, setting: str = setting) -> None:
            extra({"created_at": at("2026-11-23 12:30")})(inputs)
            inputs.config(f"[orders]\nmax_future = {setting}")

        want = Published(orders=ORDERS, days=days, rejects=rejected, outside=outside)
        yield Case("time", f"max_future = {setting}", "density", want, configured, AT_NOW)
    yield Case(
        "time",
        "a tenth of all orders in the future",
        "density",
        refused(r"40 of \d+ rows", "future|later than", "max_reject_share|max_future"),
        extra(*repeated(40, created_at=at("2027-03-01 12:00"))),
        AT_NOW,
    )
    yield Case(
        "time",
        "every order in the future",
        "density",
        refused("future|later than", "2027|max_future|clock|400"),
        lambda inputs: inputs.orders(orders(last=date(2027, 3, 1))),
        AT_NOW,
    )

    def integers(inputs: Inputs) -> None:
        table = with_rows(orders(last=DAY), [{"created_at": at("2027-03-01 12:00")}])
        seconds = table["created_at"].cast(pa.timestamp("s", "UTC")).cast(pa.int64())
        inputs.orders(replaced(table, created_at=seconds))
        inputs.config('[orders.columns]\ntime = { column = "created_at", unit = "s" }')

    yield Case(
        "time", "a future order in whole seconds", "density", Published(orders=ORDERS, rejects=one), integers, AT_NOW
    )
    for job in ("area-stats", "timeline"):

        def with_areas(inputs: Inputs) -> None:
            extra({"created_at": at("2027-03-01 12:00")})(inputs)
            inputs.touch_all(-60)

        yield Case("time", f"{job}: orders of areas, one of next year", job, Published(rejects=one), with_areas, AT_NOW)


def old_and_broken() -> Iterator[Case]:
    """Times that no order has."""
    us = pa.timestamp("us", "UTC")

    def raw(value: int | None, kind: pa.DataType = us, own_group: bool = False) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            factor = 1_000 if kind.unit == "ns" else 1
            times = table["created_at"].cast(pa.int64()).to_pylist()
            times = [time * factor for time in times]
            times = [*times, value] if own_group else [*times[:200], value, *times[200:]]
            table = with_rows(table, [{}])
            array = pa.array(times, pa.int64()).cast(kind)
            inputs.orders(replaced(table, created_at=array), row_group_size=400 if own_group else 1000)

        return prepare

    year_9999 = 253_402_214_400_000_000
    out_of_range = {"time_out_of_range": 1}
    for name, prepare, rejected in (
        ("9999-12-31 in a row group of valid rows", raw(year_9999), None),
        ("9999-12-31 in a row group of its own", raw(year_9999, own_group=True), None),
        ("the year 1969", raw(-1_000_000), out_of_range),
        ("the lowest number of microseconds", raw(-(2**63) + 1), out_of_range),
        ("the highest number of microseconds", raw(2**63 - 1), None),
        ("the highest number of nanoseconds", raw(2**63 - 1, pa.timestamp("ns", "UTC")), None),
        ("no time", raw(None), {"time_missing": 1}),
    ):
        # A time beyond 2100 is both out of range and in the future; either reason is true.
        want = Published(orders=ORDERS, rejects=rejected, holds=None if rejected else one_reject)
        yield Case("time", name, "density", want, prepare)

    def unsigned(own_group: bool) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            times = table["created_at"].cast(pa.int64()).to_pylist()
            times = [*times, 2**64 - 1] if own_group else [*times[:200], 2**64 - 1, *times[200:]]
            table = replaced(with_rows(table, [{}]), created_at=pa.array(times, pa.uint64()))
            inputs.orders(table, row_group_size=ORDERS if own_group else 1000)
            inputs.config('[orders.columns]\ntime = { column = "created_at", unit = "us" }')

        return prepare

    for where, own_group in (("a row group of valid rows", False), ("a row group of its own", True)):
        want = Published(orders=ORDERS, rejects={"time_missing": 1})
        yield Case("time", f"2^64 - 1 in {where}", "density", want, unsigned(own_group))
    for name, count in (("an order of 2000 in the window of all days", 1), ("100 orders of 2001 in all days", 100)):
        rows = repeated(count, created_at=at("2000-06-01 12:00") + timedelta(days=300 * (count > 1)))
        yield Case(
            "time",
            name,
            "density",
            Published(orders=4000, slot="all", rejects={"time_too_old": count}),
            extra(*rows, count=4000),
            ALL,
        )
    yield Case(
        "time",
        "8,000 days back is the oldest day",
        "density",
        Published(orders=ORDERS + 1, slot="all", rejects={"time_too_old": 1}),
        extra(
            {"created_at": datetime.combine(DAY - timedelta(7_999), at("2026-01-01 12:00").timetz())},
            {"created_at": datetime.combine(DAY - timedelta(8_200), at("2026-01-01 12:00").timetz())},
        ),
        ALL,
    )


def one_reject(found: Map) -> list[str]:
    """Exactly one row is rejected, for its time."""
    reasons = {reason: rows for reason, rows in found.report["rejects"].items() if rows}
    if reasons in ({"time_out_of_range": 1}, {"time_in_future": 1}):
        return []
    return [f"rejects: {reasons} instead of one for its time"]


def incomplete_days() -> Iterator[Case]:
    """Windows end with the newest day that is over and has valid orders."""
    until_night = lambda inputs: inputs.orders(every_hour("2026-11-15 00:30", "2026-11-23 03:30"))  # noqa: E731
    night = {"now": "2026-11-23T06:00:00+03:30", "window": "1d"}
    last_day = (str(DAY), str(DAY))
    day = Published(orders=24, slot="1d", days=last_day, data_at=END_OF_DAY, outside=None)
    yield Case("time", "files cut at midnight UTC: 1d is the whole day", "density", day, until_night, night)
    yield Case(
        "time",
        "files cut at midnight UTC: 30d ends with the whole day",
        "density",
        Published(orders=8 * 24, days=(FROM_30D, str(DAY)), outside=3),
        until_night,
        {**night, "window": "30d"},
    )
    yield Case(
        "time",
        "files cut at midnight UTC: all days end with the whole day",
        "density",
        Published(orders=8 * 24, slot="all", days=("2026-11-15", str(DAY)), outside=3),
        until_night,
        {**night, "window": "all"},
    )
    yield Case(
        "time",
        "--include-today: 1d is the night",
        "density",
        Published(orders=3, slot="1d", days=("2026-11-23", "2026-11-23"), data_at="2026-11-23T02:30:00Z"),
        until_night,
        {**night, "include-today": True},
    )
    yield Case(
        "time",
        "--as-of names a day that is not over",
        "density",
        Published(orders=3, slot="1d", days=("2026-11-23", "2026-11-23")),
        until_night,
        {**night, "as-of": "2026-11-23"},
    )
    yield Case(
        "time",
        "--as-of an older day",
        "density",
        Published(orders=24, slot="1d", days=("2026-11-20", "2026-11-20"), data_at="2026-11-20T20:30:00Z"),
        until_night,
        {**night, "as-of": "2026-11-20"},
    )
    today = lambda inputs: inputs.orders(every_hour("2026-11-23 01:00", "2026-11-23 06:00"))  # noqa: E731
    for later in ("2026-11-24", "2026-12-20", "2027-11-24"):
        late = refused("--as-of", later, "2026-11-23", "future")
        yield Case("time", f"--as-of {later} is in the future", "density", late, extra(), {"now": NOW, "as-of": later})
    for setting in ("25h", "7d", "400d"):
        sentence = refused("max_future", setting, "1d")
        config = configuration(f'[orders]\nmax_future = "{setting}"')
        yield Case("time", f"max_future of {setting}", "density", sentence, config, AT_NOW)
    midnight: Flags = {"now": "2026-11-22T23:30:00+03:30", "include-today": True, "window": "1d"}
    yield Case(
        "time",
        "--include-today ends with today, whatever a fast clock says",
        "density",
        Published(orders=ORDERS // 8, slot="1d", days=("2026-11-22", "2026-11-22")),
        extra({"created_at": at("2026-11-23 00:15")}),
        midnight,
    )
    yield Case("time", "only orders of today", "density", refused("--include-today", "2026-11-23"), today, night)
    yield Case(
        "time",
        "only orders of today, with --include-today",
        "density",
        Published(orders=5, slot="1d", days=("2026-11-23", "2026-11-23")),
        today,
        {**night, "include-today": True},
    )
    for clock, today_minus_one, count in (
        ("2026-11-23T00:00:00+03:30", DAY, 24),
        ("2026-11-22T23:59:59+03:30", date(2026, 11, 21), 24),
    ):
        yield Case(
            "time",
            f"the clock is {clock[:19].replace('T', ' ')}",
            "density",
            Published(orders=count, slot="1d", days=(str(today_minus_one),) * 2),
            lambda inputs: inputs.orders(every_hour("2026-11-20 00:30", "2026-11-23 00:00")),
            {"now": clock, "window": "1d"},
        )
    for zone, clock, last in (
        ("UTC", "2026-11-23T01:00:00Z", "2026-11-22"),
        ("Asia/Tokyo", "2026-11-22T16:00:00Z", "2026-11-22"),
        ("America/New_York", "2026-11-23T04:00:00Z", "2026-11-21"),
    ):

        def zoned(inputs: Inputs, zone: str = zone, clock: str = clock) -> None:
            inputs.orders(every_hour("2026-11-15 00:30", clock))
            inputs.config(f'time_zone = "{zone}"')

        want = Published(orders=24, slot="1d", days=(last, last))
        yield Case("time", f"the day is over in {zone}", "density", want, zoned, {"now": clock, "window": "1d"})

    def local(inputs: Inputs) -> None:
        table = every_hour("2026-11-15 00:30", "2026-11-23 06:00")
        times = [moment.astimezone(TEHRAN).replace(tzinfo=None) for moment in table["created_at"].to_pylist()]
        inputs.orders(replaced(table, created_at=pa.array(times, pa.timestamp("us"))))
        inputs.config('[orders]\nzoneless_time = "local"')

    yield Case("time", "local times without a zone, today is not over", "density", day, local, night)

    def before_the_clock(inputs: Inputs) -> None:
        until_night(inputs)
        inputs.touch_all(-60, "2026-11-23T06:00:00+03:30")

    yield Case(
        "time",
        "area statistics leave out today",
        "area-stats",
        Published(holds=ends_with_day),
        before_the_clock,
        {"now": night["now"]},
    )


def ends_with_day(found: Map) -> list[str]:
    """The windows of area statistics end with `DAY`."""
    windows = found.table("area-stats/orders")["windows"]
    want = {"30d": [FROM_30D, str(DAY)], "all": ["2026-11-15", str(DAY)]}
    return [] if windows == want else [f"windows: {windows} instead of {want}"]


def ends_of_windows() -> Iterator[Case]:
    """A row that is no order moves no window; the clock is recorded."""
    damages: Sequence[tuple[str, dict[str, object]]] = (
        ("an unknown city", {"city_id": 99}),
        ("no position", {"customer_longitude": None}),
        ("a position at 0, 0", {"customer_longitude": 0.0, "customer_latitude": 0.0}),
        ("no line", {"business_line": " "}),
        ("an invalid organic flag", {"organic": 7}),
    )
    for name, damaged in damages:
        # The clock is two days later, so that the day of the damaged row is over too.
        yield Case(
            "time",
            f"the newest row has {name}",
            "density",
            Published(orders=ORDERS, days=(FROM_30D, str(DAY)), data_at=END_OF_DAY),
            extra({"created_at": at("2026-11-23 12:00")} | damaged),
            {"now": "2026-11-24T12:00:00+03:30"},
        )
    yield Case(
        "time",
        "the clock is recorded in the lineage",
        "density",
        Published(orders=ORDERS, holds=lambda found: recorded(found.lineage("density", "30d"))),
        extra(),
        AT_NOW,
    )
    for text in ("yesterday", "2026-13-01T00:00:00Z", "2026-11-23"):
        yield Case("time", f"--now {text}", "density", refused("--now", text, "RFC 3339|2026-"), flags={"now": text})


def recorded(lineage: str) -> list[str]:
    """The lineage contains the clock."""
    return [] if '"now"' in lineage and "2026-11-23" in lineage else ["the lineage does not contain `now`"]


def modification_times() -> Iterator[Case]:
    """Input files of tomorrow are refused; the data of areas are as old as their newest file."""

    def later(name: str, seconds: float) -> Prepare:
        return lambda inputs: inputs.touch(name, seconds)

    def area_files(inputs: Inputs) -> None:
        shape(inputs, "neighbourhoods/tehran.shp", neighbourhoods())
        inputs.remove("neighbourhoods/neighbourhoods.geojson")

    for job, name in (
        ("snapshot", "vendors.csv"),
        ("snapshot", "grades.csv"),
        ("snapshot", "targets/tehran.csv"),
        ("snapshot", "areas/tehran.csv"),
        ("areas", "areas/tehran.csv"),
        ("areas", "regions/regions.geojson"),
        ("population", "neighbourhoods/neighbourhoods.geojson"),
        ("area-stats", "areas/tehran.csv"),
        ("timeline", "areas/tehran.csv"),
    ):
        for seconds, span in ((600, "10 minutes"), (400 * 86_400, "a year")):
            yield Case(
                "time",
                f"{job}: {name} is of {span} later",
                job,
                refused(re.escape(name.split("/")[-1]), r"202\d-\d\d-\d\d", "clock|touch"),
                later(name, seconds),
            )
    for seconds in (30, 55):
        want = Published(vendors=40)
        yield Case("time", f"vendors of {seconds} seconds later", "snapshot", want, later("vendors.csv", seconds))

    def late_attributes(inputs: Inputs) -> None:
        area_files(inputs)
        inputs.touch("neighbourhoods/tehran.dbf", 600)

    yield Case(
        "time", "the .dbf of a shapefile is of 10 minutes later", "areas", refused(r"tehran\.dbf"), late_attributes
    )
    for job in ("areas", "population"):

        def dated(inputs: Inputs) -> None:
            inputs.text("regions/regions.geojson", geojson(regions()))
            inputs.touch_all(-86_400 * 10)
            inputs.touch("neighbourhoods/neighbourhoods.geojson", -86_400 * 3, NOW)

        want = Published(layer=job, data_at="2026-11-20T08:30:00Z")
        yield Case("time", f"data of {job} are as old as the newest file", job, want, dated)

    def dated_squares(inputs: Inputs) -> None:
        inputs.text("areas/tehran.geojson", geojson([({"name": "ونک"}, square(51.38, 35.68))]))
        inputs.remove("areas/tehran.csv")
        inputs.touch_all(-3600)

    want = Published(layer="areas", data_at="2026-11-23T07:30:00Z")
    flags: Flags = {"now": NOW, "regions": None, "neighbourhoods": None}
    yield Case("time", "data of areas are not as old as the build", "areas", want, dated_squares, flags)
