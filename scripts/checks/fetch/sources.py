"""The sources that are checked, each with its configuration, its URL, and what makes it fail."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from checks.fetch.clickhouse import ClickHouse
from checks.fetch.metabase import COUNT, KEY, PASSWORD, ROWS, USER, Metabase, Questions
from checks.fetch.postgres import QUERY, Cluster

LIMITS = """
[fetch]
connect_timeout = "2s"
first_byte_timeout = "2s"
stall_timeout = "1200ms"
total_timeout = "20s"
retries = 3
"""
SQL = """
[fetch.orders]
source = "{kind}"
url_env = "ORDERS_URL"
query = '''{query}'''
{count}
"""
COUNT_QUERY = 'count_query = "SELECT count(*) FROM orders WHERE created_at >= {from} AND created_at < {to}"'
QUESTIONS = f"""
[fetch.orders]
source = "metabase"
url_env = "ORDERS_URL"
key_env = "ORDERS_KEY"
question = {ROWS}
count_question = {COUNT}
row_cap = {{cap}}
[fetch.orders.columns]
order_id = "integer"
city_id = "integer"
business_line = "text"
customer_longitude = "number"
customer_latitude = "number"
user_id = "integer"
organic = "integer"
created_at = "time"
"""


LOGIN = {"ORDERS_USER": USER, "ORDERS_PASSWORD": PASSWORD}


@dataclass
class Source:
    """A source that runs."""

    name: str
    port: int
    # Its URL by way of a port of loopback.
    url: Callable[[int], str]
    config: str
    # The configuration while the source itself fails.
    broken_config: str
    # Types of columns that are not those of PostgreSQL.
    types: dict[str, str] = field(default_factory=dict)
    # Makes the source fail, or ends that.
    set_broken: Callable[[bool], None] = lambda _: None
    # Faults of the source itself so far.
    faults: Callable[[], int] = lambda: 0

    def configuration(self, work: Path, text: str | None = None) -> Path:
        """Write a configuration."""
        path = work / f"{self.name}.toml"
        path.write_text(LIMITS + (text or self.config))
        return path

    def env(self, port: int | None = None) -> dict[str, str]:
        """The environment with its secrets."""
        return os.environ | {"ORDERS_URL": self.url(port or self.port), "ORDERS_KEY": KEY} | LOGIN


def sql(kind: str, query: str = QUERY, count: bool = True) -> str:
    """The configuration of a source that is asked in SQL."""
    return SQL.format(kind=kind, query=query, count=COUNT_QUERY if count else "")


def postgresql(server: Cluster) -> Source:
    """PostgreSQL, which cancels queries while it is broken."""

    def set_broken(is_broken: bool) -> None:
        server.run(f"UPDATE interruption SET share = {0.00005 if is_broken else 0}")

    guarded = sql("postgresql", QUERY + " AND NOT interrupted()")
    return Source("postgresql", server.port, server.url, sql("postgresql"), guarded, set_broken=set_broken)


def clickhouse(server: ClickHouse) -> Source:
    """ClickHouse."""

    def set_broken(is_broken: bool) -> None:
        server.is_broken = is_broken

    config = sql("clickhouse")
    return Source(
        "clickhouse", server.port, server.url, config, config, set_broken=set_broken, faults=lambda: server.faults
    )


def metabase(server: Questions) -> Source:
    """Metabase, whose JSON has one type of whole numbers."""

    def set_broken(is_broken: bool) -> None:
        server.is_broken = is_broken

    config = QUESTIONS.format(cap=server.cap)
    types = {"city_id": "BIGINT", "organic": "BIGINT"}
    return Source("metabase", server.port, server.url, config, config, types, set_broken, lambda: server.faults)


def metabase_login(server: Metabase) -> Source:
    """Metabase, asked by a user with a password."""
    source = metabase(server)
    access = 'user_env = "ORDERS_USER"\npassword_env = "ORDERS_PASSWORD"'
    source.config = source.config.replace('key_env = "ORDERS_KEY"', access)
    return source
