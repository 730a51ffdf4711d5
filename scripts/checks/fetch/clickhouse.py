"""The ClickHouse engine behind its HTTP protocol, with errors before and after the status 200."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from chdb.session import Session

from checks.fetch.faulty_http import FaultyServer, Handler

TABLE = """
CREATE TABLE orders (
    order_id Int64,
    city_id Nullable(Int32),
    business_line Nullable(String),
    customer_longitude Nullable(Float64),
    customer_latitude Nullable(Float64),
    user_id Nullable(Int64),
    organic Nullable(Int16),
    created_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY created_at
"""
EXCEPTION = b"__exception__\r\nCode: 241. DB::Exception: Memory limit (total) exceeded (MEMORY_LIMIT_EXCEEDED)\r\n"


class ClickHouse(FaultyServer):
    """The engine in a folder. Its one session runs one query at a time."""

    fault_weights: ClassVar[dict[str, int]] = {
        "none": 12,
        "overloaded": 1,
        "exception": 1,
        "header": 1,
        "message": 2,
        "cut": 3,
        "no-footer": 2,
    }

    def __init__(self, folder: Path, seed: int) -> None:
        """An engine without orders."""
        super().__init__(seed)
        self.session, self.lock = Session(str(folder)), threading.Lock()
        self.session.query("CREATE DATABASE IF NOT EXISTS shop ENGINE = Atomic")
        self.session.query("USE shop")
        self.session.query(TABLE)

    def url(self, port: int | None = None) -> str:
        """Its URL, or the one of a proxy in front of it."""
        return f"http://reader:secret@127.0.0.1:{port or self.port}/?database=shop"

    def add_orders(self, csv: Path) -> None:
        """Replace the orders by those of a CSV file."""
        self.session.query("TRUNCATE TABLE orders")
        settings = "SETTINGS date_time_input_format = 'best_effort'"
        self.session.query(f"INSERT INTO orders SELECT * FROM file('{csv}', 'CSVWithNames') {settings}")

    def answer(self, handler: Handler, body: bytes) -> None:
        """Run a query, and send the result or an error."""
        if handler.headers.get("authorization") is None:
            handler.short(401, b"Code: 516. DB::Exception: Authentication failed", X_ClickHouse_Exception_Code="516")
            return
        query, _, form = body.decode().rpartition(" FORMAT ")
        fault = self.fault()
        if fault == "overloaded":
            handler.short(503, b"Too many requests", Retry_After="0")
            return
        if fault == "exception":
            handler.short(500, b"Code: 202. DB::Exception: Too many queries", X_ClickHouse_Exception_Code="202")
            return
        if fault == "header":
            handler.short(200, b"Code: 241. DB::Exception", X_ClickHouse_Exception_Code="241")
            return
        try:
            result = self.run(query, form, dict(parse_qsl(urlsplit(handler.path).query)))
        except RuntimeError as error:
            handler.short(404, str(error).encode(), X_ClickHouse_Exception_Code="47")
            return
        end = self.random.randrange(len(result))
        if fault == "message":
            handler.stream(result, end, EXCEPTION)
        elif fault == "no-footer":
            handler.stream(result, end, b"\n")
        else:
            handler.stream(result, end if fault == "cut" else None)

    def run(self, query: str, form: str, settings: dict[str, str]) -> bytes:
        """The result of a query with the settings of its URL."""
        chosen = ", ".join(f"{name} = '{value}'" for name, value in settings.items() if name.startswith("output_"))
        with self.lock:
            return bytes(self.session.query(f"{query} SETTINGS {chosen}", form).bytes())
