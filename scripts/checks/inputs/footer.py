"""Changes numbers in the footer of a parquet file: Thrift's compact protocol, as far as footers need it.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# Places in the footer by field ids (parquet.thrift) and, for lists, by index.
FILE_ROWS = (3,)
GROUP_ROWS = (4, 0, 3)
COLUMN = (4, 0, 1)


def column(index: int, field: int) -> tuple[int, ...]:
    """The place of a field of ColumnMetaData in the first row group."""
    return (*COLUMN, index, 3, field)


VALUES, COMPRESSED, DATA_OFFSET, DICTIONARY_OFFSET, CODEC, STATISTICS = 5, 7, 9, 11, 4, 12
# Fields of Statistics; the first two are older forms of the others.
MAX, MIN, MAX_VALUE, MIN_VALUE = 1, 2, 5, 6
TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)


@dataclass
class Reader:
    """Walks through a structure and remembers where each integer and the bytes of each text are."""

    data: bytes
    position: int = 0

    def byte(self) -> int:
        """The next byte."""
        self.position += 1
        return self.data[self.position - 1]

    def varint(self) -> int:
        """The next unsigned number."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def structure(self, path: tuple[int, ...], found: dict[tuple[int, ...], tuple[int, int]]) -> None:
        """Walk through a structure."""
        field = 0
        while (head := self.byte()) != 0:
            if head >> 4:
                field += head >> 4
            else:
                number = self.varint()
                field = (number >> 1) ^ -(number & 1)
            self.value(head & 15, (*path, field), found)

    def value(self, kind: int, path: tuple[int, ...], found: dict[tuple[int, ...], tuple[int, int]]) -> None:
        """Walk through one value."""
        start = self.position
        if kind in (I16, I32, I64):
            self.varint()
            found[path] = (start, self.position)
        elif kind == BYTE:
            self.position += 1
        elif kind == DOUBLE:
            self.position += 8
        elif kind == BINARY:
            length = self.varint()
            found[path] = (self.position, self.position + length)
            self.position += length
        elif kind in (LIST, SET):
            head = self.byte()
            count = head >> 4 if head >> 4 < 15 else self.varint()
            for index in range(count):
                if head & 15 in (TRUE, FALSE):
                    self.position += 1
                else:
                    self.value(head & 15, (*path, index), found)
        elif kind == STRUCT:
            self.structure(path, found)
        elif kind not in (TRUE, FALSE):
            raise ValueError(f"type {kind} in a footer")


def zigzag(value: int) -> bytes:
    """A signed number as a varint."""
    number = (value << 1) ^ (value >> 63)
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def change(path: Path, place: tuple[int, ...], value: int) -> None:
    """Write another number at a place of the footer."""
    replace(path, {place: zigzag(value)})


def claim(path: Path, index: int, low: int, high: int) -> None:
    """Make the statistics of a column of 64-bit numbers say that its values are between two numbers."""
    ends = {MAX: high, MIN: low, MAX_VALUE: high, MIN_VALUE: low}
    statistics = column(index, STATISTICS)
    replace(path, {(*statistics, field): value.to_bytes(8, "little", signed=True) for field, value in ends.items()})


def replace(path: Path, changes: Mapping[tuple[int, ...], bytes]) -> None:
    """Write other bytes at places of the footer; places that it does not have are ignored if others are there."""
    data = path.read_bytes()
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    found: dict[tuple[int, ...], tuple[int, int]] = {}
    Reader(footer).structure((), found)
    spans = sorted(((found[place], content) for place, content in changes.items() if place in found), reverse=True)
    if not spans:
        raise LookupError(f"the footer has none of {[*changes]}")
    for (start, end), content in spans:
        footer = footer[:start] + content + footer[end:]
    path.write_bytes(data[: -8 - length] + footer + len(footer).to_bytes(4, "little") + b"PAR1")


def rewrite(path: Path, edit: Callable[[bytes], bytes]) -> None:
    """Write a file with other bytes."""
    path.write_bytes(edit(path.read_bytes()))
