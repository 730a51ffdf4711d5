"""Uploads to a bucket and downloads from it, with boto3 instead of our own programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from checks.lib.object_servers import BUCKET


def client(settings: dict[str, str]) -> Any:
    """An S3 client with the settings of a store."""
    return boto3.client(
        "s3",
        endpoint_url=settings["AWS_ENDPOINT"],
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )


def upload(data: Path, settings: dict[str, str]) -> None:
    """Upload the inputs from a folder that `tilegen sample` wrote."""
    objects = client(settings)
    for file in data.rglob("*"):
        if file.is_file():
            objects.upload_file(str(file), BUCKET, f"inputs/{file.relative_to(data)}")


def download(settings: dict[str, str], key: str, file: Path) -> None:
    """Download one object."""
    client(settings).download_file(BUCKET, key, str(file))
