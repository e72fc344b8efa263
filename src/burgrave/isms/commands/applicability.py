"""Statements of Applicability: what applies is decided by a person, the rest is generated, somebody else approves."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from burgrave.assurance import commands as evidence
from burgrave.assurance import queries as assurance
from burgrave.assurance.terms import RequirementId
from burgrave.custody import commands as custody
from burgrave.custody.terms import SignedStatement
from burgrave.isms import models, queries
from burgrave.isms.errors import WrongState
from burgrave.isms.rules import applicability as rules
from burgrave.isms.rules import approval
from burgrave.isms.terms import APPROVE, EDIT, READ, records
from burgrave.isms.terms.applicability import MOST_AT_ONCE, ApplicabilityId, ApplicabilityState, Choice
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, PersonId, UnitId


@transaction.atomic
def decide_applicability(
    framework_id: UUID, requirement_ids: Sequence[UUID], choice: Choice, *, actor: Actor, now: datetime
) -> int:
    """The requirements apply or not, for this reason. Returns how many. Raises BadInput, NotFound, Forbidden."""
    framework = queries.soa_framework(framework_id, actor=actor)
    actor.must(EDIT, framework.unit_id)
    asked = tuple(dict.fromkeys(requirement_ids))
    if not 0 < len(asked) <= MOST_AT_ONCE:
        raise BadInput(
            "1 to %(most)s requirements are decided at once",
            words={"most": str(MOST_AT_ONCE)},
            mend="Choose those that share the reason.",
        )
    known = {each.requirement_id: each.identifier for each in assurance.requirements_in_force(framework_id)}
    if not set(asked) <= set(known):
        raise BadInput("a requirement that is named is not in force in this framework", mend="Reload the page.")
    rules.must_be_open([known[RequirementId(each)] for each in asked], known=known.values())

    for requirement_id in asked:
        models.Applicability.objects.update_or_create(
            requirement_id=requirement_id,
            defaults={
                "framework_id": framework_id,
                "unit_id": framework.unit_id,
                "applies": choice.applies,
                "reason": choice.reason.strip(),
                "decided_at": now,
                "decided_by": actor.name,
                "decided_by_id": actor.person_id,
            },
        )

    ledger.append_all(
        [
            records.ApplicabilityDecided(
                requirement_id=each, framework_id=framework_id, applies=choice.applies, reason=Sealed(choice.reason)
            )
            for each in asked
        ],
        actor=actor,
        at=now,
    )
    return len(asked)


@transaction.atomic
def generate_soa(framework_id: UUID, *, actor: Actor, now: datetime) -> ApplicabilityId:
    """A new version says what was decided and how everything stands now; when nothing changed there is none.

    Raises WrongState without a change since the last version, NotFound, Forbidden.
    """
    framework = queries.soa_framework(framework_id, actor=actor)
    actor.must(EDIT, framework.unit_id)
    kept = models.StatementOfApplicability.objects.select_for_update().filter(framework_id=framework_id)
    last = kept.order_by("-version").first()
    rows = queries.soa_rows(framework_id, actor=actor, today=timezone.localdate(now))

    if not rows:
        raise WrongState("%(framework)s has no requirement in force", words={"framework": framework.identifier})
    plain = rules.plain(rows)
    if last is not None and last.rows == plain:
        raise WrongState(
            "nothing changed since version %(version)s", words={"version": str(last.version)}, mend="Use that version."
        )

    version = last.version + 1 if last else 1
    row = models.StatementOfApplicability.objects.create(
        id=uuid4(),
        framework_id=framework_id,
        framework=framework.identifier,
        framework_title=framework.title,
        unit_id=framework.unit_id,
        version=version,
        state=ApplicabilityState.MADE,
        rows=plain,
        row_count=len(rows),
        digest=rules.digest(framework=framework.identifier, version=version, rows=rows),
        writers=_writers(framework_id, actor=actor),
        made_at=now,
        made_by=actor.name,
    )

    made = records.ApplicabilityStated(
        soa_id=row.pk, framework_id=framework_id, version=version, digest=row.digest, rows=len(rows)
    )
    ledger.append(made, actor=actor, at=now)
    return ApplicabilityId(row.pk)


@transaction.atomic
def approve_soa(soa_id: UUID, *, digest: str, actor: Actor, now: datetime) -> None:
    """The version holds, exactly as it was shown, and is signed; its canonical form, statement and signature are kept.

    Not by whoever made it, nor by whoever decided what it says since the last approval. Raises SeparationOfDuties,
    OutdatedDigest, Incomplete, WrongState, NotFound, Forbidden, and CustodyError where the key cannot sign.
    """
    row = models.StatementOfApplicability.objects.select_for_update().filter(pk=soa_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no Statement of Applicability with this identifier is visible to you")
    actor.must(APPROVE, UnitId(row.unit_id))
    what = f"{row.framework} {row.version}"
    newest = models.StatementOfApplicability.objects.filter(framework_id=row.framework_id).order_by("-version")

    rules.must_be_made(ApplicabilityState(row.state), what=what)
    rules.must_be_newest(row.version, newest=newest.values_list("version", flat=True)[0], what=what)
    approval.must_be_shown(digest, row.digest, what=what)
    writers = [PersonId(UUID(each)) for each in row.writers]
    approval.must_be_apart(actor, writers, permission=APPROVE, unit_id=UnitId(row.unit_id), what=what)
    rules.must_be_decided(rules.rows_of(row.rows), what=what)

    signed = custody.sign_statement(
        rules.signed_text(framework=row.framework, version=row.version, digest=row.digest, approved_at=now)
    )

    row.state, row.approved_at, row.approved_by = ApplicabilityState.APPROVED, now, actor.name
    row.statement, row.key_id = signed.text, signed.fingerprint
    row.signature = base64.b64encode(signed.signature).decode()
    row.save(update_fields=["state", "approved_at", "approved_by", "statement", "key_id", "signature"])

    approved = records.ApplicabilityApproved(
        soa_id=row.pk,
        framework_id=row.framework_id,
        version=row.version,
        digest=row.digest,
        key_id=row.key_id,
        signature=row.signature,
    )
    ledger.append(approved, actor=actor, at=now)
    _keep(row, signed, actor=actor, now=now)


def _keep(row: models.StatementOfApplicability, signed: SignedStatement, *, actor: Actor, now: datetime) -> None:
    """The signed bytes are evidence of the statement, so that a bundle about it proves them."""
    whole = rules.canonical(framework=row.framework, version=row.version, rows=rules.rows_of(row.rows))
    for name, media_type, data in (
        ("json", "application/json", whole),
        ("statement.txt", "text/plain; charset=utf-8", signed.text.encode()),
        ("statement.sig", "application/octet-stream", signed.signature),
    ):
        with assurance.store().writer() as writer:
            writer.write(data)
            kept = writer.finish()
        evidence.keep(
            kept,
            name=f"SoA-{row.framework}-{row.version}.{name}",
            media_type=media_type,
            unit_id=UnitId(row.unit_id),
            subject=records.soa_subject(row.framework_id),
            actor=actor,
            now=now,
        )


def _writers(framework_id: UUID, *, actor: Actor) -> list[str]:
    """Whoever generates it, and whoever decided something since the last approved version."""
    approved = models.StatementOfApplicability.objects.filter(
        framework_id=framework_id, state=ApplicabilityState.APPROVED
    ).order_by("-version")
    since = approved.values_list("made_at", flat=True).first()
    decided = models.Applicability.objects.filter(framework_id=framework_id).exclude(decided_by_id=None)
    if since is not None:
        decided = decided.filter(decided_at__gt=since)
    found = {str(each) for each in decided.values_list("decided_by_id", flat=True)}
    return sorted(found | ({str(actor.person_id)} if actor.person_id else set()))
