"""Configuration: every fault is reported at once, with its key and its value."""

from __future__ import annotations

from collections.abc import Iterator

from checks.inputs.case import (
    Case,
    Prepare,
    configuration,
    refused,
)
from checks.inputs.files import Inputs


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    columns = "[orders.columns]\n"
    texts: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("a number for a column", f"{columns}lng = 5", ("lng", "5", "column")),
        ("a list for a column", f'{columns}time = ["a", "b"]', ("time", "column")),
        ("a table with an unknown key", f'{columns}time = {{ colum = "t" }}', ("time", "colum", "column")),
        ("an unknown column", f'{columns}latitude = "lat"', ("latitude", "lat")),
        ("a city of text", f'{columns}city = {{ constant = "tehran" }}', ("city", "tehran|constant")),
        ("an unknown unit", f'{columns}time = {{ column = "t", unit = "min" }}', ("time|unit", "min", "ms")),
        ("a scale of 0", f'{columns}lng = {{ column = "x", scale = 0.0 }}', ("lng", "scale|column")),
        (
            "breaks that do not rise",
            f'{columns}line = {{ column = "a", breaks = [5, 1], names = ["x", "y", "z"] }}',
            ("line", "breaks"),
        ),
        ("an organic constant of 2", f"{columns}organic = {{ constant = 2 }}", ("organic", "2|0 or 1")),
        ("two faults", f"{columns}lng = 5\nlat = true", ("lng", "lat")),
        (
            "three faults in three sections",
            "[orders]\nmax_reject_share = 3\n[snapshot]\nmax_shrink_share = 7",
            ("3", "7"),
        ),
        ("an unknown key", "[orders]\nmax_rejects = 3", ("max_rejects", "max_reject_share")),
        ("an unknown section", "[order]\nmax_reject_share = 0.1", ("order", "orders")),
        ("a share above 1", "[orders]\nmax_reject_share = 3", ("max_reject_share", "3", "0 to 1|between")),
        ("a time zone that does not exist", 'time_zone = "Asia/Tehrann"', ("time_zone|time zone", "Tehrann")),
        ("an unknown meaning of local times", '[orders]\nzoneless_time = "iran"', ("zoneless_time", "iran", "local")),
        ("text that is not TOML", "time_zone = Asia/Tehran", (r"tilegen\.toml", "line 1|time_zone")),
        ("max_future of text", '[orders]\nmax_future = "soon"', ("max_future", "soon", "1h|10m")),
        ("max_future of a number", "[orders]\nmax_future = 3600", ("max_future", "3600", "1h|text|string")),
        ("a negative max_future", '[orders]\nmax_future = "-1h"', ("max_future", "-1h")),
        ("unknown_users of a number", "[orders]\nunknown_users = 5", ("unknown_users", "5|list|array")),
        ("unknown_users of numbers", "[orders]\nunknown_users = [0, -1]", ("unknown_users", 'text|string|quot|"0"')),
        ("an unknown key of [grades]", '[grades]\nletters = ["A"]', ("letters", "order")),
        ("a blank time zone", 'time_zone = ""', ("time_zone", "blank")),
        ("a blank max_future", '[orders]\nmax_future = " "', ("max_future", "blank")),
        ("a blank column", f'{columns}lng = ""', ("orders.columns.lng", "blank")),
        ("a blank column of vendors", '[vendors.columns]\nlatitude = " "', ("vendors.columns.latitude", "blank")),
        ("an unknown key of [targets.columns]", '[targets.columns]\narea = "x"', ("area", "marketing_area")),
    )
    for name, text, parts in texts:
        yield Case(
            "configuration",
            name,
            "density",
            refused(r"tilegen\.toml", *parts),
            configuration(text),
        )

    def city(old: str, new: str) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            path = inputs.root / "tilegen.toml"
            inputs.config("")
            path.write_text(path.read_text().replace(old, new))

        return prepare

    boxes: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
        ("a box from east to west", "[51.30, 35.65, 51.50, 35.80]", "[51.50, 35.65, 51.30, 35.80]", ("box", "west")),
        ("a box of latitude and longitude", "[51.30, 35.65, 51.50, 35.80]", "[35.65, 151.30, 35.80, 151.50]", ("box",)),
        ("a box of three numbers", "35.65, 51.50, 35.80]", "35.65, 51.50]", ("box", "4|four")),
        ("a city without a name", 'name_en = "Tehran"', "", ("name_en",)),
    )
    for name, old, new, parts in boxes:
        sentence = refused(r"tilegen\.toml", *parts)
        yield Case("configuration", name, "density", sentence, city(old, new))

    def twice(inputs: Inputs) -> None:
        inputs.config("")
        path = inputs.root / "tilegen.toml"
        path.write_text(path.read_text() * 2)

    yield Case(
        "configuration", "one city twice", "density", refused(r"tilegen\.toml", "2|tehran", "twice|two|same"), twice
    )
