"""Makes orders that are spread like the input of our reference measurements: many cells, few orders in each.

The users of the demo share some tens of thousands of addresses. Here 402,000 users have one to three separate addresses
around hot spots and over the built-up area, so that 3 million orders fill about a million cells (z6 to z14) instead of
80,000. `scripts/bench` measures both. The same seed gives the same rows. Every kind of invalid row is included.
"""

import argparse
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

LINES = ["Restaurant", "Pastry", "Meat Shop", "Fruit Shop", "Cafe", "Bakery"]
LINE_SHARES = [0.55, 0.08, 0.05, 0.07, 0.05, 0.20]
# id, share of users, centre, half-width and half-height of the built-up area in degrees
CITIES = [(2, 0.70, 51.39, 35.70, 0.26, 0.13), (1, 0.20, 59.57, 36.31, 0.16, 0.11), (5, 0.10, 52.53, 29.62, 0.11, 0.10)]
SPOTS = 250
FIRST_DAY = np.datetime64("2026-10-25")
TEHRAN = np.timedelta64(210, "m")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--orders", type=int, default=3_000_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    city, lng, lat = addresses(rng, max(10, args.orders * 402 // 3000))
    day = rng.integers(0, args.days, args.orders)
    table = orders(rng, city, lng, lat, day)
    row = with_copies(rng, args.orders)
    table, day = table.take(pa.array(row)), day[row]
    for number in range(args.days):
        folder = os.path.join(args.out, f"date={FIRST_DAY + number}")
        os.makedirs(folder, exist_ok=True)
        rows = table.take(pa.array(np.flatnonzero(day == number)))
        pq.write_table(rows, os.path.join(folder, "part-0.parquet"), compression="zstd")


def addresses(rng, users):
    """Each user's city and three addresses; most people use only the first."""
    index = rng.choice(len(CITIES), users, p=[city[1] for city in CITIES])
    ids, _, x, y, width, height = (np.array(column)[index] for column in zip(*CITIES))
    spot = np.minimum(rng.zipf(1.25, (users, 3)) - 1, SPOTS - 1)
    spots = rng.beta(2.5, 2.5, (len(CITIES), SPOTS, 2)) * 2 - 1
    size = rng.uniform(0.02, 0.10, SPOTS)[spot]
    around = spots[index[:, None], spot] + rng.normal(0, 1, (users, 3, 2)) * size[..., None]
    anywhere = rng.beta(2, 2, (users, 3, 2)) * 2 - 1
    place = np.where((rng.random((users, 3)) < 0.35)[..., None], anywhere, around).clip(-1, 1)
    return ids, x[:, None] + place[..., 0] * width[:, None], y[:, None] + place[..., 1] * height[:, None]


def orders(rng, city, lng, lat, day):
    count = len(day)
    weight = rng.pareto(2.5, len(city)) + 0.2
    user = rng.choice(len(city), count, p=weight / weight.sum())
    address = rng.choice(3, count, p=[0.80, 0.15, 0.05])
    organic = rng.choice(3, count, p=[0.42, 0.56, 0.02])
    order_id = np.arange(count) + 1_000_000_000
    hours = np.where(rng.random(count) < 0.5, rng.normal(13, 1.5, count), rng.normal(20, 1.8, count)).clip(0, 23.99)
    time = (FIRST_DAY + day).astype("datetime64[us]") + (hours * 3.6e9).astype("timedelta64[us]") - TEHRAN
    columns = {
        "order_id": order_id,
        "city_id": city[user].astype(np.int32),
        "business_line": rng.choice(len(LINES), count, p=LINE_SHARES).astype(np.int32),
        "customer_latitude": lat[user, address],
        "customer_longitude": lng[user, address],
        "user_id": user + 5_000_000,
        "organic": (organic == 1).astype(np.int8),
        "created_at": time,
    }
    return with_dirt(rng, columns, organic == 2)


def with_copies(rng, count):
    """Row numbers, some of them their neighbour's: exact copies, as a repeated export makes them."""
    row = np.arange(count)
    copies = np.flatnonzero(rng.random(count) < 0.002)[1:]
    row[copies] = copies - 1
    return row


def with_dirt(rng, columns, unknown):
    count = len(unknown)

    def some(share):
        return rng.random(count) < share

    zero, away = some(0.001), some(0.001)
    columns["customer_latitude"][zero] = columns["customer_longitude"][zero] = 0
    columns["customer_longitude"][away] += 2
    columns["customer_longitude"][some(0.0005)] = np.nan
    columns["city_id"][some(0.0005)] = 9
    columns["organic"][some(0.0001)] = 7
    lines = pa.array(columns["business_line"], mask=some(0.0005))
    return pa.table(
        columns
        | {
            "business_line": pa.DictionaryArray.from_arrays(lines, pa.array(LINES)),
            "customer_latitude": pa.array(columns["customer_latitude"], mask=some(0.001)),
            "user_id": pa.array(columns["user_id"], mask=some(0.003)),
            "organic": pa.array(columns["organic"], mask=unknown),
            "created_at": pa.array(columns["created_at"], mask=some(0.0003)),
        }
    )


if __name__ == "__main__":
    main()
