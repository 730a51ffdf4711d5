"""Identity: users, orders and vendors are the same person or thing whatever the type of their column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from checks.inputs.case import Case, Prepare, Published, refused
from checks.inputs.files import ORDERS, USERS, Inputs, grades, orders, replaced, vendor_table, vendors, with_rows

Ids = Sequence[Any]
Writer = Callable[[Ids], pa.Array]


def numbers(kind: pa.DataType) -> Writer:
    """Integers or floats of a type."""
    return lambda ids: pa.array(ids, kind)


def texts(kind: pa.DataType) -> Writer:
    """Texts of a type."""
    return lambda ids: pa.array([None if value is None else str(value) for value in ids]).cast(kind)


def decimals(kind: pa.DataType) -> Writer:
    """Decimals of a type."""
    return lambda ids: pa.array([None if value is None else Decimal(value) for value in ids], kind)


def bytes_of(kind: pa.DataType) -> Writer:
    """The bytes of texts."""
    return lambda ids: pa.array([None if value is None else str(value).encode() for value in ids], kind)


def dictionary(index: pa.DataType, values: pa.DataType) -> Writer:
    """Texts in a dictionary."""
    return lambda ids: texts(values)(ids).dictionary_encode().cast(pa.dictionary(index, values))


def categories(values: pa.DataType) -> Writer:
    """Numbers in a dictionary, as pandas writes a Categorical."""
    return lambda ids: pa.array(ids, values).dictionary_encode()


# Orders that are in two files: fewer than max_reject_share allows.
COPIES = 15
# Each type as a parquet file can have it. Users have numbers of four digits and orders of three, so all of them fit.
TYPES: dict[str, Writer] = {
    "int16": numbers(pa.int16()),
    "int32": numbers(pa.int32()),
    "uint16": numbers(pa.uint16()),
    "uint32": numbers(pa.uint32()),
    "uint64": numbers(pa.uint64()),
    "float32": numbers(pa.float32()),
    "float64": numbers(pa.float64()),
    "decimal128(20, 0)": decimals(pa.decimal128(20, 0)),
    "decimal128(12, 2)": decimals(pa.decimal128(12, 2)),
    "decimal256(50, 0)": decimals(pa.decimal256(50, 0)),
    "string": texts(pa.string()),
    "large_string": texts(pa.large_string()),
    "dictionary of strings": dictionary(pa.int32(), pa.string()),
    "dictionary of large strings": dictionary(pa.int16(), pa.large_string()),
    "dictionary of int64": categories(pa.int64()),
    "dictionary of float64": categories(pa.float64()),
    "binary": bytes_of(pa.binary()),
    "large_binary": bytes_of(pa.large_binary()),
    "binary of 4 bytes": bytes_of(pa.binary(4)),
}
SMALL = {"int8": numbers(pa.int8()), "uint8": numbers(pa.uint8())}


def halves(write: Writer, other: Writer, column: str = "user_id") -> Prepare:
    """Two files with the same users: one column in each of two types."""

    def prepare(inputs: Inputs) -> None:
        table = orders()
        for part, (start, writer) in enumerate(((0, write), (ORDERS // 2, other))):
            half = table.slice(start, ORDERS // 2)
            inputs.orders(replaced(half, **{column: writer(half[column].to_pylist())}), f"orders/part-{part}.parquet")

    return prepare


def with_users(ids: Ids, write: Writer, config: str = "") -> Prepare:
    """Good orders as text, and one order of each of these users."""

    def prepare(inputs: Inputs) -> None:
        table = orders()
        more = with_rows(table, [{}] * len(ids)).slice(ORDERS)
        inputs.orders(replaced(table, user_id=texts(pa.string())(table["user_id"].to_pylist())))
        inputs.orders(replaced(more, user_id=write(ids)), "orders/part-1.parquet")
        if config:
            inputs.config(config)

    return prepare


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from user_types()
    yield from user_texts()
    yield from user_faults()
    yield from order_ids()
    yield from kept_copies()
    yield from vendor_codes()


def user_types() -> Iterator[Case]:
    """A user counts once, in whatever type."""
    one = Published(orders=ORDERS, users=USERS, rejects={})
    integer = numbers(pa.int64())
    for name, write in TYPES.items():
        yield Case("identity", f"users as int64 and as {name}", "density", one, halves(integer, write))
    for name in ("uint64", "float64", "decimal128(20, 0)", "dictionary of strings", "binary"):
        yield Case("identity", f"users as string and as {name}", "density", one, halves(TYPES["string"], TYPES[name]))

    def small(write: Writer) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            ids = [value - 999 for value in table["user_id"].to_pylist()]
            inputs.orders(replaced(table, user_id=write(ids)))
            inputs.orders(replaced(orders(first_id=ORDERS), user_id=texts(pa.string())(ids)), "orders/part-1.parquet")

        return prepare

    two = Published(orders=2 * ORDERS, users=USERS, rejects={})
    for name, write in SMALL.items():
        yield Case("identity", f"users as {name} and as string", "density", two, small(write))

    def three_people(*writers: Writer) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            # A cell of its own with three users, each as number and as text.
            for part, write in enumerate(writers):
                few = with_rows(
                    orders(first_id=part * ORDERS),
                    [
                        {"customer_longitude": 51.4015, "order_id": 10_000 + 10 * part + n, "user_id": n}
                        for n in (1, 2, 3)
                    ],
                )
                ids = write(few["user_id"].to_pylist())
                inputs.orders(replaced(few, user_id=ids), f"orders/part-{part}.parquet")

        return prepare

    yield Case(
        "identity",
        "three people as numbers and texts are three people",
        "density",
        Published(orders=2 * ORDERS + 6),
        three_people(integer, texts(pa.string())),
        same_as=three_people(integer, integer),
    )


def user_texts() -> Iterator[Case]:
    """Outer blanks do not count; blank and unknown users are no user; text is never parsed."""
    string = texts(pa.string())
    for name, blanks in (
        ("an empty text", ["", ""]),
        ("blanks", [" ", "\t", "  \n"]),
        ("Unicode blanks", ["\u00a0", "\u2003", "\u3000"]),
        ("invisible characters", ["\ufeff", "\u200b", "\u200e\u200f", "\u200c"]),
        ("nulls", [None, None]),
    ):
        want = Published(orders=ORDERS + len(blanks), users=USERS, without_user=len(blanks), rejects={})
        yield Case("identity", f"{name} is no user", "density", want, with_users(blanks, string))
    for name, spellings in (
        ("a blank at the end", ["1000 ", "1004\t"]),
        ("a no-break space", ["\u00a01000", "1004\u00a0"]),
        ("marks of direction", ["\u200f1000", "1004\u200e"]),
        ("a byte order mark", ["\ufeff1000", "1004\ufeff\u200b"]),
        ("wide blanks", ["\u20031000", "\u30001004\u2028"]),
    ):
        want = Published(orders=ORDERS + 2, users=USERS, without_user=0)
        yield Case("identity", f"{name} is not part of a user", "density", want, with_users(spellings, string))
    for name, others in (
        ("leading zeros", ["01000", "007"]),
        ("a sign", ["+1000", "-0"]),
        ("a fraction in text", ["1000.0", "1e3"]),
        ("a blank inside", ["10 00", "1 001"]),
        ("other letters", ["u7", "U7"]),
        ("Persian digits", ["۱۰۰۰", "۱۰۰۱"]),
    ):
        want = Published(orders=ORDERS + 2, users=USERS + 2, without_user=0)
        yield Case("identity", f"{name} is another user", "density", want, with_users(others, string))
    unknown = '[orders]\nunknown_users = ["0", "-1", "null", "None", "nan", "guest"]'
    for name, ids, write in (
        ("texts", ["0", "-1", "null", "None", "nan", "guest", " guest "], string),
        ("integers", [0, -1], numbers(pa.int64())),
        ("floats", [0.0, -1.0], numbers(pa.float64())),
        ("decimals", [0, -1], decimals(pa.decimal128(10, 0))),
        ("bytes", ["0", "guest"], bytes_of(pa.binary())),
    ):
        want = Published(orders=ORDERS + len(ids), users=USERS, without_user=len(ids))
        yield Case("identity", f"unknown_users as {name} are no user", "density", want, with_users(ids, write, unknown))
    yield Case(
        "identity",
        "00 and Guest are not among unknown_users",
        "density",
        Published(orders=ORDERS + 2, users=USERS + 2, without_user=0),
        with_users(["00", "Guest"], string, unknown),
    )
    biggest = {"2^64 - 1": 2**64 - 1, "2^63": 2**63, "2^63 - 1": 2**63 - 1}
    for name, number in biggest.items():

        def prepare(inputs: Inputs, number: int = number) -> None:
            with_users([number], numbers(pa.uint64()))(inputs)
            more = with_rows(orders(), [{"order_id": 990_001}, {"order_id": 990_002}]).slice(ORDERS)
            inputs.orders(replaced(more.slice(0, 1), user_id=pa.array([str(number)])), "orders/part-2.parquet")
            wrapped = number - 2**64 if number >= 2**63 else number
            inputs.orders(replaced(more.slice(1, 1), user_id=pa.array([wrapped])), "orders/part-3.parquet")

        people = USERS + (1 if number < 2**63 else 2)
        want = Published(orders=ORDERS + 3, users=people)
        yield Case("identity", f"uint64 {name} equals its text, not a negative number", "density", want, prepare)


def user_faults() -> Iterator[Case]:
    """Numbers that are no identity are an error with file, column and value."""
    where = (r"part-1\.parquet", "user_id")
    floats = numbers(pa.float64())
    for name, value, write, shown in (
        ("a fraction", 7.5, floats, r"7\.5"),
        ("a float beyond 2^53", float(2**53 + 2), floats, r"9007199254740994|9\.007"),
        ("infinity", float("inf"), floats, "inf"),
        ("a float32 with a fraction", 0.25, numbers(pa.float32()), r"0\.25"),
        ("a decimal with a fraction", "7.50", decimals(pa.decimal128(12, 2)), r"7\.5"),
        ("bytes that are not UTF-8", b"\xff\xfe7", lambda ids: pa.array(ids, pa.binary()), "UTF-8|row"),
        ("a list", [1], lambda ids: pa.array(ids, pa.list_(pa.int64())), "list|type|holds|contains"),
    ):
        yield Case("identity", f"{name} is no user", "density", refused(*where, shown), with_users([value], write))
    yield Case(
        "identity",
        "float64 with gaps, as pandas writes it",
        "density",
        Published(orders=ORDERS + 3, users=USERS, without_user=1),
        with_users([1000.0, None, 1004.0], floats),
    )


def order_ids() -> Iterator[Case]:
    """Equal ids are one order in whatever type; no id is never a duplicate."""
    string = texts(pa.string())

    def blank(ids: Ids, write: Writer = string) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            values = [*ids, *table["order_id"].to_pylist()[len(ids) :]]
            inputs.orders(replaced(table, order_id=write(values)))

        return prepare

    everything = Published(orders=ORDERS, users=USERS, rejects={})
    for name, prepare in {
        "15 empty order ids": blank([""] * 15),
        "15 blank order ids": blank([" ", "\t", "\u00a0", "\u200b", "\ufeff"] * 3),
        "15 null order ids as text": blank([None] * 15),
        "15 null order ids as float64": blank([None] * 15, numbers(pa.float64())),
        "15 null order ids as int64": blank([None] * 15, numbers(pa.int64())),
        **{
            f"15 order ids `{unknown}`": blank([unknown] * 15)
            for unknown in ("nan", "NaN", "None", "none", "null", "NULL", "<NA>")
        },
        "order ids with leading zeros": blank([f"0{number}" for number in range(100, 115)]),
    }.items():
        yield Case("identity", f"{name} are not duplicates", "density", everything, prepare)

    def repeated(write: Writer, other: Writer) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            table = orders()
            ids = table["order_id"].to_pylist()
            inputs.orders(replaced(table, order_id=write(ids)))
            twice = table.slice(0, 15)
            inputs.orders(replaced(twice, order_id=other(ids[:15])), "orders/part-1.parquet")

        return prepare

    once = Published(orders=ORDERS, users=USERS, rejects={"duplicate": 15})
    integer = numbers(pa.int64())
    for name in ("int32", "uint64", "float64", "decimal128(20, 0)", "string", "dictionary of strings", "binary"):
        yield Case("identity", f"order ids as int64 and as {name}", "density", once, repeated(integer, TYPES[name]))
    spaced: Writer = lambda ids: pa.array([f" {value}\u00a0" for value in ids])  # noqa: E731
    yield Case("identity", "order ids with outer blanks", "density", once, repeated(string, spaced))
    large = lambda ids: pa.array([2**64 - 1 - value for value in ids], pa.uint64())  # noqa: E731
    negative = lambda ids: pa.array([-1 - value for value in ids], pa.int64())  # noqa: E731
    yield Case(
        "identity",
        "order ids above 2^63 do not equal negative ones",
        "density",
        Published(orders=ORDERS + 15, rejects={}),
        repeated(large, negative),
    )


def kept_copies() -> Iterator[Case]:
    """Which copy of an order is kept depends neither on the order of files nor on types."""

    def copies(reverse: bool, write: Writer, other: Writer, users: Writer) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            first = orders()
            second = first.slice(0, COPIES)
            moved = [51.41 + 0.001 * (number % 5) for number in range(COPIES)]
            second = replaced(
                second,
                customer_longitude=pa.array(moved),
                business_line=pa.array(["Bakery"] * COPIES),
                user_id=pa.array([5000 + number for number in range(COPIES)]),
                organic=pa.array([None] * COPIES, pa.int8()),
            )
            names = ("orders/part-0.parquet", "orders/part-1.parquet")
            for (table, writer), name in zip(((first, write), (second, other)), names[::-1] if reverse else names):
                ids = writer(table["order_id"].to_pylist())
                people = (users if table is second else numbers(pa.int64()))(table["user_id"].to_pylist())
                inputs.orders(replaced(table, order_id=ids, user_id=people), name)

        return prepare

    integer, string = numbers(pa.int64()), texts(pa.string())
    once = Published(orders=ORDERS, rejects={"duplicate": COPIES})
    for name, first, second in (
        ("files in another order", (False, integer, integer, integer), (True, integer, integer, integer)),
        ("order ids as text", (False, integer, integer, integer), (False, string, string, integer)),
        ("order ids of mixed types", (False, integer, integer, integer), (True, string, TYPES["float64"], integer)),
        ("users as text", (False, integer, integer, integer), (True, integer, integer, string)),
        ("everything as text, in another order", (False, integer, string, string), (True, string, integer, integer)),
    ):
        case = Case("identity", f"the same copies are kept: {name}", "density", once, copies(*first))
        yield Case(**{**vars(case), "same_as": copies(*second)})
    yield Case(
        "identity",
        "the same copies are kept: users and orders of mixed types",
        "density",
        once,
        copies(False, integer, integer, integer),
        same_as=copies(True, string, TYPES["uint64"], string),
    )
    yield Case(
        "identity",
        "the same bytes: users as integers and as texts",
        "density",
        Published(orders=ORDERS, users=USERS),
        halves(integer, integer),
        same_as=halves(string, TYPES["decimal128(20, 0)"]),
    )


def vendor_codes() -> Iterator[Case]:
    """Vendor codes match the codes of grades in whatever type."""
    flags = {"vendors": "{root}/vendors.parquet"}

    def typed(write: Writer) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            rows = vendors()
            codes = write([int(row["vendor_code"]) for row in rows])
            inputs.orders(vendor_table(rows, vendor_code=codes), "vendors.parquet")

        return prepare

    want = Published(vendors=40, grades={"1001": "A+", "1002": "B", "1040": "A+"})
    for name in (
        "int32",
        "uint64",
        "float64",
        "decimal128(20, 0)",
        "large_string",
        "dictionary of strings",
        "binary",
    ):
        yield Case("identity", f"vendor codes as {name}", "snapshot", want, typed(TYPES[name]), flags)

    def fraction(inputs: Inputs) -> None:
        inputs.orders(vendor_table(vendors(), vendor_code=pa.array([1001.5] * 40)), "vendors.parquet")

    sentence = refused(r"vendors\.parquet", "vendor_code", r"1001\.5")
    yield Case("identity", "a vendor code with a fraction", "snapshot", sentence, fraction, flags)

    def blanks(inputs: Inputs) -> None:
        rows = grades()
        inputs.csv("grades.csv", [rows[0], *([f"\u00a0{row[0]} ", *row[1:]] for row in rows[1:])])

    yield Case("identity", "vendor codes with outer blanks in grades", "snapshot", want, blanks)
