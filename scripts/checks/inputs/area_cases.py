"""Areas: surfaces, names, geometry and the files of a city."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from checks.inputs.case import (
    Case,
    Difference,
    Either,
    Flags,
    Prepare,
    Published,
    csv_file,
    damaged_names,
    moved_file,
    refused,
    text_file,
)
from checks.inputs.files import (
    SQUARE_KM2,
    WGS84,
    Inputs,
    Ring,
    area_rows,
    csv_text,
    geojson,
    neighbourhoods,
    regions,
    shape,
    square,
    wkt,
)
from checks.inputs.published import Map

ONLY_MARKETING: Flags = {"regions": None, "neighbourhoods": None}
ONLY_NEIGHBOURHOODS: Flags = {"regions": None}
TWO = Published(layer="areas", report={"import.areas.marketing": 2})


def cases() -> Iterator[Case]:
    """Every case of this kind."""
    yield from surfaces()
    yield from kinds()
    yield from file_names()
    yield from two_exports()
    yield from city_keys()
    yield from deep_and_large()
    yield from names()
    yield from population_dots()
    yield from published_geometry()
    yield from faulty_polygons()
    yield from faulty_shapefiles()
    yield from optional()


# --- Surfaces ---------------------------------------------------------------------------------------------------------


def density(name: str, want: float, share: float = 0.05) -> Callable[[Map], list[Difference]]:
    """The density of an area is near a value."""

    def holds(found: Map) -> list[Difference]:
        area = found.areas().get(name)
        if area is None:
            return [f"the map has no area {name}"]
        is_ = area.get("density_km2")
        if is_ is not None and abs(is_ - want) <= share * want:
            return []
        return [f"{name}: density {is_} people per km² instead of about {want:.0f}"]

    return holds


def with_surface(**columns: object) -> list[tuple[dict[str, Any], Ring]]:
    """One neighbourhood with 8,000 people."""
    own = {"NAME_MAHAL": "محله", "OBJECTID_1": 11, "Pop": 8000}
    return [(own | dict(columns), square(51.38, 35.68))]


def surfaces() -> Iterator[Case]:
    """The column AREA is in m², hectares or km²; the polygon shows which."""
    right = 8000 / SQUARE_KM2
    km2 = SQUARE_KM2
    for unit, surface in (("m²", km2 * 1e6), ("hectares", km2 * 100), ("km²", km2)):
        for form in ("shp", "geojson", "csv"):

            def prepare(inputs: Inputs, surface: float = surface, form: str = form) -> None:
                write_areas(inputs, with_surface(AREA=surface), form)

            want = Published(layer="areas", holds=density("محله", right))
            yield Case("areas", f"AREA in {unit}, {form}", "areas", want, prepare, ONLY_NEIGHBOURHOODS)
    for name, surface, said in (
        ("1.8 times the polygon, in hectares", km2 * 180, right / 1.8),
        ("half the polygon, in m²", km2 * 0.55e6, right / 0.55),
        ("a hundredth of the polygon's km²", km2 / 100, right),
        ("of another unit", km2 * 1e4 * 7, right),
        ("0", 0.0, right),
        ("negative", -5.0, right),
    ):

        def other(inputs: Inputs, surface: float = surface) -> None:
            write_areas(inputs, with_surface(AREA=surface), "geojson")

        computed = said == right and surface > 0
        want = Published(
            layer="areas", holds=density("محله", said), mentions=("surface|area_computed|computed",) if computed else ()
        )
        yield Case("areas", f"AREA is {name}", "areas", want, other, ONLY_NEIGHBOURHOODS)

    def of_region(inputs: Inputs) -> None:
        feature = ({"Name": "منطقه", "Region": 1, "AREA": SQUARE_KM2 * 1e6, "Pop": 8000}, square(51.38, 35.68))
        inputs.remove("regions/regions.geojson")
        shape(inputs, "regions/regions.shp", [feature])

    want = Published(layer="areas", holds=density("منطقه", right))
    yield Case("areas", "AREA of a region in m²", "areas", want, of_region, {"neighbourhoods": None})


def write_areas(inputs: Inputs, features: Sequence[tuple[Mapping[str, Any], Ring]], form: str) -> None:
    """Write neighbourhoods in one of the three forms."""
    inputs.remove("neighbourhoods/neighbourhoods.geojson")
    if form == "shp":
        shape(inputs, "neighbourhoods/n.shp", features)
    elif form == "geojson":
        inputs.text("neighbourhoods/n.geojson", geojson(features))
    else:
        header = ["WKT", *features[0][0]]
        inputs.csv(
            "neighbourhoods/n.csv", [header, *([wkt(ring), *properties.values()] for properties, ring in features)]
        )


# --- Folders and files ------------------------------------------------------------------------------------------------


def kinds() -> Iterator[Case]:
    """Regions are not neighbourhoods, whatever folder they are in."""
    sentence = refused(r"regions\.(?:shp|geojson|csv)", "region")
    for form in ("shp", "geojson"):

        def both(inputs: Inputs, form: str = form) -> None:
            inputs.remove("neighbourhoods/neighbourhoods.geojson")
            if form == "shp":
                shape(inputs, "neighbourhoods/tehran_neighbourhoods.shp", neighbourhoods())
                shape(inputs, "neighbourhoods/tehran_regions.shp", regions())
            else:
                inputs.text("neighbourhoods/tehran_neighbourhoods.geojson", geojson(neighbourhoods()))
                inputs.text("neighbourhoods/tehran_regions.geojson", geojson(regions()))

        yield Case("areas", f"regions among neighbourhoods, {form}", "areas", sentence, both, ONLY_NEIGHBOURHOODS)

    def only_regions(inputs: Inputs) -> None:
        inputs.remove("neighbourhoods/neighbourhoods.geojson")
        shape(inputs, "neighbourhoods/tehran_regions.shp", regions())

    yield Case("areas", "regions given as neighbourhoods", "areas", sentence, only_regions, ONLY_NEIGHBOURHOODS)

    def districts(inputs: Inputs) -> None:
        inputs.remove("regions/regions.geojson")
        shape(inputs, "regions/tehran_neighbourhoods.shp", neighbourhoods())

    yield Case(
        "areas",
        "neighbourhoods given as regions",
        "areas",
        refused(r"tehran_neighbourhoods\.shp", "neighbourhood|Name|region"),
        districts,
        {"neighbourhoods": None},
    )


def renamed(name: str) -> Prepare:
    """Rename the file of marketing areas."""
    return moved_file("areas/tehran.csv", f"areas/{name}")


def file_names() -> Iterator[Case]:
    """A file begins with the key of its city; a city has one file."""
    for name in ("tehran_polygons.csv", "tehran-areas.csv", "tehran areas 2026.csv", "tehran.CSV", "TEHRAN.csv"):
        yield Case("areas", f"the file {name}", "areas", TWO, renamed(name), ONLY_MARKETING)
    for name in ("polygons.csv", "isfahan.csv", "محله‌ها.csv"):
        sentence = refused(re.escape(name), "tehran", "name|begin")
        yield Case("areas", f"the file {name}", "areas", sentence, renamed(name), ONLY_MARKETING)
    one = [({"name": "ونک"}, square(51.38, 35.68))]
    second: dict[str, Prepare] = {
        "tehran.geojson": lambda inputs: inputs.text("areas/tehran.geojson", geojson(one)),
        "tehran_old.csv": lambda inputs: inputs.csv("areas/tehran_old.csv", area_rows()),
        "tehran.shp": lambda inputs: shape(inputs, "areas/tehran.shp", one),
        "tehran_new.geojson": lambda inputs: inputs.text("areas/tehran_new.geojson", geojson(one)),
    }
    for name, write in second.items():
        sentence = refused(r"tehran\.csv", re.escape(name), "two|both|more than one|2 files")
        yield Case("areas", f"tehran.csv and {name}", "areas", sentence, write, ONLY_MARKETING)
        flags: Flags = {"grades": None, "targets": None}
        if name in ("tehran.geojson", "tehran_old.csv"):
            yield Case("areas", f"a snapshot with tehran.csv and {name}", "snapshot", sentence, write, flags)
    for name in (".tehran.geojson", "_tehran.csv", "tehran.xlsx", "tehran.csv.gz", "old.csv/tehran.txt"):
        skipped = text_file(f"areas/{name}", geojson(one))
        top = name.split("/")[0]
        report = {**TWO.report, "import.files_not_read.files": 1}
        want = Published(layer="areas", report=report, holds=partial(names_unread, path="import", name=top))
        yield Case("areas", f"{name} is skipped and named in the report", "areas", want, skipped, ONLY_MARKETING)
    explained = text_file("areas/readme.txt", "x")
    quiet = Published(layer="areas", report={"import.files_not_read.files": 0})
    yield Case("areas", "readme.txt explains a folder", "areas", quiet, explained, ONLY_MARKETING)


def names_unread(found: Map, path: str, name: str) -> list[Difference]:
    """The report names one file that was not read."""
    names = found.report[path]["files_not_read"]["names"]
    return [] if [entry.rsplit("/", 1)[-1] for entry in names] == [name] else [f"not read: {names} instead of {name}"]


def two_exports() -> Iterator[Case]:
    """Two exports of the same areas are not joined: people would count twice."""
    unnumbered = [
        ({key: value for key, value in row.items() if key != "OBJECTID_1"}, ring) for row, ring in neighbourhoods()
    ]
    renamed_areas = [(row | {"NAME_MAHAL": f"{row['NAME_MAHAL']} نو"}, ring) for row, ring in unnumbered]

    def two(first: Callable[[Inputs], object], second: Callable[[Inputs], object]) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            inputs.remove("neighbourhoods/neighbourhoods.geojson")
            first(inputs)
            second(inputs)

        return prepare

    def written(name: str, features: Sequence[tuple[Mapping[str, Any], Ring]]) -> Callable[[Inputs], object]:
        return lambda inputs: inputs.text(f"neighbourhoods/{name}", geojson(features))

    for name, second, names in (
        ("the same", written("old.geojson", unnumbered), (r"n\.geojson", r"old\.geojson")),
        ("other names", written("old.geojson", renamed_areas), (r"n\.geojson", r"old\.geojson")),
        ("numbers", written("old.geojson", neighbourhoods()), (r"n\.geojson", r"old\.geojson")),
        ("a shapefile", lambda inputs: shape(inputs, "neighbourhoods/n.shp", unnumbered), (r"n\.geojson", r"n\.shp")),
    ):
        prepare = two(written("n.geojson", unnumbered), second)
        yield Case(
            "areas", f"two files of neighbourhoods: {name}", "areas", refused(*names), prepare, ONLY_NEIGHBOURHOODS
        )
    region = [({"Name": "منطقه یک", "Pop": 4900}, square(51.37, 35.67, 0.06))]

    def regions_twice(inputs: Inputs) -> None:
        inputs.text("regions/regions.geojson", geojson(region))
        inputs.text("regions/regions_2020.geojson", geojson(region))

    both = refused(r"regions\.geojson", r"regions_2020\.geojson")
    yield Case("areas", "two files of regions", "areas", both, regions_twice, {"neighbourhoods": None})
    twice = two(written("n.geojson", [*unnumbered, unnumbered[0]]), lambda _: None)
    sentence = refused(r"n\.geojson", "row 3", "row 1", "people|counted twice")
    yield Case("areas", "a neighbourhood with people twice", "areas", sentence, twice, ONLY_NEIGHBOURHOODS)
    apart = [unnumbered[0], (unnumbered[0][0], unnumbered[1][1])]
    joined = Published(layer="areas", report={"import.rows_joined": 1, "import.areas.neighbourhood": 1})
    yield Case(
        "areas",
        "a neighbourhood of two parts",
        "areas",
        joined,
        two(written("n.geojson", apart), lambda _: None),
        ONLY_NEIGHBOURHOODS,
    )


def city_keys() -> Iterator[Case]:
    """A city's key is part of names of files and tables."""
    for key in ("../../evil", "a/b", "Tehran", "1tehran", "tehran city", "تهران", "", "a" * 33, ".tehran", "tehran%2f"):

        def prepare(inputs: Inputs, key: str = key) -> None:
            inputs.config("", key)

        shown = "key" if not key else f"key.*{key[:20]}|{key[:20]}.*key"
        for job in ("areas",) if key != "../../evil" else ("areas", "snapshot", "density"):
            flags: Flags = ONLY_MARKETING if job == "areas" else {}
            sentence = refused(shown.replace("..", r"\.\."), "a-z|lower|letter")
            yield Case("areas", f"the city key `{key[:12]}`, {job}", job, sentence, prepare, flags)
    for key in ("tehran_2", "a-b", "t"):

        def named(inputs: Inputs, key: str = key) -> None:
            inputs.config("", key)
            (inputs.root / "areas/tehran.csv").rename(inputs.root / f"areas/{key}.csv")

        yield Case("areas", f"the city key `{key}` is accepted", "areas", TWO, named, ONLY_MARKETING)


