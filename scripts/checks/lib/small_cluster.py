"""A small Kubernetes API server for helm: it stores objects and runs nothing.

It has the kinds that the chart uses, for one client at a time. Jobs succeed or fail as soon as they are created.
Objects are kept as they were sent. There are no defaults, no validation and no controllers.
"""

from __future__ import annotations

import base64
import copy
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

# API version: plural name = kind.
KINDS = {
    "v1": {
        "namespaces": "Namespace",
        "secrets": "Secret",
        "configmaps": "ConfigMap",
        "services": "Service",
        "serviceaccounts": "ServiceAccount",
        "pods": "Pod",
    },
    "apps/v1": {"deployments": "Deployment", "replicasets": "ReplicaSet"},
    "batch/v1": {"jobs": "Job", "cronjobs": "CronJob"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy", "ingresses": "Ingress"},
    "autoscaling/v2": {"horizontalpodautoscalers": "HorizontalPodAutoscaler"},
    "policy/v1": {"poddisruptionbudgets": "PodDisruptionBudget"},
    "monitoring.coreos.com/v1": {"podmonitors": "PodMonitor", "prometheusrules": "PrometheusRule"},
}


class SmallCluster:
    """The objects by plural name, namespace and name, and what happened to them."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.events: list[tuple[str, str, str]] = []
        self.jobs_fail = False
        self.version = 1
        self.lock = threading.RLock()

    def names(self, plural: str) -> set[str]:
        """The names of all objects of a kind."""
        return {name for kind, _, name in self.objects if kind == plural}

    def created(self, plural: str, name: str) -> int:
        """How often an object was created."""
        return self.events.count(("create", plural, name))

    def put(self, key: tuple[str, str, str], given: dict[str, Any]) -> dict[str, Any]:
        """Store an object as a new version."""
        with self.lock:
            self.events.append(("update" if key in self.objects else "create", key[0], key[2]))
            self.version += 1
            kept = copy.deepcopy(given)
            kept.setdefault("metadata", {}).update(
                resourceVersion=str(self.version), uid=f"uid-{'-'.join(key)}", name=key[2], generation=1
            )
            if key[1]:
                kept["metadata"]["namespace"] = key[1]
            if key[0] == "jobs":
                ended = "Failed" if self.jobs_fail else "Complete"
                kept["status"] = {"conditions": [{"type": ended, "status": "True"}], "succeeded": 1, "startTime": START}
            if key[0] == "deployments":
                kept["spec"].setdefault("replicas", 1)
                kept["status"] = READY
            self.objects[key] = kept
            return kept


START = "2026-01-01T00:00:00Z"
READY = {
    "observedGeneration": 1,
    "replicas": 1,
    "updatedReplicas": 1,
    "readyReplicas": 1,
    "availableReplicas": 1,
    "conditions": [
        {"type": "Available", "status": "True"},
        {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"},
    ],
}


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a protobuf message; numbers are skipped."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        length = varint()
        if key & 7 == 2:
            yield key >> 3, data[at : at + length]
            at += length


def from_protobuf(body: bytes) -> dict[str, Any]:
    """A Secret or another object of which only the metadata matter: helm sends what it stores itself in this form."""
    envelope = dict(fields(body[4:]))
    message = list(fields(envelope[2]))
    metadata: dict[str, Any] = {"labels": {}}
    given: dict[str, Any] = {"metadata": metadata}
    names = {number: text.decode() for number, text in fields(envelope[1])}
    given |= {"apiVersion": names.get(1, "v1"), "kind": names.get(2, "")}
    for number, value in fields(dict(message).get(1, b"")):
        if number == 1:
            metadata["name"] = value.decode()
        if number == 11:
            label = dict(fields(value))
            metadata["labels"][label[1].decode()] = label.get(2, b"").decode()
    if given["kind"] == "Secret":
        pairs = [dict(fields(value)) for number, value in message if number == 2]
        given["data"] = {pair[1].decode(): base64.b64encode(pair[2]).decode() for pair in pairs}
        given["type"] = dict(message).get(3, b"Opaque").decode()
    return given


def merged(old: Any, new: Any) -> Any:
    """A JSON merge patch (RFC 7386)."""
    if not isinstance(new, dict):
        return new
    result = dict(old) if isinstance(old, dict) else {}
    for name, value in new.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


class Handler(BaseHTTPRequestHandler):
    """The requests of helm and kubectl."""

    protocol_version = "HTTP/1.1"
    cluster: SmallCluster

    def reply(self, status: int, body: dict[str, Any]) -> None:
        """Send JSON."""
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, reason: str) -> None:
        """Send a failure."""
        self.reply(
            status,
            {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "reason": reason,
                "code": status,
                "message": f"{reason}: {self.path}",
            },
        )

    def body(self) -> dict[str, Any]:
        """The object of a request, in JSON or YAML."""
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if text.startswith(b"k8s\0"):
            return from_protobuf(text)
        read = yaml.safe_load(text) if text else {}
        return read if isinstance(read, dict) else {}

    def target(self) -> tuple[str, str, str, str, dict[str, list[str]]] | None:
        """API version, plural name, namespace and name of the path, and the query."""
        url = urlsplit(self.path)
        parts = url.path.strip("/").split("/")
        if parts[0] == "api" and len(parts) > 2:
            version, rest = "v1", parts[2:]
        elif parts[0] == "apis" and len(parts) > 3:
            version, rest = "/".join(parts[1:3]), parts[3:]
        else:
            return None
        namespace = ""
        if rest[0] == "namespaces" and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        if rest[0] not in KINDS.get(version, {}):
            return None
        return version, rest[0], namespace, rest[1] if len(rest) > 1 else "", parse_qs(url.query)

    def discovery(self) -> dict[str, Any] | None:
        """What the server has: versions, groups and kinds."""
        path = urlsplit(self.path).path.rstrip("/")
        if path == "/version":
            return {"major": "1", "minor": "33", "gitVersion": "v1.33.0"}
        if path == "/api":
            return {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            groups = []
            for version in KINDS:
                if "/" in version:
                    one = {"groupVersion": version, "version": version.split("/")[1]}
                    groups.append({"name": version.split("/")[0], "versions": [one], "preferredVersion": one})
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        if path.startswith("/openapi/v3"):
            return self.openapi(path.removeprefix("/openapi/v3").strip("/"))
        version = path.removeprefix("/apis/").removeprefix("/api/")
        if version in KINDS:
            verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
            kinds = [
                {
                    "name": plural,
                    "singularName": kind.lower(),
                    "kind": kind,
                    "namespaced": kind != "Namespace",
                    "verbs": verbs,
                }
                for plural, kind in KINDS[version].items()
            ]
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": kinds}
        return None

    @staticmethod
    def openapi(place: str) -> dict[str, Any] | None:
        """Only what makes clients leave validation to the server: every kind can be patched with `fieldValidation`."""
        places = {f"apis/{version}" if "/" in version else f"api/{version}": version for version in KINDS}
        if not place:
            return {"paths": {one: {"serverRelativeURL": f"/openapi/v3/{one}?hash=1"} for one in places}}
        if place not in places:
            return None
        version = places[place]
        group, _, short = version.rpartition("/")
        paths = {}
        for plural, kind in KINDS[version].items():
            patch = {
                "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
                "responses": {},
                "x-kubernetes-group-version-kind": {"group": group, "version": short, "kind": kind},
            }
            paths[f"/{place}/namespaces/{{namespace}}/{plural}/{{name}}"] = {"patch": patch}
        return {"openapi": "3.0.0", "info": {"title": "small", "version": "1"}, "paths": paths}

    def do_GET(self) -> None:
        """Discovery, one object, a list or a watch."""
        found = self.discovery()
        if found:
            return self.reply(200, found)
        target = self.target()
        if not target:
            return self.refuse(404, "NotFound")
        version, plural, namespace, name, query = target
        if name:
            one = self.cluster.objects.get((plural, namespace, name))
            return self.reply(200, one) if one else self.refuse(404, "NotFound")
        with self.cluster.lock:
            items = [
                one
                for (kind, place, _), one in self.cluster.objects.items()
                if kind == plural and namespace in ("", place)
            ]
        items = [one for one in items if self.is_selected(one, query)]
        if query.get("watch") in (["true"], ["1"]):
            return self.watch(items, query)
        kind = KINDS[version][plural]
        return self.reply(
            200,
            {
                "kind": f"{kind}List",
                "apiVersion": version,
                "metadata": {"resourceVersion": str(self.cluster.version)},
                "items": items,
            },
        )

    @staticmethod
    def is_selected(one: dict[str, Any], query: dict[str, list[str]]) -> bool:
        """Whether an object has the labels and the name that a list asks for."""
        labels = one["metadata"].get("labels", {})
        for selector in query.get("labelSelector", []):
            for term in selector.split(","):
                name, _, value = term.partition("=")
                if "=" in term and not name.endswith("!") and labels.get(name) != value.lstrip("="):
                    return False
        for selector in query.get("fieldSelector", []):
            name, _, value = selector.partition("=")
            if name == "metadata.name" and one["metadata"]["name"] != value:
                return False
        return True

    def watch(self, items: list[dict[str, Any]], query: dict[str, list[str]]) -> None:
        """Objects change only while they are created, so a watch sends them once and ends."""
        events = [{"type": "ADDED", "object": one} for one in items]
        if query.get("sendInitialEvents") == ["true"]:
            return self.refuse(400, "BadRequest")
        data = "".join(json.dumps(event) + "\n" for event in events).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None

    def do_POST(self) -> None:
        """Create an object."""
        target, given = self.target(), self.body()
        if not target:
            return self.refuse(404, "NotFound")
        _, plural, namespace, _, _ = target
        key = (plural, namespace, given["metadata"]["name"])
        if key in self.cluster.objects:
            return self.refuse(409, "AlreadyExists")
        return self.reply(201, self.cluster.put(key, given))

    def do_PUT(self) -> None:
        """Replace an object."""
        self.change(lambda _, new: new)

    def do_PATCH(self) -> None:
        """Apply an object, or merge a part of it."""
        self.change(merged)

    def change(self, combine: Any) -> None:
        """Store a changed object; an apply also creates it."""
        target, given = self.target(), self.body()
        if not target:
            return self.refuse(404, "NotFound")
        key = target[1:4]
        old = self.cluster.objects.get(key)
        applied = self.headers.get("Content-Type") == "application/apply-patch+yaml"
        if not old and not applied:
            return self.refuse(404, "NotFound")
        return self.reply(200 if old else 201, self.cluster.put(key, combine(old or {}, given)))

    def do_DELETE(self) -> None:
        """Delete an object."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        target = self.target()
        old = self.cluster.objects.pop(target[1:4], None) if target else None
        if not target or not old:
            return self.refuse(404, "NotFound")
        self.cluster.events.append(("delete", target[1], target[3]))
        return self.reply(200, old)

    def log_message(self, *_: object) -> None:
        """Be silent."""


class Quiet(ThreadingHTTPServer):
    """Clients end by closing their connections."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report only what is wrong with this server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def small_cluster(folder: Path) -> Iterator[tuple[SmallCluster, Path]]:
    """A running server, and a file with its address for helm and kubectl."""
    cluster = SmallCluster()
    server = Quiet(("127.0.0.1", 0), type("Bound", (Handler,), {"cluster": cluster}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    one = {"name": "small"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "small",
        "clusters": [one | {"cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}],
        "contexts": [one | {"context": {"cluster": "small", "user": "small"}}],
        "users": [one | {"user": {}}],
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    try:
        yield cluster, file
    finally:
        server.shutdown()
