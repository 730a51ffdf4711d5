"""Reads areas of every kind in the simplest way: csv and pyshp for the files, shapely for the geometry."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapefile
import shapely


@dataclass
class Area:
    """An area, its name normalised for matching, and its population where it is known."""

    kind: str
    city: int
    name: str
    polygon: shapely.Geometry
    population: int | None = None


def normalised(name: str) -> str:
    """A name without invisible marks, with Persian letters and single blanks."""
    for letter in "\u200e\u200f\ufeff":
        name = name.replace(letter, "")
    name = name.replace("\u064a", "\u06cc").replace("\u0643", "\u06a9").replace("\u200c", " ").replace("\u00a0", " ")
    return " ".join(name.split())


def read_all_areas(data: Path, cities: list[dict[str, Any]]) -> list[Area]:
    """Marketing areas, regions and neighbourhoods. The population of a region is the sum of its neighbourhoods."""
    areas = []
    for city in cities:
        with open(data / "areas" / f"{city['key']}.csv", encoding="utf-8-sig", newline="") as file:
            areas += [
                Area("marketing", city["id"], normalised(row["name"]), shapely.from_wkt(row["WKT"]))
                for row in csv.DictReader(file)
            ]
    of_region: Counter[tuple[int, Any]] = Counter()
    for city_id, row, polygon in shapes(data / "neighbourhoods", cities):
        areas.append(Area("neighbourhood", city_id, normalised(row["NAME_MAHAL"]), polygon, row["Pop"]))
        of_region[city_id, row["Region"]] += row["Pop"]
    areas += [
        Area("region", city, normalised(row["Name"]), polygon, of_region.get((city, row["Region"])))
        for city, row, polygon in shapes(data / "regions", cities)
    ]
    return areas


def shapes(folder: Path, cities: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any], shapely.Geometry]]:
    """City id, attributes and polygon of every shape in the shapefiles of a folder."""
    for path in sorted(folder.glob("*.shp")):
        with shapefile.Reader(str(path), encoding="utf-8") as reader:
            for record in reader.iterShapeRecords():
                polygon = shapely.geometry.shape(record.shape.__geo_interface__)
                at = polygon.representative_point()
                city = next(
                    city["id"]
                    for city in cities
                    if city["box"][0] <= at.x <= city["box"][2] and city["box"][1] <= at.y <= city["box"][3]
                )
                yield city, record.record.as_dict(), polygon


def positions_in(areas: list[Area], lng: np.ndarray, lat: np.ndarray) -> list[np.ndarray]:
    """For each area, the indices of the positions in it or on its border."""
    points = shapely.STRtree(shapely.points(np.column_stack([lng, lat])))
    return [points.query(area.polygon, predicate="intersects") for area in areas]
