"""Vendor files: what is clear is read, what is not is named for what it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from checks.inputs.case import (
    Case,
    Difference,
    Flags,
    Prepare,
    Published,
    csv_file,
    damaged_names,
    refused,
    text_file,
)
from checks.inputs.files import VENDORS, Inputs, csv_text, json_lines, vendor_csv, vendors
from checks.inputs.published import Map

ALL = Published(vendors=VENDORS)
LINES: Flags = {"vendors": "{root}/vendors.jsonl"}


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from ends_of_files()
    yield from quotes()
    yield from repeated()
    yield from devices()
    yield from encodings()
    yield from flags_and_numbers()
    yield from names()
    yield from optional()
    yield from configured_columns()


def text() -> str:
    """The good file."""
    return csv_text(vendor_csv(vendors()))


def written(content: str | bytes, name: str = "vendors.csv") -> Prepare:
    """Write the vendor file."""
    return text_file(name, content)


def changed(**values: Any) -> Prepare:
    """Change values of the first vendor."""

    def prepare(inputs: Inputs) -> None:
        rows = vendors()
        rows[0] |= values
        inputs.csv("vendors.csv", vendor_csv(rows))

    return prepare


def ends_of_files() -> Iterator[Case]:
    """A file is cut where its last row is not whole; a missing line break cuts nothing."""
    lines = json_lines(vendors())
    for name, prepare, flags in (
        ("CSV without a last line break", written(text().rstrip("\n")), {}),
        ("JSON lines without a last line break", written(lines.rstrip("\n"), "vendors.jsonl"), LINES),
        ("CSV with CRLF, without the last one", written(text().replace("\n", "\r\n").rstrip("\r\n")), {}),
        ("CSV with blank lines at the end", written(text() + "\n\n"), {}),
        ("JSON lines with a byte order mark", written("\ufeff" + lines, "vendors.jsonl"), LINES),
        ("CSV with a byte order mark", written("\ufeff" + text()), {}),
    ):
        yield Case("vendors", name, "snapshot", ALL, prepare, flags)
    rows = text().splitlines()
    cut = lines.rstrip("\n")[:-20]
    for name, content, file, parts in (
        ("CSV cut inside the last row", "\n".join([*rows[:-1], rows[-1][:12]]), "vendors.csv", ["41|40"]),
        ("CSV cut inside quotes", text() + '1099,2,"Caf', "vendors.csv", ["quot|cut|42"]),
        ("JSON lines cut inside the last object", cut, "vendors.jsonl", [r"line 40"]),
        ("a JSON array instead of lines", json.dumps(vendors()) + "\n", "vendors.jsonl", ["line 1|array"]),
        ("a row with too many fields", text() + "1099,2,Cafe,35.7,51.4,1,5,1,n,0,9,9\n", "vendors.csv", ["42|41"]),
    ):
        given: Flags = {"vendors": f"{{root}}/{file}"}
        sentence = refused(re.escape(file), *parts)
        yield Case("vendors", name, "snapshot", sentence, written(content, file), given)


def with_lines(changes: dict[int, tuple[str, str]], end: str = "\n") -> Prepare:
    """The good file with a text replaced in some lines, counted from 1."""
    lines = text().splitlines()
    for number, (old, new) in changes.items():
        lines[number - 1] = lines[number - 1].replace(old, new)
    return written("\n".join(lines) + end)


def quotes() -> Iterator[Case]:
    """A stray quote takes no rows into its field; quotes around and inside of whole fields are read."""
    for name, prepare, parts in (
        (
            "two names that begin with a quote",
            with_lines({11: (",Vendor", ',"Vendor'), 31: (",Vendor", ',"Vendor')}),
            "11",
        ),
        (
            "a name that begins and one that ends with it",
            with_lines({11: (",Vendor", ',"Vendor'), 31: (",0", '",0')}),
            "11",
        ),
        ("neighbouring lines", with_lines({11: (",Vendor", ',"Vendor'), 12: ("Vendor 10", 'Vendor 10"')}), "11"),
        ("one quote, and the file ends", with_lines({6: (",Vendor", ',"Vendor')}), "line 6.*41|41.*line 6"),
        ("one quote, without a last line break", with_lines({6: (",Vendor", ',"Vendor')}, ""), "line 6"),
        ("text after a closing quote", with_lines({9: ("Vendor 7", '"Vendor" 7')}), "line 9"),
        ("in the header", with_lines({1: ("vendor_name", '"vendor_name')}), "line 1"),
    ):
        sentence = refused(r"vendors\.csv", parts, "vendor_name|is_dual", "quote")
        yield Case("vendors", f"a stray quote: {name}", "snapshot", sentence, prepare)
    for name, new in {
        "inside of a field": 'Vendor "7"',
        "doubled": '"Vendor ""7"""',
        "around a comma": '"Vendor, 7"',
    }.items():
        yield Case("vendors", f"quotes {name}", "snapshot", ALL, with_lines({9: ("Vendor 7", new)}))
    grades = text_file("grades.csv", 'vendor_code,grade\n1001,"A+\n1002,B\n1003,C-\n1004,"B\n1005,B\n')
    yield Case("vendors", "a stray quote in grades", "snapshot", refused(r"grades\.csv", "line 2", "grade"), grades)
    targets = text_file("targets/tehran.csv", 'marketing_area,Restaurant,Cafe\n"ونک,3,2\nتجریش,1,4\n')
    yield Case("vendors", "a stray quote in targets", "snapshot", refused(r"tehran\.csv", "line 2", "quote"), targets)


