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
from burgrave.assurance.terms import TITLE_MAX
from burgrave.assurance.terms.frameworks import FrameworkDraft, FrameworkOrigin
from burgrave.custody import commands as custody
from burgrave.engines.norms import Kind, Language, Norm, unknown_variables
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.policies import models
from burgrave.policies.commands.loading import (
    follow,
    index,
    known_of,
    locked,
    locked_version,
    must_be_current,
    open_version,
    touch,
)
from burgrave.policies.errors import VariableMissing, WrongState
from burgrave.policies.queries.variables import known_variables
from burgrave.policies.rules import approval, canonical, reading
from burgrave.policies.rules.approval import must_be
from burgrave.policies.rules.chaining import requirements_of
from burgrave.policies.rules.reviewing import due_on
from burgrave.policies.terms import (
    EDIT,
    PUBLISH,
    DocumentState,
    VersionState,
    document_subject,
    records,
)
from burgrave.web.errors import Said
from burgrave.web.terms import Actor, UnitId

ASKING = frozenset({Kind.POLICY, Kind.NORM, Kind.GUIDELINE})
"""What asks for something; a procedure says how, and a record form what is written down."""
TEXT_TYPE = "text/plain; charset=utf-8"


@transaction.atomic
def publish(version_id: UUID, *, actor: Actor, now: datetime) -> str:
    """The version holds from today, signed; the one before is superseded. Returns the digest of the canonical text.

    Raises WrongState, VariableMissing, NotFound, Forbidden, and CustodyError where the key cannot sign.
    """
    version = locked_version(version_id, permission=PUBLISH, actor=actor)
    document, today = version.document, now.date()
    must_be(version.label, VersionState(version.state), VersionState.APPROVED, act=Said("published"))
    norms, variables = _norms(version), _variables(version)
    _must_be_known(norms, variables)
    texts = canonical.Texts(
        number=document.number,
        kind=Kind(document.kind),
        label=version.label,
        effective_on=today,
        sources={each.language: each.source for each in version.texts.all()},
        variables=variables,
    )
    whole = canonical.canonical(texts)
    digest, code = canonical.digest_of(whole), canonical.code_of(secrets.token_bytes(canonical.CODE_BYTES))
    signed = custody.sign_statement(canonical.statement(texts, digest=digest, code=code))

    before = _supersede(document, version, today=today)
    version.state, version.published_at, version.published_by = VersionState.PUBLISHED, now, actor.name
    version.effective_on, version.variables, version.digest = today, variables, digest
    version.statement, version.key_id, version.code = signed.text, signed.fingerprint, code
    version.signature = base64.b64encode(signed.signature).decode()
    version.save()
    _in_force(document, version, norms, today=today, actor=actor, now=now)

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
                effective_on=today,
                key_id=version.key_id,
                signature=version.signature,
            ),
        ),
        actor=actor,
        at=now,
    )
    _keep_texts(document, version, whole, signed.text, actor=actor, now=now)
    _put(document, version, norms, variables, actor=actor, now=now)
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

    row.state, row.ended_on, row.end_reason = VersionState.RETIRED, now.date(), said
    row.save(update_fields=["state", "ended_on", "end_reason"])
    document.state, document.review_due_on = DocumentState.RETIRED, None
    touch(document, actor=actor, now=now)
    document.save()
    index(document)

    retired = records.DocumentRetired(
        document_id=document.pk, version_id=row.pk, ended_on=now.date(), reason=Sealed(said)
    )
    ledger.append(retired, actor=actor, at=now)
    if Kind(document.kind) in ASKING:
        assurance.withdraw_framework(framework_of(document), actor=actor, now=now)


@transaction.atomic
def review(document_id: UUID, *, note: str, version: int, actor: Actor, now: datetime) -> date:
    """Somebody confirmed what holds; returns the day of the next review. Raises WrongState, StaleEdit, NotFound."""
    document = locked(document_id, permission=EDIT, actor=actor)
    must_be_current(document, version=version)
    row = document.versions.filter(state=VersionState.PUBLISHED).first()
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


def _norms(version: models.Version) -> dict[Language, Norm]:
    return {
        Language(each.language): reading.norm_of(
            each.source, known_of(version.document, Language(each.language), label=version.label)
        )
        for each in version.texts.order_by("language")
    }


def _variables(version: models.Version) -> dict[str, dict[str, str]]:
    """What each language's text stands for: its own front matter, and above it the organisation's."""
    shared = known_variables()
    return {
        str(language): {**norm.facts.variables, **shared.get(language, {})}
        for language, norm in _norms(version).items()
    }


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
    document: models.Document, version: models.Version, *, today: date
) -> tuple[records.VersionSuperseded, ...]:
    before = document.versions.select_for_update().filter(state=VersionState.PUBLISHED).first()
    if before is None:
        return ()
    before.state, before.ended_on = VersionState.SUPERSEDED, today
    before.save(update_fields=["state", "ended_on"])
    return (
        records.VersionSuperseded(
            document_id=document.pk, version_id=before.pk, successor_id=version.pk, ended_on=today
        ),
    )


def _in_force(
    document: models.Document,
    version: models.Version,
    norms: Mapping[Language, Norm],
    *,
    today: date,
    actor: Actor,
    now: datetime,
) -> None:
    document.state, document.stage, document.label = DocumentState.IN_FORCE, "", version.label
    document.review_due_on = due_on(from_on=today, every_days=document.review_every_days)
    document.reviewed_on, document.reviewed_by, document.reminded_on = today, actor.name, None
    touch(document, actor=actor, now=now)
    follow(document, version, norms)
    document.save()
    index(document)


def framework_of(document: models.Document) -> str:
    """The name of the framework that the document is in the chain; made-up ones never stand for real ones."""
    return f"SAMPLE-{document.number}" if document.is_sample else document.number


def _put(
    document: models.Document,
    version: models.Version,
    norms: Mapping[Language, Norm],
    variables: Mapping[str, Mapping[str, str]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """The clauses of a policy or norm are requirements; its first language speaks for all, since all bind alike."""
    if Kind(document.kind) not in ASKING:
        return
    language, norm = next(iter(norms.items()))
    draft = FrameworkDraft(
        identifier=framework_of(document),
        title=f"{document.number} {norm.title}"[:TITLE_MAX],
        origin=FrameworkOrigin.INTERNAL,
        version=version.label,
        source_subject=document_subject(document.pk),
        requirements=requirements_of(norm, variables[language]),
        unit_id=UnitId(document.unit_id),
    )
    assurance.put_framework(draft, actor=actor, now=now)


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
