"""The peer: order parquet to a density archive with DuckDB, its spatial extension and Python's pmtiles.

It is the strongest pipeline that we could assemble from packages, with every attribute of the
`density` layer, so that `scripts/bench` compares with a strong competitor. What makes it fast:

- one narrow table: a Morton key, a line index, a flag and a user for each valid order;
- a cell's orders, organic and unknown of one line share one 64-bit sum (22 + 21 + 20 bits), the
  distinct users of three lines another one (3 × 21 bits); they are unpacked only for a tile;
- distinct users are counted once, at the deepest zoom; where two places of one user share a
  coarser cell (the LAG of the sorted keys gives the zoom), the roll-up subtracts one;
- tiles come from ST_AsMVT inside DuckDB, gzip from libdeflate (level 6) on every core.

It omits other work of `tilegen`: reject counts by reason, quantiles, verification, publishing, a fixed
order of features.
Prints one JSON line: figures of the archive, wall and CPU seconds, peak memory.
"""

import argparse
import glob
import importlib.util
import json
import os
import resource
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import deflate
import duckdb
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

MIN_ZOOM, MAX_ZOOM = 5, 14
CELL_LEVEL = MAX_ZOOM + 6
DAY_US = 86_400_000_000
YEAR_2000_US, YEAR_2100_US = 946_684_800_000_000, 4_102_444_800_000_000
DEFAULT_CITIES = ["2:51.00,35.45,51.75,35.90", "1:59.20,36.10,59.85,36.55", "5:52.30,29.40,52.75,29.90"]
# One BIGINT contains a line's three counts, another the users of three lines; check_packing() checks
# that the input is small enough for that.
ORDERS_SHIFT, ORGANIC_SHIFT = 41, 20
MAX_ORDERS, MAX_ORGANIC, MAX_UNKNOWN = 1 << 22, 1 << 21, 1 << 20
USER_BITS, USERS_A_SUM = 21, 3


def main():
    build(count_cells, encode_zooms)


