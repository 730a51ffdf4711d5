"""Raw orders of a simulated city: people with homes and habits, and files that arrive as they do in practice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ZONE = ZoneInfo("Asia/Tehran")
TEHRAN = 2
LINES = ["Restaurant", "Cafe", "Bakery", "Pastry", "Fruit Shop", "Ice Cream and Juice Shop", "Meat Shop"]
SHARES = [0.58, 0.13, 0.11, 0.06, 0.05, 0.04, 0.03]
NEW_LINE = "Flower Shop"
REGISTRY = [*sorted(LINES), NEW_LINE]  # in the order of their indices: by name, and a new line after all others
NEW_LINE_SHARE = 0.01
CENTRES = 40  # of neighbourhoods
PEOPLE_PER_BUILDING = 9.0
ORDERS_PER_PERSON_AND_MONTH = 5.0
AT_HOME = 0.8  # the share of orders to the home; the others go to one other building
UNKNOWN_USER, UNKNOWN_ORGANIC = 0.01, 0.01
FAVOURITES = 3  # lines that a person orders from

Columns = dict[str, np.ndarray]


@dataclass
class Town:
    """People and buildings. Every row of every file gets a number (`row_id`) that stays the same in rewritten files."""

    rng: np.random.Generator
    orders_a_day: int
    next_row: int = 0
    next_order: int = 500_000_000

    def __post_init__(self) -> None:
        people = int(self.orders_a_day * 30 / ORDERS_PER_PERSON_AND_MONTH)
        buildings = max(4, int(people / PEOPLE_PER_BUILDING))
        centres = np.column_stack([self.rng.uniform(51.2, 51.55, CENTRES), self.rng.uniform(35.6, 35.8, CENTRES)])
        self.buildings = centres[self.rng.integers(CENTRES, size=buildings)] + self.rng.normal(0, 0.008, (buildings, 2))
        size = self.rng.lognormal(0, 1, buildings)
        self.home = self.rng.choice(buildings, people, p=size / size.sum())
        self.other = self.rng.choice(buildings, people, p=size / size.sum())
        activity = self.rng.lognormal(0, 0.8, people)
        self.activity = activity / activity.sum()
        self.favourites = np.stack([self.rng.choice(len(LINES), people, p=SHARES) for _ in range(FAVOURITES)], axis=1)

    def day(self, day: date, has_new_line: bool) -> Columns:
        """The orders of one day, by time."""
        number = int(self.rng.poisson(self.orders_a_day))
        person = self.rng.choice(len(self.activity), number, p=self.activity)
        is_home = self.rng.random(number) < AT_HOME
        position = self.buildings[np.where(is_home, self.home[person], self.other[person])]
        line = self.favourites[person, self.rng.integers(FAVOURITES, size=number)]
        if has_new_line:
            line[self.rng.random(number) < NEW_LINE_SHARE] = len(LINES)
        midnight = datetime.combine(day, time(), ZONE).astimezone(UTC)
        seconds = np.sort(self.rng.uniform(8 * 3600, 24 * 3600 - 1, number))
        organic = (self.rng.random(number) < 0.4).astype(np.int64)
        organic[self.rng.random(number) < UNKNOWN_ORGANIC] = -1
        columns = {
            "row_id": self.take_rows(number),
            "order_id": self.next_order + np.arange(number),
            "user_id": np.where(self.rng.random(number) < UNKNOWN_USER, -1, person),
            "line": line.astype(np.int64),
            "organic": organic,
            "lng": position[:, 0],
            "lat": position[:, 1],
            "time": int(midnight.timestamp() * 1e6) + (seconds * 1e6).astype(np.int64),
        }
        self.next_order += number
        return columns

    def take_rows(self, number: int) -> np.ndarray:
        """Numbers of new rows."""
        self.next_row += number
        return np.arange(self.next_row - number, self.next_row)


@dataclass
class Files:
    """The folder of orders: `date=YYYY-MM-DD/NAME.parquet`."""

    folder: Path

    def path(self, day: date, name: str) -> Path:
        """The path of a file."""
        return self.folder / f"date={day}" / f"{name}.parquet"

    def write(self, day: date, name: str, columns: Columns) -> None:
        """Write a file, or write it again."""
        path = self.path(day, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        names = pa.array([*LINES, NEW_LINE])
        unknown_user, unknown_organic = columns["user_id"] < 0, columns["organic"] < 0
        table = pa.table(
            {
                "row_id": pa.array(columns["row_id"]),
                "order_id": pa.array(columns["order_id"]),
                "city_id": pa.array(np.full(len(columns["line"]), TEHRAN, np.int32)),
                "business_line": pa.DictionaryArray.from_arrays(pa.array(columns["line"].astype(np.int32)), names),
                "customer_latitude": pa.array(columns["lat"]),
                "customer_longitude": pa.array(columns["lng"]),
                # 0 is a person too, but many sources use it for guests.
                "user_id": pa.array(columns["user_id"] + 1, mask=unknown_user),
                "organic": pa.array(columns["organic"].astype(np.int8), mask=unknown_organic),
                "created_at": pa.array(columns["time"], pa.timestamp("us", tz="UTC")),
            }
        )
        spare = path.with_suffix(".writing")
        pq.write_table(table, spare)
        spare.rename(path)

    def read(self, path: Path) -> Columns:
        """The rows of a file as they were written."""
        table = pq.read_table(path)
        names = table["business_line"].combine_chunks().cast(pa.string()).to_pylist()
        index = {name: at for at, name in enumerate([*LINES, NEW_LINE])}
        return {
            "row_id": table["row_id"].to_numpy(),
            "order_id": table["order_id"].to_numpy(),
            "user_id": table["user_id"].fill_null(0).to_numpy() - 1,
            "line": np.array([index[name] for name in names], np.int64),
            "organic": table["organic"].cast(pa.int64()).fill_null(-1).to_numpy(),
            "lng": table["customer_longitude"].to_numpy(),
            "lat": table["customer_latitude"].to_numpy(),
            "time": table["created_at"].cast(pa.int64()).to_numpy(),
        }

    def all(self) -> list[Path]:
        """Every file."""
        return sorted(self.folder.glob("date=*/*.parquet"))

    def erase(self, people: np.ndarray) -> None:
        """Rewrite every file without some people."""
        for path in self.all():
            columns = self.read(path)
            keep = ~np.isin(columns["user_id"], people)
            if not keep.all():
                day = date.fromisoformat(path.parent.name.removeprefix("date="))
                self.write(day, path.stem, chosen(columns, keep))


def chosen(columns: Columns, keep: np.ndarray) -> Columns:
    """Some of the rows."""
    return {name: column[keep] for name, column in columns.items()}


def local_days(times: np.ndarray) -> np.ndarray:
    """The calendar day in Tehran (ordinal) of each time in microseconds. Tehran has had no summer time since 2022."""
    offset = int(timedelta(hours=3, minutes=30).total_seconds())
    days: np.ndarray = (times // 1_000_000 + offset) // 86_400 + date(1970, 1, 1).toordinal()
    return days
