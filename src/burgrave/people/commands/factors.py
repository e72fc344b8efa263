"""Second factors of one's own: added, named, removed."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.engines import otp
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models, rules
from burgrave.people.commands import passkeys, vault
from burgrave.people.commands.own import myself
from burgrave.people.errors import FactorStands, NoFactor, WrongFactor
from burgrave.people.rules import factors as factor_rules
from burgrave.people.terms.factors import (
    FactorAdded,
    FactorKind,
    FactorRemoved,
    FactorRenamed,
    RecoveryCodesMade,
)
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor

RecoveryCodes = tuple[str, ...]
"""Shown once; afterwards they are read by nobody."""


def fresh_app_secret() -> bytes:
    return secrets.token_bytes(otp.SECRET_BYTES)


@transaction.atomic
def add_app(secret: bytes, *, code: str, name: str, actor: Actor, now: datetime) -> RecoveryCodes:
    """The app that made this code is a factor of the person. Answers recovery codes, if these are the first.

    Raises WrongFactor or FactorStands.
    """
    person = myself(actor, found=models.Person.objects.select_for_update())
    step = otp.matching_step(secret, rules.factors.plain_code(code), now_step=otp.step_at(now.timestamp()), after=None)

    if step is None:
        raise WrongFactor(
            _("this is not the code that the app shows now"),
            mend=_("Check the clock of the device, wait for the next code, and type that one."),
        )
    if _of(person, FactorKind.APP).exists():
        raise FactorStands(_("you have an app already"), mend=_("Remove it first, then add the other one."))

    data = {"secret": vault.encrypt(base64.b32encode(secret).decode()), "name": _name(name), "last_step": step}
    return _added(person, FactorKind.APP, data, actor=actor, now=now)


@transaction.atomic
def add_passkey(
    answer: object, *, state: passkeys.Ceremony, host: str, name: str, actor: Actor, now: datetime
) -> RecoveryCodes:
    """The passkey is a factor of the person. Answers recovery codes, if these are the first. Raises WrongFactor."""
    person = myself(actor, found=models.Person.objects.select_for_update())
    made = passkeys.registered(answer, state=state, host=host)

    if _of(person, FactorKind.PASSKEY).count() >= factor_rules.MOST_PASSKEYS:
        raise FactorStands(
            _("you have %(number)s passkeys already") % {"number": factor_rules.MOST_PASSKEYS},
            mend=_("Remove one that you no longer use."),
        )

    data = {
        "name": _name(name),
        "credential": dict(made.credential),
        "counter": made.counter,
        "signs_in_alone": made.signs_in_alone,
    }
    return _added(person, FactorKind.PASSKEY, data, actor=actor, now=now)


@transaction.atomic
def rename_factor(factor_id: int, *, name: str, actor: Actor, now: datetime) -> None:
    """The factor has the name. Raises NotFound or BadInput."""
    person = myself(actor, found=models.Person.objects.select_for_update())
    factor = _own(person, factor_id)

    factor.data["name"] = _name(name)
    factor.save(update_fields=["data"])

    ledger.append(
        FactorRenamed(person_id=person.pk, factor=factor.type, factor_id=factor.pk, name=Sealed(factor.data["name"])),
        actor=actor,
        at=now,
    )


@transaction.atomic
def remove_factor(factor_id: int, *, actor: Actor, now: datetime) -> bool:
    """The factor opens nothing any more. True when it was the last one: then the recovery codes are gone, too."""
    person = myself(actor, found=models.Person.objects.select_for_update())
    factor = _own(person, factor_id)

    kind, was_last = factor.type, False
    factor.delete()
    if not _main(person).exists():
        was_last = True
        _of(person, FactorKind.RECOVERY_CODES).delete()

    ledger.append(FactorRemoved(person_id=person.pk, factor=kind, factor_id=factor_id), actor=actor, at=now)
    return was_last


@transaction.atomic
def make_recovery_codes(*, actor: Actor, now: datetime) -> RecoveryCodes:
    """Fresh recovery codes; every earlier one is dead. Raises NoFactor."""
    person = myself(actor, found=models.Person.objects.select_for_update())

    if not _main(person).exists():
        raise NoFactor(
            _("recovery codes stand in for a second factor, and you have none"),
            mend=_("Add an app or a passkey first."),
        )

    return _fresh_codes(person, actor=actor, now=now)


def _added(
    person: models.Person, kind: FactorKind, data: dict[str, Any], *, actor: Actor, now: datetime
) -> RecoveryCodes:
    factor = Authenticator.objects.create(user=person, type=kind, data=data, created_at=now)
    ledger.append(
        FactorAdded(person_id=person.pk, factor=str(kind), factor_id=factor.pk, name=Sealed(data["name"])),
        actor=actor,
        at=now,
    )
    if _of(person, FactorKind.RECOVERY_CODES).exists():
        return ()
    return _fresh_codes(person, actor=actor, now=now)


def _fresh_codes(person: models.Person, *, actor: Actor, now: datetime) -> RecoveryCodes:
    codes = [
        "".join(secrets.choice(factor_rules.RECOVERY_ALPHABET) for _sign in range(factor_rules.RECOVERY_SIGNS))
        for _code in range(factor_rules.RECOVERY_CODES)
    ]
    _of(person, FactorKind.RECOVERY_CODES).delete()
    Authenticator.objects.create(
        user=person,
        type=FactorKind.RECOVERY_CODES,
        data={"migrated_codes": [vault.encrypt(code) for code in codes]},
        created_at=now,
    )
    ledger.append(RecoveryCodesMade(person_id=person.pk, codes=len(codes)), actor=actor, at=now)
    return tuple(factor_rules.shown_code(code) for code in codes)


def _of(person: models.Person, kind: FactorKind) -> Any:
    return Authenticator.objects.filter(user=person, type=kind)


def _main(person: models.Person) -> Any:
    return Authenticator.objects.filter(user=person).exclude(type=FactorKind.RECOVERY_CODES)


def _own(person: models.Person, factor_id: int) -> Authenticator:
    factor = _main(person).filter(pk=factor_id).first()
    if factor is None:
        raise NotFound(_("you have no factor with this number"))
    return factor


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > factor_rules.NAME_MAX:
        raise BadInput(
            _("a name of a factor has 1 to %(most)s characters, got %(number)s")
            % {"most": factor_rules.NAME_MAX, "number": len(name)}
        )
    return name
