"""Runs the log pipeline's transform (VRL, the language of Vector) on lines that both programs write.

A real tileserve and a real tilegen write the lines: a start, requests, a build, and a build that fails. The labels that
Loki gets must name program, level and environment and have few values, and the rest of the line must be in it. The
sources must select what the ways of deployment run. Vector and Loki themselves have no package here. Exit status 1 if
anything is wrong, or if a broken transform is not found.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from vrl_python import VRLRuntime

from checks.lib.monitoring import process
from checks.lib.serving import RELEASE, ROOT, free_port, get

LOGS = ROOT / "deployment/logs"
RECEIVED = "2026-11-30T00:00:00Z"
LABELS = {
    "program": {"tileserve", "tilegen", "other"},
    "level": {"ERROR", "WARN", "INFO"},
    "environment": {"foodmap"},
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    args = parser.parse_args()
    config = yaml.safe_load((LOGS / "foodmap.yaml").read_text())
    source = config["transforms"]["lines"]["source"].replace("${FOODMAP_ENVIRONMENT:-foodmap}", "foodmap")
    with tempfile.TemporaryDirectory() as folder:
        lines = [*server_lines(args.data, Path(folder)), *build_lines(args.data, Path(folder)), *ODD]
    faults = [*structure(config), *sources(), *events(source, lines)]
    broken = [source.replace(*change) for change in WRONG]
    faults += [f"no fault is found in {change}" for change, text in zip(WRONG, broken) if not list(events(text, lines))]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"lines": len(lines), "faults": len(faults)}))
    sys.exit(1 if faults else 0)


# Lines of other programs in the same containers or journal.
ODD = ["", "plain text", "[1, 2]", '{"message": 7}', '{"timestamp": "no time", "target": 3}', "thread panicked at x"]
WRONG = [
    ("parse_json(text)", "parse_jsn(text)"),
    ('"::")[0]', '"/")[0]'),
    ("merge({", "({"),
    ('"level": "ERROR"', '"level": "INFO"'),
    ("fields)\n", "fields)\n.container_id = .host\n"),
]


def server_lines(data, folder):
    """A start, a request and a request for nothing."""
    port, admin = free_port(), free_port()
    tilegen("areas", "--areas", data / "areas", "--store", folder / "store")
    config, log = folder / "tileserve.toml", folder / "server.log"
    config.write_text(
        f'store = "{folder}/store"\nlisten = "127.0.0.1:{port}"\nadmin_listen = "127.0.0.1:{admin}"\n'
        "[log]\nsample_rate = 1\n"
    )
    command = ["sh", "-c", f'exec "{RELEASE}/tileserve" --config "{config}" 2>"{log}"']
    with process(command, f"http://127.0.0.1:{port}/health/ready"):
        statuses = [get(f"127.0.0.1:{port}", path)[0] for path in ("/v1/catalog.json", "/v1/nothing?secret=1")]
    assert statuses == [200, 404], statuses
    return log.read_text().splitlines()


def build_lines(data, folder):
    """A build that succeeds, and one that fails."""
    good = tilegen("areas", "--areas", data / "areas", "--store", folder / "other")
    bad = tilegen("areas", "--areas", folder / "no-such-folder", "--store", folder / "other")
    assert (good.returncode, bad.returncode) == (0, 1), (good, bad)
    return [*good.stderr.splitlines(), *bad.stderr.splitlines()]


def tilegen(*arguments):
    command = [str(word) for word in (RELEASE / "tilegen", *arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def events(source, lines):
    """What is wrong with the events of these lines."""
    broken = VRLRuntime.check_syntax(source)
    if broken is not None:
        yield f"the transform does not compile: {broken.formatted_message}"
        return
    seen = []
    for line in lines:
        event = {"message": line, "timestamp": RECEIVED, "host": "node-7", "container_id": "0a1b"}
        try:
            event = VRLRuntime.run(source, event, "UTC").processed_event
        except Exception as error:
            yield f"the transform fails for {line!r}: {error}"
            continue
        yield from event_faults(line, event)
        seen.append((event.get("program"), event.get("level"), event.get("message")))
    yield from expected(seen)


def event_faults(line, event):
    for label, values in LABELS.items():
        if event.get(label) not in values:
            yield f"the label {label} of {line!r} is {event.get(label)!r}"
    own = fields(line)
    for name, value in own.items():
        if name != "timestamp" and event.get(name) != value:
            yield f"{name} of {line!r} became {event.get(name)!r}"
    more = event.keys() - own.keys() - LABELS.keys() - {"timestamp", "target", "message"}
    if more:
        yield f"{line!r} got {sorted(more)}"
    day = RECEIVED[:10] if "timestamp" not in own or own["timestamp"] == "no time" else own["timestamp"][:10]
    if not str(event.get("timestamp")).startswith(day):
        yield f"the time of {line!r} became {event.get('timestamp')}"


def fields(line):
    try:
        parsed = json.loads(line)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def expected(seen):
    """Facts that an operator looks for."""
    if not any(program == "tilegen" and level == "ERROR" and "no-such-folder" in text for program, level, text in seen):
        yield "the sentence of the failed build is not an error of tilegen"
    for program, text in (("tileserve", "request"), ("tileserve", "map loaded"), ("tilegen", "areas published")):
        if (program, "INFO", text) not in seen:
            yield f"no line of {program} says {text!r}"


def structure(config):
    """Names that the parts of the pipeline use for each other."""
    [transform], [sink] = config["transforms"].values(), config["sinks"].values()
    if transform["inputs"] != ["programs"] or sink["inputs"] != ["lines"]:
        yield "the transform reads the source `programs`, and the sink the transform `lines`"
    labels = sink["labels"]
    if labels != {label: f"{{{{ {label} }}}}" for label in LABELS}:
        yield f"the labels of Loki are {labels}"


def sources():
    """Whether each source selects what its way of deployment runs."""
    compose = yaml.safe_load((ROOT / "deployment/compose/compose.yaml").read_text())
    pods = yaml.safe_load_all((ROOT / "deployment/kubernetes/prod.yaml").read_text())
    labels = {f"{name}={value}" for one in pods if one for name, value in one["metadata"].get("labels", {}).items()}
    found = {}
    for way in ("systemd", "compose", "kubernetes"):
        [(name, found[way])] = yaml.safe_load((LOGS / f"{way}.yaml").read_text())["sources"].items()
        if name != "programs":
            yield f"the source of {way} is called {name}"
    if set(found["systemd"]["include_matches"]["_COMM"]) != {"tileserve", "tilegen"}:
        yield "the journal is not limited to our programs"
    if found["compose"]["include_labels"] != [f"com.docker.compose.project={compose['name']}"]:
        yield "the source of Compose selects another project"
    if found["kubernetes"]["extra_label_selector"] not in labels:
        yield "no pod of the chart has the label that the source of Kubernetes selects"
    mounted = " ".join(compose["services"]["vector"]["volumes"])
    for name in ("foodmap.yaml", "compose.yaml"):
        if f"../logs/{name}:" not in mounted:
            yield f"Vector's service in Compose does not mount {name}"


if __name__ == "__main__":
    main()
