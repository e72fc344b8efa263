from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pypdf
import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as standings
from burgrave.assurance.terms import CheckDraft, MeasureDraft, Outcome
from burgrave.assurance.terms.frameworks import FrameworkDraft, FrameworkOrigin, RequirementDraft
from burgrave.custody import queries as custody
from burgrave.custody.errors import StatementForged
from burgrave.engines.standing import Result
from burgrave.isms import commands, queries, reports
from burgrave.isms.errors import Incomplete, OutdatedDigest, SeparationOfDuties, WrongState
from burgrave.isms.rules import applicability as rules
from burgrave.isms.terms.applicability import (
    ApplicabilityState,
    Applies,
    Change,
    ChangeKind,
    Choice,
    SoaMeasure,
    SoaRow,
)
from burgrave.isms.terms.records import soa_subject
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.reports import Format
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]
TODAY = NOON.date()
YES, NO = Choice(applies=Applies.YES, reason="We do it."), Choice(applies=Applies.NO, reason="We have none.")
ROW = SoaRow(
    requirement_id=UUID(int=1),
    identifier="A.5.1",
    title="Policies",
    applies=Applies.YES,
    reason="x",
    decided_by="Ada",
    standing="met",
    asserted="",
    measures=(SoaMeasure(number="MSR-1", name="x", state="effective"),),
    proven_on=TODAY,
    valid_until=None,
)


def framework(*identifiers: str, **more: Any) -> FrameworkDraft:
    needs = tuple(RequirementDraft(identifier=each, title=f"Title of {each}") for each in identifiers)
    given: dict[str, Any] = {"identifier": "ANNEX", "title": "Annex", "origin": FrameworkOrigin.EXTERNAL} | more
    return FrameworkDraft(requirements=needs, **given)


def put(*identifiers: str, actor: Actor, **more: Any) -> UUID:
    return assurance.put_framework(framework(*identifiers, **more), actor=actor, now=NOON)


def keys(framework_id: UUID) -> dict[str, UUID]:
    return {each.identifier: each.requirement_id for each in standings.requirements_in_force(framework_id)}


def prove(organisation: CastOrganisation, alice: Actor, identifier: str, result: Result = Result.PASSED) -> None:
    """A measure answers the requirement, and its check ran."""
    draft = MeasureDraft(name="Read the logs", unit_id=organisation.root, requirements=(f"ANNEX:{identifier}",))
    measure = assurance.put_measure(draft, actor=alice, now=NOON)
    check = assurance.put_check(
        CheckDraft(measure_id=measure, title="Were they read?", steps=("Were they?",)), actor=alice, now=NOON
    )
    assurance.record_run(check, Outcome(result=result, note="Looked"), actor=alice, now=NOON)


def decide(framework_id: UUID, choice: Choice, *identifiers: str, actor: Actor) -> None:
    known = keys(framework_id)
    chosen = [known[each] for each in identifiers]
    commands.decide_applicability(framework_id, chosen, choice, actor=actor, now=NOON)


