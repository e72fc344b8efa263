"""Exceptions: asked for by one, decided by another, and never forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from burgrave.assets.models import Asset
from burgrave.assurance import queries as assurance
from burgrave.assurance.models import CorrectiveAction, Finding, FindingAsset
from burgrave.jobs import commands as jobs
from burgrave.notifications.models import News
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, handlers, models, queries
from burgrave.policies.errors import ExceptionTooLong, OwnRequest, SampleStaysApart, UnknownClause
from burgrave.policies.terms.exceptions import ExceptionFacts, ExceptionFilter, ExceptionState, RiskLevel
from burgrave.policies.tests.duty_house import document, later, publish
from burgrave.site.wiring import JOBS, SCHEDULES
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.templatetags.web import said
from burgrave.web.terms import Actor

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
DAY = NOON.date()


@pytest.fixture
def norm(organisation: CastOrganisation) -> models.Document:
    """NRM-06 is in force, with the clause ID-03."""
    found = document(organisation.root, number="NRM-06", kind="norm")  # type: ignore[arg-type]
    version = publish(found)
    models.Clause.objects.create(
        version=version, language="en", ordinal=1, identifier="ID-03", text="at least 14 characters", modality="shall"
    )
    return found


@pytest.fixture
def server(organisation: CastOrganisation) -> UUID:
    """A system of Operations."""
    made = Asset.objects.create(
        number=1,
        name="Old press",
        type="system",
        unit_id=organisation.operations,
        lifecycle="in_use",
        review_due_on=DAY,
        added_at=NOON,
        changed_at=NOON,
    )
    return made.pk


@pytest.fixture
def olga(organisation: CastOrganisation) -> Actor:
    """System owner in Operations: asks for exceptions."""
    return hire("Olga Ohm", unit_id=organisation.operations, roles=(("system_owner", organisation.operations),))


def facts(norm: models.Document, unit: object, *assets: UUID, **changed: object) -> ExceptionFacts:
    given: dict[str, object] = {
        "document_id": norm.pk,
        "clause": "ID-03",
        "unit_id": unit,
        "assets": assets,
        "justification": "The press takes 8 characters only.",
        "risk": RiskLevel.MEDIUM,
        "compensation": "It stands in a network of its own.",
        "starts_on": DAY,
        "ends_on": DAY + timedelta(days=60),
    }
    return ExceptionFacts(**(given | changed))  # type: ignore[arg-type]


def case(exception_id: UUID) -> models.ClauseException:
    return models.ClauseException.objects.get(pk=exception_id)


def version_of(exception_id: UUID) -> int:
    return case(exception_id).version


def test_olga_asks_and_alice_grants(
    organisation: CastOrganisation, norm: models.Document, server: UUID, olga: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    made = commands.request_exception(facts(norm, organisation.operations, server), actor=olga, now=NOON)
    view = queries.exception(made, actor=alice, today=DAY)
    assert (view.row.number, view.row.state, view.is_in_force) == ("EXC-0001", ExceptionState.REQUESTED, False)
    assert (view.clause_text, view.assets) == ("at least 14 characters", ((server, "Old press"),))
    state = commands.approve_exception(made, version=1, actor=alice, now=NOON)
    assert state is ExceptionState.GRANTED
    view = queries.exception(made, actor=olga, today=DAY)
    assert (view.is_in_force, view.row.state) == (True, ExceptionState.GRANTED)
    assert queries.excepted(norm.pk, on=DAY) == {"ID-03": 1}
    assert ledger_tail() == ["policies.exception_requested", "policies.exception_approved"]
    assert set(News.objects.values_list("sentence", flat=True)) == {
        "Exception %(number)s waits for a decision",
        "Exception %(number)s was decided",
    }


def test_nobody_decides_on_their_own_not_even_on_more_time_for_it(
    organisation: CastOrganisation, norm: models.Document, alice: Actor
) -> None:
    otto = hire("Otto Oben", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
    made = commands.request_exception(facts(norm, organisation.operations), actor=alice, now=NOON)
    with pytest.raises(OwnRequest):
        commands.approve_exception(made, version=1, actor=alice, now=NOON)
    with pytest.raises(OwnRequest):
        commands.refuse_exception(made, reason="no", version=1, actor=alice, now=NOON)
    commands.approve_exception(made, version=1, actor=otto, now=NOON)
    to = DAY + timedelta(days=200)
    commands.extend_exception(made, to=to, reason="The supplier is late.", version=2, actor=otto, now=later(1))
    for who in (alice, otto):
        with pytest.raises(OwnRequest):
            commands.approve_exception(made, version=3, actor=who, now=later(1))
    hanna = hire("Hanna Hoch", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
    commands.approve_exception(made, version=3, actor=hanna, now=later(1))
    assert (case(made).ends_on, case(made).extends_to, case(made).extender) == (to, None, otto.person_id)


def test_whoever_acts_for_the_requester_does_not_decide_either(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor
) -> None:
    made = commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    deputy = replace(
        alice,
        own={},
        on_behalf={olga.person_id: alice.allowed},  # type: ignore[dict-item]
    )
    with pytest.raises(OwnRequest):
        commands.approve_exception(made, version=1, actor=deputy, now=NOON)


def test_a_critical_one_needs_two_heads_and_an_officer_is_not_enough(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor
) -> None:
    asked = facts(norm, organisation.operations, risk=RiskLevel.CRITICAL)
    made = commands.request_exception(asked, actor=olga, now=NOON)
    officer = hire("Oskar Oft", unit_id=organisation.root, roles=(("security_officer", organisation.root),))
    with pytest.raises(Forbidden, match="decide_high_exception"):
        commands.approve_exception(made, version=1, actor=officer, now=NOON)
    assert commands.approve_exception(made, version=1, actor=alice, now=NOON) is ExceptionState.REQUESTED
    hanna = hire("Hanna Hoch", unit_id=organisation.root, roles=(("head_of_security", organisation.root),))
    assert commands.approve_exception(made, version=2, actor=hanna, now=NOON) is ExceptionState.GRANTED


def test_it_is_refused_withdrawn_or_revoked_with_what_was_said_kept(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    refused, withdrawn, revoked = (
        commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON) for _step in range(3)
    )
    commands.refuse_exception(refused, reason="It can be changed.", version=1, actor=alice, now=NOON)
    with pytest.raises(OwnRequest, match="only whoever asked"):
        commands.withdraw_exception(withdrawn, version=1, actor=alice, now=NOON)
    commands.withdraw_exception(withdrawn, version=1, actor=olga, now=NOON)
    commands.approve_exception(revoked, version=1, actor=alice, now=NOON)
    commands.revoke_exception(revoked, reason="Misused.", version=2, actor=alice, now=NOON)
    assert [case(each).state for each in (refused, withdrawn, revoked)] == ["refused", "withdrawn", "revoked"]
    view = queries.exception(refused, actor=olga, today=DAY)
    assert [(each.by, each.verdict, each.reason) for each in view.decisions] == [
        ("Alice Amsel", "refused", "It can be changed.")
    ]
    assert ledger_tail()[3:] == [
        "policies.exception_refused",
        "policies.exception_withdrawn",
        "policies.exception_approved",
        "policies.exception_revoked",
    ]


def test_what_cannot_be_asked_for(
    organisation: CastOrganisation, norm: models.Document, server: UUID, olga: Actor, charlie: Actor, ledger_tail: Tail
) -> None:
    unit = organisation.operations
    for wrong, error in (
        ({"clause": "ID-99"}, UnknownClause),
        ({"document_id": uuid4()}, UnknownClause),
        ({"assets": (uuid4(),)}, BadInput),
        ({"ends_on": DAY + timedelta(days=366)}, ExceptionTooLong),
        ({"unit_id": organisation.sales}, Forbidden),
    ):
        with pytest.raises(error):
            commands.request_exception(facts(norm, unit, **wrong), actor=olga, now=NOON)
    with pytest.raises(Forbidden):
        commands.request_exception(facts(norm, unit, server), actor=charlie, now=NOON)
    models.Document.objects.update(is_sample=True)
    with pytest.raises(SampleStaysApart):
        commands.request_exception(facts(norm, unit), actor=olga, now=NOON)
    assert ledger_tail() == []


def test_charlie_sees_none_and_decides_nothing(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor, charlie: Actor
) -> None:
    made = commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    with pytest.raises(NotFound):
        queries.exception(made, actor=charlie, today=DAY)
    with pytest.raises(NotFound):
        commands.approve_exception(made, version=1, actor=charlie, now=NOON)
    with pytest.raises(StaleEdit, match="nothing was overwritten"):
        commands.approve_exception(made, version=7, actor=alice, now=NOON)


def run_chore(kind: str, function: Callable[..., None], at: object) -> None:
    jobs.enqueue(kind, {}, now=at)  # type: ignore[arg-type]
    while jobs.run_next({kind: function}, worker="test", clock=lambda: at):  # type: ignore[arg-type, return-value]
        pass


def test_one_that_expires_becomes_a_finding_with_a_corrective_action_by_itself(
    organisation: CastOrganisation, norm: models.Document, server: UUID, olga: Actor, alice: Actor, ledger_tail: Tail
) -> None:
    made = commands.request_exception(facts(norm, organisation.operations, server), actor=olga, now=NOON)
    commands.approve_exception(made, version=1, actor=alice, now=NOON)
    run_chore("policies.look_at_exceptions", handlers.look_at_exceptions, later(60))
    assert not Finding.objects.exists()
    run_chore("policies.look_at_exceptions", handlers.look_at_exceptions, later(61))
    run_chore("policies.look_at_exceptions", handlers.look_at_exceptions, later(62))
    row, finding, action = case(made), Finding.objects.get(), CorrectiveAction.objects.get()
    assert (row.state, row.finding, finding.origin) == (ExceptionState.EXPIRED, finding.pk, "exception")
    assert (finding.unit_id, action.owner_id) == (organisation.operations, olga.person_id)
    assert FindingAsset.objects.get(finding=finding).asset_id == server
    assert assurance.finding(finding.pk, actor=alice, today=later(61).date())
    assert ledger_tail().count("policies.exception_expired") == 1
    assert "expired" in queries.exception(made, actor=alice, today=DAY).decisions[-1].verdict
    shown = assurance.finding(finding.pk, actor=alice, today=later(61).date())
    with override("zh-hans"):
        assert "未得到遵守" in said(shown.row.title)
        assert said(shown.actions[0].title).startswith("遵守 NRM-")
    assert str(shown.row.title) == finding.title


def test_its_end_is_announced_before(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor
) -> None:
    made = commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    commands.approve_exception(made, version=1, actor=alice, now=NOON)
    for day in (29, 30, 30, 53, 59, 59):
        commands.announce_ends(now=later(day))
    ending = News.objects.filter(sentence="Exception %(number)s ends on %(day)s")
    assert ending.count() == 3
    assert case(made).next_reminder_on is None


def test_the_list_is_narrowed_and_costs_the_same_at_fifty_rows(
    organisation: CastOrganisation,
    norm: models.Document,
    olga: Actor,
    alice: Actor,
    django_assert_num_queries: Callable[..., object],
) -> None:
    first = commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    commands.approve_exception(first, version=1, actor=alice, now=NOON)

    def found(wanted: ExceptionFilter) -> int:
        return len(queries.exceptions(wanted, actor=alice, today=DAY, size=100).rows)

    for wanted, count in (
        (ExceptionFilter(), 1),
        (ExceptionFilter(states=(ExceptionState.GRANTED,), risks=(RiskLevel.MEDIUM,)), 1),
        (ExceptionFilter(states=(ExceptionState.REFUSED,)), 0),
        (ExceptionFilter(text="exc-0001", units=(organisation.operations,)), 1),
        (ExceptionFilter(text="id-03", document_id=norm.pk), 1),
        (ExceptionFilter(text="nothing"), 0),
        (ExceptionFilter(ending=True), 0),
    ):
        assert found(wanted) == count, wanted
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        found(ExceptionFilter())
    for _step in range(49):
        commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert found(ExceptionFilter()) == 50


def test_an_exception_on_pages(
    organisation: CastOrganisation, norm: models.Document, server: UUID, olga: Actor, alice: Actor, client_of: ClientOf
) -> None:
    models.Version.objects.update(effective_on=DAY)
    client, today = client_of(olga), timezone.localdate()
    assert "No exception was asked for" in client.get("/policies/exceptions/").content.decode()
    assert "NRM-06 Passwords" in client.get("/policies/exceptions/ask/").content.decode()
    address = f"/policies/exceptions/ask/?document={norm.pk}"
    assert "at least 14 characters" in client.get(address).content.decode()
    sent = {
        "document": str(norm.pk),
        "clause": "ID-03",
        "unit": str(organisation.operations),
        "assets": [str(server)],
        "justification": "The press takes 8 characters only.",
        "risk": "medium",
        "compensation": "",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=60)).isoformat(),
    }
    assert client.post(address, {**sent, "clause": ""}).status_code == 422
    answer = client.post(address, sent)
    assert answer.status_code == 422
    assert "names what protects meanwhile" in answer.content.decode()
    assert client.post(address, {**sent, "compensation": "A network of its own."}).status_code == 302
    made = models.ClauseException.objects.get().pk
    record = f"/policies/exceptions/{made}/"
    page = client.get(record).content.decode()
    assert "1 approval is missing" in page
    assert 'value="approve"' not in page
    assert client.post(f"{record}decide/", {"act": "approve", "version": "1"}).status_code == 403

    head = client_of(alice)
    assert 'value="approve"' in head.get(record).content.decode()
    assert head.post(f"{record}decide/", {"act": "refuse", "version": "1", "reason": ""}).status_code == 422
    assert head.post(f"{record}decide/", {"act": "absurd", "version": "1"}).status_code == 422
    assert head.post(f"{record}decide/", {"act": "approve", "version": "1"}).status_code == 302
    to = (today + timedelta(days=90)).isoformat()
    late = {"act": "extend", "version": "2", "until": to, "reason": "Late."}
    assert client.post(f"{record}decide/", {**late, "until": "soon"}).status_code == 422
    assert client.post(f"{record}decide/", late).status_code == 302
    assert "Approve the extension" in head.get(record).content.decode()
    assert head.post(f"{record}decide/", {"act": "refuse", "version": "3", "reason": "Enough."}).status_code == 302
    assert head.post(f"{record}decide/", {"act": "revoke", "version": "4", "reason": "Misused."}).status_code == 302
    listed = head.get("/policies/exceptions/?state=revoked&risk=medium&only=x").content.decode()
    assert "EXC-0001" in listed
    sent = head.post("/lists/policies.exceptions/export/", {"format": "csv", "query": ""})
    assert b"-0001" in b"".join(sent)  # type: ignore[arg-type]


def test_the_schedule_itself_turns_what_expired_into_a_finding(
    organisation: CastOrganisation, norm: models.Document, olga: Actor, alice: Actor
) -> None:
    """Nobody calls anything: the clock moves, the schedule of the product fires, and the worker does what is due."""
    made = commands.request_exception(facts(norm, organisation.operations), actor=olga, now=NOON)
    commands.approve_exception(made, version=1, actor=alice, now=NOON)
    chore = [spec for spec in SCHEDULES if spec.name == "policies.look_at_exceptions"]
    jobs.write_schedules(chore, now=NOON)
    for days, count in ((60, 0), (61, 1), (62, 1)):
        jobs.fire_due(now=later(days))
        while jobs.run_next(JOBS, worker="test", clock=partial(later, days)):
            pass
        assert (Finding.objects.count(), CorrectiveAction.objects.count()) == (count, count)
    assert case(made).state == ExceptionState.EXPIRED
