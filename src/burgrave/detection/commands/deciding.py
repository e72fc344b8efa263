"""Rules of the library are approved, declined, enabled, disabled and retired, many at once: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import is_apart, permit
from burgrave.detection.commands.referring import must_be_whole
from burgrave.detection.commands.standing import touch
from burgrave.detection.queries.trials import newest_trials
from burgrave.detection.rules import life
from burgrave.detection.terms import (
    REASON_MAX,
    Act,
    RuleApproved,
    RuleCase,
    RuleDeclined,
    RuleDisabled,
    RuleEnabled,
    RuleRetired,
    RuleState,
    RuleSwitchedOff,
    RuleSwitchedOn,
    VersionState,
)
from burgrave.incidents import queries as incidents
from burgrave.incidents.terms import RuleOrigin
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed, storable
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId

AT_ONCE = 500


@transaction.atomic
def decide(ids: Sequence[UUID], *acts: Act, reason: str = "", actor: Actor, now: datetime) -> int:
    """These acts, one after the other, are done to every rule. Gives their number.

    Raises WrongState, SeparationOfDuties, ReasonMissing, NotFound, Forbidden.
    """
    permit(actor)
    reason = storable(reason.strip())[:REASON_MAX]
    rows = _locked(ids)

    trials = newest_trials([row.pending_id for row in rows if row.pending_id]) if Act.APPROVE in acts else {}
    records: list[Record] = []
    decided: list[models.Version] = []
    for act in acts:
        kind: list[Record] = []
        for row in rows:
            case = life.decide(_case(row), act, is_apart=is_apart(actor, _proposer(row)), reason=reason)
            decided += _write(row, case, act, reason=reason, actor=actor, now=now)
            kind.append(_record(row, act, reason, trials))
        records += kind

    _save(rows, decided)
    must_be_whole(rows, acts)
    touch(now=now)

    ledger.append_bulk(records, actor=actor, at=now)
    return len(rows)


@transaction.atomic
def decide_one(library_rule_id: UUID, *acts: Act, version: int, reason: str = "", actor: Actor, now: datetime) -> None:
    """The same for one rule as the person saw it. Raises StaleEdit besides."""
    permit(actor)
    found = models.Rule.objects.select_for_update().filter(pk=library_rule_id).first()
    if found is None:
        raise NotFound("there is no such rule in the library")
    if found.version != version:
        raise StaleEdit(
            "%(title)s was changed by %(who)s after you opened it; nothing was overwritten",
            words={"title": found.title, "who": found.changed_by},
            changed_by=found.changed_by,
            changed_at=found.changed_at,
            mend="Look at the present state, then decide again.",
        )
    decide([library_rule_id], *acts, reason=reason, actor=actor, now=now)


@transaction.atomic
def switch_off(rule_version_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """A rule on disk is held against events no more. Raises ReasonMissing, WrongState, NotFound, Forbidden."""
    permit(actor)
    rule = incidents.rule_detail(rule_version_id, actor=actor).rule
    reason = storable(reason.strip())[:REASON_MAX]
    life.must_be_on_disk(rule.title, is_of_library=rule.origin is RuleOrigin.LIBRARY)
    life.must_say(reason)

    models.Switch.objects.update_or_create(
        rule_id=rule.rule_id, defaults={"title": rule.title[:300], "reason": reason, "at": now, "by": actor.name}
    )
    touch(now=now)

    ledger.append(RuleSwitchedOff(rule_id=rule.rule_id, reason=Sealed(reason)), actor=actor, at=now)


@transaction.atomic
def switch_on(rule_id: str, *, actor: Actor, now: datetime) -> None:
    """The rule on disk is held against events again. Raises NotFound, Forbidden."""
    permit(actor)
    removed, _ = models.Switch.objects.filter(pk=rule_id).delete()
    if not removed:
        raise NotFound("no rule with this id is switched off")
    touch(now=now)

    ledger.append(RuleSwitchedOn(rule_id=rule_id), actor=actor, at=now)


def _locked(ids: Sequence[UUID]) -> list[models.Rule]:
    rows: list[models.Rule] = []
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), AT_ONCE):
        some = models.Rule.objects.select_for_update(of=("self",)).filter(pk__in=wanted[start : start + AT_ONCE])
        rows.extend(some.select_related("pending__batch", "live").order_by("pk"))
    if len(rows) != len(wanted):
        raise NotFound("one of the rules is not in the library")
    return rows


def _case(row: models.Rule) -> RuleCase:
    return RuleCase(
        title=row.title,
        state=RuleState(row.state),
        waits=row.pending_id is not None,
        is_approved=row.live_id is not None,
        proposer_id=None if _proposer(row) is None else PersonId(_proposer(row)),  # type: ignore[arg-type]  # not None
    )


def _proposer(row: models.Rule) -> UUID | None:
    return None if row.pending is None else row.pending.batch.person_id


def _write(
    row: models.Rule, case: RuleCase, act: Act, *, reason: str, actor: Actor, now: datetime
) -> list[models.Version]:
    """The row is as the case says; gives the text that was decided, if one was."""
    decided: list[models.Version] = []
    if row.pending is not None and not case.waits:
        state = {Act.APPROVE: VersionState.APPROVED, Act.DECLINE: VersionState.DECLINED}
        text = row.pending
        text.state, text.decided_at, text.decided_by = state.get(act, VersionState.SUPERSEDED), now, actor.name
        text.reason = reason if act is not Act.APPROVE else ""
        decided.append(text)
        if act is Act.APPROVE:
            row.live = text
        row.pending = None
    row.state, row.version = case.state, row.version + 1
    row.reason = reason if act in {Act.DISABLE, Act.RETIRE, Act.DECLINE} else ""
    row.changed_at, row.changed_by = now, actor.name
    return decided


def _save(rows: Sequence[models.Rule], decided: Sequence[models.Version]) -> None:
    models.Version.objects.bulk_update(decided, ["state", "decided_at", "decided_by", "reason"], batch_size=100)
    changed = ["state", "live", "pending", "reason", "version", "changed_at", "changed_by"]
    models.Rule.objects.bulk_update(rows, changed, batch_size=100)


def _record(row: models.Rule, act: Act, reason: str, trials: Mapping[UUID, tuple[UUID, int]]) -> Record:
    text = row.live
    sha256 = row.newest_sha256 if text is None else text.text_id
    match act:
        case Act.APPROVE:
            trial_id, matches = trials.get(row.live_id, (None, None)) if row.live_id else (None, None)
            return RuleApproved(
                library_rule_id=row.pk,
                rule_id=row.rule_id,
                rule_sha256=sha256,
                trial_id=trial_id,
                tried_matches=matches,
            )
        case Act.ENABLE:
            return RuleEnabled(library_rule_id=row.pk, rule_id=row.rule_id, rule_sha256=sha256)
        case Act.DECLINE:
            return RuleDeclined(
                library_rule_id=row.pk, rule_id=row.rule_id, rule_sha256=row.newest_sha256, reason=Sealed(reason)
            )
        case Act.DISABLE:
            return RuleDisabled(library_rule_id=row.pk, rule_id=row.rule_id, rule_sha256=sha256, reason=Sealed(reason))
        case Act.RETIRE:
            return RuleRetired(library_rule_id=row.pk, rule_id=row.rule_id, rule_sha256=sha256, reason=Sealed(reason))
