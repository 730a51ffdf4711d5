"""Turns the ship and aircraft positions inside two Python packages into parquet, one folder each.

Nothing is cleaned: times, ids, order, gaps and repetitions stay as they came. Each folder has its own
column names, types and time form, as real tables do, so that `data/real/*.toml` has something to map:

- ships-ny   zone-less timestamps, integer MMSI, degrees as doubles (AIS, New York harbour, a week)
- ships-us   epoch seconds, degrees as integers in units of 1e-5 (AIS, US coasts, a day)
- aircraft   timestamps with a zone, string ids, nulls where the receiver had nothing (ADS-B, Europe)
"""

import argparse
import gzip
import json
import os
import zipfile
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq

SHIPS = "tracktable_data/python_example_data/"
AIRCRAFT = "traffic/data/samples/"
AIRCRAFT_FILES = ["collections/quickstart", "collections/savan", "collections/switzerland", "tv_relay/tour_de_france"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ships-wheel", required=True)
    parser.add_argument("--aircraft-wheel", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    with zipfile.ZipFile(args.ships_wheel) as wheel:
        write(args.out, "ships-ny", ships_with_timestamps(positions(wheel, "NYHarbor_2020_12_first_week.traj")))
        write(args.out, "ships-us", ships_with_integers(positions(wheel, "US_coastal_2020_06_30.traj")))
    with zipfile.ZipFile(args.aircraft_wheel) as wheel:
        for name in AIRCRAFT_FILES:
            write(args.out, "aircraft", aircraft(wheel, name), os.path.basename(name))


def positions(wheel, name):
    """(mmsi, time, lng, lat) as text from a .traj file: a header of 11 fields, then 4 a position."""
    for line in wheel.read(SHIPS + name).decode().splitlines():
        values = line.split(",")[11:]
        yield from zip(values[0::4], values[1::4], values[2::4], values[3::4])


def ships_with_timestamps(rows):
    mmsi, time, lng, lat = zip(*rows)
    return pa.table(
        {
            "MMSI": pa.array(map(int, mmsi), pa.int64()),
            "BaseDateTime": pa.array(map(datetime.fromisoformat, time), pa.timestamp("us")),
            "LAT": pa.array(map(float, lat), pa.float64()),
            "LON": pa.array(map(float, lng), pa.float64()),
        }
    )


def ships_with_integers(rows):
    mmsi, time, lng, lat = zip(*rows)
    return pa.table(
        {
            "ts": pa.array((epoch_seconds(text) for text in time), pa.int64()),
            "mmsi": pa.array(map(int, mmsi), pa.int32()),
            "lon_e5": pa.array((round(float(text) * 1e5) for text in lng), pa.int32()),
            "lat_e5": pa.array((round(float(text) * 1e5) for text in lat), pa.int32()),
        }
    )


def epoch_seconds(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def aircraft(wheel, name):
    rows = json.loads(gzip.decompress(wheel.read(f"{AIRCRAFT}{name}.json.gz")))
    kinds = {
        "timestamp": pa.timestamp("ms", tz="UTC"),
        "icao24": pa.string(),
        "callsign": pa.string(),
        "latitude": pa.float64(),
        "longitude": pa.float64(),
        "altitude": pa.float32(),
        "groundspeed": pa.float32(),
    }
    return pa.table({column: pa.array((row.get(column) for row in rows), kind) for column, kind in kinds.items()})


def write(out, folder, table, name="positions"):
    os.makedirs(os.path.join(out, folder), exist_ok=True)
    path = os.path.join(out, folder, f"{name}.parquet")
    pq.write_table(table, path, compression="zstd", row_group_size=50_000)
    print(f"{folder}/{name}.parquet: {table.num_rows:,} rows")


if __name__ == "__main__":
    main()
