"""Who must have a second factor, and what an administrator does for somebody who lost theirs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models
from burgrave.people.commands.loading import lock_organisation, lock_person
from burgrave.people.errors import NoFactor, OwnFactors
from burgrave.people.rules import factors as rules
from burgrave.people.terms import UnitId
from burgrave.people.terms.factors import FactorRequired, FactorRequirementLifted, FactorsReset
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def require_factor(role: str, *, grace_days: int, actor: Actor, now: datetime) -> None:
    """Whoever holds the role must have a second factor after so many days; "" binds everybody.

    The time of grace of a rule that stands begins anew only for those who come under it later.
    Raises BadInput, NotFound or Forbidden.
    """
    organisation = lock_organisation()
    actor.must("people.manage", UnitId(organisation.root_id))

    if not 0 <= grace_days <= rules.LONGEST_GRACE_DAYS:
        raise BadInput(
            _("the time of grace is 0 to %(most)s days, got %(number)s")
            % {"most": rules.LONGEST_GRACE_DAYS, "number": grace_days}
        )
    if role and not models.Role.objects.filter(pk=role).exists():
        raise NotFound(_("no role has the code %(role)s") % {"role": role})

    row = models.FactorRule.objects.filter(role_id=role or None).first()
    if row is None:
        row = models.FactorRule(role_id=role or None, since=now)
    row.grace_days, row.set_by = grace_days, actor.name
    row.save()

    ledger.append(FactorRequired(role=role, grace_days=grace_days), actor=actor, at=now)


@transaction.atomic
def lift_factor_requirement(role: str, *, actor: Actor, now: datetime) -> None:
    """The rule binds nobody any more. Raises NotFound or Forbidden."""
    organisation = lock_organisation()
    actor.must("people.manage", UnitId(organisation.root_id))

    deleted, _kinds = models.FactorRule.objects.filter(role_id=role or None).delete()
    if not deleted:
        raise NotFound(_("no such demand for a second factor stands"))

    ledger.append(FactorRequirementLifted(role=role), actor=actor, at=now)


@transaction.atomic
def reset_factors(person_id: UUID, *, reason: str, actor: Actor, now: datetime) -> int:
    """The person has no second factor and is signed out everywhere. Answers how many were taken away.

    Raises OwnFactors, NoFactor, BadInput, NotFound or Forbidden.
    """
    person = lock_person(person_id, actor=actor)

    if person.pk == actor.person_id:
        raise OwnFactors(
            _("nobody takes away their own factors on this way"),
            mend=_("Remove them one by one on your own page, or ask another administrator."),
        )
    if not reason.strip():
        raise BadInput(_("taking somebody's factors away needs a reason"))
    factors = Authenticator.objects.filter(user=person)
    count = int(factors.count())
    if not count:
        raise NoFactor(_("%(name)s has no second factor") % {"name": person.name})

    factors.delete()
    models.FactorTries.objects.filter(person=person).delete()
    person.session_generation += 1
    person.save(update_fields=["session_generation"])

    ledger.append(FactorsReset(person_id=person.pk, factors=count, reason=Sealed(reason.strip())), actor=actor, at=now)
    return count
