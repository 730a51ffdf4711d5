"""Addresses of what an archive publishes: a cell, or one business line of a cell.

A place is one integer: column, row and line of a zoom, `(column << 32 | row) << 4 | line + 1`. Line 0 of the last four
bits means all lines together. Arrays of places are sorted.
"""

from __future__ import annotations

import math

import numpy as np

MIN_ZOOM, MAX_ZOOM = 5, 14
DEEPEST_LEVEL = 20
CELL_BITS = 6  # a tile has 2^6 cells on each side
LINE_BITS = 4
LINE_MASK = (1 << LINE_BITS) - 1
MAX_LINES = LINE_MASK
WHOLE = -1 << LINE_BITS  # the parent of all cells of the lowest zoom

OWN = "own"  # an order belongs to its own cell, and to its line there
PARENT = "parent"  # … to the parent of its cell, and to its line there
LINES = "lines"  # … by its line to its cell
ALL = "all"  # … to the whole archive


def cells(keys: np.ndarray) -> np.ndarray:
    """The places of cells, all lines together."""
    return keys << LINE_BITS


def with_line(places: np.ndarray, lines: np.ndarray | int) -> np.ndarray:
    """The places of lines of cells; lines count from 0."""
    return (places & ~LINE_MASK) | (np.asarray(lines) + 1)


def is_line(places: np.ndarray) -> np.ndarray:
    """Whether a place is one line of a cell."""
    return (places & LINE_MASK) > 0


def cell_of(places: np.ndarray) -> np.ndarray:
    """The cell of each place, all lines together."""
    return places & ~LINE_MASK


def parent_of(places: np.ndarray, zoom: int) -> np.ndarray:
    """The same line of the parent cell."""
    line = places & LINE_MASK
    if zoom == MIN_ZOOM:
        return np.full(len(places), WHOLE, np.int64) | line
    keys = places >> LINE_BITS
    column, row = keys >> 32, keys & 0xFFFFFFFF
    return ((column >> 1 << 32 | row >> 1) << LINE_BITS) | line


def find(places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The index of each wanted place in the sorted places, or −1."""
    if len(places) == 0:
        return np.full(len(wanted), -1)
    at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    return np.where(places[at] == wanted, at, -1)


def among(wanted: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Whether each wanted place is one of the sorted places."""
    return find(places, wanted) >= 0


def keys_at(zoom: int, columns: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Keys of the cells of a zoom, from columns and rows of the deepest level."""
    shift = DEEPEST_LEVEL - (zoom + CELL_BITS)
    return (columns >> shift << 32) | (rows >> shift)


def describe(place: int, zoom: int, lines: list[str]) -> str:
    """The place in words: a cell with its centre in degrees, and its line."""
    if place < 0:
        return "the whole archive"
    key, line = place >> LINE_BITS, place & LINE_MASK
    column, row, side = key >> 32, key & 0xFFFFFFFF, 1 << (zoom + CELL_BITS)
    lng = (column + 0.5) / side * 360 - 180
    lat = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (row + 0.5) / side))))
    cell = f"cell {column}/{row} of zoom {zoom} ({lat:.4f} N {lng:.4f} E)"
    return f"{lines[line - 1]} in {cell}" if line else cell
