"""A real S3 server on loopback for the operators' checks, and its objects."""

from contextlib import contextmanager

import boto3
from botocore.config import Config

from checks.lib import object_servers


class S3:
    """A bucket: its address and environment for our programs, and its objects for us."""

    def __init__(self, address, environment):
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

    def keys(self, prefix):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def get(self, key):
        return self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()

    def put(self, key, data):
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def remove(self, key):
        self.client.delete_object(Bucket=self.bucket, Key=key)


@contextmanager
def seaweedfs(work):
    with object_servers.seaweedfs(work) as (address, environment):
        yield S3(address, environment)
