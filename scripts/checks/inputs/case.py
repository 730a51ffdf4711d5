"""A case: what is changed in a good set of inputs, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from checks.inputs.files import Inputs
from checks.inputs.published import Map

Difference = str
Flags = Mapping[str, "str | bool | list[str] | None"]
Prepare = Callable[[Inputs], object]


@dataclass(frozen=True)
class Published:
    """The map is published, and contains this. `None` means that the field is not compared."""

    orders: int | None = None
    users: int | None = None
    slot: str = "30d"
    layer: str = "density"
    days: tuple[str, str] | None = None
    data_at: str | None = None
    rejects: Mapping[str, int] | None = None
    outside: int | None = None
    without_user: int | None = None
    vendors: int | None = None
    grades: Mapping[str, str] | None = None
    # Path in the report, with dots, and the value there.
    report: Mapping[str, Any] = field(default_factory=dict)
    # Regular expressions that the report or the output must contain.
    mentions: tuple[str, ...] = ()
    holds: Callable[[Map], list[Difference]] | None = None


@dataclass(frozen=True)
class Refused:
    """Nothing is published: the last map stays, and the sentence contains all of these regular expressions."""

    sentence: tuple[str, ...]
    # A sentence that contains this names a fault that the input does not have.
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class Either:
    """Both results are right, but nothing else is: the map holds everything, or one sentence says why not."""

    published: Published
    refused: Refused


Expected = Published | Refused | Either


@dataclass(frozen=True)
class Case:
    """One set of inputs, one run of a job."""

    kind: str
    name: str
    job: str
    expected: Expected
    prepare: Prepare = lambda _: None
    flags: Flags = field(default_factory=dict)
    # A second set of inputs that must give the same archives, byte by byte.
    same_as: Prepare | None = None
    # Most memory in bytes that the process may hold.
    memory: int = 1_500_000_000
    seconds: float = 20.0
    # Whether it needs gigabytes or many seconds; --quick leaves it out.
    slow: bool = False

    @property
    def label(self) -> str:
        """The name that --only matches."""
        return f"{self.kind}: {self.name}"


def refused(*sentence: str, never: tuple[str, ...] = ()) -> Refused:
    """Short for `Refused`."""
    return Refused(sentence, never)


def text_file(name: str, content: str | bytes) -> Prepare:
    """Write a file."""
    return lambda inputs: inputs.text(name, content)


def csv_file(name: str, rows: list[list[Any]]) -> Prepare:
    """Write a CSV file."""
    return lambda inputs: inputs.csv(name, rows)


def moved_file(old: str, new: str) -> Prepare:
    """Rename a file."""
    return lambda inputs: (inputs.root / old).rename(inputs.path(new))


def configuration(text: str) -> Prepare:
    """Write the configuration."""
    return lambda inputs: inputs.config(text)


def damaged_names(names: Iterable[str]) -> list[Difference]:
    """No published name has control characters, marks that turn the text around, or thousands of letters."""
    damaged = []
    for name in names:
        if any(ord(letter) < 32 or letter in "\x7f\u202a\u202b\u202d\u202e\u2066\u2067\u2068" for letter in name):
            damaged.append(f"the map contains the name {name[:40]!r}")
        if len(name) > 10_000:
            damaged.append(f"the map contains a name of {len(name):,} letters")
    return damaged
