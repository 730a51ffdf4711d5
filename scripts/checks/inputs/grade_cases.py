"""Grades: no letter, flag or code turns vendors into ungraded ones without a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.inputs.case import (
    Case,
    Flags,
    Prepare,
    Published,
    csv_file,
    refused,
    text_file,
)
from checks.inputs.files import VENDORS, Inputs, csv_text, dual_grades, grades, vendor_csv, vendors

WANT = {"1001": "A+", "1002": "B", "1003": "C-", "1040": "A+"}
ALL = Published(vendors=VENDORS, grades=WANT, report={"grades.ungraded": 0})


def rewritten(change: object) -> Prepare:
    """Write the grades with each code and grade changed by a function."""

    def prepare(inputs: Inputs) -> None:
        header, *rows = grades()
        assert callable(change)
        inputs.csv(
            "grades.csv",
            [header, *([*change(row[0], row[-1])[:1], *row[1:-1], change(row[0], row[-1])[1]] for row in rows)],
        )

    return prepare


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from codes_and_letters()
    yield from dual_vendors()
    yield from unknown_grades()
    yield from configured()
    yield from broken()


def codes_and_letters() -> Iterator[Case]:
    """Codes as a spreadsheet writes them, grades as people write them."""
    spellings = {
        "codes with .0": lambda code, grade: (f"{code}.0", grade),
        "codes with blanks": lambda code, grade: (f" {code}\u00a0", grade),
        "small letters": lambda code, grade: (code, grade.lower()),
        "blanks around": lambda code, grade: (code, f" {grade}\u00a0"),
        "a blank inside": lambda code, grade: (code, grade.replace("+", " +").replace("-", " -")),
        "marks of direction": lambda code, grade: (code, f"\u200e{grade}\u200f"),
    }
    for name, change in spellings.items():
        yield Case("grades", f"grades: {name}", "snapshot", ALL, rewritten(change))

    for name, change in {
        "with a prefix": lambda code, grade: (f"V{code}", grade),
        "with zero-width characters": lambda code, grade: (f"{code[:2]}\u200b{code[2:]}", grade),
    }.items():
        unmatched = Published(
            vendors=VENDORS, report={"grades.ungraded": VENDORS, "grades.unmatched": VENDORS}, mentions=("no vendor",)
        )
        yield Case("grades", f"grades: codes {name} match no vendor", "snapshot", unmatched, rewritten(change))

    def in_vendors(inputs: Inputs) -> None:
        rows = [row | {"vendor_code": f"{row['vendor_code']}.0"} for row in vendors()]
        inputs.csv("vendors.csv", vendor_csv(rows))

    want = Published(vendors=VENDORS, report={"grades.ungraded": 0})
    yield Case("grades", "vendor codes with .0 in the CSV of vendors", "snapshot", want, in_vendors)

    def leading_zero(inputs: Inputs) -> None:
        header, *rows = grades()
        inputs.csv("grades.csv", [header, ["01001", *rows[0][1:]], *rows[1:]])

    zero = Published(vendors=VENDORS, grades={"1001": "Ungraded", "1002": "B"}, report={"grades.ungraded": 1})
    yield Case("grades", "01001 is not 1001", "snapshot", zero, leading_zero)


def with_flags(flags: list[str]) -> Prepare:
    """Write grades in layout B: each vendor has a grade of Snappfood and one of these flags is_dual."""
    rows = [[f"s{number}", "B", flag, str(1001 + number)] for number, flag in enumerate(flags)]
    return csv_file("grades.csv", dual_grades(rows))


def dual_vendors() -> Iterator[Case]:
    """The flag is_dual in every spelling of a flag."""
    for flag in ("1", "1.0", "True", "TRUE", "true", " 1", "۱"):
        want = Published(vendors=VENDORS, grades={"1001": "B", "1040": "B"}, report={"grades.ungraded": 0})
        yield Case("grades", f"is_dual is `{flag}`", "snapshot", want, with_flags([flag] * VENDORS))
    for flag in ("0", "0.0", "False", "false", ""):
        want = Published(vendors=VENDORS, grades={"1001": "Ungraded"}, report={"grades.ungraded": VENDORS})
        yield Case("grades", f"is_dual is not set: `{flag}`", "snapshot", want, with_flags([flag] * VENDORS))
    want = Published(vendors=VENDORS, mentions=("perhaps", "is_dual"))
    strange = with_flags(["perhaps", *["1"] * (VENDORS - 1)])
    yield Case("grades", "is_dual is `perhaps`: named", "snapshot", want, strange)


def unknown_grades() -> Iterator[Case]:
    """Unknown grades are named with their number."""
    for name, letter in (
        ("a new letter", "S"),
        ("a Cyrillic letter", "А+"),
        ("a word", "Excellent"),
        ("a number", "7"),
    ):

        def prepare(inputs: Inputs, letter: str = letter) -> None:
            header, *rows = grades()
            inputs.csv("grades.csv", [header, *([*row[:-1], letter if row[-1] == "B" else row[-1]] for row in rows)])

        named = f'["`]{re.escape(letter)}["`]'
        want = Published(
            vendors=VENDORS,
            grades={"1001": "A+", "1002": "Ungraded"},
            mentions=(rf"{named}\D{{0,40}}13\b|\b13\b\D{{0,40}}{named}",),
        )
        yield Case("grades", f"{name} is named", "snapshot", want, prepare)

    def every(inputs: Inputs) -> None:
        rewritten(lambda code, _: (code, "S"))(inputs)

    want = Published(vendors=VENDORS, mentions=('"S"|`S`', "40"))
    yield Case("grades", "every vendor has a new letter", "snapshot", want, every)


def configured() -> Iterator[Case]:
    """Grades, their order and radii come from the configuration."""
    section = '[grades]\norder = ["S", "A+", "B", "C-"]\nradius_km = { "S" = 5.0, "A+" = 4.0, "B" = 3.0, "C-" = 2.0 }'

    def order(config: str, letters: tuple[str, ...]) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            header, *rows = grades()
            names = [letters[number % len(letters)] for number in range(len(rows))]
            inputs.csv("grades.csv", [header, *([*row[:-1], name] for row, name in zip(rows, names))])
            inputs.config(config)

        return prepare

    own = Published(vendors=VENDORS, grades={"1001": "S", "1002": "A+"}, report={"grades.ungraded": 0})
    yield Case("grades", "grades of the configuration", "snapshot", own, order(section, ("S", "A+")))
    outside = Published(vendors=VENDORS, grades={"1002": "Ungraded"}, mentions=("D-",))
    yield Case("grades", "a grade outside the configuration", "snapshot", outside, order(section, ("S", "D-")))
    for name, config, parts in (
        ("a grade twice", '[grades]\norder = ["A", "B", "A"]', ("A", "twice|more than once|repeated|duplicate")),
        ("no grade", "[grades]\norder = []", ("order", "empty|at least one|no grade")),
        ("a radius without a grade", '[grades]\norder = ["A"]\nradius_km = { "B" = 1.0 }', ("B", "radius")),
        ("a negative radius", '[grades]\norder = ["A"]\nradius_km = { "A" = -1.0 }', ("radius_km", "-1")),
        ("a blank grade", '[grades]\norder = ["A", " "]', ("order", "blank|empty")),
    ):
        yield Case("grades", f"configuration with {name}", "snapshot", refused(*parts), order(config, ("A",)))

    def best(inputs: Inputs) -> None:
        header, *rows = grades()
        inputs.csv("grades.csv", [header, *rows, *([*row[:-1], "S"] for row in rows[:2])])
        inputs.config(section)

    want = Published(grades={"1001": "S", "1002": "S", "1003": "C-"}, report={"grades.contradicted": 2})
    yield Case("grades", "the first grade of the order is the best", "snapshot", want, best)
    columns = '[grades.columns]\nvendor_code = "code"\ngrade = "letter"'

    def renamed(config: str) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            _, *rows = grades()
            inputs.csv("grades.csv", [["code", "name", "city", "line", "letter"], *rows])
            inputs.config(config)

        return prepare

    yield Case("grades", "renamed columns", "snapshot", ALL, renamed(columns))
    sentence = refused(r"grades\.csv", "code, name", r"vendor_code", r"grades\.columns")
    yield Case("grades", "renamed columns without a configuration", "snapshot", sentence, renamed(""))


def broken() -> Iterator[Case]:
    """Files that cannot be read, and repeated rows."""
    text = csv_text(grades())
    for name, content, parts in (
        ("UTF-16", text.encode("utf-16"), ("UTF-16",)),
        ("Windows-1256", text.replace(",n,", ",نام,").encode("cp1256"), ("UTF-8",)),
        ("nothing", b"", ("empty|no header|no columns",)),
        ("a row with too many fields", (text + "1,2,3,4,5,6,7\n").encode(), ("42",)),
        ("semicolons", text.replace(",", ";").encode(), ("semicolon|;",)),
    ):
        yield Case(
            "grades",
            f"grades are {name}",
            "snapshot",
            refused(r"grades\.csv", *parts),
            text_file("grades.csv", content),
        )
    yield Case(
        "grades",
        "grades without a last line break",
        "snapshot",
        ALL,
        lambda inputs: inputs.text("grades.csv", text.rstrip("\n")),
    )
    two: Flags = {"grades": ["{root}/grades.csv", "{root}/grades.csv"]}
    yield Case("grades", "the same file twice", "snapshot", ALL, flags=two)
    missing: Flags = {"grades": "{root}/missing.csv"}
    yield Case("grades", "a file that does not exist", "snapshot", refused(r"missing\.csv"), flags=missing)
