"""Publication, retirement, and the confirmation that what holds is still right."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as evidence
from burgrave.custody import commands as custody
from burgrave.engines.norms import Kind, Language, Norm, unknown_variables
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.policies import models
from burgrave.policies.commands.effect import (
    end_document,
    end_versions,
    must_be_replaceable,
    norms_of_version,
    take_effect,
    variables_of,
)
from burgrave.policies.commands.loading import (
    index,
    locked,
    locked_version,
    must_be_current,
    open_version,
)
from burgrave.policies.errors import VariableMissing, WrongState
from burgrave.policies.queries.versions import holding_on
from burgrave.policies.rules import approval, canonical, effect
from burgrave.policies.rules.approval import must_be
from burgrave.policies.rules.reviewing import due_on
from burgrave.policies.terms import EDIT, PUBLISH, VersionState, document_subject, records
from burgrave.web.editing import touch
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, UnitId

TEXT_TYPE = "text/plain; charset=utf-8"


@transaction.atomic
def publish(version_id: UUID, *, effective_on: date | None = None, actor: Actor, now: datetime) -> str:
    """The version is signed and holds from that day, today without one. Returns the digest of the canonical text.

    The one before holds until then. Raises WrongState, VariableMissing, BadInput, NotFound, Forbidden, and CustodyError
    where the key cannot sign.
    """
    version = locked_version(version_id, permission=PUBLISH, actor=actor)
    document, today = version.document, now.date()
    must_be(version.label, VersionState(version.state), VersionState.APPROVED, act=Said("published"))
    begins = effect.first_day(effective_on, today=today)
    norms, variables = norms_of_version(version), variables_of(version)
    _must_be_known(norms, variables)
    must_be_replaceable(document, norms, actor=actor)
    texts = canonical.Texts(
        number=document.number,
        kind=Kind(document.kind),
        label=version.label,
        effective_on=begins,
        sources={each.language: each.source for each in version.texts.all()},
        variables=variables,
    )
    whole = canonical.canonical(texts)
    digest, code = canonical.digest_of(whole), canonical.code_of(secrets.token_bytes(canonical.CODE_BYTES))
    signed = custody.sign_statement(canonical.statement(texts, digest=digest, code=code))

    before = _supersede(document, version, begins=begins)
    version.state, version.published_at, version.published_by = VersionState.PUBLISHED, now, actor.name
    version.effective_on, version.variables, version.digest = begins, variables, digest
    version.statement, version.key_id, version.code = signed.text, signed.fingerprint, code
    version.signature = base64.b64encode(signed.signature).decode()
    version.is_waiting = begins > today
    version.save()
    _is_published(document, actor=actor, now=now)

    ledger.append_all(
        (
            *before,
            records.VersionPublished(
                document_id=document.pk,
                version_id=version.pk,
                number=document.number,
                label=version.label,
                document_kind=texts.kind,
                digest=digest,
                is_major=version.is_major,
                effective_on=begins,
                key_id=version.key_id,
                signature=version.signature,
            ),
        ),
        actor=actor,
        at=now,
    )
    _keep_texts(document, version, whole, signed.text, actor=actor, now=now)
    if not version.is_waiting:
        take_effect(version, norms, actor=actor, now=now)
    return digest


@transaction.atomic
def retire(document_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """Nothing of the document holds from today. Raises WrongState, ReasonMissing, StaleEdit, NotFound, Forbidden."""
    document = locked(document_id, permission=PUBLISH, actor=actor)
    must_be_current(document, version=version)
    said = storable(approval.reasoned(reason, why=Said("a document is retired only with a reason")))
    row = document.versions.select_for_update().filter(state=VersionState.PUBLISHED).first()
    if row is None:
        raise WrongState(
            "nothing of %(number)s is in force",
            words={"number": document.number},
            mend="Discard its draft instead, if it is not needed.",
        )
    going = open_version(document)
    if going:
        raise WrongState(
            "version %(label)s of %(number)s is on its way",
            words={"label": going.label, "number": document.number},
            mend="Publish or discard it first.",
        )

    end_document(document, row, reason=said, actor=actor, now=now)


@transaction.atomic
def review(document_id: UUID, *, note: str, version: int, actor: Actor, now: datetime) -> date:
    """Somebody confirmed what holds; returns the day of the next review. Raises WrongState, StaleEdit, NotFound."""
    document = locked(document_id, permission=EDIT, actor=actor)
    must_be_current(document, version=version)
    row = document.versions.filter(holding_on(now.date())).order_by("-ordinal").first()
    if row is None:
        raise WrongState(
            "nothing of %(number)s is in force, so there is nothing to confirm", words={"number": document.number}
        )

    document.reviewed_on, document.reviewed_by, document.reminded_on = now.date(), actor.name, None
    document.review_due_on = due = due_on(from_on=now.date(), every_days=document.review_every_days)
    touch(document, actor=actor, now=now)
    document.save()

    reviewed = records.DocumentReviewed(
        document_id=document.pk, version_id=row.pk, due_on=due, note=Sealed(storable(note.strip()))
    )
    ledger.append(reviewed, actor=actor, at=now)
    return due


def _must_be_known(norms: Mapping[Language, Norm], variables: Mapping[str, Mapping[str, str]]) -> None:
    for language, norm in norms.items():
        missing = unknown_variables(norm, variables[language])
        if missing:
            raise VariableMissing(
                "the text in %(language)s stands for %(names)s, which has no value",
                words={"language": language, "names": ", ".join(f"{{{{{name}}}}}" for name in missing[:5])},
                mend="Set it among the variables of the organisation, or under 'variables:' in the front matter.",
            )


def _supersede(
    document: models.Document, version: models.Version, *, begins: date
) -> tuple[records.VersionSuperseded, ...]:
    """Nothing else of the document holds from that day on; what waited for a later day never will."""
    before = document.versions.select_for_update().filter(state=VersionState.PUBLISHED).first()
    if before is None:
        return ()
    waiting = before.effective_on if before.is_waiting else None
    effect.must_not_wait_longer(begins, waiting=waiting, label=before.label)
    ends = end_versions(document, on=begins)
    document.versions.filter(pk=before.pk).update(state=VersionState.SUPERSEDED)
    return (
        records.VersionSuperseded(
            document_id=document.pk, version_id=before.pk, successor_id=version.pk, ended_on=ends[before.pk]
        ),
    )


def _is_published(document: models.Document, *, actor: Actor, now: datetime) -> None:
    document.stage = ""
    touch(document, actor=actor, now=now)
    document.save()
    index(document)


def _keep_texts(
    document: models.Document, version: models.Version, whole: bytes, statement: str, *, actor: Actor, now: datetime
) -> None:
    """The signed bytes are evidence of the document, so that a bundle about it proves them."""
    for name, data in (("txt", whole), ("statement.txt", statement.encode())):
        with evidence.store().writer() as writer:
            writer.write(data)
            kept = writer.finish()
        assurance.keep(
            kept,
            name=f"{document.number}-{version.label}.{name}",
            media_type=TEXT_TYPE,
            unit_id=UnitId(document.unit_id),
            subject=document_subject(document.pk),
            actor=actor,
            now=now,
        )
