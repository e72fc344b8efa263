"""Sessions: where somebody is signed in, and how that ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models
from burgrave.people.commands.loading import lock_person, self_actor
from burgrave.people.commands.own import myself
from burgrave.people.rules import factors as rules
from burgrave.people.terms.factors import IdentityConfirmed, Proof, SessionEnded, SessionsEnded
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor


def begin_session(
    person_id: UUID, *, session_key: str, user_agent: str, address: str, proof: Proof, now: datetime
) -> None:
    """The session is in the person's list; those that ended by themselves are forgotten. ``sign_in`` records it."""
    browser, system = rules.browser_of(user_agent)
    person = models.Person.objects.only("session_generation").get(pk=person_id)
    gone = models.PersonSession.objects.filter(person_id=person_id).exclude(session_key__in=_living(now))
    gone.delete()
    models.PersonSession.objects.create(
        person_id=person_id,
        session_key=session_key,
        generation=person.session_generation,
        began_at=now,
        last_seen_at=now,
        address=address[:45],
        browser=browser,
        system=system,
        proof=str(proof),
    )


def note_visit(session_key: str | None, *, now: datetime) -> None:
    """The list says that this session was seen now."""
    models.PersonSession.objects.filter(session_key=session_key or "").update(last_seen_at=now)


@transaction.atomic
def end_session(session_id: UUID, *, actor: Actor, now: datetime) -> None:
    """A session of one's own has ended: its next request is that of somebody who is not signed in."""
    person = myself(actor, found=models.Person.objects.all())
    session = models.PersonSession.objects.select_for_update().filter(pk=session_id, person=person).first()
    if session is None:
        raise NotFound(_("you have no session with this identifier; it may have ended already"))

    SessionStore().delete(session.session_key)
    session.delete()

    ledger.append(SessionEnded(person_id=person.pk, session_id=session_id), actor=actor, at=now)


@transaction.atomic
def end_other_sessions(*, session_key: str, actor: Actor, now: datetime) -> int:
    """Every session of one's own has ended but the one with this key, whose hash must follow the generation.

    The generation, which is the answer, ends also those that no list knows.
    """
    person = myself(actor, found=models.Person.objects.select_for_update())

    for other in models.PersonSession.objects.filter(person=person).exclude(session_key=session_key):
        SessionStore().delete(other.session_key)
        other.delete()
    person.session_generation += 1
    person.save(update_fields=["session_generation"])
    models.PersonSession.objects.filter(session_key=session_key).update(generation=person.session_generation)

    ledger.append(SessionsEnded(person_id=person.pk, but_one=True, reason=Sealed("")), actor=actor, at=now)
    return person.session_generation


@transaction.atomic
def end_sessions_of(person_id: UUID, *, reason: str, actor: Actor, now: datetime) -> None:
    """The person is signed out everywhere, and may sign in again. Raises BadInput, NotFound or Forbidden."""
    person = lock_person(person_id, actor=actor)

    if not reason.strip():
        raise BadInput(_("signing somebody out everywhere needs a reason"))

    person.session_generation += 1
    person.save(update_fields=["session_generation"])
    for session in models.PersonSession.objects.filter(person=person):
        SessionStore().delete(session.session_key)
        session.delete()

    ledger.append(SessionsEnded(person_id=person.pk, but_one=False, reason=Sealed(reason.strip())), actor=actor, at=now)


@transaction.atomic
def confirm_identity(person_id: UUID, *, proof: Proof, address: str, now: datetime) -> None:
    """It is recorded that somebody who is signed in proved again who they are."""
    person = models.Person.objects.get(pk=person_id)
    confirmed = IdentityConfirmed(person_id=person.pk, proof=str(proof), address=Sealed(address))
    ledger.append(confirmed, actor=self_actor(person), at=now)


def _living(now: datetime) -> QuerySet[Session, Any]:
    return Session.objects.filter(expire_date__gt=now).values("session_key")
