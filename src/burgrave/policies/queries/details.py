"""One document, one version, and what a verification code stands for."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from burgrave.custody import queries as custody
from burgrave.custody.errors import CustodyError
from burgrave.engines.norms import Kind, Language
from burgrave.people import queries as people
from burgrave.policies import models
from burgrave.policies.queries.documents import document_row, visible
from burgrave.policies.queries.versions import canonical_text, clause_view, holding_on
from burgrave.policies.rules import canonical, changes
from burgrave.policies.terms import (
    APPROVE,
    READ,
    DocumentId,
    DocumentState,
    LinkKind,
    Verdict,
    VersionId,
    VersionState,
)
from burgrave.policies.terms.drafts import (
    CommentRow,
    DecisionRow,
    DocumentDetail,
    DocumentRow,
    LinkRow,
    StepRow,
    TextRow,
    Verified,
    VersionDetail,
    VersionRow,
)
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, PersonId, UnitId

MOST_LINKS = 300


def document(document_id: UUID, *, actor: Actor) -> DocumentDetail:
    """The record of a document. Four statements. Raises NotFound."""
    row = visible(actor).select_related("unit", "owner").filter(pk=document_id).first()
    if row is None:
        raise NotFound("no document with this identifier is visible to you")
    links = row.links.select_related("target").order_by("kind", "words")[:MOST_LINKS]
    linked_by = row.linked_by.select_related("document").order_by("kind", "document__number")[:MOST_LINKS]
    return DocumentDetail(
        row=document_row(row),
        added_at=row.added_at,
        reviewed_on=row.reviewed_on,
        reviewed_by=row.reviewed_by,
        versions=tuple(map(_version_row, row.versions.order_by("-ordinal"))),
        links=tuple(_link(each.kind, each.words, each.target, actor=actor) for each in links),
        linked_by=tuple(_link(each.kind, each.document.number, each.document, actor=actor) for each in linked_by),
    )


def document_by_number(number: str, *, actor: Actor) -> UUID:
    """The key of the document that bears this number. Raises NotFound."""
    found = visible(actor).filter(number=number.upper()).order_by("is_sample").values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("no document with the number %(number)s is visible to you", words={"number": number[:40]})
    return found


def version(version_id: UUID, *, actor: Actor) -> VersionDetail:
    """Everything about a version. Ten statements. Raises NotFound."""
    row = (
        models.Version.objects.select_related("document__unit", "document__owner")
        .filter(people.within(actor, READ, "document__unit"), pk=version_id)
        .first()
    )
    if row is None:
        raise NotFound("no version with this identifier is visible to you")
    wrote = dict(row.co_authors.select_related("person").values_list("person_id", "person__name"))
    decisions = tuple(_decision(each) for each in row.decisions.select_related("person").order_by("at", "pk"))
    before = (
        row.document.versions.filter(ordinal__lt=row.ordinal, published_at__isnull=False)
        .order_by("-ordinal")
        .values_list("pk", flat=True)
        .first()
    )
    return VersionDetail(
        version_id=VersionId(row.pk),
        document=document_row(row.document),
        ordinal=row.ordinal,
        label=row.label,
        state=VersionState(row.state),
        is_major=row.is_major,
        major_reason=changes.said_again(row.major_reason),
        summary=row.summary,
        edition=row.edition,
        round=row.round,
        author_id=PersonId(row.author_id) if row.author_id else None,
        authors={PersonId(key): name for key, name in wrote.items()},
        texts=tuple(_text(each) for each in row.texts.order_by("language")),
        clauses=tuple(map(clause_view, row.clauses.order_by("language", "ordinal"))),
        steps=tuple(_steps(row, decisions)),
        decisions=decisions,
        comments=tuple(_comment(each) for each in row.comments.select_related("person").order_by("at", "pk")),
        made_at=row.made_at,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        submitted_at=row.submitted_at,
        approved_at=row.approved_at,
        published_at=row.published_at,
        published_by=row.published_by,
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        end_reason=changes.said_again(row.end_reason),
        variables=row.variables,
        digest=row.digest,
        statement=row.statement,
        signature=row.signature,
        key_id=row.key_id,
        code=row.code or "",
        before_id=VersionId(before) if before else None,
    )


def version_on(document_id: UUID, *, on: date, actor: Actor) -> VersionDetail | None:
    """What held of the document on that day; None where nothing did. Raises NotFound."""
    if not visible(actor).filter(pk=document_id).exists():
        raise NotFound("no document with this identifier is visible to you")
    found = models.Version.objects.filter(holding_on(on), document_id=document_id).order_by("-ordinal")
    key = found.values_list("pk", flat=True).first()
    return version(key, actor=actor) if key else None


def held_on(day: date, *, actor: Actor) -> tuple[tuple[DocumentRow, VersionRow], ...]:
    """Everything that held on that day, with the version that did, by number. One statement, 2,000 at most."""
    found = (
        models.Version.objects.filter(holding_on(day), people.within(actor, READ, "document__unit"))
        .select_related("document__unit", "document__owner")
        .order_by("document__number", "document_id", "-ordinal")
    )
    rows: dict[UUID, tuple[DocumentRow, VersionRow]] = {}
    for each in found[:MOST_HELD]:
        rows.setdefault(each.document_id, (document_row(each.document), _version_row(each)))
    return tuple(rows.values())


MOST_HELD = 2_000


def verified(code: str) -> Verified:
    """What the code stands for, verified now: text against digest, signature against key. Raises NotFound.

    The code has 80 bits of chance and stands on the paper itself: whoever holds it may ask.
    """
    row = models.Version.objects.select_related("document").filter(code=canonical.spelled_code(code)).first()
    if row is None:
        raise NotFound(
            "no published version has the code %(code)s",
            words={"code": code[:40]},
            mend="Compare the code with the paper letter by letter; it holds neither I, O, 0 nor 1.",
        )
    titles = dict(row.texts.order_by("language").values_list("language", "title"))
    return Verified(
        version_id=VersionId(row.pk),
        unit_id=UnitId(row.document.unit_id),
        number=row.document.number,
        title=next(iter(titles.values()), row.document.title),
        titles=titles,
        kind=Kind(row.document.kind),
        label=row.label,
        state=VersionState(row.state),
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        published_at=row.published_at,
        digest=row.digest,
        code=row.code or "",
        statement=row.statement,
        signature=row.signature,
        fingerprint=row.key_id,
        text_fits=_text_fits(row),
        signature_fits=_signature_fits(row),
    )


def approvers(unit_id: UnitId, *, apart_from: Iterable[PersonId], now: datetime) -> tuple[tuple[PersonId, str], ...]:
    """Whom a plan can ask in the unit, its authors left out."""
    authors = set(apart_from)
    able = people.holders(APPROVE, unit_id, now=now)
    return tuple((key, name) for key, name in able if key not in authors)


def _text_fits(row: models.Version) -> bool:
    """Whether what is stored has the digest that was signed."""
    digest = canonical.digest_of(canonical_text(row.pk))
    return digest == row.digest and f"sha256: {digest}\n" in row.statement


def _signature_fits(row: models.Version) -> bool:
    try:
        custody.verify_statement(row.statement, base64.b64decode(row.signature, validate=True), fingerprint=row.key_id)
    except (CustodyError, binascii.Error):
        return False
    return True


def _version_row(row: models.Version) -> VersionRow:
    return VersionRow(
        version_id=VersionId(row.pk),
        ordinal=row.ordinal,
        label=row.label,
        state=VersionState(row.state),
        is_major=row.is_major,
        summary=row.summary,
        effective_on=row.effective_on,
        ended_on=row.ended_on,
        digest=row.digest,
    )


def _link(kind: str, words: str, other: models.Document | None, *, actor: Actor) -> LinkRow:
    seen = other if other is not None and actor.may(READ, UnitId(other.unit_id)) else None
    return LinkRow(
        kind=LinkKind(kind),
        words=words,
        other_id=DocumentId(seen.pk) if seen else None,
        title=seen.title if seen else "",
        state=DocumentState(seen.state) if seen else None,
    )


def _text(row: models.VersionText) -> TextRow:
    return TextRow(
        language=Language(row.language),
        title=row.title,
        source=row.source,
        origin=row.origin,
        unplaced=tuple(row.unplaced),
    )


def _steps(row: models.Version, decisions: tuple[DecisionRow, ...]) -> Iterable[StepRow]:
    """The plan, with those who have approved in the present round."""
    for step in row.steps.order_by("ordinal").prefetch_related("approvers__person"):
        yield StepRow(
            ordinal=step.ordinal,
            quorum=step.quorum,
            approvers=tuple((PersonId(each.person_id), each.person.name) for each in step.approvers.all()),
            approved_by=frozenset(
                each.person_id
                for each in decisions
                if each.round == row.round and each.step == step.ordinal and each.verdict is Verdict.APPROVED
            ),
        )


def _decision(row: models.Decision) -> DecisionRow:
    return DecisionRow(
        round=row.round,
        step=row.step,
        person_id=PersonId(row.person_id),
        name=row.person.name,
        verdict=Verdict(row.verdict),
        reason=row.reason,
        at=row.at,
    )


def _comment(row: models.Comment) -> CommentRow:
    return CommentRow(
        comment_id=row.pk,
        clause=row.clause,
        text=row.text,
        person_id=PersonId(row.person_id) if row.person_id else None,
        name=row.person.name if row.person else "",
        at=row.at,
        resolved_at=row.resolved_at,
        resolved_by=row.resolved_by,
        resolution=row.resolution,
    )
