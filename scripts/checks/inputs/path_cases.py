"""Paths: folders whose names have %, ~, #, blanks or Persian letters, for every input and for the store."""

from __future__ import annotations

from collections.abc import Iterator

from checks.inputs.case import Case, Flags, Prepare, Published
from checks.inputs.files import ORDERS, USERS, Inputs, geojson, neighbourhoods, orders

NAMES = ("100%", "50%20off", "~user", "a#b", "two words", "سفارش‌ها", "a?b", "day=2026-11-22", "[x]", "a+b&c", "'q'")


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    want = Published(orders=ORDERS, users=USERS, rejects={})
    for name in NAMES:
        yield Case("paths", f"orders in `{name}`", "density", want, *moved(name))
    for name in NAMES:
        flags: Flags = {"store": f"{{root}}/{name}/store"}
        yield Case("paths", f"store in `{name}`", "density", want, lambda _: None, flags)
    for name in NAMES[:6]:
        yield Case("paths", f"a partition named `{name}`", "density", want, *partition(name))
    for name in NAMES[:6]:

        def areas(inputs: Inputs, name: str = name) -> None:
            inputs.text(f"{name}/محله‌ها.geojson", geojson(neighbourhoods()))

        flags = {"neighbourhoods": f"{{root}}/{name}"}
        two = Published(layer="areas", report={"import.areas.neighbourhood": 2})
        yield Case("paths", f"neighbourhoods in `{name}`", "areas", two, areas, flags)


def moved(name: str) -> tuple[Prepare, Flags]:
    """Orders in a folder of this name."""

    def prepare(inputs: Inputs) -> None:
        inputs.remove("orders/part-0.parquet")
        inputs.orders(orders(), f"{name}/part-0.parquet")

    return prepare, {"orders": f"{{root}}/{name}"}


def partition(name: str) -> tuple[Prepare, Flags]:
    """Orders in a folder of this name below the given one, and a file of this name."""

    def prepare(inputs: Inputs) -> None:
        inputs.orders(orders().slice(0, 150), "orders/part-0.parquet")
        inputs.orders(orders().slice(150, 150), f"orders/{name}/part-0.parquet")
        inputs.orders(orders().slice(300), f"orders/{name}.parquet")

    return prepare, {}