rows = st.lists(
    st.builds(
        SoaRow,
        requirement_id=st.uuids(),
        identifier=st.text(max_size=5),
        title=st.text(max_size=5),
        applies=st.sampled_from(Applies),
        reason=st.text(max_size=5),
        decided_by=st.just("Ada"),
        standing=st.sampled_from(["met", "not_met"]),
        asserted=st.just(""),
        measures=st.lists(
            st.builds(SoaMeasure, number=st.text(max_size=3), name=st.text(max_size=3), state=st.just("effective")),
            max_size=2,
        ).map(tuple),
        proven_on=st.none() | st.dates(),
        valid_until=st.none() | st.dates(),
    ),
    max_size=5,
    unique_by=lambda each: each.identifier,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(rows)
def test_rows_are_read_back_as_they_were_kept_and_differ_in_nothing_from_themselves(found: list[SoaRow]) -> None:
    assert list(rules.rows_of(rules.plain(found))) == found
    assert rules.changes(found, found) == ()


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(rows, rows)
def test_without_a_change_nothing_that_a_reader_sees_differs(before: list[SoaRow], after: list[SoaRow]) -> None:
    def seen(each: SoaRow) -> tuple[object, ...]:
        numbers = sorted(one.number or "?" for one in each.measures)
        return (each.identifier, each.title, each.applies, each.reason, each.standing, ", ".join(numbers))

    same = {each.identifier: seen(each) for each in before} == {each.identifier: seen(each) for each in after}
    assert (rules.changes(before, after) == ()) is same


def test_every_kind_of_change_is_named() -> None:
    after = replace(
        ROW, title="Policy", applies=Applies.NO, reason="y", standing="not_met", measures=(), decided_by="Ben"
    )
    new = replace(ROW, identifier="A.5.3")
    gone = replace(ROW, identifier="A.5.2")
    assert rules.changes([ROW, gone], [after, new]) == (
        Change(identifier="A.5.1", kind=ChangeKind.WORDING, before="Policies", after="Policy"),
        Change(identifier="A.5.1", kind=ChangeKind.APPLIES, before="yes", after="no"),
        Change(identifier="A.5.1", kind=ChangeKind.REASON, before="x", after="y"),
        Change(identifier="A.5.1", kind=ChangeKind.STANDING, before="met", after="not_met"),
        Change(identifier="A.5.1", kind=ChangeKind.MEASURES, before="MSR-1", after=""),
        Change(identifier="A.5.3", kind=ChangeKind.ADDED, before="", after="Policies"),
        Change(identifier="A.5.2", kind=ChangeKind.GONE, before="Policies", after=""),
    )


def test_a_digest_follows_framework_version_and_rows() -> None:
    said = {"framework": "A", "version": 1, "rows": [ROW]}
    others = [{"framework": "B"}, {"version": 2}, {"rows": []}, {"rows": [replace(ROW, reason="y")]}]
    assert len({rules.digest(**said), *(rules.digest(**(said | each)) for each in others)}) == 5


@pytest.mark.parametrize(("applies", "reason"), [(Applies.UNDECIDED, "x"), (Applies.YES, " "), (Applies.NO, "x" * 501)])
def test_a_choice_is_yes_or_no_with_a_reason(applies: Applies, reason: str) -> None:
    with pytest.raises(BadInput):
        Choice(applies=applies, reason=reason)


def test_where_there_is_an_annex_of_controls_a_statement_is_about_these_alone() -> None:
    assert rules.open_to_choice(["4.1", "A.5.1", "A.8.1"]) == {"A.5.1", "A.8.1"}
    assert rules.open_to_choice(["1", "2"]) == {"1", "2"}
    rules.must_be_open(["A.5.1"], known=["4.1", "A.5.1"])
    with pytest.raises(BadInput, match="always applies"):
        rules.must_be_open(["A.5.1", "4.1"], known=["4.1", "A.5.1"])


def test_a_statement_is_generated_and_approved_by_somebody_else(
    organisation: CastOrganisation, alice: Actor, olga: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = put("A.1", "A.2", "A.3", actor=alice)
    prove(organisation, alice, "A.1")
    prove(organisation, alice, "A.2", Result.FAILED)
    decide(made, YES, "A.1", "A.2", actor=alice)
    decide(made, NO, "A.3", actor=alice)
    before = len(ledger_tail())
    version = commands.generate_soa(made, actor=alice, now=NOON)
    view = queries.soa(version, actor=olga)
    assert [(each.identifier, each.applies, each.standing) for each in view.rows] == [
        ("A.1", Applies.YES, "met"),
        ("A.2", Applies.YES, "not_met"),
        ("A.3", Applies.NO, "not_assessed"),
    ]
    assert view.rows[0].proven_on == TODAY
    assert view.rows[0].measures[0].name == "Read the logs"
    assert view.version.digest == rules.digest(framework="ANNEX", version=1, rows=view.rows)
    with pytest.raises(SeparationOfDuties):
        commands.approve_soa(version, digest=view.version.digest, actor=alice, now=NOON)
    with pytest.raises(OutdatedDigest):
        commands.approve_soa(version, digest="0" * 64, actor=olga, now=NOON)
    commands.approve_soa(version, digest=view.version.digest, actor=olga, now=NOON)
    assert queries.soa(version, actor=alice).version.state is ApplicabilityState.APPROVED
    with pytest.raises(WrongState, match="approved already"):
        commands.approve_soa(version, digest=view.version.digest, actor=olga, now=NOON)
    assert ledger_tail()[before:] == [
        "isms.applicability_stated",
        "isms.applicability_approved",
        *3 * ["assurance.evidence_kept"],
    ]


def test_an_approved_statement_is_signed_and_its_bytes_are_kept(
    organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf
) -> None:
    made = put("A.1", actor=alice)
    decide(made, YES, "A.1", actor=alice)
    key = commands.generate_soa(made, actor=alice, now=NOON)
    assert queries.soa(key, actor=alice).version.signature == ""
    commands.approve_soa(key, digest=queries.soa(key, actor=olga).version.digest, actor=olga, now=NOON)
    version = queries.soa(key, actor=alice).version
    assert version.statement == (
        f"burgrave-applicability-statement/1\nframework: ANNEX\nversion: 1\nsha256: {version.digest}\n"
        "approved: 2026-03-02T12:00:00+00:00\n"
    )
    signature = base64.b64decode(version.signature)
    custody.verify_statement(version.statement, signature, fingerprint=version.key_id)
    with pytest.raises(StatementForged):
        custody.verify_statement(version.statement.replace("1", "2"), signature, fingerprint=version.key_id)
    kept = {each.name: each for each in standings.evidence_of(soa_subject(made))}
    assert set(kept) == {f"SoA-ANNEX-1.{each}" for each in ("json", "statement.txt", "statement.sig")}
    assert kept["SoA-ANNEX-1.json"].sha256 == version.digest
    assert sha256(signature).hexdigest() == kept["SoA-ANNEX-1.statement.sig"].sha256
    page = client_of(alice).get(reverse("isms:soa", args=[key])).content.decode()
    assert version.signature in page
    assert "SoA-ANNEX-1.statement.sig" in page
    pdf = reports.statement_of_applicability(Format.PDF, key, actor=alice, now=NOON)
    text = "".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(pdf.data)).pages)
    assert version.signature in text.replace("\n", "").replace(" ", "")


