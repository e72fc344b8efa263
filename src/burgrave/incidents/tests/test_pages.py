from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from burgrave.incidents import commands, models
from burgrave.incidents.tests.house import NOON, event_file, found_events, opened, raised, read, refs, rule, version_of
from burgrave.incidents.tests.test_reading import attack, work
from burgrave.jobs.models import Job
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.terms import Actor

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

ClientOf = Callable[[Actor], "Client"]
Counts = Callable[[int], object]


def chosen(*alerts: models.Alert) -> list[str]:
    return [f"{ref.alert_id}:{ref.version}" for ref in refs(*alerts)]


def number_of(case_id: object) -> str:
    return models.Case.objects.values_list("number", flat=True).get(pk=case_id)


@pytest.fixture
def alerts(organisation: CastOrganisation) -> list[models.Alert]:
    return raised(organisation.operations, titles=("Credential dump", "Log cleared"))


def test_a_dropped_file_is_received_read_and_shown(
    organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    assert b"Drop event files" in client.get("/events/").content
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("attack.jsonl", attack())}
    answer = client.post("/events/upload/", sent)
    assert answer.status_code == 302
    record = answer.headers["Location"]
    assert b"Waiting to be read" in client.get(record).content
    part = client.get(record, {"part": "progress"}, headers={"HX-Request": "true"})
    assert b"reading-progress" in part.content
    assert b"<html" not in part.content
    work(now=timezone.now())
    assert client.get(record, {"part": "progress"}, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    page = client.get(record).content.decode()
    assert "Volume Shadow Copies Deleted or Starved" in page
    assert "line 12" in page
    assert "{this is no JSON" in page
    again = client.post(
        "/events/upload/",
        {"unit": str(organisation.operations), "file": SimpleUploadedFile("copy.jsonl", attack())},
        follow=True,
    )
    assert again.redirect_chain[-1][0] == record
    assert b"These bytes are here already" in again.content


def test_a_file_without_a_unit_is_refused_when_there_are_several(bob: Actor, client_of: ClientOf) -> None:
    answer = client_of(bob).post("/events/upload/", {"file": SimpleUploadedFile("a.jsonl", b"{}\n")})
    assert answer.status_code == 422
    assert b"none was chosen" in answer.content


def test_a_reading_is_cancelled_and_started_again(
    organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("attack.jsonl", attack())}
    record = client.post("/events/upload/", sent).headers["Location"]
    assert b"Reading cancelled" in client.post(f"{record}cancel/", follow=True).content
    assert client.post(f"{record}cancel/").status_code == 409
    assert b"Waiting to be read" in client.post(f"{record}again/", follow=True).content


def test_a_file_whose_alerts_are_being_raised_says_how_many_and_cannot_be_cancelled(
    organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    sent = {"unit": str(organisation.operations), "file": SimpleUploadedFile("attack.jsonl", attack())}
    record = client.post("/events/upload/", sent).headers["Location"]
    assert b"cancel/" in client.get(record).content
    ended = {"state": "raising", "raising_at": timezone.now(), "matches": 9_000, "events": 70_000}
    models.EventFile.objects.update(**ended)
    Job.objects.update(state="running", done=1_200, total=9_000, started_at=timezone.now(), note="raising alerts: …")
    page = client.get(record).content.decode()
    for said in ("Alerts being raised", "Raising alerts", "1,200 / 9,000 matches that are part of an alert", "70,000"):
        assert said in page
    assert "raising alerts: …" not in page, "the figures say it, in the reader's language"
    assert "cancel/" not in page
    assert "Read again" not in page
    asked = {"part": "progress", "state": "raising"}
    part = client.get(record, asked, headers={"HX-Request": "true"}).content.decode()
    assert "1,200 / 9,000 matches that are part of an alert" in part
    before = client.get(record, {**asked, "state": "reading"}, headers={"HX-Request": "true"})
    assert before.headers["HX-Refresh"] == "true", "the rest of the page speaks of another state"
    assert client.post(f"{record}cancel/").status_code == 409
    Job.objects.update(state="failed")
    assert "Read again" not in (page := client.get(record).content.decode())
    assert "Go on raising" in page
    assert b"Alerts being raised" in client.post(f"{record}again/", follow=True).content


def test_the_workbench_shows_why_the_event_and_the_acts(
    alerts: list[models.Alert], bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    assert b"No alert is opened" in client.get("/alerts/").content
    page = client.get(f"/alerts/{alerts[0].pk}/?level=high").content.decode()
    assert "2 matches of Credential dump on WS-7.corp, with no two neighbours more than 60 minutes apart" in page
    assert "Ada Author" in page
    assert "DRL-1.1" in page
    assert "<mark>C:\\mimikatz.exe</mark>" in page
    assert "Acknowledge: it is mine" in page
    assert f"/alerts/{alerts[1].pk}/" not in page.partition('id="side"')[0]
    assert 'hx-get="?level=high&amp;with=queue"' in page
    beside = client.get(f"/alerts/{alerts[0].pk}/?level=high&with=queue").content.decode()
    assert f'href="/alerts/{alerts[1].pk}/?level=high"' in beside
    assert "<mark>C:\\mimikatz.exe</mark>" in beside
    assert 'name="person"' not in page
    given = client.get(f"/alerts/{alerts[0].pk}/?with=give").content.decode()
    assert f'<option value="{bob.person_id}"' in given


def test_triage_by_hand_and_in_bulk(alerts: list[models.Alert], bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    done = client.post("/alerts/triage/", {"act": "acknowledge", "selected": chosen(*alerts)}, follow=True)
    assert b"2 alerts are yours" in done.content
    here = f"/alerts/{alerts[0].pk}/"
    client.post("/alerts/triage/", {"act": "assign", "selected": chosen(alerts[0]), "person": "", "next": here})
    refused = client.post(
        "/alerts/triage/", {"act": "dismiss", "selected": chosen(alerts[0]), "dismissal": "benign", "note": ""}
    )
    assert refused.status_code == 409
    assert b"only with a note that says why" in refused.content
    done = client.post(
        "/alerts/triage/",
        {"act": "dismiss", "selected": chosen(alerts[0]), "dismissal": "benign", "note": "drill", "next": here},
    )
    assert done.headers["Location"] == here
    assert b"Dismissed" in client.get(here).content
    done = client.post(
        "/alerts/triage/", {"act": "reopen", "selected": chosen(alerts[0]), "reason": "no drill"}, follow=True
    )
    assert b"The alert was reopened" in done.content


@pytest.mark.parametrize(
    ("sent", "status", "sentence"),
    [
        ({"act": "acknowledge"}, 422, "no alert was chosen"),
        ({"act": "acknowledge", "selected": ["nonsense"]}, 422, "The list of chosen alerts cannot be read"),
        ({"act": "explode", "selected": [f"{uuid4()}:1"]}, 404, "there is no such alert"),
        ({"act": "acknowledge", "selected": [f"{uuid4()}:1", f"{uuid4()}:1"]}, 404, "there is no such alert"),
    ],
    ids=["nothing", "nonsense", "unknown act", "unknown alerts"],
)
def test_a_triage_that_makes_no_sense_is_refused(
    sent: dict[str, object], status: int, sentence: str, bob: Actor, client_of: ClientOf
) -> None:
    answer = client_of(bob).post("/alerts/triage/", sent)
    assert answer.status_code == status
    assert sentence in answer.content.decode()


def test_the_second_responder_is_told_and_keeps_what_was_typed(
    alerts: list[models.Alert], alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    seen = chosen(alerts[0])
    commands.acknowledge(refs(alerts[0]), actor=bob, now=NOON)
    answer = client_of(alice).post(
        "/alerts/triage/", {"act": "dismiss", "selected": seen, "dismissal": "benign", "note": "my own words"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "was changed by Bob Birnbaum" in page
    assert "my own words" in page
    assert chosen(alerts[0])[0] in page


def test_the_guide_opens_a_case_step_by_step(alerts: list[models.Alert], bob: Actor, client_of: ClientOf) -> None:
    client = client_of(bob)
    assert client.get("/incidents/new/").status_code == 200
    first = client.post("/incidents/new/", {"alert": [str(alerts[0].pk)]}).headers["Location"]
    assert b"Which alerts belong to it?" in client.get(first).content
    facts = client.post(first, {"selected": [str(alert.pk) for alert in alerts]}).headers["Location"]
    page = client.get(facts).content.decode()
    assert "2 alerts are chosen" in page
    assert "on WS-7.corp" in page
    unit = str(alerts[0].unit_id)
    typed = {"unit": unit, "title": "Mimikatz", "severity": "high", "summary": "seen"}
    lead = client.post(facts, typed).headers["Location"]
    assert b"Mimikatz" in client.get("/incidents/").content
    check = client.post(lead, {"lead": str(bob.person_id)}).headers["Location"]
    assert b"Open the incident" in client.get(check).content
    commands.acknowledge(refs(alerts[0]), actor=bob, now=NOON)
    stale = client.post(check, {"alert": [f"{alert.pk}:1" for alert in alerts]})
    assert stale.status_code == 409
    opened_at = client.post(check, {"alert": chosen(*alerts)}).headers["Location"]
    page = client.get(opened_at).content.decode()
    assert "Mimikatz" in page
    assert "Credential dump on WS-7.corp: first of 2 matches" in page
    assert "T1003.001" in page


def test_a_case_is_worked_on_to_its_end(
    alerts: list[models.Alert], organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    case_id = opened(organisation.operations, *alerts, actor=alice)
    record = f"/incidents/{number_of(case_id)}/"
    assert client.post(f"{record}note/", {"text": ""}).status_code == 422
    assert client.post(f"{record}note/", {"text": "called the owner"}).status_code == 302
    assert client.post(f"{record}timeline/", {"at": "2026-03-01T12:30", "text": "unplugged"}).status_code == 302
    future = client.post(f"{record}timeline/", {"at": "2999-01-01T00:00", "text": "kept words"})
    assert future.status_code == 409
    assert b"kept words" in future.content
    sent = {"file": SimpleUploadedFile("memory.txt", b"dump", content_type="text/plain")}
    assert client.post(f"{record}evidence/", sent).status_code == 302
    assert client.post(f"{record}move/contained/", {"version": version_of(case_id)}).status_code == 302
    assert client.get(f"{record}move/open/").status_code == 200
    back = client.post(f"{record}move/open/", {"version": version_of(case_id), "reason": ""})
    assert back.status_code == 422
    page = client.get(record).content.decode()
    for shown in ("called the owner", "unplugged", "Contained"):
        assert shown in page
    assert "attack.evtx" not in page
    kept = client.get(f"{record}?with=evidence").content.decode()
    for shown in ("called the owner", "memory.txt", "attack.evtx"):
        assert shown in kept
    typed = {"cause": "phish", "impact": "one host", "lessons": "train", "version": version_of(case_id)}
    refused = client.post(f"{record}close/", typed)
    assert refused.status_code == 409
    assert b"cannot close while 2 alerts are undecided" in refused.content
    assert b"one host" in refused.content
    client.post("/alerts/triage/", {"act": "confirm", "selected": chosen(*alerts)})
    assert client.post(f"{record}close/", {**typed, "version": version_of(case_id)}).status_code == 302
    page = client.get(record).content.decode()
    assert "Conclusion" in page
    assert "phish" in page
    assert client.get(f"{record}reopen/").status_code == 200
    again = client.post(f"{record}reopen/", {"version": version_of(case_id), "reason": "second host"}, follow=True)
    assert again.status_code == 200


def test_the_second_editor_sees_the_present_state_beside_what_was_typed(
    organisation: CastOrganisation, alice: Actor, bob: Actor, client_of: ClientOf
) -> None:
    case_id = opened(organisation.operations, actor=alice)
    edit = f"/incidents/{number_of(case_id)}/edit/"
    first, second = client_of(bob), client_of(alice)
    assert first.get(edit).status_code == second.get(edit).status_code == 200
    typed = {"severity": "low", "summary": "", "lead": "", "version": "1"}
    assert first.post(edit, {**typed, "title": "Bob's words"}).status_code == 302
    told = second.post(edit, {**typed, "title": "Alice's words"})
    page = told.content.decode()
    assert told.status_code == 409
    assert "INC-2026-0001 was changed by Bob Birnbaum" in page
    assert "Alice&#x27;s words" in page
    assert "Bob&#x27;s words" in page
    assert 'name="version" value="2"' in page
    assert second.post(edit, {**typed, "title": "Alice's words", "version": "2"}).status_code == 302
    assert second.post(edit, {**typed, "title": "no version", "version": "x"}).status_code == 422


def test_a_case_is_merged_by_hand(organisation: CastOrganisation, bob: Actor, client_of: ClientOf) -> None:
    first = opened(organisation.operations, actor=bob)
    second = opened(organisation.operations, actor=bob)
    merge = f"/incidents/{number_of(second)}/merge/"
    client = client_of(bob)
    assert number_of(first) in client.get(merge).content.decode()
    assert client.post(merge, {"into": str(first), "version": "1"}).status_code == 302
    assert b"This incident was merged" in client.get(f"/incidents/{number_of(second)}/").content


def test_an_entry_is_struck_out_by_hand(organisation: CastOrganisation, bob: Actor, client_of: ClientOf) -> None:
    case_id = opened(organisation.operations, actor=bob)
    entry_id = commands.add_timeline_entry(case_id, at=NOON, text="wrong host", actor=bob, now=NOON)
    number = number_of(case_id)
    address = reverse("incidents:withdraw_entry", args=[entry_id, number])
    client = client_of(bob)
    assert b"wrong host" in client.get(address).content
    assert client.post(address, {"reason": "typo"}).status_code == 302
    assert b"<s>wrong host</s>" in client.get(f"/incidents/{number}/").content
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": "typo"}).status_code == 404


def test_rules_are_listed_shown_and_loaded(alice: Actor, bob: Actor, client_of: ClientOf, home: Path) -> None:
    (home / "rules").mkdir()
    (home / "rules" / "broken.yml").write_text("title: [", encoding="utf-8")
    client = client_of(alice)
    assert b"No rule has been loaded" in client.get("/rules/").content
    assert client_of(bob).post("/rules/load/").status_code == 403
    assert b"rules are live" in client.post("/rules/load/", follow=True).content
    page = client.get("/rules/?q=Shadow").content.decode()
    assert "Volume Shadow Copies Deleted or Starved" in page
    version = models.RuleVersion.objects.get(title="Volume Shadow Copies Deleted or Starved")
    page = client.get(f"/rules/{version.pk}/").content.decode()
    assert "vssadmin_delete:" in page
    assert "T1490" in page
    assert b"broken.yml" in client.get("/rules/faults/").content
    for shown in ("/rules/", f"/rules/{version.pk}/", "/rules/faults/", "/rules/correlating/"):
        tabs = client.get(shown).content.decode().partition('<nav class="tabs"')[2].partition("</nav>")[0]
        assert '<a href="/rules/" aria-current="page">Live rules</a>' in tabs
        assert "/detection/library/" in tabs


def test_the_first_page_says_what_got_worse_and_what_waits(
    alerts: list[models.Alert], organisation: CastOrganisation, bob: Actor, charlie: Actor, client_of: ClientOf
) -> None:
    opened(organisation.operations, alerts[0], actor=bob)
    page = client_of(bob).get("/").content.decode()
    for shown in ("What got worse this week", "Log cleared", "INC-2026-0001", "attack.evtx", "Records in the ledger"):
        assert shown in page
    assert b"No role lets you see security work yet" in client_of(charlie).get("/").content


PAGES = ["/events/", "/alerts/", "/incidents/", "/rules/", "/rules/faults/", "/rules/correlating/", "/incidents/new/"]


@pytest.mark.parametrize("page", PAGES)
def test_charlie_sees_no_list(page: str, charlie: Actor, client_of: ClientOf) -> None:
    assert client_of(charlie).get(page).status_code == 403


def test_charlie_finds_nothing_and_changes_nothing(
    alerts: list[models.Alert],
    organisation: CastOrganisation,
    bob: Actor,
    charlie: Actor,
    client_of: ClientOf,
    ledger_tail: Callable[[], list[str]],
) -> None:
    case_id = opened(organisation.operations, alerts[0], actor=bob)
    entry = models.TimelineEntry.objects.filter(case_id=case_id).first()
    assert entry is not None
    draft_id = commands.begin_draft(alert_ids=[], unit_id=organisation.operations, actor=bob, now=NOON)
    number, file_id = number_of(case_id), event_file(organisation.operations)
    before = [kind for kind in ledger_tail() if kind.startswith("incidents.")]
    client = client_of(charlie)
    case_pages = ["", "edit/", "move/contained/", "close/", "reopen/", "merge/", "timeline/"]
    reads = [f"/events/{file_id}/", f"/alerts/{alerts[0].pk}/", *[f"/incidents/{number}/{each}" for each in case_pages]]
    reads += [f"/incidents/new/{draft_id}/{each}" for each in ("", "facts/", "lead/", "check/")]
    reads.append(reverse("incidents:withdraw_entry", args=[entry.pk, number]))
    assert {address: client.get(address).status_code for address in reads} == dict.fromkeys(reads, 404)
    assert client.get(f"/rules/{rule().pk}/").status_code == 403
    posts = [*reads, f"/events/{file_id}/cancel/", f"/events/{file_id}/again/"]
    posts += [f"/incidents/{number}/{each}" for each in ("note/", "evidence/", "bundle/")]
    posts += [f"/incidents/new/{draft_id}/discard/", "/alerts/triage/", "/rules/load/", "/events/upload/"]
    sent = {"version": "1", "selected": chosen(alerts[1]), "act": "acknowledge", "text": "x", "reason": "x"}
    answers = {address: client.post(address, sent).status_code for address in posts}
    assert set(answers.values()) <= {403, 404, 405}, answers
    assert [kind for kind in ledger_tail() if kind.startswith("incidents.")] == before


def fill(organisation: CastOrganisation, actor: Actor, count: int) -> None:
    for place in range(count):
        file_id = event_file(organisation.operations, name=f"file-{place}.evtx")
        read(file_id, found_events([rule(f"Rule {place}")], [0, 1], computer=f"PC-{place}"))
        if place % 2:
            alert = models.Alert.objects.get(computer=f"PC-{place}")
            opened(organisation.operations, alert, actor=actor)


@pytest.mark.parametrize("rows", [1, 50])
def test_a_record_takes_at_most_twelve_statements_whatever_belongs_to_it(
    rows: int, organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    for place in range(rows):
        for computer in ("PC-1", f"PC-{place}"):
            file_id = event_file(organisation.operations, name=f"{computer}-{place}.evtx")
            read(file_id, found_events([rule(f"Rule {place % 7}")], [100 * place], computer=computer))
    case_id = opened(organisation.operations, *models.Alert.objects.all(), actor=bob)
    for place in range(rows):
        commands.add_note(case_id, text=f"note {place}", actor=bob, now=NOON)
    alert = models.Alert.objects.filter(computer="PC-1").first()
    assert alert is not None
    for address in (f"/alerts/{alert.pk}/", f"/incidents/{number_of(case_id)}/"):
        client.get(address)
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        assert len(counted) <= 12, address


@pytest.mark.parametrize("page", ["/", "/events/", "/alerts/?q=PC", "/incidents/", "/rules/"])
def test_a_list_page_asks_as_much_at_fifty_rows_as_at_one(
    page: str, organisation: CastOrganisation, bob: Actor, client_of: ClientOf
) -> None:
    client = client_of(bob)
    fill(organisation, bob, 2)
    client.get(page)
    with CaptureQueriesContext(connection) as few:
        assert client.get(page).status_code == 200
    for model in (models.TimelineEntry, models.Detection, models.AlertSource, models.Alert, models.Case):
        model.objects.all().delete()
    fill(organisation, bob, 60)
    with CaptureQueriesContext(connection) as many:
        assert client.get(page).status_code == 200
    assert len(many) == len(few)
    assert page == "/" or len(many) <= 12
