from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from burgrave.isms import commands, queries
from burgrave.isms.terms import Kind, ReadingDraft, StatementFilter, StatementState
from burgrave.isms.tests.house import ISSUE, OBJECTIVE, PARTY, PROCESS, SCOPE, approve, indicator, written
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def typed(organisation: CastOrganisation, **fields: object) -> dict[str, object]:
    return {"title": "Typed", "unit": str(organisation.root), "owner": "", "review_every_days": "90"} | fields


def sent(organisation: CastOrganisation, alice: Actor, objective: str) -> dict[Kind, dict[str, object]]:
    return {
        Kind.ISSUE: typed(organisation, origin="internal", topic="people", effect="both", text="x"),
        Kind.PARTY: typed(
            organisation, relation="staff", text="x", requirements="Be paid | payroll\n\nBe safe\uff5cfire drills"
        ),
        Kind.SCOPE: typed(
            organisation, text="x", units=[str(organisation.sales)], exclusions="Lyon | nothing of ours is there"
        ),
        Kind.OBJECTIVE: typed(organisation, text="x", means="y", due_on="2027-01-31"),
        Kind.INDICATOR: typed(
            organisation,
            objective=objective,
            source="incidents.open",
            unit_of_measure="incidents",
            direction="at_most",
            target="3",
            every_days="7",
        ),
        Kind.PROCESS: typed(
            organisation,
            accountable="role:head_of_security",
            responsible=["role:incident_responder", f"person:{alice.person_id}"],
        ),
    }


