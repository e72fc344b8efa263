"""The life of a version, through the commands."""

from __future__ import annotations

import base64
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as evidence
from burgrave.custody import queries as custody
from burgrave.engines.evidence import verify_bundle
from burgrave.engines.norms import Kind, Language
from burgrave.ledger import queries as ledger
from burgrave.notifications import models as news
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models, queries
from burgrave.policies.errors import (
    NotAsked,
    NumberTaken,
    PlanUnusable,
    ReasonMissing,
    SeparationOfDuties,
    TextUnreadable,
    VariableMissing,
    WrongState,
)
from burgrave.policies.rules import canonical
from burgrave.policies.terms import DocumentState, VersionState, document_subject
from burgrave.policies.terms.drafts import DocumentFacts, Draft, PlanStep
from burgrave.policies.tests.house import BOTH, CHINESE, ENGLISH, ask, digest, norm, open_version, published
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId


def kinds(document_id: object) -> list[str]:
    return [row.kind for row in reversed(ledger.history(f"policies.document:{document_id}"))]


def test_a_document_has_a_number_a_draft_and_clauses(organisation: CastOrganisation, alice: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    row, version = models.Document.objects.get(pk=made), open_version(made)
    assert (row.number, row.title, row.titles["zh-hans"], row.stage) == ("NRM-06", "Passwords", "口令", "draft")
    assert row.languages == ["en", "zh-hans"]
    clause = version.clauses.get(language=Language.ENGLISH, identifier="ID-03")
    assert clause.text == "Users shall choose a password of at least 14 characters."
    assert (clause.actor, clause.modality, clause.evidence) == ("Users", "shall", "export of the settings")
    assert (clause.parameters, clause.satisfies) == ({"password.length": "14 characters"}, [["ISO27001", "A.5.17"]])
    assert kinds(made) == ["policies.document_added", "policies.draft_begun", "policies.draft_saved"]


def test_numbers_are_given_out_in_their_order_and_never_twice(organisation: CastOrganisation, alice: Actor) -> None:
    norm(organisation.root, actor=alice, number="NRM-07")
    with pytest.raises(NumberTaken, match="NRM-07"):
        norm(organisation.root, actor=alice, number="nrm-07")
    other = norm(organisation.root, actor=alice, number="")
    assert models.Document.objects.get(pk=other).number == "NRM-08"
    policy = norm(organisation.root, actor=alice, number="", kind=Kind.POLICY)
    assert models.Document.objects.get(pk=policy).number == "POL-01"
    with pytest.raises(BadInput, match="is no number"):
        norm(organisation.root, actor=alice, number="no number!")


def test_charlie_neither_adds_nor_sees(organisation: CastOrganisation, alice: Actor, charlie: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    with pytest.raises(Forbidden):
        norm(organisation.root, actor=charlie, number="NRM-09")
    for act in (
        lambda: commands.begin_draft(made, actor=charlie, now=NOON),
        lambda: commands.save_draft(version.pk, Draft(sources=BOTH), edition=1, actor=charlie, now=NOON),
        lambda: commands.submit(version.pk, (), edition=1, actor=charlie, now=NOON),
        lambda: commands.approve(version.pk, sha256="", actor=charlie, now=NOON),
        lambda: commands.publish(version.pk, actor=charlie, now=NOON),
        lambda: commands.comment(version.pk, clause="", language=None, text="x", actor=charlie, now=NOON),
    ):
        with pytest.raises(NotFound):
            act()
    assert len(kinds(made)) == 3


def test_a_text_that_cannot_be_read_is_refused_with_its_line(organisation: CastOrganisation, alice: Actor) -> None:
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root)
    broken = Draft(sources={Language.ENGLISH: "---\ntitle: [\n---\n# x"})
    with pytest.raises(TextUnreadable, match=r"NRM-01\.en:\d"):
        commands.add_document(facts, broken, actor=alice, now=NOON)
    assert not models.Document.objects.exists()


def test_two_editors_do_not_overwrite_each_other(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    version = open_version(norm(organisation.root, actor=alice))
    longer = {**BOTH, Language.ENGLISH: ENGLISH + "\nID-05 Users shall lock the screen within 5 minutes.\n"}
    assert commands.save_draft(version.pk, Draft(sources=longer), edition=1, actor=paula, now=NOON) == 2
    with pytest.raises(StaleEdit, match="Paula Pappel"):
        commands.save_draft(version.pk, Draft(sources=BOTH), edition=1, actor=alice, now=NOON)
    assert commands.save_draft(version.pk, Draft(sources=longer), edition=2, actor=alice, now=NOON) == 2
    assert version.clauses.filter(identifier="ID-05").exists()


def test_nobody_approves_what_they_wrote(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    """Paula only saved a comma, and has written it all the same."""
    version = open_version(norm(organisation.root, actor=alice))
    changed = {**BOTH, Language.ENGLISH: ENGLISH + "\nA note.\n"}
    commands.save_draft(version.pk, Draft(sources=changed), edition=1, actor=paula, now=NOON)
    for author in (alice, paula):
        with pytest.raises(SeparationOfDuties, match="wrote the text"):
            commands.submit(version.pk, ask((author,)), edition=2, actor=alice, now=NOON)


def test_steps_come_one_after_the_other_and_a_quorum_is_enough(
    organisation: CastOrganisation, alice: Actor, paula: Actor, quentin: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    plan = (*ask((paula,)), *ask((quentin,)))
    commands.submit(version.pk, plan, edition=1, actor=alice, now=NOON)
    seen = digest(version.pk)
    with pytest.raises(NotAsked, match="not yet"):
        commands.approve(version.pk, sha256=seen, actor=quentin, now=NOON)
    assert commands.approve(version.pk, sha256=seen, actor=paula, now=NOON) is False
    with pytest.raises(NotAsked, match="not ask you"):
        commands.approve(version.pk, sha256=seen, actor=paula, now=NOON)
    assert commands.approve(version.pk, sha256=seen, actor=quentin, now=NOON) is True
    assert open_version(made).state == VersionState.APPROVED
    told = set(news.News.objects.values_list("topic", flat=True))
    assert told == {"policies.approval_asked", "policies.approved"}


def test_an_approval_is_of_the_text_that_was_read(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    version = open_version(norm(organisation.root, actor=alice))
    commands.submit(version.pk, ask((paula,)), edition=1, actor=alice, now=NOON)
    with pytest.raises(BadInput, match="another text"):
        commands.approve(version.pk, sha256="0" * 64, actor=paula, now=NOON)


def test_who_holds_no_permission_cannot_be_asked(organisation: CastOrganisation, alice: Actor, charlie: Actor) -> None:
    version = open_version(norm(organisation.root, actor=alice))
    with pytest.raises(PlanUnusable, match="Charlie Cordes may not approve"):
        commands.submit(version.pk, ask((charlie,)), edition=1, actor=alice, now=NOON)
    stranger = (PlanStep(approvers=(PersonId(uuid4()),), quorum=1),)
    with pytest.raises(PlanUnusable, match="known"):
        commands.submit(version.pk, stranger, edition=1, actor=alice, now=NOON)


def test_a_version_that_is_sent_back_says_why_and_goes_round_again(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask((paula,)), edition=1, actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.reject(version.pk, reason="  ", actor=paula, now=NOON)
    commands.reject(version.pk, reason="14 is too few", actor=paula, now=NOON)
    version = open_version(made)
    assert (version.state, version.decisions.get().reason) == (VersionState.DRAFT, "14 is too few")
    commands.submit(version.pk, ask((paula,)), edition=version.edition, actor=alice, now=NOON)
    assert commands.approve(version.pk, sha256=digest(version.pk), actor=paula, now=NOON)
    assert open_version(made).round == 2


def test_a_version_is_withdrawn_with_a_reason(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    commands.submit(version.pk, ask((paula,)), edition=1, actor=alice, now=NOON)
    with pytest.raises(WrongState, match="in review; only one that is a draft can be edited"):
        commands.save_draft(version.pk, Draft(sources=BOTH), edition=1, actor=alice, now=NOON)
    with pytest.raises(ReasonMissing):
        commands.withdraw(version.pk, reason="", actor=alice, now=NOON)
    commands.withdraw(version.pk, reason="a typing error", actor=alice, now=NOON)
    assert open_version(made).state == VersionState.DRAFT


def test_publication_signs_what_a_foreign_tool_verifies(
    organisation: CastOrganisation, alice: Actor, paula: Actor, tmp_path: Path
) -> None:
    made = norm(organisation.root, actor=alice)
    version = models.Version.objects.get(pk=published(made, by=alice, approver=paula))
    (tmp_path / "s.txt").write_text(version.statement, encoding="utf-8")
    (tmp_path / "s.sig").write_bytes(base64.b64decode(version.signature))
    (tmp_path / "k.pem").write_text(custody.log_key().pem, encoding="utf-8")
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "k.pem", "-rawin", "-in", "s.txt", "-sigfile", "s.sig"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "Signature Verified Successfully"
    assert f"sha256: {version.digest}\n" in version.statement
    assert kinds(made)[-4:] == [
        "policies.version_published",
        "assurance.evidence_kept",
        "assurance.evidence_kept",
        "assurance.framework_put",
    ]


def test_the_canonical_text_holds_every_language_with_its_variables(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    sources = {each: text + "\n{{organisation}} {{motto}}\n" for each, text in BOTH.items()}
    facts = DocumentFacts(kind=Kind.NORM, unit_id=organisation.root, number="NRM-06")
    made = commands.add_document(facts, Draft(sources=sources), actor=alice, now=NOON)
    with pytest.raises(VariableMissing, match="motto"):
        published(made, by=alice, approver=paula)
    commands.set_variables({"motto": {Language.ENGLISH: "Safe", Language.CHINESE: "安全"}}, actor=alice, now=NOON)
    version = open_version(made)
    commands.publish(version.pk, actor=alice, now=NOON)
    whole = queries.canonical_text(version.pk)
    assert canonical.digest_of(whole) == models.Version.objects.get(pk=version.pk).digest
    head, texts = canonical.parse(whole)
    assert (head["number"], head["version"], head["effective"]) == ("NRM-06", "1.0", "2026-03-02")
    assert texts["en"].endswith("Nordhafen Works Safe\n")
    assert texts["zh-hans"].endswith("Nordhafen Works 安全\n")
    commands.set_variables({"motto": {Language.ENGLISH: "Other"}}, actor=alice, now=NOON)
    assert queries.canonical_text(version.pk) == whole


def test_the_next_version_supersedes_and_days_find_what_held(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    first = published(made, by=alice, approver=paula)
    later = NOON + timedelta(days=30)
    second = commands.begin_draft(made, actor=alice, now=later)
    with pytest.raises(WrongState, match="on its way already"):
        commands.begin_draft(made, actor=alice, now=later)
    sources = {Language.ENGLISH: ENGLISH.replace("14", "16"), Language.CHINESE: CHINESE.replace("14", "16")}
    commands.save_draft(second, Draft(sources=sources), edition=1, actor=alice, now=later)
    published(made, by=alice, approver=paula, now=later)
    old, new = models.Version.objects.get(pk=first), models.Version.objects.get(pk=second)
    assert (old.state, old.ended_on, new.label, new.is_major) == ("superseded", date(2026, 4, 1), "2.0", True)
    assert new.major_reason == "these clauses bind otherwise: ID-03"
    before, after = queries.in_force(made, on=date(2026, 3, 31)), queries.in_force(made, on=date(2026, 4, 1))
    assert before
    assert after
    assert (before.label, after.label) == ("1.0", "2.0")


def test_mere_wording_is_minor_and_calling_force_minor_needs_a_reason(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    published(made, by=alice, approver=paula)
    version = commands.begin_draft(made, actor=alice, now=NOON)
    sources = {**BOTH, Language.ENGLISH: ENGLISH.replace("should answer within", "should reply within")}
    commands.save_draft(version, Draft(sources=sources), edition=1, actor=alice, now=NOON)
    commands.submit(version, ask((paula,)), edition=2, actor=alice, now=NOON)
    row = models.Version.objects.get(pk=version)
    assert (row.label, row.is_major) == ("1.1", False)
    commands.withdraw(version, reason="more", actor=alice, now=NOON)
    sources[Language.ENGLISH] = ENGLISH.replace("14", "16")
    commands.save_draft(version, Draft(sources=sources), edition=3, actor=alice, now=NOON)
    with pytest.raises(ReasonMissing, match="ID-03"):
        commands.submit(version, ask((paula,)), is_major=False, edition=4, actor=alice, now=NOON)
    commands.submit(
        version, ask((paula,)), is_major=False, major_reason="16 held already", edition=4, actor=alice, now=NOON
    )
    row.refresh_from_db()
    assert (row.label, row.is_major, row.major_reason) == ("1.1", False, "16 held already")


def test_a_document_is_retired_with_a_reason_and_holds_no_more(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    with pytest.raises(WrongState, match="nothing of NRM-06 is in force"):
        commands.retire(made, reason="x", version=models.Document.objects.get(pk=made).version, actor=alice, now=NOON)
    published(made, by=alice, approver=paula)
    held = models.Document.objects.get(pk=made)
    with pytest.raises(StaleEdit):
        commands.retire(made, reason="x", version=1, actor=alice, now=NOON)
    later = NOON + timedelta(days=9)
    draft = commands.begin_draft(made, actor=alice, now=later)
    held.refresh_from_db()
    with pytest.raises(WrongState, match="on its way"):
        commands.retire(made, reason="x", version=held.version, actor=alice, now=later)
    commands.discard_draft(draft, actor=alice, now=later)
    held.refresh_from_db()
    commands.retire(made, reason="no passwords any more", version=held.version, actor=alice, now=later)
    held.refresh_from_db()
    assert held.state == DocumentState.RETIRED
    assert queries.in_force(made, on=date(2026, 3, 10)) is not None
    assert queries.in_force(made, on=date(2026, 3, 11)) is None


def test_a_review_confirms_what_holds(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    row = models.Document.objects.get(pk=made)
    with pytest.raises(WrongState, match="nothing to confirm"):
        commands.review(made, note="", version=row.version, actor=alice, now=NOON)
    published(made, by=alice, approver=paula)
    row.refresh_from_db()
    due = commands.review(made, note="", version=row.version, actor=paula, now=NOON + timedelta(days=5))
    assert due == date(2027, 3, 7)


def test_comments_are_made_on_clauses_and_resolved(organisation: CastOrganisation, alice: Actor, dora: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    version = open_version(made)
    with pytest.raises(BadInput, match="no clause ID-99"):
        commands.comment(version.pk, clause="ID-99", language=None, text="?", actor=dora, now=NOON)
    with pytest.raises(BadInput, match="1 to"):
        commands.comment(version.pk, clause="", language=None, text=" ", actor=dora, now=NOON)
    said = commands.comment(version.pk, clause="ID-03", language=Language.ENGLISH, text="Why 14?", actor=dora, now=NOON)
    commands.resolve(said, resolution="The law.", actor=alice, now=NOON)
    with pytest.raises(BadInput, match="already"):
        commands.resolve(said, resolution="again", actor=dora, now=NOON)
    assert models.Comment.objects.get(pk=said).resolution == "The law."


def test_the_evidence_bundle_proves_the_text(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    made = norm(organisation.root, actor=alice)
    version = models.Version.objects.get(pk=published(made, by=alice, approver=paula))
    row = assurance.issue_bundle(
        subjects=(document_subject(made),), title="NRM-06", unit_id=organisation.root, actor=alice, now=NOON
    )
    bundle = evidence.store().path(row.sha256)
    verify_bundle(bundle, fingerprint=custody.fingerprint()).must_hold()
    with zipfile.ZipFile(bundle) as opened:
        assert f"documents/{version.digest}/NRM-06-1.0.txt" in opened.namelist()
