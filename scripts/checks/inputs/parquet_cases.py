"""Parquet damage: one sentence that names the file, in bounded time and memory."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import pyarrow as pa

from checks.inputs import footer
from checks.inputs.case import Case, Either, Prepare, Published, refused
from checks.inputs.files import (
    ORDERS,
    TEHRAN,
    USERS,
    YESTERDAY,
    Inputs,
    orders,
    replaced,
    vendor_table,
    vendors,
)

Edit = Callable[[bytes], bytes]
# Column 3 is customer_latitude: numbers without a dictionary page that could be skipped.
LATITUDE = 3
HUGE, BIG = 4_600_000_000_000_000_000, 100_000_000_000
LEAST_MEMORY = 300_000_000
# How long texts are written, so that the file is small.
COMPRESSED: dict[str, Any] = {"compression": "zstd", "write_statistics": False}


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    for name, prepare in damages().items():
        yield Case(
            "parquet damage",
            f"orders: {name}",
            "density",
            refused(r"orders/part-0\.parquet", r"damaged|whole|not a|truncated|empty|parquet"),
            plain(prepare("orders/part-0.parquet")),
            memory=LEAST_MEMORY,
            seconds=10,
        )
    for name in ("half of the file", "0 bytes", "num_rows is 4.6e18", "num_rows is 1e11", "another text", "no magic"):
        yield Case(
            "parquet damage",
            f"vendors: {name}",
            "snapshot",
            refused(r"vendors\.parquet"),
            vendors_first(damages()[name]("vendors.parquet")),
            {"vendors": "{root}/vendors.parquet"},
            memory=LEAST_MEMORY,
            seconds=10,
        )
    yield Case(
        "parquet damage",
        "orders: one damaged file among good ones",
        "density",
        refused(r"part-1\.parquet"),
        second_file,
        memory=LEAST_MEMORY,
    )
    yield from false_times()
    yield from bombs()


def plain(damage: Prepare) -> Prepare:
    """Write orders without dictionaries, so that readers need every offset, then damage them."""

    def prepare(inputs: Inputs) -> None:
        inputs.orders(orders(), use_dictionary=False)
        damage(inputs)

    return prepare


def second_file(inputs: Inputs) -> None:
    """A good file and a cut one."""
    path = inputs.orders(orders(first_id=ORDERS), "orders/part-1.parquet")
    footer.rewrite(path, lambda data: data[: len(data) // 2])


def vendors_first(damage: Prepare) -> Prepare:
    """Write vendors as parquet, then damage them."""

    def prepare(inputs: Inputs) -> None:
        inputs.orders(vendor_table(vendors()), "vendors.parquet")
        damage(inputs)

    return prepare


def damages() -> dict[str, Callable[[str], Prepare]]:
    """Every damage by name: a function of the damaged file's name."""
    offset, size = footer.DATA_OFFSET, footer.COMPRESSED
    numbers: dict[str, tuple[tuple[int, ...], int]] = {
        "num_rows is 4.6e18": (footer.FILE_ROWS, HUGE),
        "num_rows is 1e11": (footer.FILE_ROWS, BIG),
        "num_rows is -1": (footer.FILE_ROWS, -1),
        "num_rows of a row group is 4.6e18": (footer.GROUP_ROWS, HUGE),
        "num_rows of a row group is 1e11": (footer.GROUP_ROWS, BIG),
        "num_rows of a row group is -1": (footer.GROUP_ROWS, -1),
        "num_rows of a row group is one too many": (footer.GROUP_ROWS, ORDERS + 1),
        "num_values of a column is 4.6e18": (footer.column(LATITUDE, footer.VALUES), HUGE),
        "size of a column is 4.6e18": (footer.column(LATITUDE, size), HUGE),
        "size of a column is -1": (footer.column(LATITUDE, size), -1),
        "offset of a column is 4.6e18": (footer.column(LATITUDE, offset), HUGE),
        "offset of a column is -1": (footer.column(LATITUDE, offset), -1),
        "offset of a column is inside the magic": (footer.column(LATITUDE, offset), 1),
        "an unknown codec": (footer.column(LATITUDE, footer.CODEC), 99),
    }
    edits: dict[str, Edit] = {
        "half of the file": lambda data: data[: len(data) // 2],
        "the last byte is missing": lambda data: data[:-1],
        "the last 8 bytes are missing": lambda data: data[:-8],
        "0 bytes": lambda _: b"",
        "4 bytes": lambda data: data[:4],
        "another text": lambda _: b"order_id,city_id\n1,2\n" * 20,
        "no magic": lambda data: data[:-4] + b"NOPE",
        "the length of the footer is 0": lambda data: data[:-8] + struct.pack("<I", 0) + b"PAR1",
        "the length of the footer is 4 GB": lambda data: data[:-8] + struct.pack("<I", 2**32 - 1) + b"PAR1",
        "the footer is noise": lambda data: data[:-1000] + bytes(range(256)) * 3 + data[-232:],
        "pages are 0xff": lambda data: b"PAR1" + b"\xff" * 6000 + data[6004:],
        "pages are zero": lambda data: b"PAR1" + bytes(3000) + data[3004:],
        "an encrypted footer": lambda data: data[:-4] + b"PARE",
    }

    def number(place: tuple[int, ...], value: int) -> Callable[[str], Prepare]:
        return lambda name: lambda inputs: footer.change(inputs.root / name, place, value)

    def bytes_(edit: Edit) -> Callable[[str], Prepare]:
        return lambda name: lambda inputs: footer.rewrite(inputs.root / name, edit)

    changed = {name: number(*where) for name, where in numbers.items()}
    return changed | {name: bytes_(edit) for name, edit in edits.items()}


def false_times() -> Iterator[Case]:
    """Statistics of the time column that are plausible and false: no order is lost because of them."""

    def claimed(days: int, first: int, last: int) -> Prepare:
        """One more file of orders of the day `days` before yesterday, whose footer claims other days."""

        def prepare(inputs: Inputs) -> None:
            table = orders(USERS, YESTERDAY - timedelta(days), days=1, first_id=ORDERS)
            path = inputs.orders(table, "orders/part-1.parquet")
            ends = (YESTERDAY - timedelta(first), YESTERDAY - timedelta(last))
            low, high = (int(datetime.combine(end, time(12), TEHRAN).timestamp() * 1e6) for end in ends)
            footer.claim(path, table.column_names.index("created_at"), low, high + 3_600_000_000)

        return prepare

    sentence = refused(r"part-1\.parquet", "created_at", "footer", "false", "write the file again")
    for name, days, first, last in (
        ("the newest day, claimed to be old", 0, 90, 80),
        ("a day inside the window, claimed to be before it", 3, 60, 50),
        ("a day inside the window, claimed to be after it", 3, -1, -1),
        ("an order of the future, claimed to be old", -30, 90, 80),
        ("the end is a day too early", 0, 2, 1),
        ("the start is a day too late", 3, 2, 0),
    ):
        yield Case("parquet damage", f"false times: {name}", "density", sentence, claimed(days, first, last))
    wide = Published(orders=ORDERS + USERS, rejects={})
    for name, first, last in (("years", 900, -900), ("until today", 3, -1), ("one day more", 4, 3)):
        yield Case(
            "parquet damage", f"times of {name} claimed: nothing moves", "density", wide, claimed(3, first, last)
        )


def text(length: int, rows: int, kind: pa.DataType) -> pa.Array:
    """One long text, then short ones."""
    offsets_type = pa.int64() if kind == pa.large_string() else pa.int32()
    ends = [0, length, *(length + 4 * row for row in range(1, rows))]
    offsets = pa.array(ends, offsets_type)
    data = pa.py_buffer(b"7" * length + b"9999" * (rows - 1))
    return pa.Array.from_buffers(kind, rows, [None, offsets.buffers()[1], data])


def bombs() -> Iterator[Case]:
    """Texts of hundreds of megabytes that compress to kilobytes."""
    sentence = refused(r"bomb\.parquet", r"MB|MiB|bytes|memory|long")
    for name, column, megabytes, dictionary in (
        ("400 MB in business_line", "business_line", 400, False),
        ("400 MB in business_line, with a dictionary", "business_line", 400, True),
        ("400 MB in user_id", "user_id", 400, False),
        ("400 MB in order_id", "order_id", 400, False),
        ("50 MB in user_id", "user_id", 50, False),
    ):

        def prepare(
            inputs: Inputs, column: str = column, megabytes: int = megabytes, dictionary: bool = dictionary
        ) -> None:
            long = text(megabytes * 1_000_000, ORDERS, pa.string())
            inputs.remove("orders/part-0.parquet")
            table = replaced(orders(), **{column: long})
            inputs.orders(table, "orders/bomb.parquet", **COMPRESSED, use_dictionary=dictionary)

        # A line of 400 MB is not a line; a user may be one if the memory allows it.
        either = Either(Published(orders=ORDERS), sentence)
        yield Case(
            "parquet damage",
            f"a text of {name}",
            "density",
            sentence if megabytes > 100 else either,
            prepare,
            {"memory": "200MB"},
            memory=210_000_000,
            seconds=10,
            slow=True,
        )

    def vendor_name(inputs: Inputs) -> None:
        rows = vendors()
        table = vendor_table(rows, vendor_name=text(400_000_000, len(rows), pa.string()))
        inputs.orders(table, "bomb.parquet", **COMPRESSED, use_dictionary=False)

    yield Case(
        "parquet damage",
        "a vendor's name of 400 MB",
        "snapshot",
        refused(r"bomb\.parquet", r"vendor_name|long|MB|bytes|memory"),
        vendor_name,
        {"vendors": "{root}/bomb.parquet"},
        memory=LEAST_MEMORY,
        seconds=10,
        slow=True,
    )

    yield from shapes()

    def unused(inputs: Inputs) -> None:
        table = orders().append_column("note", text(200_000_000, ORDERS, pa.string()))
        inputs.orders(table, **COMPRESSED, use_dictionary=False)

    yield Case(
        "parquet damage",
        "a text of 200 MB in a column that is not read",
        "density",
        Published(orders=ORDERS),
        unused,
        {"memory": "200MB"},
        memory=200_000_000,
        slow=True,
    )


def shapes() -> Iterator[Case]:
    """Files whose values or columns are large only when they are decoded."""

    def repeated(inputs: Inputs, column: str) -> None:
        keys = pa.array([row % 2 for row in range(ORDERS)], pa.int32())
        texts = pa.DictionaryArray.from_arrays(keys, ["8" * 1_000_000, "9"])
        inputs.orders(replaced(orders(), **{column: texts}), dictionary_pagesize_limit=1 << 26)

    for column in ("user_id", "business_line"):
        yield Case(
            "parquet damage",
            f"one text of 1 MB in half of all rows: {column}",
            "density",
            Either(Published(orders=ORDERS), refused(r"part-0\.parquet", r"MB|bytes|long")),
            partial(repeated, column=column),
            {"memory": "100MB"},
            memory=100_000_000,
        )

    def shared(inputs: Inputs) -> None:
        texts = pa.array([f"{'7' * 100_000}{row}" for row in range(ORDERS)])
        encoding: dict[str, Any] = {"column_encoding": {"user_id": "DELTA_BYTE_ARRAY"}, "use_dictionary": False}
        inputs.orders(replaced(orders(), user_id=texts), **encoding)

    yield Case(
        "parquet damage",
        "users of 100 kB that share their beginning",
        "density",
        Either(Published(orders=ORDERS), refused(r"part-0\.parquet", r"MB|bytes|memory")),
        shared,
        {"memory": "150MB"},
        memory=150_000_000,
    )

    def nested(inputs: Inputs) -> None:
        kind = pa.int32()
        for _ in range(100):
            kind = pa.struct([("g", kind)])
        inputs.orders(orders().append_column("note", pa.nulls(ORDERS, kind)))

    yield Case("parquet damage", "a column nested 100 deep", "density", refused(r"part-0\.parquet", "nested"), nested)
