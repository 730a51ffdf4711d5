"""Runs `tilegen privacy-audit` on archives made by hand: it must find planted leaks, and nothing else.

The audit reads published figures and no orders, so it cannot find the one kind of leak that needs the true users.
"""

from __future__ import annotations

import gzip
import json
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from checks.lib.archive import CELLS_PER_SIDE
from checks.privacy import planted
from checks.privacy.places import CELL_BITS, LINE_BITS, LINE_MASK, MAX_ZOOM, MIN_ZOOM
from checks.privacy.published import AttackError, Published

FOUND = 6  # exit status of the audit
NEEDS_THE_ORDERS = {"withheld lines that the sums of rows and columns attribute"}
EXTENT = 2 * CELLS_PER_SIDE
Tile = tuple[int, int, int]
Cells = dict[tuple[int, int], dict[str, int]]


def check(tilegen: str, folder: Path, say: Callable[[str], None]) -> None:
    """Audit every planted case; stop if a leak is missed, or if something is found where there is nothing."""
    cases = {name: made for name, (_, made) in planted.cases().items()}
    missed = {
        name
        for number, (name, made) in enumerate(cases.items())
        if not audit(tilegen, folder / str(number), planted.publish(made)[0])
    }
    if missed != NEEDS_THE_ORDERS:
        raise AttackError(f"planted leaks that the audit does not find: {', '.join(sorted(missed))}")
    if audit(tilegen, folder / "safe", planted.publish(planted.safe())[0]):
        raise AttackError("the audit finds leaks where there are none")
    say(
        f"tilegen privacy-audit finds {len(cases) - len(missed)} of {len(cases)} planted leaks, and none without a leak"
    )


def audit(tilegen: str, store: Path, archives: list[Published]) -> int:
    """What the audit finds in a store with these archives."""
    for number, archive in enumerate(archives, 1):
        publish(store, number, archive)
    return count(tilegen, store, planted.K)


def count(tilegen: str, store: Path, min_users: int) -> int:
    """What the audit finds in a store."""
    command = [tilegen, "privacy-audit", "--store", str(store), "--min-users", str(min_users)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, FOUND):
        raise AttackError(f"the audit failed: {done.stderr}")
    found = int(json.loads(done.stdout)["found"])
    if (done.returncode == FOUND) != (found > 0):
        raise AttackError(f"the audit exits with {done.returncode} and finds {found}")
    return found


def publish(store: Path, number: int, archive: Published) -> None:
    """Write an archive, and a manifest that lists it."""
    digest = f"{number:032x}"
    path = store / f"archives/density-public/28d/{digest}.pmtiles"
    path.parent.mkdir(parents=True, exist_ok=True)
    tiles = tiles_of(archive)
    write(path, archive, tiles)
    manifests = store / "manifests"
    manifests.mkdir(exist_ok=True)
    entry = {
        "layer": "density-public",
        "slot": "28d",
        "visibility": "public",
        "digest": digest,
        "bytes": path.stat().st_size,
        "built_at": "2026-11-22T05:00:00Z",
        "from": archive.first.isoformat(),
        "to": archive.last.isoformat(),
        "minzoom": MIN_ZOOM,
        "maxzoom": MAX_ZOOM,
        "bounds": [51.0, 35.0, 52.0, 36.0],
        "tiles": len(tiles),
        "orders": int(archive.zooms[MIN_ZOOM - 1].counts[0, 0]),
        "lines": names(archive),
    }
    manifest = {
        "version": 1,
        "number": number,
        "built_at": "2026-11-22T05:00:00Z",
        "generator": "checks",
        "cities": [],
        "layers": [entry],
    }
    (manifests / f"{number:010}.json").write_text(json.dumps(manifest))


def names(archive: Published) -> list[str | None]:
    """The lines that the archive names."""
    return [name if line in archive.named else None for line, name in enumerate(archive.lines)]


def write(path: Path, archive: Published, tiles: dict[Tile, Cells]) -> None:
    """Write the PMTiles file."""
    with open(path, "wb") as file:
        writer = Writer(file)
        for z, x, y in sorted(tiles, key=lambda tile: zxy_to_tileid(*tile)):
            writer.write_tile(zxy_to_tileid(z, x, y), gzip.compress(encode(tiles[z, x, y]), mtime=0))
        header: dict[str, Any] = {
            "tile_type": TileType.MVT,
            "tile_compression": Compression.GZIP,
            "min_lon_e7": 510_000_000,
            "min_lat_e7": 350_000_000,
            "max_lon_e7": 520_000_000,
            "max_lat_e7": 360_000_000,
            "center_zoom": MIN_ZOOM,
            "center_lon_e7": 515_000_000,
            "center_lat_e7": 355_000_000,
        }
        totals = {str(zoom): {"orders": int(counts[0])} for zoom, counts in archive.totals.items()}
        metadata = {"lines": names(archive), "users_step": archive.users_step, "totals": totals}
        writer.finalize(header, metadata)


def tiles_of(archive: Published) -> dict[Tile, Cells]:
    """The attributes of each cell, by tile and by its place in the tile."""
    tiles: dict[Tile, Cells] = defaultdict(lambda: defaultdict(dict))
    for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
        table = archive.zooms[zoom]
        for place, counts, users in zip(table.places.tolist(), table.counts.tolist(), table.users.tolist()):
            key, line = place >> LINE_BITS, (place & LINE_MASK) - 1
            column, row = key >> 32, key & 0xFFFFFFFF
            cell = tiles[zoom, column >> CELL_BITS, row >> CELL_BITS][column % CELLS_PER_SIDE, row % CELLS_PER_SIDE]
            keys = ("orders", "users") if line < 0 else (f"l{line}", f"u{line}")
            cell |= dict(zip(keys, (counts[0], users)))
    return tiles


def encode(cells: Cells) -> bytes:
    """A vector tile (MVT 2.1) of points at the centres of cells."""
    keys = sorted({key for cell in cells.values() for key in cell})
    values = sorted({value for cell in cells.values() for value in cell.values()})
    layer = message(1, b"density")
    for (column, row), cell in sorted(cells.items()):
        tags = [index for key, value in cell.items() for index in (keys.index(key), values.index(value))]
        geometry = [9, 2 * (2 * column + 1), 2 * (2 * row + 1)]
        feature = message(2, packed(tags)) + varint(3 << 3) + varint(1) + message(4, packed(geometry))
        layer += message(2, feature)
    layer += b"".join(message(3, key.encode()) for key in keys)
    layer += b"".join(message(4, varint(5 << 3) + varint(value)) for value in values)
    layer += varint(5 << 3) + varint(EXTENT) + varint(15 << 3) + varint(2)
    return message(3, layer)


def message(field: int, body: bytes) -> bytes:
    """A length-delimited field."""
    return varint(field << 3 | 2) + varint(len(body)) + body


def packed(numbers: list[int]) -> bytes:
    """Packed varints."""
    return b"".join(varint(number) for number in numbers)


def varint(number: int) -> bytes:
    """A varint."""
    result = bytearray()
    while number > 127:
        result.append(number & 127 | 128)
        number >>= 7
    return bytes([*result, number])
