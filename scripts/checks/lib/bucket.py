"""Uploads to a bucket and downloads from it, with the SDKs of Amazon and Azure instead of our own programs."""

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


def container(settings: dict[str, str]) -> Any:
    """An Azure client with the settings of a store."""
    from azure.storage.blob import ContainerClient  # only the check of stores has the package

    name = settings["AZURE_STORAGE_ACCOUNT_NAME"]
    credential = {"account_name": name, "account_key": settings["AZURE_STORAGE_ACCOUNT_KEY"]}
    return ContainerClient(settings["AZURE_STORAGE_ENDPOINT"], BUCKET, credential=credential)


def put(settings: dict[str, str], key: str, body: bytes) -> None:
    """Write an object of a bucket or container."""
    if "AZURE_STORAGE_ENDPOINT" in settings:
        container(settings).upload_blob(key, body)
    else:
        client(settings).put_object(Bucket=BUCKET, Key=key, Body=body)


def get(settings: dict[str, str], key: str) -> bytes:
    """Read an object of a bucket or container."""
    if "AZURE_STORAGE_ENDPOINT" in settings:
        body: bytes = container(settings).download_blob(key).readall()
    else:
        body = client(settings).get_object(Bucket=BUCKET, Key=key)["Body"].read()
    return body


def keys(settings: dict[str, str], prefix: str) -> list[str]:
    """The keys in a bucket or container that start with a prefix."""
    if "AZURE_STORAGE_ENDPOINT" in settings:
        return list(container(settings).list_blob_names(name_starts_with=prefix))
    pages = client(settings).get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]
