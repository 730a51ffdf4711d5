"""Reads a density archive into numpy tables, tile by tile, with an independent decoder.

Only the checks use it. It rejects everything that the tile contract does not allow: another layer name,
another extent, a feature that is not one point on a cell centre, a zero that should be left out,
the same cell twice, tile ids that do not ascend.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import deserialize_directory, tileid_to_zxy

LAYER = "density"
CELLS_PER_SIDE = 64


class ArchiveError(Exception):
    """The archive breaks the contract; the text says where and how."""


@dataclass
class Zoom:
    """All cells of one zoom: packed keys (column << 32 | row), ascending, and counts by attribute."""

    keys: np.ndarray
    counts: dict[str, np.ndarray]


class Archive:
    """A PMTiles file: header, metadata and every stored tile in directory order."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.file = open(path, "rb")  # noqa: SIM115  the map of the file needs it open
        self.source = MmapSource(self.file)
        reader = Reader(self.source)
        self.header = reader.header()
        self.metadata = reader.metadata()

    def entries(self) -> Iterator[tuple[int, int, int, int]]:
        """(tile id, offset, length, run length), depth first."""
        header = self.header
        yield from self._entries(header["root_offset"], header["root_length"])

    def _entries(self, offset: int, length: int) -> Iterator[tuple[int, int, int, int]]:
        for entry in deserialize_directory(self.source(offset, length)):
            if entry.run_length == 0:
                yield from self._entries(self.header["leaf_directory_offset"] + entry.offset, entry.length)
            else:
                yield entry.tile_id, entry.offset, entry.length, entry.run_length

    def tiles(self) -> Iterator[tuple[int, int, int, bytes]]:
        """(z, x, y, stored bytes) of every addressed tile, in id order."""
        last = -1
        for first, offset, length, run in self.entries():
            data = self.source(self.header["tile_data_offset"] + offset, length)
            for tile_id in range(first, first + run):
                if tile_id <= last:
                    raise ArchiveError(f"tile id {tile_id} follows {last}")
                last = tile_id
                z, x, y = tileid_to_zxy(tile_id)
                yield z, x, y, data

    def zooms(self) -> dict[int, Zoom]:
        """Cells by zoom."""
        parts: dict[int, list[tuple[np.ndarray, dict[str, np.ndarray]]]] = {}
        for z, x, y, data in self.tiles():
            try:
                columns, rows, counts = decode_tile(gzip.decompress(data))
            except (ArchiveError, IndexError, ValueError) as error:
                raise ArchiveError(f"tile {z}/{x}/{y}: {error}") from error
            keys = (columns + x * CELLS_PER_SIDE << 32) | (rows + y * CELLS_PER_SIDE)
            parts.setdefault(z, []).append((keys, counts))
        return {z: join_tiles(z, tiles) for z, tiles in parts.items()}


def join_tiles(z: int, tiles: list[tuple[np.ndarray, dict[str, np.ndarray]]]) -> Zoom:
    """One table of the cells of all tiles of a zoom."""
    keys = np.concatenate([keys for keys, _ in tiles])
    order = np.argsort(keys, kind="stable")
    if len(keys) != len(np.unique(keys)):
        raise ArchiveError(f"zoom {z} contains a cell twice")
    names = sorted({name for _, counts in tiles for name in counts})
    joined = {}
    for name in names:
        column = np.concatenate([counts.get(name, np.zeros(len(keys), np.int64)) for keys, counts in tiles])
        joined[name] = column[order]
    return Zoom(keys[order], joined)


