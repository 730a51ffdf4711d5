"""Targets: every file is read or named, every number too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from checks.inputs.area_cases import names_unread
from checks.inputs.case import (
    Case,
    Either,
    Flags,
    Prepare,
    Published,
    csv_file,
    moved_file,
    refused,
    text_file,
)
from checks.inputs.files import TARGETS, Inputs, csv_text
from checks.inputs.published import Map


def target(first: int) -> Published:
    """Published, with the target of the first area and its first line."""

    def holds(found: Map) -> list[str]:
        grid = found.table("coverage-grid/tehran")
        targets = sorted(
            row[place] for row in grid["targets"] if row for place in range(len(row)) if row[place] is not None
        )
        return [] if first in targets else [f"targets {targets} do not contain {first}"]

    return Published(vendors=40, report={"targets.areas": 2, "targets.files": 1}, holds=holds)


def rows(first: Any, header: Sequence[str] = ("marketing_area", "Restaurant", "Cafe")) -> list[list[Any]]:
    """Targets whose first number is another one."""
    return [[*header], ["ونک", first, 2], ["تجریش", 1, 4]]


def written(content: list[list[Any]], name: str = "targets/tehran.csv") -> Prepare:
    """Write the file of targets."""
    return csv_file(name, content)


def renamed(name: str) -> Prepare:
    """Move the file of targets."""
    return moved_file("targets/tehran.csv", f"targets/{name}")


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    for name in ("tehran_targets.csv", "tehran-2026.csv", "tehran targets.csv", "tehran.CSV", "tehran.targets.csv"):
        yield Case("targets", f"named {name}", "snapshot", target(3), renamed(name))
    for name in ("تهران.csv", "isfahan.csv", "targets.csv", "Book1.csv"):
        shown = re.escape(name)
        yield Case(
            "targets",
            f"{name} next to tehran.csv is not ignored",
            "snapshot",
            refused(shown, "city|tehran"),
            written(TARGETS, f"targets/{name}"),
        )
        yield Case("targets", f"only {name}", "snapshot", refused(shown, "city|tehran"), renamed(name))
    for name in ("tehran_old.csv", "tehran-2.csv", "tehran (1).csv"):
        shown = re.escape(name)
        sentence = refused(r"tehran\.csv", shown, "two|both|more than one|2 files")
        yield Case("targets", f"{name} next to tehran.csv", "snapshot", sentence, written(TARGETS, f"targets/{name}"))
    for value, number in (
        ("1,200", 1200),
        ("۱۲", 12),
        ("١٢", 12),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("۱٬۲۰۰", 1200),
        ("12.0", 12),
        (" 12 ", 12),
    ):
        yield Case("targets", f"the number `{value}`", "snapshot", target(number), written(rows(value)))
    for value in ("many", "1.5", "-1", "1,2,3", "99999999999", "12 vendors"):
        shown = re.escape(value)
        sentence = refused(r"tehran\.csv", r"(?:row|line) 2", shown, "Restaurant", never=("twice",))
        yield Case("targets", f"`{value}` is not a number", "snapshot", sentence, written(rows(value)))
    twice = [*rows(3), ["ونك", 5, 5]]
    never = ("whole number|not a number",)
    yield Case(
        "targets",
        "an area with two rows",
        "snapshot",
        refused(r"tehran\.csv", r"(?:row|line) 4", "ون[كک]", "twice|two rows|already|repeated", never=never),
        written(twice),
    )
    for name, content, parts in (
        ("an area that does not exist", [*rows(3), ["ناکجا", 1, 1]], ("ناکجا", r"tehran\.csv", "allow_unmatched")),
        ("a line that does not exist", rows(3, ("marketing_area", "Zoo", "Cafe")), ("Zoo", r"tehran\.csv")),
        ("no column of areas", rows(3, ("area", "Restaurant", "Cafe")), ("marketing_area", r"targets\.columns")),
        (
            "a column without a name",
            rows(3, ("marketing_area", "", "Cafe")),
            (r"tehran\.csv", "column 2|without a name"),
        ),
        ("a row with too many fields", [*rows(3), ["x", 1, 1, 1, 1]], (r"tehran\.csv", "4")),
        ("a row without an area", [*rows(3), ["", 1, 1]], (r"tehran\.csv", "(?:row|line) 4")),
    ):
        yield Case("targets", name, "snapshot", refused(*parts), written(content))
    empty = [["marketing_area", "Restaurant", "Cafe"]]
    named = Either(Published(mentions=(r"tehran\.csv",)), refused(r"tehran\.csv"))
    yield Case("targets", "a header without rows is named", "snapshot", named, written(empty))
    utf16 = csv_text(TARGETS).encode("utf-16")
    yield Case(
        "targets",
        "UTF-16",
        "snapshot",
        refused(r"tehran\.csv", "UTF-16"),
        text_file("targets/tehran.csv", utf16),
    )

    def no_file(inputs: Inputs) -> None:
        inputs.remove("targets/tehran.csv")

    yield Case("targets", "an empty folder", "snapshot", refused("targets", "tehran"), no_file)
    flags: Flags = {"targets": "{root}/missing"}
    yield Case(
        "targets", "a folder that does not exist", "snapshot", refused("missing", "not exist|no such"), flags=flags
    )

    for name in ("tehran.xlsx", ".tehran.csv", "tehran.csv.bak"):
        report = {"targets.files": 1, "targets.files_not_read.files": 1}
        want = Published(report=report, holds=partial(names_unread, path="targets", name=name))
        skipped = text_file(f"targets/{name}", csv_text(rows(9)))
        yield Case("targets", f"{name} is skipped and named in the report", "snapshot", want, skipped)

    def configured(inputs: Inputs) -> None:
        inputs.csv("targets/tehran.csv", rows(3, ("district", "Restaurant", "Cafe")))
        inputs.config('[targets.columns]\nmarketing_area = "district"')

    yield Case("targets", "a renamed column", "snapshot", target(3), configured)
