"""Drafts: begun, saved, discarded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max

from burgrave.engines.norms import Language
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record
from burgrave.policies import models
from burgrave.policies.commands.loading import (
    follow,
    index,
    locked,
    locked_version,
    must_be_edition,
    open_version,
    write_texts,
)
from burgrave.policies.errors import WrongState
from burgrave.policies.rules import canonical, numbering
from burgrave.policies.rules.approval import must_be
from burgrave.policies.terms import EDIT, TITLE_MAX, DocumentState, VersionId, VersionState, records
from burgrave.policies.terms.drafts import Draft
from burgrave.web.editing import touch
from burgrave.web.errors import BadInput, Said
from burgrave.web.terms import Actor, UnitId

SUMMARY_MAX = 5_000


@transaction.atomic
def begin_draft(document_id: UUID, *, actor: Actor, now: datetime) -> VersionId:
    """The next version is a draft with the texts of the one before. Raises WrongState, NotFound, Forbidden."""
    document = locked(document_id, permission=EDIT, actor=actor)
    going = open_version(document)
    if going:
        raise WrongState(
            "version %(label)s of %(number)s is on its way already",
            words={"label": going.label, "number": document.number},
            mend="Go on with it, or discard it first.",
        )
    before = document.versions.order_by("-ordinal").first()
    texts = list(before.texts.all()) if before else []
    draft = Draft(
        sources={Language(each.language): each.source for each in texts}
        or {Language.ENGLISH: f"# {document.number}\n"},
        origins={Language(each.language): each.origin for each in texts},
    )

    version = _new_version(document, before, actor=actor, now=now)
    norms = write_texts(version, draft)
    follow(document, version, norms)
    _sign_on(version, actor)
    _keep(document, version, actor=actor, now=now)

    begun = records.DraftBegun(document_id=document.pk, version_id=version.pk, label=version.label)
    ledger.append(begun, actor=actor, at=now)
    return VersionId(version.pk)


def save_first(document: models.Document, draft: Draft, *, actor: Actor, now: datetime) -> tuple[Record, ...]:
    """The document has its first draft; the records are appended by the command that adds it."""
    version = _new_version(document, None, actor=actor, now=now)
    version.summary = draft.summary[:SUMMARY_MAX]
    norms = write_texts(version, draft)
    version.label = numbering.written_label(next(iter(norms.values())).facts.version)
    version.save(update_fields=["label", "summary"])
    _sign_on(version, actor)
    follow(document, version, norms)
    _keep(document, version, actor=actor, now=now)
    return (
        records.DraftBegun(document_id=document.pk, version_id=version.pk, label=version.label),
        _saved(version, draft, clauses=document.clauses),
    )


@transaction.atomic
def save_draft(version_id: UUID, draft: Draft, *, edition: int, actor: Actor, now: datetime) -> int:
    """The draft says this. Returns its edition. Raises StaleEdit, WrongState, TextUnreadable, NotFound, Forbidden."""
    version = locked_version(version_id, permission=EDIT, actor=actor)
    document = version.document
    must_be(version.label, VersionState(version.state), VersionState.DRAFT, act=Said("edited"))
    must_be_edition(version, edition=edition)
    if len(draft.summary) > SUMMARY_MAX:
        raise BadInput("a summary has at most %(most)s characters", words={"most": str(SUMMARY_MAX)})
    before = {Language(each.language): each.source for each in version.texts.all()}
    if before == dict(draft.sources) and version.summary == draft.summary:
        return version.edition

    norms = write_texts(version, draft)
    version.summary = draft.summary
    version.edition += 1
    version.changed_by, version.changed_at = actor.name, now
    version.save(update_fields=["summary", "edition", "changed_by", "changed_at"])
    _sign_on(version, actor)
    follow(document, version, norms)
    _keep(document, version, actor=actor, now=now)

    clauses = max(len(norm.clauses) for norm in norms.values())
    ledger.append(_saved(version, draft, clauses=clauses), actor=actor, at=now)
    return version.edition


@transaction.atomic
def discard_draft(version_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The draft is gone; the document and its number stay. Raises WrongState, NotFound, Forbidden."""
    version = locked_version(version_id, permission=EDIT, actor=actor)
    document = version.document
    must_be(version.label, VersionState(version.state), VersionState.DRAFT, act=Said("discarded"))

    label = version.label
    version.delete()
    last = document.versions.order_by("-ordinal").first()
    if last is None:
        document.title = document.number
    else:
        texts = dict(last.texts.values_list("language", "title"))
        document.titles, document.languages = texts, sorted(texts)
        document.title = (next(iter(texts.values()), "") or document.number)[:TITLE_MAX]
    document.stage = ""
    touch(document, actor=actor, now=now)
    document.save()
    index(document)

    discarded = records.DraftDiscarded(document_id=document.pk, version_id=version_id, label=label)
    ledger.append(discarded, actor=actor, at=now)


def _new_version(
    document: models.Document, before: models.Version | None, *, actor: Actor, now: datetime
) -> models.Version:
    highest = document.versions.aggregate(most=Max("ordinal"))["most"] or 0
    return models.Version.objects.create(
        id=uuid4(),
        document=document,
        ordinal=highest + 1,
        label=numbering.label(before.label, is_major=False) if before else "1.0",
        state=VersionState.DRAFT,
        author_id=actor.person_id,
        made_at=now,
        changed_by=actor.name,
        changed_at=now,
    )


def _sign_on(version: models.Version, actor: Actor) -> None:
    """Whoever saves a text has written it, and so have those whose work they do by delegation."""
    wrote = {actor.person_id, *actor.acts_for(EDIT, UnitId(version.document.unit_id))}
    known = set(version.co_authors.values_list("person_id", flat=True))
    models.CoAuthor.objects.bulk_create(
        models.CoAuthor(version=version, person_id=each) for each in wrote if each is not None and each not in known
    )


def _keep(document: models.Document, version: models.Version, *, actor: Actor, now: datetime) -> None:
    document.stage = version.state
    if document.state == DocumentState.NEW:
        document.label = version.label
    touch(document, actor=actor, now=now)
    document.save()
    index(document)


def _saved(version: models.Version, draft: Draft, *, clauses: int) -> records.DraftSaved:
    return records.DraftSaved(
        document_id=version.document_id,
        version_id=version.pk,
        edition=version.edition,
        languages=tuple(sorted(map(str, draft.sources))),
        sha256=canonical.draft_digest({str(key): text for key, text in draft.sources.items()}),
        clauses=clauses,
    )
