"""Evidence whose time is over goes, and what somebody holds stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from burgrave.assurance import models, queries
from burgrave.assurance.commands.keeping import ORPHAN_AGE, remove_unreferred
from burgrave.assurance.errors import HeldAlready, NotHeld, ReasonMissing
from burgrave.assurance.terms import MANAGE, READ
from burgrave.assurance.terms.evidence import (
    HOLD_REASON_MAX,
    MOST_FORGOTTEN_AT_ONCE,
    MOST_REMOVED_AT_ONCE,
    EvidenceForgotten,
    EvidenceHeld,
    EvidenceReleased,
    EvidenceRemoved,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.lists import commands as lists
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId


@transaction.atomic
def remove_evidence(
    evidence_ids: Sequence[UUID], *, about: str, rule: str, after_days: int, actor: Actor, now: datetime
) -> tuple[UUID, ...]:
    """The bytes of these are gone, but for those that are held; rows and records stay. Returns which.

    For the retention of the domain whose evidence it is: that one decides. The files go behind the commit, unless
    something else refers to the same bytes; what a kill leaves goes with the next sweep. At most 100 at once.
    """
    if len(evidence_ids) > MOST_REMOVED_AT_ONCE:
        raise ValueError(f"at most {MOST_REMOVED_AT_ONCE} pieces of evidence go at once, got {len(evidence_ids)}")
    wanted = models.Evidence.objects.select_for_update().filter(pk__in=evidence_ids, removed_at=None, held_at=None)
    rows = list(wanted.order_by("kept_at", "pk"))
    if not rows:
        return ()

    gone = tuple(row.pk for row in rows)
    models.Evidence.objects.filter(pk__in=gone).update(removed_at=now, removed_after_days=after_days)
    lists.unindex(queries.KIND, gone)
    digests = [row.sha256 for row in rows]
    transaction.on_commit(partial(remove_unreferred, digests, before=(now - ORPHAN_AGE).timestamp()))

    record = EvidenceRemoved(
        about=about,
        rule=rule,
        after_days=after_days,
        evidence=len(rows),
        size_bytes=sum(row.size_bytes for row in rows),
        kept_from=rows[0].kept_at,
        kept_until=rows[-1].kept_at,
        evidence_ids=gone,
        sha256=tuple(digests),
    )
    ledger.append(record, actor=actor, at=now)
    return gone


@transaction.atomic
def forget_evidence(evidence_ids: Sequence[UUID], *, about: str, actor: Actor, now: datetime) -> tuple[UUID, ...]:
    """The rows of these are gone, but for those whose bytes are there or that are held; records stay. Returns which.

    For the retention of the domain whose evidence it is, when nothing of that domain names it any more. At most 500 at
    once.
    """
    if len(evidence_ids) > MOST_FORGOTTEN_AT_ONCE:
        raise ValueError(f"at most {MOST_FORGOTTEN_AT_ONCE} rows of evidence go at once, got {len(evidence_ids)}")
    wanted = models.Evidence.objects.select_for_update().filter(pk__in=evidence_ids, removed_at__isnull=False)
    gone = tuple(wanted.filter(held_at=None).order_by("kept_at", "pk").values_list("pk", flat=True))
    if not gone:
        return ()

    models.Evidence.objects.filter(pk__in=gone).delete()

    ledger.append(EvidenceForgotten(about=about, evidence=len(gone), evidence_ids=gone), actor=actor, at=now)
    return gone


@transaction.atomic
def hold_evidence(evidence_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """No retention removes the evidence until it is released. Raises EvidenceGone, HeldAlready, ReasonMissing."""
    row = _locked(evidence_id, actor=actor)

    queries.must_be_there(row.removed_at, after_days=row.removed_after_days or 0)
    if row.held_at is not None:
        raise HeldAlready(
            "%(name)s holds this evidence already",
            words={"name": row.held_by},
            mend="Its page says since when, and why.",
        )
    said = _reason(reason)

    row.held_at, row.held_by, row.hold_reason = now, actor.name, said
    row.save(update_fields=["held_at", "held_by", "hold_reason"])

    record = EvidenceHeld(evidence_id=row.pk, sha256=row.sha256, reason=Sealed(said))
    ledger.append(record, actor=actor, at=now)


@transaction.atomic
def release_evidence(evidence_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The evidence is kept as long as its retention says. Raises NotHeld, ReasonMissing."""
    row = _locked(evidence_id, actor=actor)

    if row.held_at is None:
        raise NotHeld("nobody holds this evidence")
    said = _reason(reason)

    row.held_at, row.held_by, row.hold_reason = None, "", ""
    row.save(update_fields=["held_at", "held_by", "hold_reason"])

    ledger.append(EvidenceReleased(evidence_id=row.pk, reason=Sealed(said)), actor=actor, at=now)


def _locked(evidence_id: UUID, *, actor: Actor) -> models.Evidence:
    row = models.Evidence.objects.select_for_update().filter(pk=evidence_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("there is no such evidence, or you may not see it")
    actor.must(MANAGE, UnitId(row.unit_id))
    return row


def _reason(text: str) -> str:
    said = text.strip()
    if not said:
        raise ReasonMissing("holding or releasing evidence needs a reason", mend="Say why.")
    if len(said) > HOLD_REASON_MAX or storable(said) != said:
        raise BadInput(
            "a reason has at most %(most)s characters that every database keeps", words={"most": str(HOLD_REASON_MAX)}
        )
    return said
