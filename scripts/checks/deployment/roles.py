"""Runs builders, a server and a backup with the rights of the AWS roles in deployment/terraform, against moto with IAM.

Each role must be able to do its work, and must be refused what it may not do: servers write only rebuild requests,
public servers read no internal archive, backups write no map, builders no copy. Exit status 1 if anything is wrong.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import hcl2
from botocore.exceptions import ClientError

from checks.lib import monitoring
from checks.lib.object_servers import KEY, SECRET, Process
from checks.lib.serving import RELEASE, ROOT, free_port

ROLES = ROOT / "deployment/terraform/modules/aws/roles.tf"
MAP, INPUTS, COPY = "foodmap-map", "foodmap-inputs", "foodmap-copy"
STORE = f"s3://{MAP}/map"
# What Terraform puts into the policies.
NAMES = {
    "aws_s3_bucket.map.arn": f"arn:aws:s3:::{MAP}",
    "var.inputs_bucket": INPUTS,
    "var.backup_bucket": COPY,
    "statement.value": COPY,
    "local.prefix": "map",
}
# What each role may do and may not do: the operation, bucket and key.
RIGHTS = [
    ("builder", True, "put_object", MAP, "map/a"),
    ("builder", True, "delete_object", MAP, "map/a"),
    ("builder", True, "get_object", COPY, "map/kept"),
    ("builder", False, "put_object", COPY, "map/a"),
    ("builder", False, "put_object", INPUTS, "orders/a"),
    ("server", True, "get_object", MAP, "map/kept"),
    ("server", True, "put_object", MAP, "map/requests/density/a"),
    ("server", False, "put_object", MAP, "requests/density/a"),
    ("server", False, "put_object", MAP, "map/manifests/0000000009.json"),
    ("server", False, "delete_object", MAP, "map/kept"),
    ("server", False, "get_object", INPUTS, "kept"),
    ("server", False, "get_object", COPY, "map/kept"),
    ("public", True, "get_object", MAP, "map/archives/density-public/kept"),
    ("public", True, "get_object", MAP, "map/tables/vendors/kept"),
    ("public", True, "get_object", MAP, "map/manifests/kept"),
    ("public", False, "get_object", MAP, "map/archives/density/kept"),
    ("public", False, "get_object", MAP, "map/tables/area-stats/orders/kept"),
    ("public", False, "get_object", MAP, "map/kept"),
    ("public", False, "put_object", MAP, "map/requests/density/a"),
    ("public", False, "get_object", INPUTS, "kept"),
    ("backup", True, "put_object", COPY, "map/a"),
    ("backup", False, "put_object", MAP, "map/a"),
    ("backup", False, "delete_object", MAP, "map/kept"),
    ("backup", False, "get_object", INPUTS, "kept"),
]
# Objects that exist before the roles work.
KEPT = [
    (INPUTS, "kept"),
    (COPY, "map/kept"),
    *((MAP, key) for _, _, operation, bucket, key in RIGHTS if (operation, bucket) == ("get_object", MAP)),
]
# The lists of deployment/terraform/modules/aws/bucket.tf.
LISTS = {
    "public_layers": [
        layer["id"] for layer in json.loads((ROOT / "data/layers.json").read_text()) if layer["visibility"] == "public"
    ],
    "public_tables": json.loads(re.findall(r"public_tables = (\[.*\])", ROLES.with_name("bucket.tf").read_text())[0]),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder that tilegen sample wrote")
    parser.add_argument("--moto", required=True, help="the moto_server command")
    args = parser.parse_args()
    policies = dict(policies_of(hcl2.loads(ROLES.read_text())))
    assert set(policies) == {"builder", "server", "public", "backup"}, f"the roles are {sorted(policies)}"
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        env = os.environ | {"INITIAL_NO_AUTH_ACTION_COUNT": "1000000"}
        with Process([args.moto, "--host", "127.0.0.1", "--port", str(port)], port, Path(folder), env):
            account = Account(port, policies, args.data)
            faults = [*work(account, Path(folder)), *public_server(account, Path(folder)), *account.wrong_rights()]
    for fault in faults:
        print(fault, file=sys.stderr)
    print(json.dumps({"roles": len(policies), "rights": len(RIGHTS), "faults": len(faults)}))
    sys.exit(1 if faults else 0)


def policies_of(module):
    """The statements about S3 of each role's policy, as IAM reads them."""
    for block in module["data"]:
        for name, document in unquoted(block).get("aws_iam_policy_document", {}).items():
            dynamic = [one for block in document.get("dynamic", []) for one in block["statement"]["content"]]
            statements = [
                {"Effect": "Allow", "Action": one["actions"], "Resource": list(resources(one["resources"]))}
                for one in [*document["statement"], *dynamic]
                if one["actions"][0].startswith("s3:")
            ]
            if statements:
                yield name, {"Version": "2012-10-17", "Statement": statements}


