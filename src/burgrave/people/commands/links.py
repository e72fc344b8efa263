"""One-time links: for the set-up, and for choosing a password. Only hashes of their tokens are kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_person, must_be_strong, self_actor
from burgrave.people.errors import Deactivated, LinkIsDead
from burgrave.people.terms import InvitationAccepted, InvitationIssued, Invited, PersonId, SetUpLinkIssued
from burgrave.web.terms import Actor, system_actor


@transaction.atomic
def issue_set_up_link(now: datetime) -> str | None:
    """The path of a fresh set-up link, and every earlier one is dead; None once the organisation is set up."""
    if models.Organisation.objects.exists():
        return None

    models.OneTimeLink.objects.filter(person=None).delete()
    link, token = new_link(None, now=now, life=rules.SET_UP_LINK_LIFE)

    ledger.append(SetUpLinkIssued(link_id=link.pk, expires_at=link.expires_at), actor=system_actor(), at=now)
    return f"/setup/{token}/"


@transaction.atomic
def invite_again(person_id: UUID, *, actor: Actor, now: datetime) -> Invited:
    """A fresh link with which the person chooses a password; earlier links are dead, the old password still holds."""
    person = lock_person(person_id, actor=actor)

    if not person.is_active:
        raise Deactivated(_("%(name)s is deactivated") % {"name": person.name}, mend=_("Reactivate the person first."))

    return issue_invitation(person, actor=actor, now=now)


def issue_invitation(person: models.Person, *, actor: Actor, now: datetime) -> Invited:
    """Inside the caller's transaction: a recorded link for this person, and no other."""
    models.OneTimeLink.objects.filter(person=person, used_at=None).delete()
    link, token = new_link(person, now=now, life=rules.INVITATION_LIFE)
    ledger.append(
        InvitationIssued(person_id=person.pk, link_id=link.pk, expires_at=link.expires_at), actor=actor, at=now
    )
    return Invited(person_id=PersonId(person.pk), path=f"/join/{token}/", expires_at=link.expires_at)


def accept_invitation(token: str, *, password: str, now: datetime) -> PersonId:
    """The person of this link has the password, every session of theirs has ended, and the link is dead.

    Raises LinkIsDead or WeakPassword.
    """
    owner = models.OneTimeLink.objects.filter(token_hash=rules.token_hash(token)).select_related("person").first()
    if owner is None or owner.person is None:
        raise dead_link()
    must_be_strong(password, person=owner.person)
    return _accept(token, hashed=make_password(password), now=now)


@transaction.atomic
def _accept(token: str, *, hashed: str, now: datetime) -> PersonId:
    link = lock_link(token, now=now)
    if link.person_id is None:
        raise dead_link()
    person = models.Person.objects.select_for_update().get(pk=link.person_id)

    if not person.is_active:
        raise dead_link()

    link.used_at = now
    link.save(update_fields=["used_at"])
    person.password = hashed
    person.session_generation += 1
    person.save(update_fields=["password", "session_generation"])

    ledger.append(InvitationAccepted(person_id=person.pk, link_id=link.pk), actor=self_actor(person), at=now)
    return PersonId(person.pk)


def new_link(person: models.Person | None, *, now: datetime, life: timedelta) -> tuple[models.OneTimeLink, str]:
    """A stored link and its token, which exists nowhere else."""
    token = secrets.token_urlsafe(rules.TOKEN_BYTES)
    link = models.OneTimeLink.objects.create(
        token_hash=rules.token_hash(token), person=person, issued_at=now, expires_at=now + life
    )
    return link, token


def lock_link(token: str, *, now: datetime) -> models.OneTimeLink:
    """The live link of this token, held until the transaction ends. Raises LinkIsDead."""
    link = models.OneTimeLink.objects.select_for_update().filter(token_hash=rules.token_hash(token)).first()
    if link is None or link.used_at is not None or link.expires_at <= now:
        raise dead_link()
    return link


def dead_link() -> LinkIsDead:
    return LinkIsDead(
        _("this link does not work: it was used, has expired, or was replaced by a newer one"),
        mend=_("Ask whoever gave it to you for a new one."),
    )
