"""Copies of checkpoints in a real S3 protocol: moto's server on the loopback, s3fs through fsspec."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest
import s3fs
from botocore.client import BaseClient
from django.db import transaction
from moto.server import ThreadedMotoServer

from burgrave.custody import commands as custody
from burgrave.custody import queries
from burgrave.custody.errors import CopyDisagreed, CopyFailed
from burgrave.custody.models import Anchor
from burgrave.custody.terms import Anchors, AnchorState
from burgrave.ledger import commands
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Filters, OpeningsErased, Sealed
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
BUCKET = "checkpoints"
ADDRESS = f"s3://{BUCKET}/ledger"

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseClient]:
    """An empty bucket, another client of it, and the settings by which fsspec finds the server."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    secret = {"key": "test", "secret": "test", "endpoint_url": f"http://{host}:{port}"}
    region = {"region_name": "eu-central-1"}
    monkeypatch.setitem(fsspec.config.conf, "s3", {**secret, "client_kwargs": region})
    s3fs.S3FileSystem.clear_instance_cache()
    client = boto3.client(
        "s3",
        endpoint_url=secret["endpoint_url"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="eu-central-1",
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield client
    for key in keys_in(client):
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)
    server.stop()


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    settings.BURGRAVE_HOME = tmp_path
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    return tmp_path


def record(count: int) -> None:
    with transaction.atomic():
        one = OpeningsErased(about="house.door:1", record_ids=(), reason=Sealed("asked"))
        commands.append_all([one] * count, actor=system_actor(), at=NOON)
    custody.seal(now=NOON)


def keys_in(client: BaseClient) -> list[str]:
    found = client.list_objects_v2(Bucket=BUCKET)  # type: ignore[attr-defined]  # boto3 makes its methods as it runs
    return [each["Key"] for each in found.get("Contents", [])]


def test_checkpoints_are_copied_under_their_size_and_read_again(home: Path, bucket: BaseClient) -> None:
    record(3)
    assert custody.copy_checkpoint(ADDRESS) == 3
    assert custody.copy_checkpoint(ADDRESS) == 3, "once more is no harm"
    record(4)
    assert custody.copy_checkpoint(ADDRESS) == 7
    assert keys_in(bucket) == [f"ledger/{size:020d}.checkpoint" for size in (3, 7)]
    copies = queries.copied_checkpoints(Anchors(copies=(ADDRESS,)))
    assert copies == (ledger.checkpoint(), ledger.checkpoint_of(3))
    assert ledger.verify(verifier=queries.verifier(), kept=copies).size == 7


def test_what_another_writes_into_the_bucket_is_seen_at_once(home: Path, bucket: BaseClient) -> None:
    """A listing that this process remembers would hide it."""
    record(3)
    for _ in range(2):  # the second time only reads, and what it lists is remembered by the library
        custody.copy_checkpoint(ADDRESS)
    newer = f"ledger/{9:020d}.checkpoint"
    bucket.put_object(Bucket=BUCKET, Key=newer, Body=b"of another past")  # type: ignore[attr-defined]  # as above
    with pytest.raises(CopyDisagreed, match="is not what this ledger's key signed"):
        custody.copy_checkpoint(ADDRESS)


def test_a_copy_that_was_written_over_raises_the_alarm(home: Path, bucket: BaseClient) -> None:
    record(3)
    anchors = Anchors(copies=(ADDRESS,))
    custody.tend(anchors, now=NOON)
    (row,) = queries.anchors(anchors, now=NOON)
    assert (row.state, row.size) == (AnchorState.HOLDS, 3)
    bucket.put_object(Bucket=BUCKET, Key=f"ledger/{3:020d}.checkpoint", Body=b"x")  # type: ignore[attr-defined]  # as above
    custody.tend(anchors, now=NOON + timedelta(hours=2))
    custody.seal(now=NOON + timedelta(hours=2))
    (row,) = queries.anchors(anchors, now=NOON + timedelta(hours=2))
    assert row.state is AnchorState.DISAGREES
    assert len(ledger.records(Filters(kinds=("custody.witness_disagreed",))).rows) == 1


def test_storage_that_is_away_is_named_and_work_goes_on(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = {"retries": {"max_attempts": 0}, "connect_timeout": 1}
    nowhere = {"key": "test", "secret": "test", "endpoint_url": "http://127.0.0.1:1", "config_kwargs": at_once}
    monkeypatch.setitem(fsspec.config.conf, "s3", nowhere)
    s3fs.S3FileSystem.clear_instance_cache()
    record(3)
    with pytest.raises(CopyFailed, match="s3://checkpoints/ledger: "):
        custody.copy_checkpoint(ADDRESS)
    custody.tend(Anchors(copies=(ADDRESS,)), now=NOON)
    assert "s3://checkpoints/ledger" in Anchor.objects.get().error
