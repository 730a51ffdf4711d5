"""A stand-in for Metabase: JSON exports of two saved questions by its documented API, and how they fail in practice."""

from __future__ import annotations

import csv
import json
import time
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from checks.fetch.faulty_http import FaultyServer, Handler

KEY = "mb_key"
USER, PASSWORD = "reader@example.org", "mb_password"
ROWS, COUNT = 12, 13
INTEGERS = ("order_id", "city_id", "user_id", "organic")
NUMBERS = ("customer_longitude", "customer_latitude")


class Questions(FaultyServer):
    """A server that speaks Metabase's API; an export has at most `cap` rows."""

    def __init__(self, seed: int, cap: int = 1_048_575) -> None:
        """A server without rows."""
        super().__init__(seed)
        self.cap = cap

    def url(self, port: int | None = None) -> str:
        """Its URL, or the one of a proxy in front of it."""
        return f"http://127.0.0.1:{port or self.port}/"


class Metabase(Questions):
    """The questions 12 (rows) and 13 (their number), with the text parameters `from` and `to`."""

    fault_weights: ClassVar[dict[str, int]] = {
        "none": 14,
        "slow": 1,
        "cut": 3,
        "closed-early": 2,
        "unauthorized": 1,
        "too-many": 1,
        "unavailable": 1,
        "repeated": 1,
        "dropped": 1,
        "locale": 1,
        "type": 1,
        "name": 1,
        "login": 1,
        "failed": 1,
        "strings": 2,
    }

    def __init__(self, source: Path, seed: int, cap: int = 1_048_575) -> None:
        """A server with the orders of a CSV file."""
        super().__init__(seed, cap)
        self.sessions: set[str] = set()
        with source.open(newline="") as file:
            self.rows = [typed(row) for row in csv.DictReader(file)]
        self.times = [datetime.fromisoformat(row["created_at"]) for row in self.rows]

    def answer(self, handler: Handler, body: bytes) -> None:
        """Export the rows of a question."""
        if handler.path == "/api/session":
            self.log_in(handler, json.loads(body))
            return
        is_known = handler.headers.get("x-metabase-session") in self.sessions
        if not is_known and handler.headers.get("x-api-key") != KEY:
            handler.short(401, b"Unauthenticated")
            return
        request = json.loads(body)
        if request["format_rows"]:
            handler.short(400, b"this check never asks for formatted rows")
            return
        given = {part["target"][1][1]: datetime.fromisoformat(part["value"]) for part in request["parameters"]}
        rows = [row for row, at in zip(self.rows, self.times, strict=True) if given["from"] <= at < given["to"]]
        if handler.path.endswith(f"/api/card/{COUNT}/query/json"):
            handler.short(200, json.dumps([{"count": len(rows)}]).encode(), content_type="application/json")
        else:
            self.export(handler, rows[: self.cap], self.fault())

    def log_in(self, handler: Handler, given: dict[str, str]) -> None:
        """Open a session. It ends when an export is answered with 401."""
        if (given["username"], given["password"]) != (USER, PASSWORD):
            handler.short(401, b'{"errors":{"password":"did not match stored password"}}')
            return
        session = f"session-{self.random.randrange(1 << 60)}"
        self.sessions.add(session)
        handler.short(200, json.dumps({"id": session}).encode(), content_type="application/json")

    def export(self, handler: Handler, rows: list[dict[str, Any]], fault: str) -> None:
        """Send rows, or what a fault makes of them."""
        match fault:
            case "unauthorized":
                self.sessions.clear()
                handler.short(401, b"Unauthenticated")
            case "too-many":
                handler.short(429, b"Too many requests", Retry_After="0")
            case "unavailable":
                handler.short(503, b"Metabase is starting")
            case "login":
                handler.short(302, b"", Location="/auth/login")
            case "failed":
                handler.short(200, b'{"status":"failed","error":"Timed out after 20.0 minutes","data":{"rows":[]}}')
            case _:
                body = json.dumps(damaged(rows, fault, self.random.randrange(max(1, len(rows)))), ensure_ascii=False)
                self.send(handler, body.encode(), fault)

    def send(self, handler: Handler, body: bytes, fault: str) -> None:
        """Send a body whole, slowly, or in part: `closed-early` ends it as if it were complete."""
        if fault == "slow":
            time.sleep(0.3)
        end = self.random.randrange(1, max(2, len(body))) if fault in ("cut", "closed-early") else None
        handler.stream(body, end, b" " if fault == "closed-early" else b"")


def typed(row: dict[str, str]) -> dict[str, Any]:
    """A row of CSV text with the types of JSON; times have no zone, as on a server whose report zone is UTC."""
    values: dict[str, Any] = {name: None if text == "\\N" else text for name, text in row.items()}
    for name in INTEGERS:
        values[name] = None if values[name] is None else int(values[name])
    for name in NUMBERS:
        values[name] = float(values[name])
    at = datetime.fromisoformat(values["created_at"])
    values["created_at"] = at.isoformat().replace("+00:00", "Z")
    return values


def damaged(rows: list[dict[str, Any]], fault: str, at: int) -> list[dict[str, Any]]:
    """Rows as a fault makes them; `strings` is not a fault: big numbers may be written as texts."""
    if not rows:
        return rows
    match fault:
        case "repeated":
            return [*rows[:at], rows[at], *rows[at:]]
        case "dropped":
            return rows[:at] + rows[at + 1 :]
        case "locale":
            return [row | {"order_id": f"{row['order_id']:,}"} for row in rows]
        case "type":
            return [row | {"created_at": 1_763_500_000} for row in rows]
        case "name":
            return [{("id" if name == "order_id" else name): value for name, value in row.items()} for row in rows]
        case "strings":
            return [row | {"order_id": str(row["order_id"])} for row in rows]
        case _:
            return rows
