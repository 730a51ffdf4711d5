"""scripts/preflight finds what is missing before a deployment: programs, rights, store, clock, DNS, certificate."""

import importlib
import json
import os
import shlex
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "operations"))
preflight = importlib.import_module("preflight")

OPENSSL = shlex.split(
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 -subj /CN=localhost"
    " -addext subjectAltName=DNS:localhost"
)


class Preflight(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name, script):
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    def refused(self, text, check, *arguments):
        with self.assertRaises(preflight.CheckError) as raised:
            check(*arguments)
        self.assertIn(text, str(raised.exception))

    def test_missing_programs_are_named(self):
        self.refused("no-such-program must be installed", preflight.tools, "sh", "no-such-program")
        self.assertEqual(preflight.tools("sh"), "sh")

    def test_rights_are_asked_for_each_kind(self):
        path = f"{self.folder}:{os.environ['PATH']}"
        with mock.patch.dict(os.environ, {"PATH": path}):
            self.program("kubectl", "echo yes")
            self.assertEqual(preflight.rights("foodmap"), f"{len(preflight.RIGHTS)} kinds")
            self.program("kubectl", '[ "$4" = cronjobs.batch ] && echo no || echo yes')
            self.refused("you may not create cronjobs.batch", preflight.rights, "foodmap")

    def test_a_store_must_pass_its_probe_and_have_the_right_time(self):
        def tilegen(ahead):
            probed = json.dumps({"newest_map": 7, "clock_ahead_seconds": ahead})
            return str(self.program("tilegen", f"echo '{probed}'"))

        self.assertEqual(preflight.store(tilegen(2), "s3://map"), "map 7, create-only")
        self.refused("its clock is -90 s ahead", preflight.store, tilegen(-90), "s3://map")
        failing = str(self.program("tilegen", "echo 'error: the store replaces objects' >&2; exit 1"))
        self.refused("the store replaces objects", preflight.store, failing, "s3://map")

    def test_a_name_must_resolve(self):
        self.refused("does not resolve", preflight.resolve, "no-such-host.invalid", 443)
        self.assertEqual(preflight.resolve("127.0.0.1", 80), "127.0.0.1")

    def test_the_clock_of_the_server_must_be_right(self):
        def server(seconds):
            headers = Message()
            headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
            return mock.Mock(get=lambda _path: (200, headers, b""))

        self.assertEqual(preflight.clock(server(0))[1:], " s apart")
        self.refused("s ahead of the clock of this machine", preflight.clock, server(120))
        self.refused("sends no Date", preflight.clock, mock.Mock(get=lambda _path: (200, Message(), b"")))

    def test_a_certificate_must_be_trusted_and_must_not_expire_soon(self):
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run(
            [*OPENSSL, "-keyout", key, "-out", certificate],
            check=True,
            capture_output=True,
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate, key)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=answer, args=(listener, server), daemon=True).start()
            port = listener.getsockname()[1]
            self.refused("no client trusts it", preflight.certificate, "localhost", port, 14)
            trusting = ssl.create_default_context(cafile=certificate)
            with mock.patch.object(ssl, "create_default_context", return_value=trusting):
                self.refused("it expires in 9 days", preflight.certificate, "localhost", port, 14)
                self.assertEqual(preflight.certificate("localhost", port, 7), "expires in 9 days")


def answer(listener, context):
    """Complete the handshakes of three clients, of which one refuses the certificate."""
    for _ in range(3):
        connection, _ = listener.accept()
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            connection.close()


if __name__ == "__main__":
    unittest.main()
