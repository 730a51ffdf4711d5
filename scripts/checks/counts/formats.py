"""Rewrites demo data with other writers and compares the maps that are built from it: they must be equal.

Vendors as parquet (DuckDB's own encoder, zstd, small row groups), CSV and JSON lines; orders as
parquet by pyarrow with the columns in reverse order; areas as GeoJSON and as shapefiles by pyshp. Every
archive and table must have the same digest as from the files of `tilegen sample`.
Exit status 1 and the differing entries if any differs.
"""

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pyarrow.parquet as parquet
import shapefile
import shapely

KINDS = ("areas", "regions", "neighbourhoods")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--tilegen", required=True, help="the binary")
    args = parser.parse_args()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        fixture = Fixture(args.tilegen, args.data, Path(folder))
        own = fixture.entries("own")
        for name, rewrite in {
            "vendors.parquet": vendors,
            "vendors.csv": vendors,
            "vendors.jsonl": vendors,
            "orders": orders,
            "geojson": geojson,
            "shapefiles": shapefiles,
        }.items():
            found = fixture.entries(name, rewrite)
            differing = sorted(key for key in own.keys() | found.keys() if own.get(key) != found.get(key))
            failures += len(differing)
            print(json.dumps({"rewritten": name, "entries": len(found), "differing": differing}))
    sys.exit(1 if failures else 0)


class Fixture:
    """Builds every layer from a copy of the data in which some files are rewritten."""

    def __init__(self, tilegen, data, folder):
        self.tilegen, self.data, self.folder = tilegen, data, folder

    def entries(self, name, rewrite=None):
        """(layer or table, slot) → digest."""
        data = self.folder / name
        shutil.copytree(self.data, data)
        vendors = data / "vendors" / "snapshot.parquet"
        if rewrite:
            vendors = rewrite(data, name) or vendors
        store = ["--store", str(self.folder / f"{name}.store")]
        areas = [part for kind in KINDS for part in (f"--{kind}", str(data / kind))]
        orders = ["--orders", str(data / "orders")]
        self.run("density", *orders, *store)
        self.run("areas", *areas, *store)
        self.run(
            "snapshot",
            "--vendors",
            str(vendors),
            "--grades",
            str(data / "grades.csv"),
            "--grades",
            str(data / "grades_b.csv"),
            *areas,
            "--targets",
            str(data / "targets"),
            *store,
        )
        self.run("area-stats", *orders, *areas, *store)
        manifest = json.loads(self.run("catalog", *store))
        shutil.rmtree(data)
        return {
            (entry.get("layer") or entry["name"], entry["slot"]): entry["digest"]
            for entry in manifest["layers"] + manifest["tables"]
        }

    def run(self, *arguments):
        return subprocess.run(
            [self.tilegen, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout


def vendors(data, name):
    path = data / name
    options = {
        ".parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048",
        ".csv": "HEADER",
        ".jsonl": "FORMAT json",
    }[path.suffix]
    duckdb.sql(f"COPY (FROM read_parquet('{data}/vendors/snapshot.parquet')) TO '{path}' ({options})")
    return path


def orders(data, _):
    """Other encodings, another order of columns and one more column."""
    for path in sorted((data / "orders").rglob("*.parquet")):
        table = parquet.ParquetFile(path).read()
        table = table.select(table.column_names[::-1]).append_column("note", [["x"] * len(table)])
        parquet.write_table(
            table, path, compression="gzip", use_dictionary=False, row_group_size=5000, data_page_version="2.0"
        )


def geojson(data, _):
    for path in sorted((data / "areas").glob("*.csv")):
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = [({"name": row["name"]}, shapely.from_wkt(row["WKT"])) for row in csv.DictReader(file)]
        write_geojson(path.with_suffix(".geojson"), rows)
        path.unlink()
    for kind in KINDS[1:]:
        for path in sorted((data / kind).glob("*.shp")):
            with shapefile.Reader(str(path), encoding="utf-8") as reader:
                rows = [
                    (record.record.as_dict(), shapely.geometry.shape(record.shape.__geo_interface__))
                    for record in reader.iterShapeRecords()
                ]
            for part in path.parent.glob(f"{path.stem}.*"):
                part.unlink()
            write_geojson(path.with_suffix(".geojson"), rows)


def write_geojson(path, rows):
    features = [
        {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(polygon)}
        for properties, polygon in rows
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))


def shapefiles(data, _):
    """Text in UTF-8 without a .cpg file, like the real shapefiles."""
    for kind in KINDS[1:]:
        for path in sorted((data / kind).glob("*.shp")):
            with shapefile.Reader(str(path), encoding="utf-8") as reader:
                fields, records = reader.fields, list(reader.iterShapeRecords())
            with shapefile.Writer(str(path.with_suffix("")), encoding="utf-8") as writer:
                writer.fields = [field for field in fields if field[0] != "DeletionFlag"]
                for record in records:
                    writer.shape(record.shape)
                    writer.record(*record.record)


if __name__ == "__main__":
    main()
