"""Loads every layer of a map with the clients of other teams: MapLibre GL JS 4, 5 and 6, deck.gl, and GDAL.

The libraries run in Chromium on a page of another origin. They get the URL of a TileJSON or of a style and nothing
else, so the URLs inside must be absolute. GDAL reads tiles from the server, and its number of features is compared
with the tile.
Exit status 1 if a client has an error, or finds nothing.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checks.lib.archive import Archive, fields
from checks.lib.serving import RELEASE, ROOT, free_port, get, wait_until_ready

CLIENTS = ["maplibre-4", "maplibre-5", "maplibre-6", "deck"]
HERE = Path(__file__).resolve().parent
TILES_PER_LAYER = 3
CITY_ZOOM = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("store", type=Path, help="a folder with a map")
    parser.add_argument("--clients", nargs="*", default=CLIENTS, help="the libraries (default: all)")
    parser.add_argument("--layers", nargs="*", help="the layers (default: all)")
    args = parser.parse_args()
    with server(args.store) as address:
        catalog = json.loads(get(address, "/v1/catalog.json")[2])
        wanted = args.layers or [layer["layer"] for layer in catalog["layers"]]
        layers = {layer["layer"]: layer for layer in catalog["layers"] if layer["layer"] in wanted}
        if not layers:
            sys.exit("the map has none of these layers")
        maps = maps_of(address, args.store, list(layers.values()))
        loaded = in_browser(args.clients, maps)
        read = [through_gdal(address, args.store, layer) for layer in layers.values()]
    print(json.dumps({"layers": sorted(layers), "loaded": loaded, "gdal": read}, indent=1))
    sys.exit(1 if any(each["faults"] for each in loaded + read) else 0)


@contextmanager
def server(store: Path) -> Iterator[str]:
    """tileserve with the style documents and without public_url. Pages of other origins may read internal layers."""
    with tempfile.TemporaryDirectory() as name:
        page, address = Path(name), f"127.0.0.1:{free_port()}"
        (page / "index.html").write_text("<!doctype html>")
        shutil.copytree(ROOT / "styles/dist", page / "styles")
        (page / "tileserve.toml").write_text("serve_internal = true\ninternal_cors = true\n")
        settings = ["--config", str(page / "tileserve.toml"), "--page", str(page)]
        command = [str(RELEASE / "tileserve"), "--store", str(store), "--listen", address, *settings]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(process, address)
            yield address
        finally:
            process.terminate()
            process.wait(20)


def maps_of(address: str, store: Path, layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The TileJSON of each layer and the style documents, each with a camera where there is data."""
    maps = [
        {"kind": "tilejson", "url": f"http://{address}{layer['tilejson']}"} | camera(archive_of(address, store, layer))
        for layer in layers
    ]
    styles = sorted((ROOT / "styles/dist").glob("*.json"))
    of_first = {key: maps[0][key] for key in ("center", "zoom")}
    return maps + [{"kind": "style", "url": f"http://{address}/v1/styles/{file.name}"} | of_first for file in styles]


def archive_of(address: str, store: Path, layer: dict[str, Any]) -> Path:
    digest = json.loads(get(address, layer["tilejson"])[2])["digest"]
    return store / "archives" / layer["layer"] / layer["slot"] / f"{digest}.pmtiles"


def camera(archive: Path) -> dict[str, Any]:
    """The centre of the tile with the most bytes, at a zoom that shows a city."""
    tiles = [(len(data), z, x, y) for z, x, y, data in Archive(archive).tiles() if z <= CITY_ZOOM]
    deepest = max(z for _, z, _, _ in tiles)
    _, z, x, y = max(tile for tile in tiles if tile[1] == deepest)
    north = math.pi * (1 - 2 * (y + 0.5) / 2**z)
    return {"center": [(x + 0.5) / 2**z * 360 - 180, math.degrees(math.atan(math.sinh(north)))], "zoom": z}


def in_browser(clients: list[str], maps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What each library has loaded of each map."""
    command = ["node", str(HERE / "load.mjs"), ",".join(clients), json.dumps(maps)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    expected = sum(client != "deck" or shown["kind"] != "style" for client in clients for shown in maps)
    if len(lines) != expected:
        sys.exit(f"{len(lines)} of {expected} maps were loaded: {done.stderr[-2000:]}")
    return [line | {"faults": bool(line["errors"]) or not line["features"]} for line in lines]


def through_gdal(address: str, store: Path, layer: dict[str, Any]) -> dict[str, Any]:
    """Tiles of a layer, read by GDAL from the server, compared with the archive."""
    tilejson = json.loads(get(address, layer["tilejson"])[2])
    archive = archive_of(address, store, layer)
    stored = [(z, x, y, data) for z, x, y, data in Archive(archive).tiles() if z == layer["maxzoom"]]
    chosen = stored[:: max(1, len(stored) // TILES_PER_LAYER)][:TILES_PER_LAYER]
    faults = []
    for z, x, y, data in chosen:
        url = tilejson["tiles"][0].replace("{z}/{x}/{y}", f"{z}/{x}/{y}")
        found, wanted = gdal_count(url), features_of(gzip.decompress(data))
        if found != wanted:
            faults.append(f"{z}/{x}/{y}: {found}, expected {wanted}")
    return {"layer": layer["layer"], "tiles": len(chosen), "faults": faults or (not chosen)}


def gdal_count(url: str) -> int | str:
    """The number of features that GDAL finds in a tile; or what it says."""
    command = ["ogrinfo", "-ro", "-al", "-so", f"MVT:/vsicurl_streaming/{url}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    counts = re.findall(r"^Feature Count: (\d+)$", done.stdout, re.MULTILINE)
    return sum(map(int, counts)) if counts else done.stderr[-300:] + done.stdout[-300:]


def features_of(tile: bytes) -> int:
    """The number of features in all layers of a tile (MVT 2.1: field 3 is a layer, its field 2 a feature)."""
    layers = [body for number, body in fields(tile) if number == 3]
    return sum(number == 2 for layer in layers for number, _ in fields(layer))


if __name__ == "__main__":
    main()
