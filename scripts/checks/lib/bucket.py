"""A bucket by its own client: what builders and servers are not asked to do."""

import boto3
from botocore.config import Config

from checks.lib.object_servers import BUCKET


def client(settings):
    return boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT"],
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )


def upload(data, settings):
    """Inputs as they appear in the bucket, out of a folder that tilegen sample wrote."""
    own = client(settings)
    for file in data.rglob("*"):
        if file.is_file():
            own.upload_file(str(file), BUCKET, f"inputs/{file.relative_to(data)}")


def download(settings, key, file):
    client(settings).download_file(BUCKET, key, str(file))
