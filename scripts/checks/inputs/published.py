"""Reads what a store publishes: manifest, archives, tables."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mapbox_vector_tile

from checks.lib.archive import Archive

DEEPEST = 14


class Map:
    """The newest map of a store in a folder."""

    def __init__(self, store: Path, report: Path | None = None) -> None:
        self.store = store
        self.report_text = report.read_text() if report and report.exists() else ""

    @property
    def number(self) -> int:
        """The number of the newest manifest, 0 without one."""
        return max((int(path.stem) for path in self.store.glob("manifests/*.json")), default=0)

    @property
    def manifest(self) -> dict[str, Any]:
        """The newest manifest."""
        newest = max(self.store.glob("manifests/*.json"), key=lambda path: int(path.stem))
        content: dict[str, Any] = json.loads(newest.read_text())
        return content

    @property
    def report(self) -> dict[str, Any]:
        """The build report."""
        content: dict[str, Any] = json.loads(self.report_text or "{}")
        return content

    def layer(self, name: str, slot: str) -> dict[str, Any]:
        """A layer's entry in the manifest."""
        for entry in self.manifest["layers"]:
            if (entry["layer"], entry["slot"]) == (name, slot):
                found: dict[str, Any] = entry
                return found
        raise LookupError(f"the manifest does not list {name}/{slot}")

    def archive(self, name: str, slot: str) -> Path:
        """The file of a layer's archive."""
        digest = self.layer(name, slot)["digest"]
        return self.store / "archives" / name / slot / f"{digest}.pmtiles"

    def digests(self) -> dict[str, str]:
        """The digest of each archive and table."""
        manifest = self.manifest
        layers = {f"{entry['layer']}/{entry['slot']}": entry["digest"] for entry in manifest["layers"]}
        return layers | {f"{entry['name']}/{entry['slot']}": entry["digest"] for entry in manifest.get("tables", [])}

    def table(self, name: str) -> dict[str, Any]:
        """A table's document."""
        entry = next(entry for entry in self.manifest["tables"] if entry["name"] == name)
        path = self.store / "tables" / name / entry["slot"] / f"{entry['digest']}.json.gz"
        content: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
        return content

    def density(self, name: str, slot: str) -> Counter[str]:
        """Orders and users of the decoded cells of the deepest zoom, summed up."""
        path = self.archive(name, slot)
        zoom = Archive(path).zooms().get(DEEPEST)
        totals: Counter[str] = Counter()
        if zoom is not None:
            totals.update({key: int(counts.sum()) for key, counts in zoom.counts.items()})
        return totals

    def features(self, name: str, source_layer: str, zoom: int = DEEPEST) -> Iterator[dict[str, Any]]:
        """Features of the tiles of one zoom, as GeoJSON in units of the tile."""
        for z, _, _, data in Archive(self.archive(name, "now")).tiles():
            if z == zoom:
                decoded = mapbox_vector_tile.decode(gzip.decompress(data))
                yield from decoded.get(source_layer, {}).get("features", [])

    def areas(self, kind: str | None = None) -> dict[str, dict[str, Any]]:
        """Properties of areas by name, from their labels."""
        labels = self.features("areas", "area-labels")
        found = (feature["properties"] for feature in labels)
        return {area["name"]: area for area in found if kind in (None, area["kind"])}

    def grades(self, city: str = "tehran") -> dict[str, str]:
        """The grade of each vendor by code."""
        table = self.table(f"vendors/{city}")
        columns, names = table["columns"], table["grades"]
        return {str(code): names[grade] for code, grade in zip(columns["code"], columns["grade"])}

    def lineage(self, name: str, slot: str) -> str:
        """The build of a layer and its lineage, as they are stored."""
        build = self.layer(name, slot)["build"]
        return json.dumps(build) + (self.store / "lineage" / f"{build['lineage']}.json").read_text()
