"""How a server copes with idle connections, too many requests, and clients that never finish a request.

    idle      full load next to 10,000 connections that sent one request and stay open
    overload  tiles from a slow store, requested at twice the rate that the store can serve
    loris     50,000 connections from many addresses that send their request headers one byte at a time

Server on core 0, clients on core 1. Figures go to stdout as JSON; exit status 1 if a limit is exceeded.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from checks.lib.archive import Archive
from checks.lib.serving import RELEASE, free_port, wait_until_ready

LAYER, SLOT = "density", "30d"
SERVER_CORE, CLIENT_CORE = 0, 1
IDLE, LORIS, LORIS_OPEN = 10_000, 50_000, 15_000
RSS_MB, GOODPUT, REFUSED_S = 400, 0.9, 0.05
STORE_S, WAITING = 0.1, 32
# A machine has few addresses to send many connections from.
UNLIMITED = "limits.max_connections_per_client = 0\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="a folder with the internal layer density")
    parser.add_argument("--seconds", type=int, default=8, help="duration of each load")
    parser.add_argument("parts", nargs="*", default=["idle", "overload", "loris"])
    args = parser.parse_intermixed_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.sched_setaffinity(0, {CLIENT_CORE})
    [archive] = (args.store / "archives" / LAYER / SLOT).glob("*.pmtiles")
    tiles = [f"/v1/tiles/{LAYER}/{SLOT}/{z}/{x}/{y}.mvt" for z, x, y, _ in Archive(archive).tiles()]
    run = {"idle": idle, "overload": overload, "loris": loris}
    figures = {part: run[part](args, tiles) for part in args.parts}
    print(json.dumps(figures, indent=1))
    sys.exit(1 if any(figure["missed"] for figure in figures.values()) else 0)


@contextmanager
def server(store, settings="", env=None):
    """tileserve on its core: process and port."""
    with tempfile.TemporaryDirectory() as folder:
        config, port = Path(folder) / "tileserve.toml", free_port()
        config.write_text(f'store = "{store}"\nlisten = "127.0.0.1:{port}"\nserve_internal = true\n{settings}')
        command = ["taskset", "-c", str(SERVER_CORE), str(RELEASE / "tileserve"), "--config", str(config)]
        process = subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL)
        try:
            wait_until_ready(process, f"127.0.0.1:{port}")
            yield process, port
        finally:
            process.terminate()
            process.wait(60)


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(process):
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def wrk(port, path, seconds):
    """Requests a second of 64 connections, and those that failed."""
    script = (
        'function done(s, _, _) local e = s.errors io.write(string.format("\\n%d %d %d\\n", s.requests, '
        "s.duration, e.connect + e.read + e.write + e.status + e.timeout)) end"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", "-c64", f"-d{seconds}s", "-s", file.name, f"http://127.0.0.1:{port}{path}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests, microseconds, failed = map(int, output.strip().splitlines()[-1].split())
    return requests / microseconds * 1e6, failed


def source(number):
    """A loopback address; each address has its own ports."""
    return f"127.0.{1 + number // 200 % 250}.{1 + number % 200}"


async def connect(port, number):
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source(number // 500), 0))


def idle(args, tiles):
    """Idle connections, and load at the same time."""

    async def measured(process, port):
        alone = await asyncio.to_thread(wrk, port, tiles[0], args.seconds)
        streams = []
        for at in range(0, IDLE, 500):
            streams += await asyncio.gather(*(connect(port, number) for number in range(at, at + 500)))
            for _, writer in streams[at:]:
                writer.write(f"HEAD {tiles[0]} HTTP/1.1\r\nhost: a\r\n\r\n".encode())
            answers = await asyncio.gather(*(reader.readuntil(b"\r\n\r\n") for reader, _ in streams[at:]))
            assert all(b" 200 " in answer.split(b"\r\n")[0] for answer in answers)
        together = await asyncio.to_thread(wrk, port, tiles[0], args.seconds)
        lost = sum(reader.at_eof() for reader, _ in streams)
        memory = rss_mb(process)
        for _, writer in streams:
            writer.close()
        return {
            "connections": len(streams),
            "lost": lost,
            "requests_s_alone": round(alone[0]),
            "requests_s_with_idle": round(together[0]),
            "failed": alone[1] + together[1],
            "rss_mb": round(memory),
            "missed": lost + alone[1] + together[1] > 0 or memory > RSS_MB,
        }

    with server(args.store.resolve(), "timeouts.header_timeout_seconds = 300\n" + UNLIMITED) as (process, port):
        return asyncio.run(measured(process, port))


async def ask(port, path):
    """Status and seconds of one request on a new connection."""
    started = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\naccept-encoding: gzip\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return int(answer[9:12] or 0), time.monotonic() - started


class SlowStore:
    """An S3 store that serves the files of a folder; each response takes STORE_S."""

    def __init__(self, folder):
        self.folder = folder

    async def serve(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.split(b" ", 2)
                headers = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
                if "range" in headers:
                    await asyncio.sleep(STORE_S)
                writer.write(self.answer(method, target.decode(), headers))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    def answer(self, method, target, headers):
        path = target.split("?")[0].split("/", 2)[-1]
        if "list-type=2" in target:
            keys = sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())
            text = "".join(
                f"<Contents><Key>{key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00.000Z"
                f'</LastModified><ETag>"x"</ETag></Contents>'
                for key in keys
                if key.startswith("manifest")
            )
            body = f"<ListBucketResult><KeyCount>{len(keys)}</KeyCount>{text}</ListBucketResult>".encode()
            return self.head("200 OK", len(body)) + body
        file = self.folder / path
        if not file.is_file():
            return self.head("404 Not Found", 0)
        body = file.read_bytes()
        if "range" not in headers:
            return self.head("200 OK", len(body)) + (body if method == b"GET" else b"")
        first, last = headers["range"].removeprefix("bytes=").split("-")
        start = int(first) if first else len(body) - int(last)
        end = min(int(last) + 1, len(body)) if first and last else len(body)
        part = f"content-range: bytes {start}-{end - 1}/{len(body)}\r\n"
        return self.head("206 Partial Content", end - start, part) + body[start:end]

    @staticmethod
    def head(status, length, more=""):
        return (
            f'HTTP/1.1 {status}\r\ncontent-length: {length}\r\netag: "x"\r\n'
            f"last-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n{more}\r\n"
        ).encode()


def overload(args, tiles):
    """Twice as many requests as the store can serve: the excess is rejected immediately."""
    port_of_store = free_port()

    async def measured():
        slow = SlowStore(args.store.resolve())
        listener = await asyncio.start_server(slow.serve, "127.0.0.1", port_of_store, backlog=1024)
        settings = f"memory_mb = 0\ntile_cache_mb = 0\n[limits]\nmax_in_flight = {WAITING}\n"
        env = os.environ | {
            "AWS_ENDPOINT": f"http://127.0.0.1:{port_of_store}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "a",
            "AWS_REGION": "us-east-1",
        }
        starting = server("s3://slow", settings, env)
        _, port = await asyncio.to_thread(starting.__enter__)
        try:
            return await at_both_rates(port)
        finally:
            await asyncio.to_thread(starting.__exit__, None, None, None)
            listener.close()

    async def at_both_rates(port):
        asked = iter(tiles * 1000)
        end, done = time.monotonic() + args.seconds, 0

        async def closed():
            nonlocal done
            while time.monotonic() < end:
                status, _ = await ask(port, next(asked))
                done += status == 200

        await asyncio.gather(*(closed() for _ in range(WAITING)))
        peak = done / args.seconds
        waiting: list[asyncio.Task[tuple[int, float]]] = []
        started = time.monotonic()
        while (passed := time.monotonic() - started) < args.seconds:
            due = int(passed * peak * 2) - len(waiting)
            waiting += [asyncio.create_task(ask(port, next(asked))) for _ in range(due)]
            await asyncio.sleep(0.005)
        answers = await asyncio.gather(*waiting)
        good = sum(status == 200 for status, _ in answers) / args.seconds
        refused = [seconds for status, seconds in answers if status == 503]
        other = sum(status not in (200, 503) for status, _ in answers)
        slowest = statistics.quantiles(refused, n=100)[98] if len(refused) > 1 else 0
        return {
            "peak_s": round(peak),
            "asked_s": round(len(answers) / args.seconds),
            "good_s": round(good),
            "goodput": round(good / peak, 3),
            "refused": len(refused),
            "refused_p99_ms": round(slowest * 1000, 1),
            "other": other,
            "missed": good < GOODPUT * peak or slowest > REFUSED_S or other > 0 or not refused,
        }

    return asyncio.run(measured())


def loris(args, tiles):
    """Clients that send one byte of a request every two seconds, and normal clients at the same time.

    The attackers use most of the clients' core, so the server's CPU time for a request is reported too.
    """

    async def measured(process, port):
        alone, alone_us = await asyncio.to_thread(timed, process, port)
        stopped, tried, refused, held = asyncio.Event(), 0, 0, 0

        async def one(number):
            nonlocal tried, refused, held
            tried += 1
            try:
                reader, writer = await connect(port, number)
                held += 1
                for byte in b"GET / HTTP/1.1\r\nx: " + b"a" * 1000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    if reader.at_eof() or stopped.is_set():
                        break
                    await asyncio.sleep(2)
                writer.close()
            except OSError:
                refused += 1

        async def attack():
            tasks: set[asyncio.Task[None]] = set()
            for number in range(LORIS):
                while len(tasks) >= LORIS_OPEN and not stopped.is_set():
                    await asyncio.wait(tasks, timeout=0.2, return_when=asyncio.FIRST_COMPLETED)
                    tasks = {task for task in tasks if not task.done()}
                task = asyncio.create_task(one(number))
                tasks.add(task)
                if number % 200 == 199:
                    await asyncio.sleep(0.05)
            await asyncio.wait(tasks, timeout=1)
            return tasks

        attacking = asyncio.create_task(attack())
        await asyncio.sleep(2)
        runs, most = [], 0
        while not attacking.done():
            runs.append(await asyncio.to_thread(timed, process, port))
            most = max(most, rss_mb(process))
        stopped.set()
        await asyncio.wait(attacking.result(), timeout=5)
        rate = statistics.median(rate for (rate, _), _ in runs)
        failed = alone[1] + sum(failed for (_, failed), _ in runs)
        return {
            "tried": tried,
            "held": held,
            "not_connected": refused,
            "requests_s_alone": round(alone[0]),
            "requests_s_under_attack": round(rate),
            "server_us_alone": round(alone_us, 2),
            "server_us_under_attack": round(statistics.median(us for _, us in runs), 2),
            "runs": len(runs),
            "failed": failed,
            "rss_mb": round(most),
            "missed": failed > 0 or held < LORIS,
        }

    def timed(process, port):
        """A run of wrk, and microseconds of the server's core for each request."""
        before = cpu_seconds(process.pid)
        rate, failed = wrk(port, tiles[0], args.seconds)
        return (rate, failed), (cpu_seconds(process.pid) - before) / (rate * args.seconds) * 1e6

    with server(args.store.resolve(), "timeouts.header_timeout_seconds = 10\n" + UNLIMITED) as (process, port):
        return asyncio.run(measured(process, port))


if __name__ == "__main__":
    main()
