"""What is left of old segments of a stream stands on the page of its source, and is told day by day over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from burgrave.incidents.models import SegmentDay
from burgrave.intake.terms import LogSourceId
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.terms import Actor


def test_the_days_are_told_to_who_may_read_the_files(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, source: LogSourceId, client_of: Any
) -> None:
    client, path = client_of(alice), f"/api/log-sources/{source}"
    assert "only counted" not in client.get(f"/log-sources/{source}/").content.decode()
    for days in range(2):
        SegmentDay.objects.create(
            log_source_id=source, unit_id=organisation.operations, day=(NOON - timedelta(days=days)).date(),
            segments=3, events=5, size_bytes=7, sha256="a" * 64, summed_at=NOON,
        )  # fmt: skip
    told = client.get(f"{path}/segment-days", {"size": 1}).json()
    (newest,) = told["rows"]
    assert (told["total"], newest["day"], newest["segments"], newest["sha256"]) == (2, "2026-03-02", 3, "a" * 64)
    raw = client.get(f"{path}/stream").json()["raw"]
    assert (raw["summed"], raw["summed_days"]) == (6, 2)
    page = client.get(f"/log-sources/{source}/").content.decode()
    assert "Removed long ago, and only counted" in page
    assert client_of(charlie).get(f"{path}/segment-days").status_code == 404
    assert client.get(f"/api/log-sources/{uuid4()}/segment-days").status_code == 404