# --- Size -------------------------------------------------------------------------------------------------------------


def circle(points: int) -> Ring:
    """A star with many small teeth: valid, and nothing can be left out of it at once."""
    angles = np.linspace(0, 2 * math.pi, points, endpoint=False)
    radius = 0.04 + 0.0005 * (np.arange(points) % 2)
    xs, ys = 51.40 + radius * np.cos(angles), 35.72 + radius * np.sin(angles)
    ring: Ring = [(float(x), float(y)) for x, y in zip(xs, ys)]
    return [*ring, ring[0]]


def deep_and_large() -> Iterator[Case]:
    """Nested and large geometry: a limit and a sentence, or a result in seconds."""
    depth = 100_000
    for name, text in (
        ("a collection 100,000 deep", "GEOMETRYCOLLECTION(" * depth + "POINT(51.4 35.7)" + ")" * depth),
        ("a collection without an end", "GEOMETRYCOLLECTION(" * depth),
        ("a polygon of 100,000 brackets", "POLYGON " + "(" * depth + "51.4 35.7" + ")" * depth),
        ("a multipolygon of 100,000 brackets", "MULTIPOLYGON " + "(" * depth),
    ):
        rows = [["WKT", "name"], [text, "ونک"]]
        prepare = csv_file("areas/tehran.csv", rows)
        sentence = refused(r"tehran\.csv", "(?:row|line) [12]", "ونک")
        yield Case("areas", f"WKT of {name}", "areas", sentence, prepare, ONLY_MARKETING, seconds=5)

    def deep_json(inputs: Inputs) -> None:
        start = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"a"},"geometry":'
        nested = '{"type":"Polygon","coordinates":' + "[" * depth + "]" * depth + "}"
        inputs.remove("areas/tehran.csv")
        inputs.text("areas/tehran.geojson", start + nested + "}]}")

    sentence = refused(r"tehran\.geojson")
    yield Case("areas", "GeoJSON 100,000 deep", "areas", sentence, deep_json, ONLY_MARKETING, seconds=5)

    def deep_collection(inputs: Inputs) -> None:
        nested = '{"type":"GeometryCollection","geometries":[' * depth + "]}" * depth
        inputs.remove("areas/tehran.csv")
        inputs.text("areas/tehran.geojson", '{"type":"Feature","properties":{"name":"a"},"geometry":' + nested + "}")

    yield Case(
        "areas", "GeoJSON collections 100,000 deep", "areas", sentence, deep_collection, ONLY_MARKETING, seconds=5
    )
    published = Published(layer="areas", report={"import.areas.marketing": 1})
    for points, form, seconds in (
        (100_000, "csv", 8),
        (100_000, "geojson", 8),
        (100_000, "shp", 8),
        # Not timed: two minutes are the limit of a machine that is busy.
        (499_999, "csv", 120),
        (499_999, "shp", 120),
        (500_001, "csv", 60),
        (500_001, "shp", 60),
        (3_000_000, "csv", 60),
    ):

        def large(inputs: Inputs, points: int = points, form: str = form) -> None:
            ring = circle(points - 1)
            if form == "csv":
                inputs.csv("areas/tehran.csv", [["WKT", "name"], [wkt(ring), "ونک"]])
                return
            inputs.remove("areas/tehran.csv")
            if form == "shp":
                shape(inputs, "areas/tehran.shp", [({"name": "ونک"}, ring)])
            else:
                inputs.text("areas/tehran.geojson", geojson([({"name": "ونک"}, ring)]))

        limit = refused(rf"tehran\.{form}", "ونک", f"{points} points", "500000")
        want = published if points <= 500_000 else limit
        name = f"a polygon of {points:,} points, {form}"
        slow = points > 100_000
        yield Case("areas", name, "areas", want, large, ONLY_MARKETING, memory=1 << 30, seconds=seconds, slow=slow)

    def many_holes(inputs: Inputs) -> None:
        holes = [square(51.381 + 0.0002 * (n % 80), 35.681 + 0.0002 * (n // 80), 0.0001)[::-1] for n in range(6000)]
        inputs.csv("areas/tehran.csv", [["WKT", "name"], [wkt(square(51.38, 35.68), *holes), "ونک"]])

    yield Case("areas", "a polygon with 6,000 holes", "areas", published, many_holes, ONLY_MARKETING, seconds=8)


# --- Names ------------------------------------------------------------------------------------------------------------


def named(name: str) -> Callable[[Map], list[Difference]]:
    """The names of areas are clean, and one of them is this."""

    def compare(found: Map) -> list[Difference]:
        names = found.areas()
        return damaged_names(names) + ([] if name in names else [f"no area has the name {name!r}: {sorted(names)}"])

    return compare


def names() -> Iterator[Case]:
    """Names are cleaned and counted, or refused."""
    for name, letters, clean in (
        ("NUL", "پو\x00نک", "پونک"),
        ("ESC", "\x1b[31mپونک", "[31mپونک"),
        ("U+202E", "پو\u202eنک", "پونک"),
        ("a line break", "پو\nنک", "پو نک"),
        ("U+0085 and U+2028", "پو\u0085نک\u2028", "پو نک"),
        ("1 MB", "ن" * 500_000, ""),
    ):
        for form in ("csv", "geojson"):

            def prepare(inputs: Inputs, letters: str = letters, form: str = form) -> None:
                if form == "csv":
                    inputs.csv("areas/tehran.csv", [*area_rows(), [wkt(square(51.42, 35.72)), letters]])
                    return
                rings = [square(51.38, 35.68), square(51.40, 35.70)]
                inputs.remove("areas/tehran.csv")
                features = [({"name": text}, ring) for text, ring in zip((letters, "تجریش"), rings)]
                inputs.text("areas/tehran.geojson", geojson(features))

            cleaned = Published(layer="areas", holds=named(clean), report={"import.names_cleaned": 1})
            want = refused(rf"tehran\.{form}", "name") if name == "1 MB" else cleaned
            yield Case("areas", f"a name with {name}, {form}", "areas", want, prepare, ONLY_MARKETING)


# --- Population -------------------------------------------------------------------------------------------------------


def dots(people: int, per_dot: int = 50) -> Callable[[Map], list[Difference]]:
    """All dots of the deepest zoom stand for the whole population."""

    def holds(found: Map) -> list[Difference]:
        count = sum(1 for _ in found.features("population", "population"))
        if abs(count * per_dot - people) < per_dot:
            return []
        return [f"{count} dots of {per_dot} people stand for {count * per_dot:,} people instead of {people:,}"]

    return holds


def population_dots() -> Iterator[Case]:
    """Rounding loses no one."""
    for name, each, number in (
        ("60 areas of 149 people", 149, 60),
        ("60 areas of 49 people", 49, 60),
        ("25 areas of 74 people", 74, 25),
        ("60 areas of 1 person", 1, 60),
        ("one area of 8,624 people", 8624, 1),
    ):

        def prepare(inputs: Inputs, each: int = each, number: int = number) -> None:
            inputs.remove("neighbourhoods/neighbourhoods.geojson")
            features = [
                (
                    {"NAME_MAHAL": f"محله {n}", "OBJECTID_1": n, "Pop": each},
                    square(51.35 + 0.01 * (n % 10), 35.66 + 0.01 * (n // 10), 0.009),
                )
                for n in range(number)
            ]
            inputs.text("neighbourhoods/n.geojson", geojson(features))

        want = Published(layer="population", holds=dots(each * number))
        yield Case("areas", f"the population of {name}", "population", want, prepare)


# --- Published geometry -----------------------------------------------------------------------------------------------


def all_valid(found: Map) -> list[Difference]:
    """Every polygon of the deepest zoom is valid geometry."""
    invalid = []
    for feature in found.features("areas", "areas"):
        geometry = shapely.geometry.shape(feature["geometry"])
        if not geometry.is_valid:
            invalid.append(f"{feature['properties']['name']}: {shapely.is_valid_reason(geometry)}")
    return [f"{len(invalid)} invalid polygons, such as {invalid[0]}"] if invalid else []


def published_geometry() -> Iterator[Case]:
    """Simplified and clipped polygons stay valid."""
    rng = np.random.default_rng(18)
    spikes = [(51.40 + 0.00002 * n, 35.70 + (0.01 if n % 2 else 0.0)) for n in range(400)]
    spike_ring: Ring = [*spikes, (51.408, 35.69), (51.40, 35.69), (51.40, 35.70)]
    hole_ring = square(51.380001, 35.680001, 0.019998)[::-1]

    def ragged(west: float, south: float, points: int) -> Ring:
        angles = np.sort(rng.uniform(0, 2 * math.pi, points))
        radius = rng.uniform(0.0005, 0.009, points)
        ring = [(float(west + r * math.cos(a)), float(south + r * math.sin(a))) for a, r in zip(angles, radius)]
        return [*ring, ring[0]]

    sets: dict[str, list[list[Ring]]] = {
        "spikes 2 m wide": [[spike_ring]],
        "a hole along the border": [[square(51.38, 35.68), hole_ring]],
        "80 ragged stars": [[ragged(51.33 + 0.018 * (n % 9), 35.67 + 0.014 * (n // 9), 60)] for n in range(80)],
        "300 tiny areas": [[square(51.38 + 0.0001 * (n % 20), 35.68 + 0.0001 * (n // 20), 0.0001)] for n in range(300)],
        "a spiral 3 m wide": [[spiral()]],
        "holes that nearly touch": [
            [square(51.38, 35.68), square(51.385, 35.685, 0.004)[::-1], square(51.3890001, 35.685, 0.004)[::-1]]
        ],
    }
    for name, polygons in sets.items():

        def prepare(inputs: Inputs, polygons: list[list[Ring]] = polygons) -> None:
            rows = [[wkt(*rings), f"area {number}"] for number, rings in enumerate(polygons)]
            inputs.csv("areas/tehran.csv", [["WKT", "name"], *rows])

        want = Published(layer="areas", report={"import.areas.marketing": len(polygons)}, holds=all_valid)
        yield Case("areas", f"valid geometry: {name}", "areas", want, prepare, ONLY_MARKETING)


def spiral() -> Ring:
    """A thin band that winds three times."""
    outer = [
        (51.40 + 0.002 * a * math.cos(a), 35.70 + 0.002 * a * math.sin(a)) for a in map(float, np.arange(1, 19, 0.1))
    ]
    inner = [(x + 0.00003, y + 0.00003) for x, y in outer]
    line = shapely.LineString(outer).buffer(0.00002)
    ring: Ring = [(float(x), float(y)) for x, y in line.exterior.coords]
    return ring if line.is_valid else [*outer, *inner[::-1], outer[0]]


# --- Faults -----------------------------------------------------------------------------------------------------------


def faulty_polygons() -> Iterator[Case]:
    """A polygon that is wrong is named with file, row, name and place."""
    open_ring = square(51.42, 35.72)[:-1]
    bow: Ring = [(51.42, 35.72), (51.44, 35.74), (51.44, 35.72), (51.42, 35.74), (51.42, 35.72)]
    swapped = [(y, x) for x, y in square(51.42, 35.72)]
    metres = [(x * 111_000, y * 111_000) for x, y in square(51.42, 35.72)]
    row = r"(?:row|line) [34]"
    for name, text, parts in (
        ("an open ring", wkt(open_ring), ("closed",)),
        ("a bow tie", wkt(bow), ("crosses itself|intersect|not valid|invalid",)),
        ("longitude and latitude swapped", wkt(swapped), ("swapped", "tehran")),
        ("metres", wkt(metres), ("degrees",)),
        ("a point", "POINT (51.4 35.7)", ("polygon",)),
        ("a line", "LINESTRING (51.4 35.7, 51.5 35.8)", ("polygon",)),
        ("noise", "POLYGON ((51.4 thirty", ("polygon|WKT|read",)),
        ("an empty polygon", "POLYGON EMPTY", ("empty|no polygon|without",)),
    ):

        def prepare(inputs: Inputs, text: str = text) -> None:
            inputs.csv("areas/tehran.csv", [*area_rows(), [text, "پونک"]])

        sentence = refused(r"tehran\.csv", row, "پونک", *parts)
        counted = Published(layer="areas", report={"import.rows_without_polygon": 1})
        want = Either(counted, sentence) if "EMPTY" in text else sentence
        yield Case("areas", f"a polygon that is {name}", "areas", want, prepare, ONLY_MARKETING)
    for name, value in (("no name", ""), ("a blank name", " \u00a0\u200e")):

        def unnamed(inputs: Inputs, value: str = value) -> None:
            inputs.csv("areas/tehran.csv", [*area_rows(), [wkt(square(51.42, 35.72)), value]])

        sentence = refused(r"tehran\.csv", row, "name", never=(r"no name \(name",))
        yield Case("areas", name, "areas", sentence, unnamed, ONLY_MARKETING)

    def no_column(inputs: Inputs) -> None:
        inputs.csv("areas/tehran.csv", [["WKT", "title"], *area_rows()[1:]])

    sentence = refused(r"tehran\.csv", "title", "name", "column")
    yield Case("areas", "no column of names", "areas", sentence, no_column, ONLY_MARKETING)

    def no_wkt(inputs: Inputs) -> None:
        inputs.csv("areas/tehran.csv", [["geometry", "name"], *area_rows()[1:]])

    yield Case("areas", "no column WKT", "areas", refused(r"tehran\.csv", "WKT", "geometry"), no_wkt, ONLY_MARKETING)
    for name, content, word in (
        ("UTF-16", csv_text(area_rows()).encode("utf-16"), "UTF-16"),
        ("Windows-1256", csv_text(area_rows()).encode("cp1256", "replace"), "UTF-8"),
        ("nothing", b"", "empty|columns"),
    ):
        yield Case(
            "areas",
            f"a file of areas in {name}",
            "areas",
            refused(r"tehran\.csv", word),
            text_file("areas/tehran.csv", content),
            ONLY_MARKETING,
        )


def faulty_shapefiles() -> Iterator[Case]:
    """Shapefiles with a part that is missing, cut or of another place."""
    utm = 'PROJCS["WGS_1984_UTM_Zone_39N",GEOGCS["GCS_WGS_1984"],PROJECTION["Transverse_Mercator"]]'

    ed50 = (
        'GEOGCS["ED50",DATUM["European_Datum_1950",SPHEROID["International 1924",6378388,297],'
        'TOWGS84[-87,-98,-121,0,0,0,0]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
    )

    def shapes(change: Callable[[Path], object], prj: str | None = None) -> Prepare:
        def prepare(inputs: Inputs) -> None:
            inputs.remove("neighbourhoods/neighbourhoods.geojson")
            change(shape(inputs, "neighbourhoods/n.shp", neighbourhoods(), prj))

        return prepare

    def cut(ending: str) -> Callable[[Path], object]:
        return lambda path: path.with_suffix(ending).write_bytes(path.with_suffix(ending).read_bytes()[:-40])

    for name, prepare, parts in (
        ("without .dbf", shapes(lambda path: path.with_suffix(".dbf").unlink()), (r"n\.dbf",)),
        ("with a cut .dbf", shapes(cut(".dbf")), (r"n\.dbf", "cut|truncated|record|bytes")),
        ("with a cut .shp", shapes(cut(".shp")), (r"n\.shp",)),
        ("in UTM", shapes(lambda _: None, utm), (r"n\.(?:shp|prj)", "UTM", "WGS 84|4326")),
        ("in ED50", shapes(lambda _: None, ed50), (r"n\.(?:shp|prj)", "ED50", "WGS 84|4326")),
        ("in WGS 72", shapes(lambda _: None, WGS84.replace("1984", "1972")), ("1972", "WGS 84|4326")),
        ("with a wrong .cpg", shapes(lambda path: path.with_suffix(".cpg").write_text("KOI-9")), ("cpg|KOI-9",)),
    ):
        yield Case("areas", f"a shapefile {name}", "areas", refused(*parts), prepare, ONLY_NEIGHBOURHOODS)
    linked = {"type": "link", "properties": {"href": "x.prj"}}
    numbered = {"type": "EPSG", "properties": {"code": 4230}}
    doubled = geojson(neighbourhoods()).replace('"Pop": 5000', '"Pop": 5000, "Pop": 7')
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    for name, text, parts in (
        ("GeoJSON in EPSG:3857", geojson(neighbourhoods(), crs=crs), ("3857", "WGS 84|4326")),
        ("GeoJSON with a crs as text", geojson(neighbourhoods(), crs="EPSG:4230"), ("4230", "WGS 84|4326")),
        ("GeoJSON with a linked crs", geojson(neighbourhoods(), crs=linked), ("x.prj", "WGS 84|4326")),
        ("GeoJSON with a numbered crs", geojson(neighbourhoods(), crs=numbered), ("4230", "WGS 84|4326")),
        ("GeoJSON with a property twice", doubled, ("Pop", "repeated")),
        ("GeoJSON 40 degrees wide", geojson([(neighbourhoods()[0][0], square(31.4, 15.7, 40))]), ("tehran", "box")),
        ("GeoJSON that is cut", geojson(neighbourhoods())[:-30], (r"n\.geojson",)),
        ("GeoJSON of points", json.dumps(point_collection()), ("polygon",)),
    ):

        def write(inputs: Inputs, text: str = text) -> None:
            inputs.remove("neighbourhoods/neighbourhoods.geojson")
            inputs.text("neighbourhoods/n.geojson", text)

        yield Case("areas", name, "areas", refused(*parts), write, ONLY_NEIGHBOURHOODS)

    def no_features(inputs: Inputs) -> None:
        inputs.remove("neighbourhoods/neighbourhoods.geojson")
        inputs.text("neighbourhoods/n.geojson", geojson([]))

    named = (r"n\.geojson",)
    for name in ("neighbourhoods/n.geojson", "neighbourhoods/n.csv"):
        pipe = lambda inputs, name=name: os.mkfifo(inputs.path(name))  # noqa: E731
        endless = lambda inputs, name=name: os.symlink("/dev/zero", inputs.path(name))  # noqa: E731
        for kind, make in (("a pipe", pipe), ("a link to /dev/zero", endless)):
            sentence = refused(re.escape(name.split("/")[1]), "pipe|device")
            yield Case("areas", f"{name} is {kind}", "areas", sentence, make, ONLY_NEIGHBOURHOODS)
    either = Either(Published(layer="areas", mentions=named), refused(*named))
    yield Case("areas", "GeoJSON without features is named", "areas", either, no_features, ONLY_NEIGHBOURHOODS)


def point_collection() -> dict[str, Any]:
    """A feature collection of one point."""
    geometry = {"type": "Point", "coordinates": [51.4, 35.7]}
    feature = {"type": "Feature", "properties": {"NAME_MAHAL": "محله"}, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def optional() -> Iterator[Case]:
    """Regions and neighbourhoods are optional in every job."""
    yield Case("areas", "without regions and neighbourhoods", "areas", TWO, flags=ONLY_MARKETING)
    yield Case("areas", "without regions", "areas", TWO, flags=ONLY_NEIGHBOURHOODS)
    yield Case("areas", "without neighbourhoods", "areas", TWO, flags={"neighbourhoods": None})
    yield Case("areas", "statistics without regions", "area-stats", Published(rejects={}))
    yield Case("areas", "timeline without regions", "timeline", Published(rejects={}))
    yield Case("areas", "timeline without areas", "timeline", Published(rejects={}), flags={"areas": None})
    empty: Prepare = lambda inputs: inputs.text("empty/read.me", "")  # noqa: E731
    sentence = refused("empty", r"\*\.csv|\.shp")
    yield Case("areas", "an empty folder of regions", "areas", sentence, empty, {"regions": "{root}/empty"})
