"""Values that must reach the manifests, also those that follow from sources in tilegen's configuration."""

import tempfile

import yaml

from checks.lib.helm import documents, pod_template

LOGIN = (
    "server.login.enabled=true,server.login.proxyAddresses={10.0.0.0/8},server.ingress.enabled=true,"
    "server.ingress.host=map.example,server.ingress.tlsSecretName=tls"
)
# Values that must reach the pods: what --set is given, the kind and part of the manifest, and a text that it then has.
PASSED_ON = [
    ("jobs.orders.publicStep=56", "CronJob", "orders", "--public-step 56"),
    ("jobs.orders.minUsers=9", "CronJob", "orders", "--min-users 9"),
    ("jobs.orders.asOf=2026-11-22", "CronJob", "rebuild-orders", "--as-of 2026-11-22"),
    ("jobs.orders.densityArgs={--public-overlap}", "CronJob", "orders", "--public-overlap"),
    ("jobs.orders.areaStatsArgs={--include-today}", "CronJob", "orders", "--include-today"),
    ("jobs.snapshot.extraArgs={--strict}", "CronJob", "snapshot", "--strict"),
    ("jobs.areas.extraArgs={--report,/work/areas.json}", "CronJob", "areas", "--report /work/areas.json"),
    ("jobs.suspend=true", "CronJob", "snapshot", "suspend: true"),
    ("jobs.nodeSelector.disk=fast", "CronJob", "orders", "nodeSelector: disk: fast"),
    ("server.nodeSelector.disk=fast", "Deployment", "tileserve-public", "nodeSelector: disk: fast"),
    ("server.pageConfig.city=shiraz", "ConfigMap", "tileserve-public", '"city": "shiraz"'),
    ("server.pageConfig.city=shiraz", "ConfigMap", "tileserve-public", "page_config ="),
    (
        "server.ingress.clusterIssuer=letsencrypt,server.ingress.enabled=true,server.ingress.host=map.example,"
        "server.ingress.tlsSecretName=map-tls",
        "Ingress",
        "tileserve-public",
        "cert-manager.io/cluster-issuer: letsencrypt",
    ),
    (
        "monitoring.blackboxExporter=blackbox:9115,server.ingress.enabled=true,server.ingress.host=map.example,"
        "server.ingress.tlsSecretName=map-tls",
        "Probe",
        "tileserve-public",
        "https://map.example/v1/catalog.json",
    ),
    ("server.serveInternal=false", "Deployment", "tileserve-public", "serviceAccountName: foodmap-public-server"),
    ("server.serveInternal=true", "Deployment", "tileserve-public", "serviceAccountName: foodmap-server"),
    ("server.accessSecretName=access", "Deployment", "tileserve-public", "serviceAccountName: foodmap-server"),
    (
        "server.accessSecretName=cdn,server.accessFiles={origin-secrets}",
        "Deployment",
        "tileserve-public",
        "serviceAccountName: foodmap-public-server",
    ),
    (LOGIN, "Deployment", "tileserve-public", "serviceAccountName: foodmap-server"),
    (LOGIN, "ConfigMap", "tileserve-public", 'addresses = ["10.0.0.0/8"]'),
    (LOGIN, "Ingress", "tileserve-public", "auth-response-headers: X-Auth-Request-Email,X-Auth-Request-Groups"),
    (f"{LOGIN},server.login.roles.viewer.max_zoom=12", "ConfigMap", "tileserve-public", "[access.roles.viewer]"),
    ("jobs.backup.to=s3://copy/map", "CronJob", "backup", "catalog copy --to s3://copy/map --last 7"),
    ("jobs.backup.to=s3://copy/map", "CronJob", "backup", "catalog retire --store s3://copy/map --keep 30d"),
    ("jobs.backup.to=s3://copy/map", "CronJob", "restore-check", "catalog copy --store s3://copy/map --to /work"),
]


# The same with sources: tilegenConfig, more values, kind, part and text. A source needs more than its section.
SOURCES = """[fetch.orders]
# the company's database
source = "postgresql"
url_env = "ORDERS_URL"
[[fetch.vendors]]
platform = "tapsifood"
[fetch.areas]
url = "s3://areas/all"
"""
NO_SOURCES = '[fetch.orders]\n# source = "postgresql"\n[fetch.areas]\n'
WITH_SOURCES = [
    (SOURCES, "", "CronJob", "orders", "run orders --every 1d --memory 768MiB --until 11:00"),
    (SOURCES, "jobs.run.until=10:30", "CronJob", "orders", "--until 10:30"),
    (SOURCES, "", "CronJob", "orders", "schedule: 30 8-20 * * *"),
    (SOURCES, "", "CronJob", "orders", "activeDeadlineSeconds: 12000"),
    (SOURCES, "", "CronJob", "orders", "fetch areas --into /work --config /etc/foodmap/tilegen.toml"),
    (SOURCES, "", "CronJob", "snapshot", "run snapshot --every 10m"),
    (SOURCES, "", "CronJob", "snapshot", "--into /work targets grades.csv grades_b.csv\n"),
    (SOURCES, "", "CronJob", "rebuild-orders", "density --lease 2m"),
    (SOURCES, "", "Job", "first-install", "run orders --every 1d --memory 768MiB --inputs"),
    (SOURCES, "jobs.orders.minUsers=9", "ConfigMap", "tilegen", '"90d","--min-users","9"]'),
    (f"{SOURCES}[run]\ndensity = []\n", "", "ConfigMap", "tilegen", "\ndensity = []\n"),
    (NO_SOURCES, "", "CronJob", "orders", "\ndensity --lease 2m"),
    (NO_SOURCES, "", "CronJob", "orders", "schedule: 30 8 * * *"),
    (NO_SOURCES, "", "CronJob", "snapshot", "--into /work areas regions neighbourhoods targets"),
]


def values_that_are_lost(helm):
    """Values that do not reach what they are for."""
    faults = []
    for value, kind, part, text in PASSED_ON:
        status, output = helm.render("--set", value)
        if status:
            faults.append(f"helm refuses --set {value}: {output[-300:]}")
            continue
        found = [one for one in documents(output) if one["kind"] == kind and part_of(one) == part]
        if not any(text in flat(one) for one in found):
            faults.append(f"--set {value} does not change {kind} {part}: no {text!r}")
    return faults


def sources_that_are_lost(helm):
    """Jobs that do not do what the sources in tilegenConfig ask for."""
    faults = []
    for config, value, kind, part, text in WITH_SOURCES:
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump({"tilegenConfig": config}, file)
            file.flush()
            status, output = helm.render("--values", file.name, *(["--set", value] if value else []))
        found = [one for one in documents(output) if (one["kind"], part_of(one)) == (kind, part)] if not status else []
        if not any(text in flat(one) for one in found):
            instead = flat(found[0])[:600] if found else output[-300:]
            faults.append(f"with sources, {kind} {part} has no {text!r}: {instead}")
    return faults


def flat(manifest):
    """A manifest as text: each list of arguments in one line, without repeated blanks."""
    template = pod_template(manifest)
    pods = template["spec"] if template else {}
    lines = [" ".join(one.get("args", [])) for one in pods.get("initContainers", []) + pods.get("containers", [])]
    data = list(manifest.get("data", {}).values())
    return "\n".join([*lines, *data, " ".join(yaml.safe_dump(manifest).split())])


def part_of(manifest):
    return manifest["metadata"]["labels"]["app.kubernetes.io/component"]