def repeated() -> Iterator[Case]:
    """A column or key that is there twice has no clear value; which copy of a vendor is kept is always the same."""
    rows = [[*row, extra] for row, extra in zip(vendor_csv(vendors()), ["radius", *[9] * VENDORS], strict=True)]
    sentence = refused(r"vendors\.csv", "radius", "two columns")
    yield Case("vendors", "two columns radius", "snapshot", sentence, csv_file("vendors.csv", rows))
    lines = json_lines(vendors()).replace('"radius": 1.5', '"radius": 1.5, "radius": 9', 1)
    sentence = refused(r"vendors\.jsonl", "line 1", "radius", "more than once")
    yield Case("vendors", "a JSON key twice", "snapshot", sentence, written(lines, "vendors.jsonl"), LINES)
    targets = csv_file("targets/tehran.csv", [["marketing_area", "Cafe", "Cafe"], ["ونک", 3, 7]])
    yield Case(
        "vendors", "a line twice in targets", "snapshot", refused(r"tehran\.csv", "two columns", "Cafe"), targets
    )

    def copies(order: int) -> Prepare:
        other = vendors(1)[0] | {"business_line": "Cafe", "latitude": 35.71, "radius": 3}
        rows = [*vendors(), other][::order]
        return csv_file("vendors.csv", vendor_csv(rows))

    yield Case("vendors", "a vendor twice, in any order", "snapshot", ALL, copies(1), same_as=copies(-1))


def devices() -> Iterator[Case]:
    """A pipe never ends; a device has no end."""
    for name in ("vendors.csv", "grades.csv", "targets/tehran.csv", "areas/tehran.csv"):
        for kind, make in (("a pipe", os.mkfifo), ("a link to /dev/zero", lambda path: os.symlink("/dev/zero", path))):

            def prepare(inputs: Inputs, name: str = name, make: Callable[[Path], None] = make) -> None:
                inputs.remove(name)
                make(inputs.root / name)

            sentence = refused(re.escape(name.split("/")[-1]), "pipe|device")
            yield Case("vendors", f"{name} is {kind}", "snapshot", sentence, prepare)


def encodings() -> Iterator[Case]:
    """A file in another encoding or with another separator is told apart from a half-written one."""
    never = ("half.written",)
    for name, content, word in (
        ("UTF-16 with a mark", text().encode("utf-16"), "UTF-16"),
        ("UTF-16 without a mark", text().encode("utf-16-le"), "UTF-16"),
        ("UTF-16, big end first", b"\xfe\xff" + text().encode("utf-16-be"), "UTF-16"),
        ("Windows-1256", text().replace("Vendor 3", "فروشگاه").encode("cp1256"), "UTF-8"),
        ("a gzip file", b"\x1f\x8b\x08\x00" + bytes(200), "gzip|UTF-8|compressed"),
        ("a zip file", b"PK\x03\x04" + bytes(200), "zip|Excel|xlsx|UTF-8"),
        ("parquet named .csv", b"PAR1" + bytes(200) + b"PAR1", "parquet|UTF-8"),
        ("semicolons", text().replace(",", ";"), "semicolon|`;`|;"),
    ):
        sentence = refused(r"vendors\.csv", word, never=never)
        yield Case("vendors", f"a file in {name}", "snapshot", sentence, written(content))
    yield Case(
        "vendors",
        "JSON lines in UTF-16",
        "snapshot",
        refused(r"vendors\.jsonl", "UTF-16", never=never),
        written(json_lines(vendors()).encode("utf-16"), "vendors.jsonl"),
        LINES,
    )