def test_every_kind_is_written_shown_edited_and_approved_on_pages(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    mine, hers = client_of(alice), client_of(olga)
    objective = str(written(OBJECTIVE, organisation.root, actor=alice))
    for kind, fields in sent(organisation, alice, objective).items():
        assert "<form" in text(mine, reverse("isms:add", args=[kind]))
        answer = mine.post(reverse("isms:add", args=[kind]), fields)
        assert answer.status_code == 302, (kind, answer.content.decode())
        record = answer.headers["Location"]
        page = text(mine, record)
        assert "Typed" in page
        assert "Approve this version" not in page
        made = (
            queries.statements(StatementFilter(kinds=(kind,), text="typed"), actor=alice, today=NOON.date())
            .rows[0]
            .statement_id
        )
        again = mine.post(reverse("isms:edit", args=[made]), fields | {"version": "1", "title": "Typed anew"})
        assert again.status_code == 302, again.content.decode()
        assert "Approve this version" in text(hers, record)
        digest = queries.statement(made, actor=olga).shown.digest
        assert hers.post(reverse("isms:approve", args=[made]), {"digest": digest}).status_code == 302
        view = queries.statement(made, actor=alice)
        assert (view.row.state, view.row.title) == (StatementState.APPROVED, "Typed anew")
        assert "version 2, approved by Olga Ohlsen" in text(mine, record)


def test_lines_are_split_at_bars_of_both_scripts(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    fields = sent(organisation, alice, "")[Kind.PARTY]
    page = client_of(alice).post(reverse("isms:add", args=["party"]), fields, follow=True).content.decode()
    for word in ("Be paid", "payroll", "Be safe", "fire drills"):
        assert f"<td>{word}</td>" in page


def test_what_is_refused_keeps_what_was_typed(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    fields = typed(organisation, text="Everything", exclusions="Lyon")
    answer = client.post(reverse("isms:add", args=["scope"]), fields)
    assert answer.status_code == 422
    assert "an exclusion has a reason, and Lyon has none" in answer.content.decode()
    assert "Everything" in answer.content.decode()
    made = written(ISSUE, organisation.root, actor=alice)
    digest = queries.statement(made, actor=alice).shown.digest
    own = client.post(reverse("isms:approve", args=[made]), {"digest": digest})
    assert own.status_code == 409
    assert "was written by you" in own.content.decode()
    stale = client.post(reverse("isms:edit", args=[made]), typed(organisation, version="7", **ISSUE_FIELDS))
    assert stale.status_code == 409
    no_reason = client.post(reverse("isms:retire", args=[made]), {"version": "1", "reason": ""})
    assert no_reason.status_code == 409
    assert client.post(reverse("isms:review", args=[made]), {"version": "x"}).status_code == 422
    assert client.get(reverse("isms:add", args=["dragon"])).status_code == 404


ISSUE_FIELDS = {"origin": "internal", "topic": "people", "effect": "both", "text": "x"}


def test_a_reading_is_taken_and_withdrawn_on_the_page(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    client = client_of(alice)
    objective = written(OBJECTIVE, organisation.root, actor=alice)
    made = written(indicator(objective), organisation.root, actor=alice)
    place = reverse("isms:take_reading", args=[made])
    assert "<form" in text(client, place)
    first = {"on": "2026-03-02", "value": "7.5", "sample_size": "12", "note": ""}
    assert client.post(place, first).status_code == 302
    assert client.post(place, first).status_code == 409
    assert client.post(place, first | {"value": "many"}).status_code == 422
    page = text(client, reverse("isms:statement", args=[made]))
    assert "<svg" in page
    assert "7.5" in page
    reading = queries.readings(made)[0].reading_id
    withdraw = reverse("isms:withdraw_reading", args=[made, reading])
    assert client.post(withdraw, {"reason": ""}).status_code == 409
    assert client.post(withdraw, {"reason": "A typing error."}).status_code == 302
    assert "withdrawn: A typing error." in text(client, reverse("isms:statement", args=[made]))
    assert "Indicators" in text(client, reverse("isms:statement", args=[objective]))


def test_the_record_tells_what_held_on_a_day(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    made = written(PARTY, organisation.root, actor=alice)
    approve(made, actor=olga)
    record = reverse("isms:statement", args=[made])
    client = client_of(alice)
    assert "On 2026-03-02 version 1 held" in text(client, f"{record}?on=2026-03-02")
    assert "On 2026-03-01 no version was approved yet" in text(client, f"{record}?on=2026-03-01")
    assert "version 1 held" not in text(client, f"{record}?on=never")


def test_the_list_is_narrowed(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    written(ISSUE, organisation.root, actor=alice, title="Law")
    written(SCOPE, organisation.root, actor=alice, title="Scope of it")
    client = client_of(alice)
    for query, there, gone in (
        ("kind=issue", "Law", "Scope of it"),
        ("q=pumps", "Scope of it", "Law"),
        ("state=approved", "Nothing matches", "Law"),
        ("only=overdue&unit=x", "Nothing matches", "Law"),
    ):
        page = text(client, f"/isms/statements/?{query}")
        assert there in page, query
        assert f">{gone}</a>" not in page, query


def test_gaps_are_sentences(organisation: CastOrganisation, alice: Actor, client_of: ClientOf) -> None:
    written(PROCESS, organisation.root, actor=alice, title="Incidents")
    page = text(client_of(alice), reverse("isms:matrix"))
    assert "Nobody holds the role Incident responder (Responsible)" in page


@pytest.mark.parametrize("name", ["isms:statements", "isms:indicators", "isms:matrix"])
def test_a_page_asks_as_much_at_fifty_rows_as_at_one(
    name: str, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    objective = written(OBJECTIVE, organisation.root, actor=alice)

    def fill(start: int, end: int) -> None:
        for number in range(start, end):
            made = written(indicator(objective), organisation.root, actor=alice, title=f"I{number}")
            commands.take_reading(made, ReadingDraft(on=NOON.date(), value=Decimal(1)), actor=alice, now=NOON)
            written(PROCESS, organisation.root, actor=alice, title=f"P{number}")

    client = client_of(alice)
    fill(0, 1)
    text(client, reverse(name))
    with CaptureQueriesContext(connection) as few:
        text(client, reverse(name))
    fill(1, 25)
    with CaptureQueriesContext(connection) as many:
        text(client, reverse(name))
    assert len(many) == len(few) <= 14