def test_what_nobody_decided_is_not_approved(organisation: CastOrganisation, alice: Actor, olga: Actor) -> None:
    made = put("A.1", "A.2", actor=alice)
    decide(made, YES, "A.1", actor=alice)
    version = commands.generate_soa(made, actor=alice, now=NOON)
    with pytest.raises(Incomplete, match=r"1 requirements about which nobody decided, such as A\.2"):
        commands.approve_soa(version, digest=queries.soa(version, actor=olga).version.digest, actor=olga, now=NOON)


def test_whoever_decided_something_does_not_approve_it_though_another_generated_it(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = put("A.1", actor=alice)
    decide(made, YES, "A.1", actor=olga)
    version = commands.generate_soa(made, actor=alice, now=NOON)
    digest = queries.soa(version, actor=olga).version.digest
    for writer in (alice, olga):
        with pytest.raises(SeparationOfDuties):
            commands.approve_soa(version, digest=digest, actor=writer, now=NOON)


def test_regenerating_shows_what_changed_and_without_a_change_there_is_no_version(
    organisation: CastOrganisation, alice: Actor, olga: Actor
) -> None:
    made = put("A.1", "A.2", actor=alice)
    decide(made, YES, "A.1", "A.2", actor=alice)
    first = commands.generate_soa(made, actor=alice, now=NOON)
    with pytest.raises(WrongState, match="nothing changed since version 1"):
        commands.generate_soa(made, actor=alice, now=NOON)
    prove(organisation, alice, "A.1")
    live = queries.soa_live(made, actor=alice, today=TODAY)
    assert {(each.identifier, each.kind) for each in live.changes} == {
        ("A.1", ChangeKind.STANDING),
        ("A.1", ChangeKind.MEASURES),
    }
    put("A.2", "A.3", actor=alice)
    second = commands.generate_soa(made, actor=alice, now=NOON)
    assert {(each.identifier, each.kind) for each in queries.soa(second, actor=alice).changes} == {
        ("A.3", ChangeKind.ADDED),
        ("A.1", ChangeKind.GONE),
    }
    assert [each.identifier for each in queries.soa(first, actor=alice).rows] == ["A.1", "A.2"]
    with pytest.raises(WrongState, match="not the newest"):
        commands.approve_soa(first, digest=queries.soa(first, actor=olga).version.digest, actor=olga, now=NOON)


def test_impossible_decisions_are_refused(organisation: CastOrganisation, alice: Actor, dora: Actor) -> None:
    made, empty = put("A.1", actor=alice), put(actor=alice, identifier="EMPTY")
    for chosen in ([], [uuid4()], [uuid4() for _each in range(501)]):
        with pytest.raises(BadInput):
            commands.decide_applicability(made, chosen, YES, actor=alice, now=NOON)
    with pytest.raises(WrongState, match="no requirement in force"):
        commands.generate_soa(empty, actor=alice, now=NOON)
    with pytest.raises(Forbidden):
        decide(made, YES, "A.1", actor=dora)
    with pytest.raises(Forbidden):
        commands.generate_soa(made, actor=dora, now=NOON)


def test_charlie_finds_no_statement(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    made = put("A.1", actor=alice)
    version = commands.generate_soa(made, actor=alice, now=NOON)
    before = ledger_tail()
    for act in (
        lambda: queries.soa(version, actor=charlie),
        lambda: queries.soa_live(made, actor=charlie, today=TODAY),
        lambda: decide(made, YES, "A.1", actor=charlie),
        lambda: commands.generate_soa(made, actor=charlie, now=NOON),
        lambda: commands.approve_soa(version, digest="", actor=charlie, now=NOON),
        lambda: reports.statement_of_applicability(Format.PDF, version, actor=charlie, now=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    assert queries.soa_frameworks(actor=charlie) == ()
    assert ledger_tail() == before


def test_the_statement_is_printed_with_its_digest(organisation: CastOrganisation, alice: Actor) -> None:
    made = put("A.1", "A.2", actor=alice)
    prove(organisation, alice, "A.1")
    decide(made, YES, "A.1", actor=alice)
    decide(made, NO, "A.2", actor=alice)
    commands.generate_soa(made, actor=alice, now=NOON)
    decide(made, YES, "A.2", actor=alice)
    version = commands.generate_soa(made, actor=alice, now=NOON + timedelta(minutes=1))
    pdf = reports.statement_of_applicability(Format.PDF, version, actor=alice, now=NOON)
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf.data)).pages)
    text = " ".join(" ".join(pages).split())  # a narrow column breaks its lines anywhere
    for word in ("Statement of Applicability", "Title of A.1", "Read the logs", "Does not apply", "not approved yet"):
        assert word in text, word
    assert queries.soa(version, actor=alice).version.digest in text.replace("\n", "").replace(" ", "")
    table = reports.statement_of_applicability(Format.CSV, version, actor=alice, now=NOON).data.decode("utf-8-sig")
    assert '"A.1","Title of A.1","Applies","We do it.","Alice Amsel","Met"' in table


def test_the_whole_way_on_pages(organisation: CastOrganisation, alice: Actor, olga: Actor, client_of: ClientOf) -> None:
    mine, hers = client_of(alice), client_of(olga)
    assert "No framework yet" in mine.get(reverse("isms:soa_frameworks")).content.decode()
    made = put("A.1", "A.2", actor=alice)
    place = reverse("isms:soa_framework", args=[made])
    assert "Nobody decided yet" in mine.get(place).content.decode()
    chosen = [str(each) for each in keys(made).values()]
    decision = reverse("isms:decide_applicability", args=[made])
    for fields in ({"applies": "yes", "reason": "x"}, {"selected": chosen, "applies": "yes", "reason": ""}):
        assert mine.post(decision, fields).status_code == 422
    assert mine.post(decision, {"selected": chosen, "reason": "x"}).status_code == 422
    assert mine.post(decision, {"selected": chosen, "applies": "yes", "reason": "We do it."}).status_code == 302
    generate = reverse("isms:generate_soa", args=[made])
    record = mine.post(generate).headers["Location"]
    assert mine.post(generate).status_code == 409
    page = mine.get(record).content.decode()
    assert "Somebody else who may approve it must read it" in page
    version = UUID(record.rstrip("/").split("/")[-1])
    digest = queries.soa(version, actor=alice).version.digest
    approve = reverse("isms:approve_soa", args=[version])
    assert mine.post(approve, {"digest": digest}).status_code == 409
    assert "Approve this version" in hers.get(record).content.decode()
    assert hers.post(approve, {"digest": digest}).status_code == 302
    assert "Olga Ohlsen" in mine.get(record).content.decode()
    assert mine.post(reverse("isms:soa_report", args=[version]), {"format": "xlsx"}).status_code == 200
    assert "ANNEX" in mine.get(reverse("isms:soa_frameworks")).content.decode()
