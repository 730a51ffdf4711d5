"""Numbers in files: grouping, Persian and Arabic digits; what cannot be read is counted and named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from checks.inputs.area_cases import ONLY_NEIGHBOURHOODS, density, write_areas
from checks.inputs.case import Case, Difference, Published
from checks.inputs.files import SQUARE_KM2, Inputs, neighbourhoods, square
from checks.inputs.published import Map

NAME = "محله یک"
READABLE = (
    ("12,345", 12345),
    ("1,234,567", 1234567),
    ("۲۰۰۰", 2000),
    ("٢٠٠٠", 2000),
    ("4 500", 4500),
    ("4\u00a0500", 4500),
    ("4\u202f500", 4500),
    ("۱۲٬۳۴۵", 12345),
    ("۱۲,۳۴۵", 12345),
    ("12'345", 12345),
    ("2000.0", 2000),
    ("۲۰۰۰٫۰", 2000),
    (" 2000 ", 2000),
    ("\u200e2000\u200f", 2000),
    ("+2000", 2000),
)
UNREADABLE = ("about 3000", "n/a", "-5", "1,2,3", "12,34", "3000 people", "1.2.3", "۱۲a", "1e999", "--")
# A decimal comma does not separate groups, and people are whole numbers.
FRACTIONS = ("0,500", "12.345", "۱۲٫۳۴۵", "0.5", "۰٬۵۰۰", "999999999")


def people(want: int | None, kind: str = "neighbourhood", name: str = NAME) -> Callable[[Map], list[Difference]]:
    """The population of an area in the map."""

    def holds(found: Map) -> list[Difference]:
        is_ = found.areas(kind).get(name, {}).get("population")
        return [] if is_ == want else [f"{name}: population {is_} instead of {want}"]

    return holds


def first_with(column: str, value: Any) -> list[tuple[dict[str, Any], Any]]:
    """Two neighbourhoods; a column of the first has this value, that of the second is a good text."""
    first, second = neighbourhoods()
    return [(first[0] | {column: value}, first[1]), (second[0] | {column: str(second[0].get(column, 1))}, second[1])]


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    for text, number in READABLE:
        for form in ("csv", "geojson", "shp"):
            if form != "csv" and text not in ("12,345", "۲۰۰۰", "4 500", "2000.0"):
                continue

            def prepare(inputs: Inputs, text: str = text, form: str = form) -> None:
                write_areas(inputs, first_with("Pop", text), form)

            want = Published(layer="areas", holds=people(number))
            yield Case("numbers", f"population {text!r}, {form}", "areas", want, prepare, ONLY_NEIGHBOURHOODS)
    for text in (*UNREADABLE, *FRACTIONS):

        def unreadable(inputs: Inputs, text: str = text) -> None:
            write_areas(inputs, first_with("Pop", text), "csv")

        mention = f'["`]{re.escape(text)}["`]'
        want = Published(layer="areas", holds=people(None), mentions=(mention, "Pop|population"))
        yield Case("numbers", f"population {text!r} is named", "areas", want, unreadable, ONLY_NEIGHBOURHOODS)

    def blank(inputs: Inputs) -> None:
        write_areas(inputs, first_with("Pop", " "), "csv")

    want = Published(layer="areas", holds=people(None))
    yield Case("numbers", "a blank population is unknown", "areas", want, blank, ONLY_NEIGHBOURHOODS)
    for text in ("402", "402.0", "۴۰۲", "4,020,000", "4 020 000", "۴٫۰۲"):

        def surface(inputs: Inputs, text: str = text) -> None:
            features = [({"NAME_MAHAL": NAME, "OBJECTID_1": 11, "Pop": 8000, "AREA": text}, square(51.38, 35.68))]
            write_areas(inputs, features, "csv")

        dense = Published(layer="areas", holds=density(NAME, 8000 / SQUARE_KM2))
        yield Case("numbers", f"surface {text!r}", "areas", dense, surface, ONLY_NEIGHBOURHOODS)
    for text in ("۱", "1.0", " 1"):

        def region(inputs: Inputs, text: str = text) -> None:
            write_areas(inputs, [(row | {"Region": text}, ring) for row, ring in neighbourhoods()], "csv")

        summed = Published(layer="areas", holds=people(8000, "region", "منطقه یک"))
        yield Case("numbers", f"region {text!r}", "areas", summed, region)
