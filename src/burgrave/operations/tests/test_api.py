from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from burgrave.jobs import commands as jobs
from burgrave.jobs.terms import Args, Lease, ScheduleSpec, Timing
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

ClientOf = Callable[[Actor], "Client"]
JSON = "application/json"


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full")


@pytest.fixture
def client(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> Client:
    spec = ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=timedelta(hours=1)), words="Tidy up")
    jobs.write_schedules([spec], now=timezone.now())
    return client_of(alice)


def test_jobs_are_listed_read_retried_and_cancelled(client: Client) -> None:
    now = timezone.now()
    number = jobs.enqueue("mail", {"a": 1}, now=now, max_attempts=1)
    jobs.run_next({"mail": fail}, worker="w/any", clock=lambda: now)
    [row] = client.get("/api/operations/jobs?state=failed&kind=mail").json()["rows"]
    assert row["error"] == "ValueError: the disk is full"
    detail = client.get(f"/api/operations/jobs/{number}").json()
    assert detail["args"] == [["a", "1"]]
    assert [each["end"] for each in detail["attempts"]] == ["failed"]
    assert client.post("/api/operations/jobs/retry", {"kind": "mail"}, content_type=JSON).json() == {"jobs": 1}
    assert client.post(f"/api/operations/jobs/{number}/retry").status_code == 409
    assert client.post(f"/api/operations/jobs/{number}/cancel").json()["row"]["state"] == "cancelled"
    assert client.get("/api/operations/jobs/77777").status_code == 404


def test_figures_and_workers(client: Client) -> None:
    jobs.beat("w", host="h", started_at=timezone.now(), now=timezone.now())
    jobs.enqueue("mail", {}, now=timezone.now())
    assert client.get("/api/operations/figures").json()["due"] == 1
    [row] = client.get("/api/operations/workers").json()
    assert (row["name"], row["state"], row["jobs"]) == ("w", "alive", [])


def test_a_schedule_is_read_and_changed_under_its_version(client: Client) -> None:
    here = "/api/operations/schedules/tidy"
    read = client.get(here)
    sent = {"cron": "30 2 * * *", "zone": "Europe/Berlin"}
    assert client.put(here, sent, content_type=JSON).status_code == 428
    changed = client.put(here, sent, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
    assert changed.json()["timing"] == {"cron": "30 2 * * *", "every": None, "zone": "Europe/Berlin"}
    stale = client.put(here, sent, content_type=JSON, headers={"If-Match": read.headers["ETag"]})
    assert stale.status_code == 409
    etag = {"If-Match": changed.headers["ETag"]}
    both = client.put(here, {"cron": "* * * * *", "every_seconds": 60}, content_type=JSON, headers=etag)
    assert both.status_code == 422
    bad = client.put(here, {"cron": "99 * * * *"}, content_type=JSON, headers=etag)
    assert (bad.status_code, "bad minute" in bad.json()["detail"]) == (422, True)
    assert client.put(here, {}, content_type=JSON, headers=etag).json()["own"] is False
    assert client.post(f"{here}/pause").json()["is_paused"] is True
    assert client.post(f"{here}/resume").json()["is_paused"] is False
    run = client.post(f"{here}/run")
    assert (run.status_code, [row["name"] for row in client.get("/api/operations/schedules").json()]) == (201, ["tidy"])


def test_charlie_learns_nothing(client: Client, charlie: Actor, client_of: ClientOf) -> None:
    stranger = client_of(charlie)
    for path in ("figures", "workers", "jobs", "jobs/1", "schedules", "schedules/tidy"):
        assert stranger.get(f"/api/operations/{path}").status_code == 403