def decode_tile(data: bytes) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Columns, rows and counts of the cells of one tile (MVT 2.1, one layer)."""
    layers = [body for field, body in fields(data) if field == 3]
    if len(layers) != 1:
        raise ArchiveError(f"{len(layers)} layers instead of one")
    name, extent, version = None, 4096, 1
    names: list[str] = []
    values: list[int] = []
    features: list[tuple[bytes, bytes]] = []
    for field, body in fields(layers[0]):
        if field == 1:
            name = bytes(body).decode()
        elif field == 2:
            features.append(split_feature(body))
        elif field == 3:
            names.append(bytes(body).decode())
        elif field == 4:
            values.append(integer_value(body))
        elif field == 5:
            extent = body
        elif field == 15:
            version = body
    if (name, extent % (2 * CELLS_PER_SIDE), version) != (LAYER, 0, 2):
        raise ArchiveError(f"layer {name!r}, extent {extent}, version {version}")
    if not features:
        raise ArchiveError("a tile without features")
    columns, rows = cell_centres([geometry for _, geometry in features], extent // CELLS_PER_SIDE)
    return columns, rows, attributes([tags for tags, _ in features], names, values)


def fields(message: bytes | memoryview) -> Iterator[tuple[int, Any]]:
    """(field number, value) pairs of a protobuf message; a length-delimited value stays a view."""
    view, position, end = memoryview(message), 0, len(message)
    value: Any
    while position < end:
        tag, position = varint(view, position)
        if tag & 7 == 0:
            value, position = varint(view, position)
        elif tag & 7 == 2:
            length, position = varint(view, position)
            value = view[position : position + length]
            position += length
            if position > end:
                raise ArchiveError("a field runs past its message")
        else:
            raise ArchiveError(f"wire type {tag & 7}")
        yield tag >> 3, value


def varint(view: memoryview, position: int) -> tuple[int, int]:
    """A varint and the position after it."""
    value, shift = 0, 0
    while True:
        byte = view[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7


def split_feature(body: memoryview) -> tuple[bytes, bytes]:
    """(tags, geometry) of a feature, still as bytes."""
    tags, geometry, kind = b"", b"", 0
    for field, value in fields(body):
        if field == 2:
            tags = value
        elif field == 3:
            kind = value
        elif field == 4:
            geometry = value
    if kind != 1:
        raise ArchiveError(f"geometry type {kind} instead of a point")
    return tags, geometry


def integer_value(body: memoryview) -> int:
    """The integer of an attribute value."""
    for field, value in fields(body):
        if field in (4, 5):
            return int(value)
        if field == 6:
            return int((value >> 1) ^ -(value & 1))
    raise ArchiveError("an attribute that is not an integer")


def varints(chunks: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Every varint of the chunks, and for each the chunk that it came from."""
    data = np.frombuffer(b"".join(chunks), np.uint8)
    ends = np.flatnonzero(data < 128)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64) if len(ends) else ends
    lengths = ends - starts + 1
    values = np.zeros(len(ends), np.int64)
    for place in range(int(lengths.max(initial=0))):
        longer = lengths > place
        values[longer] |= (data[starts[longer] + place].astype(np.int64) & 127) << (7 * place)
    borders = np.cumsum([len(chunk) for chunk in chunks])
    return values, np.searchsorted(borders, ends, side="right")


def cell_centres(geometries: Sequence[bytes], side: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of cells of `side` units in the tile; one MoveTo of one point each (MVT 2.1, section 4.3)."""
    values, _ = varints(geometries)
    if len(values) != 3 * len(geometries):
        raise ArchiveError("a geometry that is not one point")
    command, x, y = values.reshape(-1, 3).T
    if (command != 9).any():
        raise ArchiveError("a geometry that is not one MoveTo")
    x, y = (x >> 1) ^ -(x & 1), (y >> 1) ^ -(y & 1)
    for axis in (x, y):
        if (axis % side != side // 2).any() or (axis < 0).any() or (axis >= CELLS_PER_SIDE * side).any():
            raise ArchiveError("a point that is not a cell centre")
    return x // side, y // side


def attributes(tags: Sequence[bytes], names: list[str], values: list[int]) -> dict[str, np.ndarray]:
    """The counts of each attribute, one for each feature; 0 where a feature does not have it."""
    pairs, feature = varints(tags)
    if len(pairs) % 2:
        raise ArchiveError("an attribute without a value")
    feature, key, value = feature[0::2], pairs[0::2], np.array(values, np.int64)[pairs[1::2]]
    if (value <= 0).any():
        raise ArchiveError("a zero or negative attribute")
    table = np.zeros((len(names), len(tags)), np.int64)
    np.add.at(table, (key, feature), 1)
    if (table > 1).any():
        raise ArchiveError("an attribute twice in a feature")
    table[key, feature] = value
    return dict(zip(names, table))
