"""Sends a running server the requests that its OpenAPI description allows, and reads its metrics as Prometheus does.

schemathesis generates requests from the description that the server serves, valid and invalid ones, and compares every
response with it. promtool validates the metrics. Exit status 1 if either finds an error.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from checks.lib.serving import free_port, get, tileserve


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("store", type=Path, help="a folder with a map of every layer")
    parser.add_argument("--schemathesis", required=True, type=Path)
    parser.add_argument("--page", required=True, type=Path, help="the built page, with its styles")
    parser.add_argument("--examples", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        admin, config = f"127.0.0.1:{free_port()}", Path(folder) / "tileserve.toml"
        config.write_text(f'admin_listen = "{admin}"\npage = "{args.page.resolve()}"\n')
        with tileserve(args.store, config=config) as address:
            (Path(folder) / "schemathesis.toml").write_text(parameters(address))
            command = [
                args.schemathesis.resolve(),
                "run",
                f"http://{address}/v1/openapi.json",
                "--max-examples",
                str(args.examples),
                "--phases",
                "examples,coverage,fuzzing",
                "--seed",
                "1",
            ]
            refused = subprocess.run(command, cwd=folder, check=False).returncode
            metrics = get(admin, "/metrics")[2]
            refused |= subprocess.run(["promtool", "check", "metrics"], input=metrics, check=False).returncode
    print(json.dumps({"refused": refused, "bytes_of_metrics": len(metrics)}))
    sys.exit(1 if refused else 0)


def parameters(address):
    """Names that exist, so that not every generated request ends in 404."""
    catalog = json.loads(get(address, "/v1/catalog.json")[2])
    [layer] = [entry for entry in catalog["layers"] if entry["layer"] == "density-public"]
    tilejson = json.loads(get(address, layer["tilejson"])[2])
    named = {
        "layer": layer["layer"],
        "slot": layer["slot"],
        "digest": tilejson["digest"],
        "z": 6,
        "composition": "areas/now+coverage/now",
        "style": "density-day.json",
    }
    lines = [f"{json.dumps(name)} = {json.dumps(value)}" for name, value in named.items()]
    # A server ignores header fields that it does not know (RFC 9110, section 5.1), so it does not reject them.
    checks = ["[checks]", "negative_data_rejection.enabled = false"]
    return "\n".join(["[parameters]", *lines, "", *checks, ""])


if __name__ == "__main__":
    main()