def resources(written):
    """The resources of a statement: a list, or lists in `concat`, some made of the public layers and tables."""
    if isinstance(written, list):
        yield from written
        return
    for each, name, text in re.findall(r'\[(?:for (\w+) in local\.(\w+) : )?\\?"([^"\\]+)\\?"\]', written):
        yield from (text.replace(f"${{{each}}}", one) for one in LISTS[name]) if each else [text]


def unquoted(value):
    """Strings without HCL's quotes, and with the values of NAMES."""
    if isinstance(value, dict):
        return {unquoted(key): unquoted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [unquoted(one) for one in value]
    if isinstance(value, str):
        return re.sub(r"\$\{([\w.]+)\}", lambda found: NAMES.get(found[1], found[0]), value.strip('"'))
    return value


class Account:
    """An account with three buckets and the roles, which checks every request from here on."""

    def __init__(self, port, policies, data):
        self.endpoint = f"http://127.0.0.1:{port}"
        objects = self.client("s3", KEY, SECRET)
        for bucket in (MAP, INPUTS, COPY):
            objects.create_bucket(Bucket=bucket)
        for bucket, key in KEPT:
            objects.put_object(Bucket=bucket, Key=key, Body=b"kept")
        for file in (file for file in (data / "orders").rglob("*") if file.is_file()):
            objects.upload_file(str(file), INPUTS, str(file.relative_to(data)))
        self.keys = {role: self.role(role, policy) for role, policy in policies.items()}
        check = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "application/octet-stream"}
        )
        urllib.request.urlopen(check, timeout=10).read()

    def client(self, service, key, secret, token=None):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    def role(self, name, policy):
        """The credentials of a role. The trust of the service account is not part of this check."""
        roles = self.client("iam", KEY, SECRET)
        arn = roles.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        roles.put_role_policy(RoleName=name, PolicyName="map", PolicyDocument=json.dumps(policy))
        session = self.client("sts", KEY, SECRET).assume_role(RoleArn=arn, RoleSessionName=name)
        return session["Credentials"]

    def environment(self, role):
        keys = self.keys[role]
        return os.environ | {
            "AWS_ENDPOINT": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }

    def wrong_rights(self):
        """What a role may do and should not, and the reverse."""
        for role, may, operation, bucket, key in RIGHTS:
            keys = self.keys[role]
            objects = self.client("s3", keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
            body = {"Body": b"a"} if operation == "put_object" else {}
            try:
                getattr(objects, operation)(Bucket=bucket, Key=key, **body)
                is_allowed = True
            except ClientError as error:
                assert error.response["Error"]["Code"] in ("AccessDenied", "403"), error
                is_allowed = False
            if is_allowed != may:
                yield f"{role} {'may' if is_allowed else 'may not'} {operation} {bucket}/{key}"


def work(account, folder):
    """Each role does what its pods do."""
    yield from failed(
        account, "builder", "density", "--orders", f"s3://{INPUTS}/orders", "--store", STORE, "--lease", "1m"
    )
    yield from failed(account, "backup", "catalog", "copy", "--store", STORE, "--to", f"s3://{COPY}/map", "--last", "7")
    yield from failed(account, "backup", "catalog", "retire", "--store", f"s3://{COPY}/map", "--keep", "30d")
    yield from failed(account, "builder", "catalog", "copy", "--store", f"s3://{COPY}/map", "--to", STORE, "--check")
    port, admin = free_port(), free_port()
    tokens = folder / "tokens"
    tokens.write_text(f"check {hashlib.sha256(b'secret').hexdigest()}\n")
    command = monitoring.server(STORE, folder, port, admin, f'access.admin_tokens = "{tokens}"\n')
    ready = f"http://127.0.0.1:{admin}/health/ready"
    with monitoring.process(command, ready, env=account.environment("server")):
        ask = urllib.request.Request(
            f"http://127.0.0.1:{admin}/admin/rebuild/density", method="POST", headers={"Authorization": "Bearer secret"}
        )
        try:
            urllib.request.urlopen(ask, timeout=20).close()
        except urllib.error.HTTPError as error:
            yield f"a request of a rebuild answers {error.code}"


def public_server(account, folder):
    """Serves the public layers with rights to nothing else."""
    port, admin = free_port(), free_port()
    command = monitoring.server(STORE, folder, port, admin, internal=False)
    with monitoring.process(command, f"http://127.0.0.1:{admin}/health/ready", env=account.environment("public")):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/catalog.json", timeout=20) as answer:
            layers = {layer["layer"] for layer in json.load(answer)["layers"]}
        if layers != {"density-public"}:
            yield f"the public server shows {sorted(layers)}"


def failed(account, role, *arguments):
    done = subprocess.run(
        [RELEASE / "tilegen", *arguments], env=account.environment(role), capture_output=True, text=True
    )
    if done.returncode:
        yield f"{role}: tilegen {' '.join(arguments)}: {done.stderr.strip()[-600:]}"


if __name__ == "__main__":
    main()
