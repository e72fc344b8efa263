"""A factor is shown: it is used up, or its refusal is counted. Both are records."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.engines import otp
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models
from burgrave.people.commands import passkeys, vault
from burgrave.people.commands.loading import self_actor
from burgrave.people.errors import FactorsAreLocked, WrongFactor
from burgrave.people.rules import factors as rules
from burgrave.people.terms.factors import FactorKind, FactorRefused, FactorsLocked, FactorUsed, Purpose

Use = Callable[[models.Person], Authenticator]


def prove_with_code(person_id: UUID, *, typed: str, purpose: Purpose, address: str, now: datetime) -> FactorKind:
    """The code of an app or a recovery code is used up. Answers which of the two it was.

    Raises WrongFactor for a code that is wrong, too old or used already, FactorsAreLocked after five of them.
    """
    code = rules.plain_code(typed)
    return _prove(
        person_id,
        lambda person: _use_code(person, code, now=now),
        kind=FactorKind.APP,
        purpose=purpose,
        address=address,
        now=now,
    )


def prove_with_passkey(
    person_id: UUID,
    *,
    answer: object,
    state: passkeys.Ceremony,
    host: str,
    purpose: Purpose,
    address: str,
    now: datetime,
) -> FactorKind:
    """A passkey of the person answered what this session asked. Raises WrongFactor or FactorsAreLocked."""
    return _prove(
        person_id,
        lambda person: _use_passkey(person, answer, state=state, host=host),
        kind=FactorKind.PASSKEY,
        purpose=purpose,
        address=address,
        now=now,
    )


def _prove(person_id: UUID, use: Use, *, kind: FactorKind, purpose: Purpose, address: str, now: datetime) -> FactorKind:
    refusal: WrongFactor | None = None
    with transaction.atomic():
        person = models.Person.objects.select_for_update().get(pk=person_id)
        tries, _made = models.FactorTries.objects.get_or_create(person=person)
        # Whoever stands outside may not lock anybody out: without a password before it nothing is counted.
        counts = purpose is not Purpose.SIGN_IN_ALONE
        if counts and rules.is_locked(tries.failures, tries.last_at, now=now):
            raise _locked(tries, now=now)
        try:
            factor = use(person)
        except WrongFactor as wrong:
            # The refusal is told after the transaction, which must keep the count.
            refusal = wrong
            if counts:
                tries.failures = rules.failures_after(tries.failures, tries.last_at, now=now)
                tries.last_at = now
                tries.save()
            _record_refusal(person, tries, kind=kind, purpose=purpose, address=address, now=now)
        else:
            tries.delete()
            factor.last_used_at = now
            factor.save(update_fields=["data", "last_used_at"])
            used = FactorUsed(
                person_id=person.pk,
                factor=factor.type,
                factor_id=factor.pk,
                purpose=str(purpose),
                address=Sealed(address),
            )
            ledger.append(used, actor=self_actor(person), at=now)
            return FactorKind(factor.type)
    raise refusal


def _record_refusal(
    person: models.Person, tries: models.FactorTries, *, kind: FactorKind, purpose: Purpose, address: str, now: datetime
) -> None:
    counted = purpose is not Purpose.SIGN_IN_ALONE
    refused = FactorRefused(
        person_id=person.pk,
        factor=str(kind),
        purpose=str(purpose),
        failures=tries.failures if counted else 0,
        address=Sealed(address),
    )
    ledger.append(refused, actor=self_actor(person), at=now)
    if counted and tries.failures == rules.FAILURES_THAT_LOCK:
        locked = FactorsLocked(person_id=person.pk, failures=tries.failures, until=now + rules.LOCK_LASTS)
        ledger.append(locked, actor=self_actor(person), at=now)


def _use_code(person: models.Person, code: str, *, now: datetime) -> Authenticator:
    """The factor with the code used up in its data, not saved. Raises WrongFactor."""
    for factor in Authenticator.objects.select_for_update().filter(user=person).order_by("type"):
        if factor.type == FactorKind.APP and _use_step(factor.data, code, now=now):
            return factor
        if factor.type == FactorKind.RECOVERY_CODES and _use_recovery_code(factor.data, code):
            return factor
    raise WrongFactor(
        _("this code does not hold: it is wrong, too old, or was used already"),
        mend=_("Wait for the next code of the app, or type a recovery code that you have not used yet."),
    )


def _use_step(data: dict[str, Any], code: str, *, now: datetime) -> bool:
    secret = base64.b32decode(vault.decrypt(data["secret"]))
    step = otp.matching_step(secret, code, now_step=otp.step_at(now.timestamp()), after=data.get("last_step"))
    if step is not None:
        data["last_step"] = step
    return step is not None


def _use_recovery_code(data: dict[str, Any], code: str) -> bool:
    codes: list[str] = data["migrated_codes"]
    left = [sealed for sealed in codes if vault.decrypt(sealed) != code]
    data["migrated_codes"] = left
    return len(left) < len(codes)


def _use_passkey(person: models.Person, answer: object, *, state: passkeys.Ceremony, host: str) -> Authenticator:
    have = Authenticator.objects.select_for_update().filter(user=person, type=FactorKind.PASSKEY)
    shown = passkeys.answered(answer, state=state, host=host, have=have)
    kept = int(shown.factor.data.get("counter", 0))
    if not rules.counter_went_on(kept, shown.counter):
        raise WrongFactor(
            _("the counter of this passkey stands at %(shown)s and stood at %(kept)s before: it may have been copied")
            % {"shown": shown.counter, "kept": kept},
            mend=_("Use another factor, remove this passkey, and tell your security office."),
        )
    shown.factor.data["counter"] = shown.counter
    return shown.factor


def _locked(tries: models.FactorTries, *, now: datetime) -> FactorsAreLocked:
    left = (tries.last_at or now) + rules.LOCK_LASTS - now
    return FactorsAreLocked(
        _("after %(number)s refusals nobody may try a second factor of this account for %(minutes)s more minutes")
        % {"number": rules.FAILURES_THAT_LOCK, "minutes": max(1, -(-int(left.total_seconds()) // 60))},
        mend=_("Wait, or ask an administrator to lift the lock."),
    )
