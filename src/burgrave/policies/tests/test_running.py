"""Procedures are gone through, and it shows how faithfully."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from burgrave.assurance.models import Evidence, Finding
from burgrave.jobs import commands as jobs
from burgrave.notifications.models import News
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.policies import commands, handlers, models, queries
from burgrave.policies.errors import EvidenceMissing, NoSteps, ReasonMissing, RunStep, SampleStaysApart
from burgrave.policies.terms.runs import CadenceFacts, RunFacts, RunFilter, RunId, RunState, StepState
from burgrave.policies.tests.duty_house import document, later, publish
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor
from burgrave.web.uploads import blob_store

Tail = Callable[[], list[str]]
ClientOf = Callable[[Actor], Client]
DAY = NOON.date()


@pytest.fixture
def restore(organisation: CastOrganisation) -> models.Document:
    """PRC-02 is in force, with two steps; the second asks for evidence."""
    found = document(organisation.root, number="PRC-02", kind="procedure", title="Restore")  # type: ignore[arg-type]
    version = publish(found)
    for ordinal, evidence in ((1, ""), (2, "restore report")):
        models.Clause.objects.create(
            version=version,
            language="en",
            ordinal=ordinal,
            identifier=f"S-{ordinal}",
            text=f"The operator does part {ordinal}.",
            modality="instruction",
            actor="operator",
            evidence=evidence,
            is_step=True,
        )
    return found


@pytest.fixture
def olga(organisation: CastOrganisation) -> Actor:
    """System owner in Operations: runs procedures."""
    return hire("Olga Ohm", unit_id=organisation.operations, roles=(("system_owner", organisation.operations),))


@pytest.fixture
def begun(restore: models.Document, organisation: CastOrganisation, olga: Actor) -> RunId:
    return commands.start_run(facts(restore, organisation), actor=olga, now=NOON)


def facts(found: models.Document, organisation: CastOrganisation, *, days: int = 7) -> RunFacts:
    return RunFacts(
        document_id=found.pk,
        unit_id=organisation.operations,
        starts_on=DAY,
        due_on=DAY + timedelta(days=days),
        title="The mail server",
    )


def stored(content: bytes) -> tuple[object, str, str]:
    writer = blob_store().writer()
    writer.write(content)
    return writer.finish(), "report.txt", "text/plain"


def test_a_run_is_pinned_to_the_version_that_was_in_force(
    begun: RunId, restore: models.Document, olga: Actor, ledger_tail: Tail
) -> None:
    publish(restore, "# Other\n", label="2.0")
    view = queries.run(begun, actor=olga)
    assert (view.row.version_number, view.row.number, view.row.steps) == ("1.0", "RUN-0001", 2)
    assert [(each.identifier, each.role, each.asks_evidence) for each in view.steps] == [
        ("S-1", "operator", False),
        ("S-2", "operator", True),
    ]
    assert ledger_tail() == []


def test_steps_are_settled_and_the_run_is_finished_on_time(begun: RunId, olga: Actor, ledger_tail: Tail) -> None:
    commands.settle_step(begun, 1, StepState.DONE, note="", version=1, actor=olga, now=NOON)
    with pytest.raises(EvidenceMissing):
        commands.settle_step(begun, 2, StepState.DONE, note="", version=2, actor=olga, now=NOON)
    with pytest.raises(RunStep, match="1 of 2 steps are still open"):
        commands.finish_run(begun, version=2, actor=olga, now=NOON)
    commands.attach_to_step(begun, 2, [stored(b"restored")], version=2, actor=olga, now=NOON)  # type: ignore[list-item]
    commands.settle_step(begun, 2, StepState.DONE, note="", version=3, actor=olga, now=NOON)
    with pytest.raises(BadInput, match="no deviation"):
        commands.finish_run(begun, raises_finding=True, version=4, actor=olga, now=NOON)
    assert commands.finish_run(begun, version=4, actor=olga, now=later(7)) is None
    assert [name for _key, name in queries.run(begun, actor=olga).steps[1].evidence] == ["report.txt"]
    assert Evidence.objects.get().subject == f"policies.run:{begun}"
    found = queries.adherence(first=DAY, last=later(7).date(), today=later(8).date(), actor=olga)
    assert (found.due, found.on_time, found.ratio) == (1, 1, 1.0)
    assert (
        ledger_tail()
        == [
            "policies.run_started",
            "policies.step_settled",
            "assurance.evidence_kept",
            "policies.step_settled",
            "policies.step_settled",
            "policies.run_finished",
        ][1:]
    )
    with pytest.raises(RunStep, match="this run has ended"):
        commands.settle_step(begun, 1, StepState.OPEN, note="", version=5, actor=olga, now=NOON)


def test_deviations_have_reasons_and_may_become_a_finding(begun: RunId, olga: Actor) -> None:
    with pytest.raises(ReasonMissing):
        commands.settle_step(begun, 1, StepState.SKIPPED, note="", version=1, actor=olga, now=NOON)
    commands.settle_step(begun, 1, StepState.SKIPPED, note="The tape was away.", version=1, actor=olga, now=NOON)
    commands.settle_step(begun, 2, StepState.DEVIATED, note="By hand.", version=2, actor=olga, now=NOON)
    made = commands.finish_run(begun, raises_finding=True, version=3, actor=olga, now=later(8))
    finding = Finding.objects.get()
    assert (made, finding.origin, finding.detail) == (
        finding.pk,
        "deviation",
        "S-1: The tape was away.\nS-2: By hand.",
    )
    found = queries.adherence(first=DAY, last=later(7).date(), today=later(9).date())
    assert (found.late, found.skipped, found.deviated, found.steps) == (1, 1, 1, 2)


def test_it_is_abandoned_with_a_reason(begun: RunId, olga: Actor) -> None:
    with pytest.raises(ReasonMissing):
        commands.abandon_run(begun, reason=" ", version=1, actor=olga, now=NOON)
    commands.abandon_run(begun, reason="The server is gone.", version=1, actor=olga, now=NOON)
    assert queries.run(begun, actor=olga).end_reason == "The server is gone."


def test_what_cannot_be_run(
    organisation: CastOrganisation, restore: models.Document, olga: Actor, bob: Actor, charlie: Actor
) -> None:
    policy = document(organisation.root)
    publish(policy)
    with pytest.raises(NoSteps, match="only a procedure that is in force"):
        commands.start_run(facts(policy, organisation), actor=olga, now=NOON)
    with pytest.raises(Forbidden):
        commands.start_run(facts(restore, organisation), actor=bob, now=NOON)
    models.Document.objects.filter(pk=restore.pk).update(is_sample=True)
    with pytest.raises(SampleStaysApart):
        commands.start_run(facts(restore, organisation), actor=olga, now=NOON)
    models.Document.objects.filter(pk=restore.pk).update(is_sample=False)
    models.Clause.objects.all().delete()
    with pytest.raises(NoSteps, match="PRC-02 has no steps"):
        commands.start_run(facts(restore, organisation), actor=olga, now=NOON)
    assert charlie.person_id


def test_charlie_sees_no_run_and_bob_changes_none(begun: RunId, charlie: Actor, dora: Actor, olga: Actor) -> None:
    with pytest.raises(NotFound):
        queries.run(begun, actor=charlie)
    with pytest.raises(NotFound):
        commands.settle_step(begun, 1, StepState.DONE, note="", version=1, actor=charlie, now=NOON)
    with pytest.raises(Forbidden):
        commands.settle_step(begun, 1, StepState.DONE, note="", version=1, actor=dora, now=NOON)
    with pytest.raises(NotFound, match="no such step"):
        commands.settle_step(begun, 9, StepState.DONE, note="", version=1, actor=olga, now=NOON)
    with pytest.raises(StaleEdit):
        commands.settle_step(begun, 1, StepState.DONE, note="", version=9, actor=olga, now=NOON)


def start_by_itself(at: object) -> None:
    jobs.enqueue("policies.start_runs", {}, now=at)  # type: ignore[arg-type]
    while jobs.run_next({"policies.start_runs": handlers.start_runs}, worker="test", clock=lambda: at):  # type: ignore[arg-type, return-value]
        pass


def test_a_procedure_with_a_rhythm_begins_by_itself(
    organisation: CastOrganisation, restore: models.Document, olga: Actor, ledger_tail: Tail
) -> None:
    rhythm = CadenceFacts(
        document_id=restore.pk,
        unit_id=organisation.operations,
        every_days=30,
        due_days=5,
        next_on=later(1).date(),
        lead_id=olga.person_id,
    )
    commands.set_cadence(rhythm, version=0, actor=olga, now=NOON)
    with pytest.raises(StaleEdit):
        commands.set_cadence(rhythm, version=0, actor=olga, now=NOON)
    start_by_itself(NOON)
    assert not models.Run.objects.exists()
    start_by_itself(later(1))
    start_by_itself(later(1))
    row = models.Run.objects.get()
    assert (row.due_on, row.starter_id, row.started_by) == (later(6).date(), olga.person_id, "Burgrave")
    assert queries.cadences(actor=olga)[0].next_on == later(31).date()
    start_by_itself(later(7))
    start_by_itself(later(8))
    late = News.objects.filter(sentence="Run %(number)s of a procedure was due on %(day)s")
    assert late.count() == 1
    models.Version.objects.update(state="retired", ended_on=DAY)
    start_by_itself(later(100))
    assert models.Run.objects.count() == 1
    assert queries.cadences(actor=olga)[0].next_on > later(100).date()
    assert ledger_tail() == ["policies.cadence_set", "policies.run_started"]


def test_a_paused_rhythm_begins_nothing(organisation: CastOrganisation, restore: models.Document, olga: Actor) -> None:
    rhythm = CadenceFacts(
        document_id=restore.pk, unit_id=organisation.operations, every_days=30, due_days=5, next_on=DAY
    )
    commands.set_cadence(rhythm, is_paused=True, version=0, actor=olga, now=NOON)
    start_by_itself(later(3))
    assert not models.Run.objects.exists()


def test_the_list_is_narrowed_and_costs_the_same_at_fifty_rows(
    organisation: CastOrganisation,
    restore: models.Document,
    begun: RunId,
    olga: Actor,
    django_assert_num_queries: Callable[..., object],
) -> None:
    def found(wanted: RunFilter, day: int = 0) -> int:
        return len(queries.runs(wanted, actor=olga, today=later(day).date(), size=100).rows)

    for wanted, day, count in (
        (RunFilter(), 0, 1),
        (RunFilter(states=(RunState.OPEN,), units=(organisation.operations,), document_id=restore.pk), 0, 1),
        (RunFilter(states=(RunState.FINISHED,)), 0, 0),
        (RunFilter(text="run-0001"), 0, 1),
        (RunFilter(text="mail"), 0, 1),
        (RunFilter(text="nothing"), 0, 0),
        (RunFilter(late=True), 7, 0),
        (RunFilter(late=True), 8, 1),
    ):
        assert found(wanted, day) == count, wanted
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        found(RunFilter())
    for _step in range(49):
        commands.start_run(facts(restore, organisation), actor=olga, now=NOON)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert found(RunFilter()) == 50
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        queries.adherence(first=DAY, last=later(90).date(), today=DAY, actor=olga)
    assert begun


def test_a_run_on_pages(
    organisation: CastOrganisation, restore: models.Document, olga: Actor, client_of: ClientOf
) -> None:
    models.Version.objects.update(effective_on=DAY)
    client, today = client_of(olga), timezone.localdate()
    assert "No procedure was run yet" in client.get("/policies/runs/").content.decode()
    assert "PRC-02 Restore" in client.get("/policies/runs/start/").content.decode()
    sent = {
        "procedure": str(restore.pk),
        "unit": str(organisation.operations),
        "what_for": "The mail server",
        "due_on": (today + timedelta(days=3)).isoformat(),
    }
    assert client.post("/policies/runs/start/", {**sent, "procedure": "x"}).status_code == 422
    past = {**sent, "due_on": (today - timedelta(days=3)).isoformat()}
    assert client.post("/policies/runs/start/", past).status_code == 422
    assert client.post("/policies/runs/start/", sent).status_code == 302
    made = models.Run.objects.get().pk
    record = f"/policies/runs/{made}/"
    assert "The operator does part 1." in client.get(record).content.decode()
    assert client.post(f"{record}steps/1/", {"to": "skipped", "note": "", "version": "1"}).status_code == 422
    assert client.post(f"{record}steps/1/", {"to": "absurd", "version": "1"}).status_code == 422
    assert client.post(f"{record}steps/1/", {"to": "skipped", "note": "Away.", "version": "1"}).status_code == 302
    file = SimpleUploadedFile("report.txt", b"restored")
    assert client.post(f"{record}steps/2/evidence/", {"version": "2", "file": file}).status_code == 302
    assert client.post(f"{record}steps/2/", {"to": "done", "note": "", "version": "3"}).status_code == 302
    page = client.get(record).content.decode()
    assert "report.txt" in page
    assert "Finish and raise a finding" in page
    assert client.post(f"{record}end/", {"act": "abandon", "reason": "", "version": "4"}).status_code == 422
    assert client.post(f"{record}end/", {"act": "finding", "version": "4"}).status_code == 302
    assert Finding.objects.count() == 1
    assert "RUN-0001" in client.get("/policies/runs/?state=finished").content.decode()
    sent = client.post("/lists/policies.runs/export/", {"format": "csv", "query": ""})
    assert b"-0001" in b"".join(sent)  # type: ignore[arg-type]


def test_a_rhythm_on_pages(
    organisation: CastOrganisation, restore: models.Document, olga: Actor, client_of: ClientOf
) -> None:
    models.Version.objects.update(effective_on=DAY)
    client = client_of(olga)
    assert "No procedure has a rhythm yet" in client.get("/policies/runs/rhythm/").content.decode()
    sent = {
        "procedure": str(restore.pk),
        "unit": str(organisation.operations),
        "every_days": "30",
        "due_days": "5",
        "next_on": timezone.localdate().isoformat(),
        "lead": "",
    }
    assert client.post("/policies/runs/rhythm/", {**sent, "every_days": "0"}).status_code == 422
    assert client.post("/policies/runs/rhythm/", sent).status_code == 302
    assert client.post("/policies/runs/rhythm/", {**sent, "is_paused": "on"}).status_code == 302
    page = client.get("/policies/runs/rhythm/").content.decode()
    assert "paused" in page
    models.Clause.objects.all().delete()
    models.Clause.objects.create(
        version=models.Version.objects.get(), language="en", ordinal=1, identifier="x", text="x", is_step=True
    )
    models.Version.objects.update(state="retired", ended_on=DAY)
    assert client.post("/policies/runs/rhythm/", sent).status_code == 422
    assert UUID(sent["procedure"]) == restore.pk
