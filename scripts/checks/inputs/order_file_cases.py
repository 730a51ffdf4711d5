"""Order files: one rule for every part of a path, each physical file once, columns whose meaning is clear."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from checks.inputs.case import (
    Case,
    Difference,
    Flags,
    Prepare,
    Published,
    damaged_names,
    refused,
    text_file,
)
from checks.inputs.files import ORDERS, USERS, Inputs, orders, replaced, with_rows
from checks.inputs.published import Map

HALF = ORDERS // 2
ONE = Published(orders=ORDERS, users=USERS, rejects={})


def leftover(name: str) -> Prepare:
    """A second file with the same orders, but other ids, at a place that is not read."""
    return lambda inputs: inputs.orders(orders(first_id=10_000), name)


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from skipped()
    yield from extensions()
    yield from twice()
    yield from foreign_tables()
    yield from nothing()
    yield from columns()
    yield from names()


def skipped() -> Iterator[Case]:
    """Names that begin with a dot or an underscore are skipped anywhere below the root, and reported."""
    for name in (
        "_temporary/0/part-0.parquet",
        ".spark-staging-17/part-0.parquet",
        "day=2026-11-20/_temporary/0/task/part-0.parquet",
        "day=2026-11-20/.hive-staging/part-0.parquet",
        "day=2026-11-20/_part-0.parquet",
        ".part-0.parquet",
        "_day=2026-11-20/part-0.parquet",
        "_metadata.parquet",
        "__MACOSX/part-0.parquet",
        "day=2026-11-20/.ipynb_checkpoints/part-0.PARQUET",
        "_delta_log/part-0.parquet",
    ):
        first = next(part for part in name.split("/") if part[0] in "._")
        want = Published(orders=ORDERS, users=USERS, rejects={}, mentions=(re.escape(first),))
        yield Case("order files", f"{name} is skipped", "density", want, leftover(f"orders/{name}"))
    patterns: dict[str, tuple[str, str]] = {
        "a pattern does not read checksums": ("orders/*", "orders/.part-0.parquet.crc"),
        "a pattern does not read _temporary": ("orders/**/*.parquet", "orders/_temporary/0/part-9.parquet"),
        "a pattern does not read hidden folders": ("orders/**/*.parquet", "orders/day=1/.tmp/part-9.parquet"),
        "a pattern of everything": ("orders/**/*", "orders/_temporary/part-9.parquet"),
        "a pattern of hidden names": ("[op]*/[_p]*", "orders/_part-9.parquet"),
        "a pattern does not read hidden partitions": ("orders/**", "orders/_day=1/part-9.parquet"),
        "a pattern does not read other files": ("orders/part-*", "orders/part-9.parquet.tmp"),
    }
    for name, (pattern, extra) in patterns.items():
        yield Case("order files", name, "density", ONE, leftover(extra), {"orders": f"{{root}}/{pattern}"})
    for name, content in (
        ("_SUCCESS", b""),
        (".part-0.parquet.crc", b"crc\x00\x00\x00\x02"),
        ("notes.txt", b"read me"),
        ("orders.csv", b"order_id\n1\n"),
        ("part-1.parquet.tmp", b"PAR1"),
    ):
        # Marks of Spark are on every export, so only real leftovers must be named.
        mention = (re.escape(name),) if name[0] not in "._" else ()
        want = Published(orders=ORDERS, users=USERS, rejects={}, mentions=mention)
        yield Case(
            "order files",
            f"{name} next to orders",
            "density",
            want,
            text_file(f"orders/{name}", content),
        )

    def hidden_root(inputs: Inputs) -> None:
        inputs.orders(orders(), "_export/.orders/part-0.parquet")

    flags: Flags = {"orders": "{root}/_export/.orders"}
    yield Case("order files", "the given folder itself may have any name", "density", ONE, hidden_root, flags)

    def latest(inputs: Inputs) -> None:
        inputs.orders(orders(), "export/tehran/_latest/part-0.parquet")
        inputs.orders(orders(), "export/tehran/_latest/_part-1.parquet")
        inputs.orders(orders(), "export/tehran/_previous/part-0.parquet")

    flags = {"orders": "{root}/export/*/_latest/*"}
    yield Case("order files", "a hidden name that the pattern spells out is read", "density", ONE, latest, flags)

    def leftovers(inputs: Inputs) -> None:
        for number in range(30):
            inputs.orders(orders(), f"orders/_temporary/{number}/part-0.parquet")

    report = {"skipped_files.hidden_order_file": {"files": 30, "names": ["_temporary/"]}}
    want = Published(orders=ORDERS, report=report, mentions=("not read",))
    yield Case("order files", "30 files of _temporary are counted", "density", want, leftovers)

    def many(inputs: Inputs) -> None:
        for number in range(40):
            inputs.text(f"orders/note-{number:02}.txt", "x")

    want = Published(orders=ORDERS, mentions=(r"note-\d\d\.txt", "40"))
    yield Case("order files", "40 skipped files are counted", "density", want, many)


def extensions() -> Iterator[Case]:
    """Three endings, in any case of letters."""
    for ending in ("PARQUET", "Parquet", "parq", "PARQ", "pq", "PQ"):

        def second(inputs: Inputs, ending: str = ending) -> None:
            inputs.orders(orders().slice(0, HALF))
            inputs.orders(orders().slice(HALF), f"orders/part-1.{ending}")

        yield Case("order files", f"*.{ending} is read", "density", ONE, second)

    def single(inputs: Inputs) -> None:
        (inputs.root / "orders/part-0.parquet").rename(inputs.root / "export.PARQUET")

    yield Case("order files", "one file with capitals", "density", ONE, single, {"orders": "{root}/export.PARQUET"})


def twice() -> Iterator[Case]:
    """Each physical file once. Orders have no ids here, so that a file read twice shows."""
    config = "[orders.columns]\norder_id = { absent = true }"

    def linked(make: Prepare) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            inputs.config(config)
            make(inputs)

        return prepare

    def symlink(target: str, name: str) -> Prepare:
        return lambda inputs: os.symlink(target, inputs.path(name))

    def hard_link(inputs: Inputs) -> None:
        os.link(inputs.root / "orders/part-0.parquet", inputs.root / "orders/part-1.parquet")

    def linked_folder(inputs: Inputs) -> None:
        inputs.orders(orders(), "orders/day=1/part-0.parquet")
        inputs.remove("orders/part-0.parquet")
        os.symlink("day=1", inputs.root / "orders/latest")

    def spark_folder(inputs: Inputs) -> None:
        inputs.remove("orders/part-0.parquet")
        inputs.orders(orders(), "orders/o.parquet/part-0.parquet")

    def foreign_folder(inputs: Inputs) -> None:
        inputs.orders(orders(), "archive/part-0.parquet")
        inputs.remove("orders/part-0.parquet")
        os.symlink("../archive", inputs.root / "orders/a")
        os.symlink("../archive", inputs.root / "orders/b")
        os.symlink("../archive/part-0.parquet", inputs.root / "orders/c.parquet")

    def two_links(inputs: Inputs) -> None:
        for name, target in (("day=1/x", "../day=2"), ("day=2/x", "../day=1")):
            os.symlink(target, inputs.path(f"orders/{name}"))

    loop = symlink("..", "orders/day=1/up")
    one: dict[str, tuple[Prepare, str]] = {
        "a link to a file": (symlink("part-0.parquet", "orders/part-1.parquet"), "orders"),
        "a hard link": (hard_link, "orders"),
        "a link to a folder": (linked_folder, "orders"),
        "a loop of links": (loop, "orders"),
        "a loop of links below **": (loop, "orders/**/*.parquet"),
        "a link to the folder itself": (symlink(".", "orders/again"), "orders"),
        "a folder named o.parquet": (spark_folder, "orders"),
        "a folder named o.parquet below **": (spark_folder, "orders/**/*.parquet"),
        "a folder named o.parquet as the root": (spark_folder, "orders/o.parquet"),
        "a folder named o.parquet below *": (spark_folder, "orders/*"),
        "a path with two slashes": (lambda _: None, "orders//"),
        "three links to one folder outside": (foreign_folder, "orders"),
        "three links to one folder outside below *": (foreign_folder, "orders/*"),
        "two folders that link to each other": (two_links, "orders"),
        "two folders that link to each other below **": (two_links, "orders/**"),
        "a hard link below **": (hard_link, "orders/**/*.parquet"),
        "a path through a link and back": (loop, "orders/day=1/up/"),
    }
    for name, (prepare, where) in one.items():
        yield Case(
            "order files", f"read once: {name}", "density", ONE, linked(prepare), {"orders": f"{{root}}/{where}"}
        )

    def copied(name: str) -> Prepare:
        return linked(lambda inputs: shutil.copy(inputs.root / "orders/part-0.parquet", inputs.path(f"orders/{name}")))

    for name in ("part-0 (1).parquet", "copy of part-0.parquet", "day=1/part-0.parquet", "z.parquet", "old/a/b.pq"):
        want = Published(orders=ORDERS, users=USERS, rejects={}, mentions=("same content|copy",))
        yield Case("order files", f"a copy named {name} is read once", "density", want, copied(name))
    more = linked(lambda inputs: inputs.orders(orders(first_id=ORDERS), "orders/part-1.parquet"))
    want = Published(orders=2 * ORDERS, users=USERS, rejects={})
    yield Case("order files", "a file of the same length is not a copy", "density", want, more)

    def broken(name: str) -> Case:
        want = Published(orders=ORDERS, users=USERS, mentions=(name,))
        return Case("order files", f"a broken link {name}", "density", want, symlink("missing", f"orders/{name}"))

    yield broken("day=2")
    yield broken("notes")
    missing = symlink("missing.parquet", "orders/part-1.parquet")
    yield Case("order files", "a link to a missing order file", "density", refused(r"part-1\.parquet"), missing)

    def pipe(inputs: Inputs) -> None:
        os.mkfifo(inputs.path("orders/pipe.parquet"))

    want = Published(orders=ORDERS, mentions=(r"pipe\.parquet",))
    yield Case("order files", "a pipe with the name of an order file", "density", want, pipe)


def foreign_tables() -> Iterator[Case]:
    """The files of a Delta, Iceberg or Hudi table are not its rows."""
    for name, format_name, where in (
        ("orders/_delta_log/00000000000000000000.json", "Delta", "orders"),
        ("orders/table/_delta_log/00000000000000000000.json", "Delta", "orders"),
        ("orders/_delta_log/00000000000000000000.json", "Delta", "orders/*.parquet"),
        ("orders/metadata/v1.metadata.json", "Iceberg", "orders"),
        ("orders/table/metadata/00001-a.metadata.json", "Iceberg", "orders"),
        ("orders/table/metadata/v2.gz.metadata.json", "Iceberg", "orders/**/*.parquet"),
        ("orders/.hoodie/hoodie.properties", "Hudi", "orders"),
        ("orders/table/day=1/.hoodie_partition_metadata", "Hudi", "orders"),
        ("orders/_delta_log/00000000000000000010.checkpoint.parquet", "Delta", "orders"),
        ("orders/_delta_log/00000000000000000000.json", "Delta", "orders/part-0.parquet"),
        ("_delta_log/00000000000000000000.json", "Delta", "orders"),
    ):
        yield Case(
            "order files",
            f"{name} in {where}",
            "density",
            refused(format_name, "orders", "export"),
            text_file(name, "{}"),
            {"orders": f"{{root}}/{where}"},
        )

    def inside(inputs: Inputs) -> None:
        inputs.text("table/metadata/v1.metadata.json", "{}")
        inputs.orders(orders(), "table/data/part-0.parquet")

    flags: Flags = {"orders": "{root}/table/data"}
    yield Case("order files", "the data folder of an Iceberg table", "density", refused("Iceberg"), inside, flags)

    def linked(inputs: Inputs) -> None:
        inputs.text("table/_delta_log/00000000000000000000.json", "{}")
        inputs.orders(orders(), "table/day=1/part-0.parquet")
        os.symlink("../table/day=1", inputs.root / "orders/day=1")

    yield Case("order files", "a link into a Delta table", "density", refused("Delta", "table"), linked)
    for name in ("metadata/readme.json", "metadata.json", "_delta_log/readme.md", "hoodie/hoodie.properties"):
        prepare = text_file(f"orders/{name}", "{}")
        yield Case("order files", f"{name} does not make a table", "density", ONE, prepare)


def nothing() -> Iterator[Case]:
    """No file to read: the sentence says what is there instead."""

    def empty(inputs: Inputs) -> None:
        inputs.remove("orders/part-0.parquet")

    def only(name: str) -> Prepare:
        return lambda inputs: (inputs.root / "orders/part-0.parquet").rename(inputs.path(f"orders/{name}"))

    yield Case("order files", "an empty folder", "density", refused("orders", r"parquet"), empty)
    for name in ("_temporary/part-0.parquet", "orders.parquet.gz", ".hidden.parquet"):
        shown = re.escape(name.split("/")[0])
        yield Case("order files", f"only {name}", "density", refused("skipped|ignored|not read", shown), only(name))

    def left_out(inputs: Inputs) -> None:
        only("_temporary/part-0.parquet")(inputs)
        inputs.text("orders/a.csv", "x")
        inputs.text("orders/b.csv", "x")

    sentence = refused("orders", "3 files skipped", "_temporary/", r"a\.csv")
    yield Case("order files", "only skipped files of two kinds", "density", sentence, left_out)
    checksum = text_file("orders/.part-0.parquet.crc", "x")
    for where in ("orders/*.crc", "orders/.*"):
        flags = {"orders": f"{{root}}/{where}"}
        yield Case("order files", f"only checksums at {where}", "density", refused("skipped"), checksum, flags)
    for where in ("missing", "missing/*.parquet", "orders/*.csv"):
        pattern = refused(re.escape(where), "no |not ")
        yield Case("order files", f"nothing at {where}", "density", pattern, flags={"orders": f"{{root}}/{where}"})


def columns() -> Iterator[Case]:
    """A column that one writer leaves empty or writes as floats has a clear meaning."""

    def day_without(column: str, value: object) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            half = table.slice(HALF)
            inputs.orders(table.slice(0, HALF))
            inputs.orders(replaced(half, **{column: value}), "orders/part-1.parquet")

        return prepare

    nulls = pa.nulls(HALF)
    for column, want in (
        ("organic", Published(orders=ORDERS, users=USERS, rejects={})),
        ("user_id", Published(orders=ORDERS, users=USERS, without_user=HALF, rejects={})),
        ("order_id", Published(orders=ORDERS, users=USERS, rejects={})),
    ):
        yield Case("order files", f"a day with only nulls in {column}", "density", want, day_without(column, nulls))
    for column in ("customer_latitude", "business_line", "city_id"):
        yield Case(
            "order files",
            f"a day with only nulls in {column} is counted as rejects",
            "density",
            refused(f"{HALF} of {ORDERS} rows", "without|missing|no "),
            day_without(column, nulls),
        )
    flags = [float(number % 2) for number in range(HALF)]
    for name, array in {
        "float64 with nulls": pa.array([None, *flags[1:]], pa.float64()),
        "float32": pa.array(flags, pa.float32()),
        "decimal": pa.array([int(flag) for flag in flags]).cast(pa.decimal128(20, 0)),
        "booleans": pa.array([flag == 1 for flag in flags]),
        "NaN for unknown": pa.array([float("nan"), *flags[1:]], pa.float64()),
        "texts 0 and 1": pa.array([str(int(flag)) for flag in flags]),
        "texts True and False": pa.array([str(flag == 1) for flag in flags]),
    }.items():
        yield Case("order files", f"organic as {name}", "density", ONE, day_without("organic", array))
    one = Published(orders=ORDERS, rejects={"organic_invalid": 1})
    for name, value in (("0.5", 0.5), ("2.0", 2.0), ("-1.0", -1.0)):

        def invalid(inputs: Inputs, value: float = value) -> None:
            table = with_rows(orders(), [{}])
            organic = [*map(float, table["organic"].to_pylist()[:-1]), value]
            inputs.orders(replaced(table, organic=pa.array(organic)))

        yield Case("order files", f"organic {name} is rejected", "density", one, invalid)
    cities = pa.array([2.0] * (HALF - 1) + [None], pa.float64())
    city = Published(orders=ORDERS - 1, rejects={"city_unknown": 1})
    yield Case("order files", "cities as float64 with a null", "density", city, day_without("city_id", cities))
    large = pa.array(["Restaurant"] * HALF, pa.large_string())
    yield Case("order files", "lines as large strings", "density", ONE, day_without("business_line", large))

    def no_rows(inputs: Inputs) -> None:
        inputs.orders(orders().slice(0, 0), "orders/part-1.parquet")

    yield Case("order files", "a file without rows next to others", "density", ONE, no_rows)


def clean(found: Map, lines: int) -> list[Difference]:
    """The names of business lines are clean, and there are this many."""
    names = found.layer("density", "30d")["lines"]
    return damaged_names(names) + ([] if len(names) == lines else [f"{len(names)} lines instead of {lines}"])


def names() -> Iterator[Case]:
    """Names of business lines are cleaned, or their rows are rejected; either is counted."""
    for name, letters, lines in (
        ("NUL", "Ca\x00fe", 2),
        ("ESC", "Ca\x1bfe", 2),
        ("U+202E", "\u202eCafe\u200f", 2),
        ("a line break", "Ice\ncream", 3),
        ("200 letters", "\u0646" * 200, 3),
    ):
        cleaned = int(len(letters) < 200)
        want = Published(orders=ORDERS + 1, report={"lines_cleaned": cleaned}, holds=partial(clean, lines=lines))
        yield Case("order files", f"a line with {name}", "density", want, one_line(letters))
    for count in (201, 1_000_000):
        want = Published(orders=ORDERS, rejects={"line_too_long": 1}, holds=partial(clean, lines=2))
        yield Case("order files", f"a line of {count:,} letters", "density", want, one_line("v" * count))


def one_line(name: str) -> Prepare:
    """Good orders and one more of another line."""
    return lambda inputs: inputs.orders(with_rows(orders(), [{"business_line": name}]))
