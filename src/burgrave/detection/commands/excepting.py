"""Exceptions are asked for, decided by somebody else, revoked, and end by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext_noop

from burgrave.detection import models
from burgrave.detection.commands.access import is_apart, permit
from burgrave.detection.commands.standing import touch
from burgrave.detection.queries.exceptions import effects_of, holding_rows, reaches
from burgrave.detection.rules import exceptions as rules
from burgrave.detection.terms import REASON_MAX, RULES
from burgrave.detection.terms.exceptions import (
    SOON_DAYS,
    TRIAGE,
    Effect,
    ExceptionFacts,
    RuleExceptionId,
    RuleExceptionState,
    rule_exception_subject,
)
from burgrave.detection.terms.records import (
    RuleExceptionApproved,
    RuleExceptionAsked,
    RuleExceptionExpired,
    RuleExceptionRefused,
    RuleExceptionRevoked,
)
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Record, Sealed, storable
from burgrave.notifications import commands as notifications
from burgrave.notifications.terms import Day, Recipients, Words
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor, PersonId, UnitId, system_actor

ASKED = gettext_noop("An exception to the rule %(rule)s waits for a decision")
ENDING = gettext_noop("The exception to the rule %(rule)s ends on %(day)s")
EXPIRED = gettext_noop("The exception to the rule %(rule)s ended on %(day)s; its events raise alerts again")

EFFECTS = {
    Effect.EVERYTHING: gettext_noop("The exception to the rule %(rule)s leaves out every match of it"),
    Effect.NOTHING: gettext_noop("The exception to the rule %(rule)s has left out nothing for 30 days"),
}


@transaction.atomic
def ask_exception(facts: ExceptionFacts, *, actor: Actor, now: datetime) -> RuleExceptionId:
    """The exception waits for somebody else. Raises BadException, ReasonMissing, BadInput, Forbidden."""
    if not actor.may(TRIAGE, facts.unit_id) and not actor.may(RULES, facts.unit_id):
        raise Forbidden(
            "%(name)s may not do this here: the permission %(permission)s is missing",
            words={"name": actor.name, "permission": TRIAGE},
        )
    if facts.owner_id not in people.everybody():
        raise BadInput("nobody who is active is the owner", mend="Choose somebody from the list.")
    rules.must_fit(facts, today=now.date())
    exception_id = uuid4()
    source = rules.filter_text(exception_id, facts.rule, facts.conditions)
    rules.must_load(source)

    row = models.RuleException.objects.create(
        id=exception_id,
        unit_id=facts.unit_id,
        rule_id=facts.rule.rule_id[:200],
        rule_title=facts.rule.title[:300],
        product=facts.rule.product,
        category=facts.rule.category,
        service=facts.rule.service,
        conditions=[[each.field, str(each.comparison), each.value] for each in facts.conditions],
        source=source,
        reason=storable(facts.reason.strip())[:REASON_MAX],
        owner_id=facts.owner_id,
        author_id=actor.person_id,
        author_name=actor.name[:200],
        alert_id=facts.alert_id,
        state=RuleExceptionState.PROPOSED,
        asked_at=now,
        ends_on=facts.ends_on,
        changed_at=now,
        changed_by=actor.name[:200],
    )
    _tell(row, ASKED, to=Recipients(permission=RULES, unit_id=facts.unit_id), key="asked", now=now)

    asked = RuleExceptionAsked(
        exception_id=row.pk,
        unit_id=row.unit_id,
        rule_id=row.rule_id,
        filter_text=Sealed(source),
        owner_id=row.owner_id,
        ends_on=row.ends_on,
        reason=Sealed(row.reason),
    )
    ledger.append(asked, actor=actor, at=now)
    return RuleExceptionId(row.pk)


@transaction.atomic
def approve_exception(exception_id: UUID, *, version: int, actor: Actor, now: datetime) -> None:
    """The rule leaves out what is expected, from now on.

    Raises WrongState, SeparationOfDuties, StaleEdit, NotFound, Forbidden.
    """
    row = _locked(exception_id, version=version, actor=actor)
    state = rules.approve(
        RuleExceptionState(row.state),
        is_apart=is_apart(actor, row.author_id),
        ends_on=row.ends_on,
        today=now.date(),
    )

    _decided(row, state, actor=actor, now=now)

    _record(RuleExceptionApproved(exception_id=row.pk, rule_id=row.rule_id, ends_on=row.ends_on), actor=actor, now=now)


@transaction.atomic
def refuse_exception(exception_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """It is not granted. Raises WrongState, ReasonMissing, StaleEdit, Forbidden."""
    row = _locked(exception_id, version=version, actor=actor)
    state = rules.refuse(RuleExceptionState(row.state), reason=reason)

    _decided(row, state, reason=reason, actor=actor, now=now)

    _record(RuleExceptionRefused(exception_id=row.pk, reason=Sealed(row.decision)), actor=actor, now=now)


@transaction.atomic
def revoke_exception(exception_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """It holds no more. Raises WrongState, ReasonMissing, StaleEdit, Forbidden."""
    row = _locked(exception_id, version=version, actor=actor)
    state = rules.revoke(RuleExceptionState(row.state), reason=reason)

    _decided(row, state, reason=reason, actor=actor, now=now)

    _record(RuleExceptionRevoked(exception_id=row.pk, reason=Sealed(row.decision)), actor=actor, now=now)


def look_at_exceptions(*, now: datetime) -> int:
    """What ended has expired, and its owner knows; owners of what ends soon know too. Gives how many expired."""
    today, expired = now.date(), 0
    held = models.RuleException.objects.filter(
        state=RuleExceptionState.APPROVED, ends_on__lte=today + timedelta(days=SOON_DAYS)
    )
    for key in list(held.order_by("ends_on", "pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = models.RuleException.objects.select_for_update(of=("self",)).get(pk=key)
            owner = Recipients(persons=(PersonId(row.owner_id),))
            if not rules.has_expired(RuleExceptionState(row.state), row.ends_on, today=today):
                _tell(row, ENDING, to=owner, key="ending", now=now)
                continue
            _decided(row, RuleExceptionState.EXPIRED, actor=system_actor(), now=now)
            _tell(row, EXPIRED, to=owner, key="expired", now=now)
            ended = RuleExceptionExpired(exception_id=row.pk, rule_id=row.rule_id, ends_on=row.ends_on)
            _record(ended, actor=system_actor(), now=now)
            expired += 1
    _tell_effects(now=now)
    return expired


@transaction.atomic
def _tell_effects(*, now: datetime) -> None:
    """Owners hear of exceptions that leave out everything, or nothing for long; once in each month."""
    rows = holding_rows(on=now.date())
    effects = effects_of(rows, today=now.date())
    for row in rows:
        sentence = EFFECTS.get(effects[row.exception_id].effect)
        if sentence is None:
            continue
        notifications.notify(
            topic="detection.exception",
            to=Recipients(persons=(row.owner_id,)),
            subject=rule_exception_subject(row.exception_id),
            words=Words(sentence=sentence, params={"rule": row.rule.title}),
            link=f"/detection/exceptions/{row.exception_id}/",
            dedupe_key=f"detection.exception:effect:{row.exception_id}:{now:%Y-%m}",
            now=now,
        )


def _locked(exception_id: UUID, *, version: int, actor: Actor) -> models.RuleException:
    row = models.RuleException.objects.select_for_update(of=("self",)).filter(pk=exception_id).first()
    if row is None or not reaches(row, actor=actor):
        raise NotFound("no exception with this identifier is visible to you")
    permit(actor)
    if row.version != version:
        raise StaleEdit(
            "%(title)s was changed by %(who)s after you opened it; nothing was overwritten",
            words={"title": row.rule_title, "who": row.changed_by},
            changed_by=row.changed_by,
            changed_at=row.changed_at,
            mend="Look at the present state, then decide again.",
        )
    return row


def _decided(
    row: models.RuleException, state: RuleExceptionState, *, reason: str = "", actor: Actor, now: datetime
) -> None:
    row.state, row.version = state, row.version + 1
    row.decided_at, row.decided_by = now, actor.name[:200]
    row.changed_at, row.changed_by = now, actor.name[:200]
    row.decision = storable(reason.strip())[:REASON_MAX]
    row.save()
    touch(now=now)


def _record(record: Record, *, actor: Actor, now: datetime) -> None:
    ledger.append(record, actor=actor, at=now)


def _tell(row: models.RuleException, sentence: str, *, to: Recipients, key: str, now: datetime) -> None:
    params: dict[str, str | Day] = {"rule": row.rule_title}
    if sentence != ASKED:
        params["day"] = Day(row.ends_on)
    notifications.notify(
        topic="detection.exception",
        to=to,
        subject=rule_exception_subject(row.pk),
        words=Words(sentence=sentence, params=params),
        link=f"/detection/exceptions/{row.pk}/",
        dedupe_key=f"detection.exception:{key}:{row.pk}",
        now=now,
    )


def unit_of_rules() -> UnitId | None:
    """The unit to which an exception belongs that was made from a rule: the whole organisation."""
    found = people.organisation()
    return None if found is None else found.root_unit_id