def build(count_cells, encode_zooms):
    """The whole pipeline around two steps: count cells, and encode tiles."""
    args = parse_arguments()
    started = time.perf_counter()
    db = connect(args.threads)
    source = f"read_parquet({parquet_files(args.orders)!r}, hive_partitioning = false)"
    rows, last_day, spellings = look_ahead(db, source, args.utc_offset_minutes)
    lines = sorted({spelling.strip(" ") for spelling in spellings})
    valid = keep_valid_orders(db, source, args, last_day, {name: lines.index(name.strip(" ")) for name in spellings})
    count_cells(db, lines)
    tiles, totals = encode_zooms(db, lines)
    write_archive(args.out, tiles, metadata(args, lines, last_day, totals))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "rows": rows,
                "orders": valid,
                "rejects": rows - valid,
                "cells": sum(zoom["cells"] for zoom in totals.values()),
                "tiles": sum(zoom["tiles"] for zoom in totals.values()),
                "bytes": os.path.getsize(args.out),
                "wall_s": round(time.perf_counter() - started, 3),
                "cpu_s": round(usage.ru_utime + usage.ru_stime, 3),
                "peak_mb": round(usage.ru_maxrss / 1024, 1),
            }
        )
    )


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", required=True, help="parquet file, or directory searched for *.parquet")
    parser.add_argument("--out", required=True, help="archive to write")
    parser.add_argument("--city", action="append", help="id:west,south,east,north (repeatable)")
    parser.add_argument("--days", type=int, default=30, help="window, ending on the newest day")
    parser.add_argument("--utc-offset-minutes", type=int, default=210, help="where the day begins (Tehran: 210)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    args = parser.parse_args()
    args.city = [parse_city(text) for text in args.city or DEFAULT_CITIES]
    return args


def parse_city(text):
    city_id, box = text.split(":")
    return int(city_id), [float(edge) for edge in box.split(",")]


def connect(threads):
    db = duckdb.connect()
    db.execute(f"SET threads = {threads}")
    db.execute("SET preserve_insertion_order = false")
    spec = importlib.util.find_spec("duckdb_extension_spatial")
    assert spec is not None and spec.submodule_search_locations, "duckdb-extension-spatial is not installed"
    extension = os.path.join(
        spec.submodule_search_locations[0], "extensions", f"v{duckdb.__version__}", "spatial.duckdb_extension"
    )
    db.execute(f"LOAD '{extension}'")
    define_morton(db)
    return db


def define_morton(db):
    """Interleaved bits: the parent of a cell is key >> 2, its tile key >> 12, as on the Hilbert curve."""
    for name, steps in {
        "spread": [
            (16, 0x0000FFFF0000FFFF),
            (8, 0x00FF00FF00FF00FF),
            (4, 0x0F0F0F0F0F0F0F0F),
            (2, 0x3333333333333333),
            (1, 0x5555555555555555),
        ],
    }.items():
        expression = "v"
        for step, (shift, mask) in enumerate(steps):
            db.execute(f"CREATE TEMP MACRO {name}{step}(v) AS (v | (v << {shift})) & {mask}")
            expression = f"{name}{step}({expression})"
        db.execute(f"CREATE TEMP MACRO {name}(v) AS {expression}")
    # Only the six lowest bits of each axis: the position of a cell in its tile.
    db.execute("CREATE TEMP MACRO pick0(v) AS v & 1365")
    db.execute("CREATE TEMP MACRO pick1(v) AS (v | (v >> 1)) & 819")
    db.execute("CREATE TEMP MACRO pick2(v) AS (v | (v >> 2)) & 3855")
    db.execute("CREATE TEMP MACRO pick3(v) AS (v | (v >> 4)) & 63")
    db.execute("CREATE TEMP MACRO squash(v) AS pick3(pick2(pick1(pick0(v))))")


def parquet_files(orders):
    if os.path.isdir(orders):
        return sorted(glob.glob(os.path.join(orders, "**", "*.parquet"), recursive=True))
    return sorted(glob.glob(orders))


def look_ahead(db, source, utc_offset_minutes):
    """Rows, the newest day and the lines as they are spelt, from two narrow columns."""
    rows, newest, spellings = db.execute(f"""
        SELECT count(*), max(epoch_us(created_at)) FILTER (epoch_us(created_at) < {YEAR_2100_US}),
               list(DISTINCT business_line) FILTER (trim(business_line) <> '')
        FROM {source}""").fetchone()
    return rows, (newest + utc_offset_minutes * 60_000_000) // DAY_US, spellings


def keep_valid_orders(db, source, args, last_day, line_of):
    """Makes `valid`: (user_id, line, organic 0 | 1 | 2 for unknown, key), one row for each order."""
    db.execute(f"""
        CREATE TEMP TABLE repeated AS
        SELECT order_id FROM {source} WHERE order_id IS NOT NULL GROUP BY 1 HAVING count(*) > 1""")
    boxes = " OR ".join(
        f"(city_id = {city} AND lng BETWEEN {west} AND {east} AND lat BETWEEN {south} AND {north})"
        for city, (west, south, east, north) in args.city
    )
    quote = "'"
    line_index = " ".join(f"WHEN '{name.replace(quote, quote * 2)}' THEN {i}" for name, i in line_of.items())
    cells = 1 << CELL_LEVEL
    db.execute(f"""
        CREATE TEMP TABLE candidates AS
        SELECT user_id, line, organic, day, CASE WHEN order_id IN (FROM repeated) THEN order_id END AS repeated_id,
               spread(floor((lng + 180) / 360 * {cells})::BIGINT)
             | (spread(floor((1 - ln(tan(radians(lat)) + 1 / cos(radians(lat))) / pi()) / 2 * {cells})::BIGINT) << 1)
               AS key
        FROM (SELECT order_id, user_id, city_id, customer_longitude AS lng, customer_latitude AS lat,
                     (CASE business_line {line_index} END)::UTINYINT AS line,
                     coalesce(organic::TINYINT, 2)::UTINYINT AS organic,
                     ((epoch_us(created_at) + {args.utc_offset_minutes * 60_000_000}) // {DAY_US})::INTEGER AS day
              FROM {source}
              WHERE epoch_us(created_at) BETWEEN {YEAR_2000_US} AND {YEAR_2100_US - 1}
                AND (organic IS NULL OR organic::TINYINT BETWEEN 0 AND 1))
        WHERE day BETWEEN {last_day - args.days + 1} AND {last_day}
          AND line IS NOT NULL AND NOT (lng = 0 AND lat = 0) AND ({boxes})""")
    db.execute("""
        CREATE TEMP VIEW valid AS
        SELECT user_id, line, organic, key FROM candidates WHERE repeated_id IS NULL
        UNION ALL
        SELECT user_id, line, organic, key FROM candidates WHERE repeated_id IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY repeated_id ORDER BY day DESC) = 1""")
    return check_packing(db)


def check_packing(db):
    worst = db.execute("""
        SELECT sum(n), max(n), max(organic), max(unknown) FROM (
            SELECT count(*) AS n, count(*) FILTER (organic = 1) AS organic, count(*) FILTER (organic = 2) AS unknown
            FROM valid GROUP BY line)""").fetchone()
    if worst[1] >= MAX_ORDERS or worst[2] >= MAX_ORGANIC or worst[3] >= MAX_UNKNOWN:
        sys.exit("a line has too many orders for the packed sums of this pipeline")
    return int(worst[0])


def count_cells(db, lines):
    """Makes `cells{z}`: key, packed counts of each line, packed users of each line and of all."""
    db.execute(f"""
        CREATE TEMP TABLE places AS SELECT user_id, line, key, sum(packed)::BIGINT AS packed
        FROM (SELECT user_id, line, key, (1::BIGINT << {ORDERS_SHIFT})
                   | CASE organic WHEN 1 THEN 1::BIGINT << {ORGANIC_SHIFT} WHEN 2 THEN 1 ELSE 0 END AS packed
              FROM valid)
        GROUP BY 1, 2, 3""")
    db.execute("""
        CREATE TEMP TABLE steps AS SELECT key, line, packed, user_id IS NOT NULL AS is_known,
            xor(key, lag(key) OVER (PARTITION BY user_id, line ORDER BY key)) AS line_step,
            xor(key, lag(key) OVER (PARTITION BY user_id ORDER BY key)) AS step
        FROM places""")
    orders = [f"p{i}" for i in range(len(lines))]
    users = [f"w{i}" for i in range(len(lines) // USERS_A_SUM + 1)]
    by_line = ", ".join(f"CASE line WHEN {i} THEN packed ELSE 0 END AS p{i}" for i in range(len(lines)))
    new_users = ", ".join(
        f"CASE WHEN is_known THEN {line} + CASE WHEN step IS NULL OR step <> 0 THEN {everyone} "
        f"ELSE 0 END ELSE 0 END AS {users[i]}"
        for i, (line, everyone) in enumerate(user_weights(len(lines)))
    )
    db.execute(f"""CREATE TEMP TABLE cells{MAX_ZOOM} AS SELECT key, {sums(orders + users)}
        FROM (SELECT key, {by_line}, {new_users} FROM steps) GROUP BY 1""")
    count_meetings(db, len(lines), users)
    for zoom in range(MAX_ZOOM - 1, MIN_ZOOM - 1, -1):
        db.execute(f"""CREATE TEMP TABLE cells{zoom} AS
            SELECT key >> 2 AS key, {sums(orders + users)} FROM (
                FROM cells{zoom + 1} UNION ALL
                SELECT key, {", ".join("0::BIGINT" for _ in orders)}, {", ".join(users)}
                FROM meetings WHERE zoom = {zoom})
            GROUP BY 1""")


def count_meetings(db, lines, users):
    """Makes `meetings`: how many users each cell of zoom + 1 hands to its parent twice, negative.

    Two keys that differ first in bit pair n (from 0) have their lowest common cell n + 1 levels up.
    """
    weights = list(user_weights(lines))
    by_line = ", ".join(f"-({line}) AS {name}" for name, (line, _) in zip(users, weights))
    of_all = ", ".join(f"-{everyone}::BIGINT AS {name}" for name, (_, everyone) in zip(users, weights))
    meeting = f"{MAX_ZOOM - 1} - floor(log2({{step}}) / 2)::INTEGER AS zoom"
    db.execute(f"""
        CREATE TEMP TABLE meetings AS
        SELECT zoom, key >> 2 * ({MAX_ZOOM - 1} - zoom) AS key, {sums(users)} FROM (
            SELECT {meeting.format(step="line_step")}, key, {by_line} FROM steps
            WHERE is_known AND line_step IS NOT NULL
            UNION ALL
            SELECT {meeting.format(step="step")}, key, {of_all} FROM steps
            WHERE is_known AND step IS NOT NULL AND step <> 0)
        WHERE zoom >= {MIN_ZOOM} GROUP BY 1, 2""")


def user_weights(lines):
    """For each packed user sum: (SQL of a line's weight in it, the weight of all lines together)."""
    for first in range(0, lines + 1, USERS_A_SUM):
        mine = range(first, first + USERS_A_SUM)
        cases = " ".join(f"WHEN {i} THEN {1 << USER_BITS * (i - first)}::BIGINT" for i in mine if i < lines)
        yield (
            f"CASE line {cases} ELSE 0 END" if cases else "0",
            1 << USER_BITS * (lines - first) if lines in mine else 0,
        )


def sums(columns):
    return ", ".join(f"sum({column})::BIGINT AS {column}" for column in columns)


def encode_zooms(db, lines):
    """Every zoom's tiles as (tile id, gzip bytes), and each zoom's totals."""
    count = len(lines)
    columns = [
        f"({expression})::INTEGER AS {name}"
        for i in range(count)
        for name, expression in {
            f"l{i}": f"p{i} >> {ORDERS_SHIFT}",
            f"o{i}": f"(p{i} >> {ORGANIC_SHIFT}) & {MAX_ORGANIC - 1}",
            f"x{i}": f"p{i} & {MAX_UNKNOWN - 1}",
            f"u{i}": unpack_users(i),
        }.items()
    ]
    columns.append(f"({unpack_users(count)})::INTEGER AS users")
    total = {
        name: " + ".join(f"{kind}{i}" for i in range(count))
        for name, kind in (("orders", "l"), ("organic", "o"), ("unknown", "x"))
    }
    names = ["users"] + [f"{kind}{i}" for i in range(count) for kind in "loxu"]
    properties = [f'"{name}" := nullif({expression}, 0)' for name, expression in total.items()]
    properties += [f'"{name}" := nullif({name}, 0)' for name in names]
    tiles: list[tuple[int, bytes]] = []
    totals = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for zoom in range(MIN_ZOOM, MAX_ZOOM + 1):
            rows = db.execute(f"""
                SELECT key >> 12, count(*), sum({total["orders"]}), ST_AsMVT(struct_pack(
                    geometry := ST_Point(2 * squash(key) + 1, 2 * squash(key >> 1) + 1), {", ".join(properties)}),
                    'density', 128, 'geometry')
                FROM (SELECT key, {", ".join(columns)} FROM cells{zoom})
                GROUP BY 1""").fetchall()
            totals[str(zoom)] = {
                "orders": int(sum(row[2] for row in rows)),
                "cells": sum(row[1] for row in rows),
                "tiles": len(rows),
            }
            packed = pool.map(lambda row: bytes(deflate.gzip_compress(row[3], 6)), rows)
            tiles += zip([tile_id(zoom, row[0]) for row in rows], packed)
    return sorted(tiles), totals


def unpack_users(index):
    return f"(w{index // USERS_A_SUM} >> {USER_BITS * (index % USERS_A_SUM)}) & {(1 << USER_BITS) - 1}"


def tile_id(zoom, morton):
    x = sum((morton >> 2 * bit & 1) << bit for bit in range(zoom))
    y = sum((morton >> 2 * bit + 1 & 1) << bit for bit in range(zoom))
    return zxy_to_tileid(zoom, x, y)


def metadata(args, lines, last_day, totals):
    boxes = [box for _, box in args.city]
    return {
        "name": "density",
        "lines": lines,
        "totals": totals,
        "min_users": 1,
        "last_day": last_day,
        "bounds": [
            min(b[0] for b in boxes),
            min(b[1] for b in boxes),
            max(b[2] for b in boxes),
            max(b[3] for b in boxes),
        ],
        "vector_layers": [{"id": "density", "minzoom": MIN_ZOOM, "maxzoom": MAX_ZOOM, "fields": {}}],
    }


def write_archive(path, tiles, about):
    west, south, east, north = (int(edge * 1e7) for edge in about["bounds"])
    with open(path, "wb") as file:
        writer = Writer(file)
        for identity, data in tiles:
            writer.write_tile(identity, data)
        writer.finalize(
            {
                "tile_type": TileType.MVT,
                "tile_compression": Compression.GZIP,
                "min_zoom": MIN_ZOOM,
                "max_zoom": MAX_ZOOM,
                "min_lon_e7": west,
                "min_lat_e7": south,
                "max_lon_e7": east,
                "max_lat_e7": north,
                "center_zoom": MIN_ZOOM,
                "center_lon_e7": (west + east) // 2,
                "center_lat_e7": (south + north) // 2,
            },
            about,
        )


if __name__ == "__main__":
    main()