def flags_and_numbers() -> Iterator[Case]:
    """One reader of flags, codes and numbers."""
    for column, values in {
        "visible": ("1.0", "True", "TRUE", "true", " 1 "),
        "status_id": ("5.0", " 5", "۵"),
        "is_dual": ("0.0", "False", "false"),
        "radius": ("۲", "۱٫۵", " 1.5 "),
        "latitude": ("۳۵٫۷", "35.7 "),
    }.items():
        for value in values:
            yield Case(
                "vendors",
                f"{column} is `{value}`",
                "snapshot",
                Published(vendors=VENDORS, rejects={}, report={"vendors_counted": VENDORS}),
                changed(**{column: value}),
            )
    for column, value in (("visible", "maybe"), ("status_id", "5.5"), ("radius", "far"), ("latitude", "north")):
        yield Case(
            "vendors",
            f"{column} is `{value}`: rejected and named",
            "snapshot",
            Published(vendors=VENDORS - 1, mentions=(column, re.escape(value))),
            changed(**{column: value}),
        )
    for column, value in (
        ("radius", "0,500"),
        ("radius", "1,500"),
        ("latitude", "35,700"),
        ("vendor_code", "\u202e1001"),
    ):
        yield Case(
            "vendors",
            f"{column} is {value!r}: rejected and named",
            "snapshot",
            Published(vendors=VENDORS - 1, mentions=(column,)),
            changed(**{column: value}),
        )
    metres = csv_file("vendors.csv", vendor_csv([row | {"radius": 800} for row in vendors()]))
    yield Case("vendors", "radii in metres", "snapshot", refused("radius", "800 km", "50 km", "--accept"), metres)
    sentence = refused(r"vendors\.csv", "no rows|empty|no vendor")
    no_rows = csv_file("vendors.csv", vendor_csv(vendors())[:1])
    yield Case("vendors", "a header without rows", "snapshot", sentence, no_rows)

    def without(column: str) -> Prepare:
        rows = [{key: row[key] for key in row if key != column} for row in vendors()]
        return csv_file("vendors.csv", vendor_csv(rows))

    for column in ("latitude", "vendor_code"):
        sentence = refused(r"vendors\.csv", column, r"vendors\.columns")
        yield Case("vendors", f"no column {column}", "snapshot", sentence, without(column))
    unknown = [row | {"city_id": 9} for row in vendors()]
    yield Case(
        "vendors",
        "every vendor in an unknown city",
        "snapshot",
        refused(r"vendors\.csv", "40", "city"),
        csv_file("vendors.csv", vendor_csv(unknown)),
    )


def named(name: str) -> Callable[[Map], list[Difference]]:
    """The names of vendors are clean, and one of them is this."""

    def compare(found: Map) -> list[Difference]:
        names = [name or "" for name in found.table("vendors/tehran")["columns"]["name"]]
        missing = [] if name in names else [f"no vendor has the name {name!r}: {names[:3]}"]
        return damaged_names(names) + missing

    return compare


def names() -> Iterator[Case]:
    """Names are cleaned and cut, and counted."""
    for name, letters, cleaned in (
        ("NUL", "Va\x00nak", "Vanak"),
        ("ESC", "Va\x1b[31mnak", "Va[31mnak"),
        ("U+202E", "Va\u202enak", "Vanak"),
        ("a line break", "Va\nnak", "Va nak"),
    ):
        want = Published(vendors=VENDORS, holds=named(cleaned), report={"names_cleaned": 1})
        yield Case("vendors", f"a name with {name}", "snapshot", want, changed(vendor_name=letters))
    cut = Published(vendors=VENDORS, holds=named("v" * 200), report={"names_cleaned": 1})
    yield Case("vendors", "a name with 1 MB", "snapshot", cut, changed(vendor_name="v" * 1_000_000))


def optional() -> Iterator[Case]:
    """Grades, targets, regions and neighbourhoods are optional."""
    for name, missing in {
        "grades": ("grades",),
        "targets": ("targets",),
        "grades and targets": ("grades", "targets"),
    }.items():
        yield Case("vendors", f"a snapshot without {name}", "snapshot", ALL, flags=dict.fromkeys(missing))


def configured_columns() -> Iterator[Case]:
    """[vendors.columns] maps names as orders do."""
    renamed = {"vendor_code": "code", "city_id": "city", "business_line": "type", "latitude": "lat", "longitude": "lon"}

    def prepare(config: str) -> Prepare:
        def write(inputs: Inputs) -> None:
            rows = [{renamed.get(key, key): value for key, value in row.items()} for row in vendors()]
            inputs.csv("vendors.csv", vendor_csv(rows))
            inputs.config(config)

        return write

    columns = "\n".join(f'{key} = "{value}"' for key, value in renamed.items())
    yield Case("vendors", "renamed columns", "snapshot", ALL, prepare(f"[vendors.columns]\n{columns}"))
    yield Case(
        "vendors",
        "renamed columns without a configuration",
        "snapshot",
        refused(r"vendors\.csv", "vendor_code", r"vendors\.columns"),
        prepare(""),
    )
    yield Case(
        "vendors",
        "an unknown key of [vendors.columns]",
        "snapshot",
        refused("vendor_codes", "vendor_code|columns"),
        prepare('[vendors.columns]\nvendor_codes = "code"'),
    )
