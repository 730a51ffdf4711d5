"""A real S3 server on loopback for the operators' checks, with access to its objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
from botocore.config import Config

from checks.lib import object_servers


class S3:
    """A bucket: address and environment for our programs, objects for the check."""

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        self.address, self.environment = address, environment
        self.bucket = address.removeprefix("s3://")
        self.client = boto3.client(
            "s3",
            endpoint_url=environment["AWS_ENDPOINT"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(s3={"addressing_style": "path"}),
        )

    def keys(self, prefix: str) -> list[str]:
        """The keys that start with a prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def get(self, key: str) -> bytes:
        """The bytes of an object."""
        body: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def put(self, key: str, data: bytes) -> None:
        """Write an object."""
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def remove(self, key: str) -> None:
        """Delete an object."""
        self.client.delete_object(Bucket=self.bucket, Key=key)


@contextmanager
def seaweedfs(work: Path) -> Iterator[S3]:
    """SeaweedFS with one bucket."""
    with object_servers.seaweedfs(work) as (address, environment):
        yield S3(address, environment)
