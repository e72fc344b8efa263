from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from burgrave.jobs import commands as jobs
from burgrave.jobs import queries
from burgrave.jobs.models import Job
from burgrave.jobs.terms import Args, CatchUp, JobId, JobState, Lease, Overlap, ScheduleSpec, Timing
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from django.test import Client

ClientOf = Callable[[Actor], "Client"]
HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


def fail(_lease: Lease, _args: Args) -> None:
    raise ValueError("the disk is full")


def dead(kind: str = "incidents.read_event_file", **args: str) -> JobId:
    now = timezone.now()
    job_id = jobs.enqueue(kind, args, now=now, max_attempts=1)
    jobs.run_next({kind: fail}, worker="w/any", clock=lambda: now)
    return job_id


@pytest.fixture(autouse=True)
def _schedule(organisation: CastOrganisation) -> None:
    specs = [
        ScheduleSpec(name="tidy", kind="tidy", timing=Timing(every=HOUR), words="Remove jobs that ended long ago"),
        ScheduleSpec(
            name="each",
            kind="tidy",
            timing=Timing(cron="15 3 * * *"),
            words="Each",
            catch_up=CatchUp.EACH,
            overlap=Overlap.ALLOW,
        ),
    ]
    jobs.write_schedules(specs, now=timezone.now())


@pytest.fixture
def client(alice: Actor, client_of: ClientOf) -> Client:
    return client_of(alice)


def test_the_overview_says_that_nobody_works_and_who_fell_silent(client: Client) -> None:
    page = client.get("/operations/").content.decode()
    assert "No worker is heard" in page
    now = timezone.now()
    jobs.beat("gone", host="h", started_at=now - HOUR, now=now - HOUR)
    jobs.beat("here", host="h", started_at=now, now=now)
    dead()
    page = client.get("/operations/").content.decode()
    assert "No worker is heard" not in page
    assert "gone is not heard any more" in page
    assert "Read an event file" in page


def test_a_dead_letter_is_read_and_tried_again(client: Client) -> None:
    number = dead(event_file_id="7", token="s3cret")
    listed = client.get("/operations/jobs/?state=failed").content.decode()
    assert "Dead letters" in listed
    assert "ValueError: the disk is full" in listed
    record = client.get(f"/operations/jobs/{number}/").content.decode()
    assert "It failed at every attempt" in record
    assert "w/any" in record
    assert "s3cret" not in record
    assert client.post(f"/operations/jobs/{number}/retry/").status_code == 302
    assert queries.view(number, now=timezone.now()).row.state is JobState.QUEUED
    assert client.post(f"/operations/jobs/{number}/retry/").status_code == 409


def test_all_of_a_kind_are_tried_again(client: Client) -> None:
    dead(), dead()
    answer = client.post("/operations/jobs/retry/", {"kind": "incidents.read_event_file"}, follow=True)
    assert "2 jobs wait for a worker again." in answer.content.decode()


def test_progress_is_polled_and_the_page_comes_again_at_the_end(client: Client) -> None:
    number = jobs.enqueue("mail", {}, now=timezone.now())
    part = client.get(f"/operations/jobs/{number}/?part=progress", headers=HTMX).content.decode()
    assert "job-progress" in part
    assert "<html" not in part
    Job.objects.update(state=JobState.DONE)
    ended = client.get(f"/operations/jobs/{number}/?part=progress", headers=HTMX)
    assert ended.headers["HX-Refresh"] == "true"


def test_cancelling_says_what_became_of_it(client: Client) -> None:
    waiting, running, ended = (jobs.enqueue("mail", {}, now=timezone.now()) for _ in range(3))
    Job.objects.filter(pk=running).update(state=JobState.RUNNING)
    Job.objects.filter(pk=ended).update(state=JobState.DONE)
    for number, said in ((waiting, "is cancelled"), (running, "was asked to stop"), (ended, "has ended meanwhile")):
        assert said in client.post(f"/operations/jobs/{number}/cancel/", follow=True).content.decode()
    assert client.post("/operations/jobs/99999/cancel/").status_code == 404


def test_an_absurd_number_is_no_job(client: Client) -> None:
    assert client.get(f"/operations/jobs/{10**40}/").status_code == 404
    assert client.get("/operations/schedules/nothing/").status_code == 404


def test_a_schedule_shows_what_comes_and_what_became_of_the_past(client: Client) -> None:
    jobs.fire_due(now=timezone.now() + 4 * HOUR)
    page = client.get("/operations/schedules/tidy/").content.decode()
    assert "Missed" in page
    assert "3 times from then on" in page
    assert "Of what was missed, the newest is made up for." in page
    listed = client.get("/operations/schedules/").content.decode()
    assert "15 3 * * * · UTC" in listed
    assert "every 1 h" in listed


def test_a_schedule_is_changed_paused_resumed_and_run(client: Client) -> None:
    here = "/operations/schedules/tidy/"
    sent = {"cron": "30  2 * * *", "zone": "Asia/Shanghai", "every_minutes": "", "version": "1"}
    assert client.post(f"{here}change/", sent).status_code == 302
    assert queries.schedule("tidy").timing == Timing(cron="30 2 * * *", zone="Asia/Shanghai")
    assert client.post(f"{here}change/", sent).status_code == 409
    assert client.post(f"{here}change/", {**sent, "cron": "a b c d e", "version": "2"}).status_code == 422
    both = client.post(f"{here}change/", {**sent, "every_minutes": "5", "version": "2"})
    assert both.status_code == 422
    assert b"Give a time or an interval, and not both." in both.content
    assert client.post(f"{here}change/", {"act": "reset", "version": "x"}).status_code == 409
    assert client.post(f"{here}change/", {"act": "reset", "version": "2"}).status_code == 302
    assert not queries.schedule("tidy").own
    client.post(f"{here}pause/")
    assert queries.schedule("tidy").is_paused
    assert b"It is paused." in client.get(here).content
    client.post(f"{here}resume/")
    assert not queries.schedule("tidy").is_paused
    assert client.post(f"{here}run/").status_code == 302
    assert Job.objects.filter(kind="tidy").count() == 1


def test_who_only_reads_gets_no_buttons(dora: Actor, client_of: ClientOf) -> None:
    client, number = client_of(dora), dead()
    for path in (f"/operations/jobs/{number}/", "/operations/schedules/tidy/", "/operations/jobs/?state=failed"):
        page = client.get(path).content.decode()
        assert "/retry/" not in page
        assert "/pause/" not in page


def test_the_navigation_leads_there_whoever_reads_everywhere_and_nobody_else(
    alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    assert b'href="/operations/"' in client_of(alice).get("/").content
    assert b'href="/operations/"' not in client_of(bob).get("/").content


@pytest.mark.parametrize("path", ["/operations/", "/operations/jobs/", "/operations/schedules/"])
def test_a_page_costs_the_same_with_one_row_and_with_fifty(
    client: Client, path: str, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    dead()
    client.get(path)
    with django_assert_max_num_queries(12) as few:
        client.get(path)
    for place in range(49):
        dead(n=str(place))
        jobs.beat(f"w{place}", host="h", started_at=timezone.now(), now=timezone.now())
    with django_assert_num_queries(len(few)):
        client.get(path)
