"""API tokens are made, used and taken back. The token itself is shown once and stored nowhere."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed
from burgrave.people import models, rules
from burgrave.people.commands.loading import lock_person
from burgrave.people.errors import TokenForbidden, TooManyTokens
from burgrave.people.rules import roles, tokens
from burgrave.people.terms import MadeToken, TokenMade, TokenRevoked, UnitId
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def make_token(
    *,
    name: str,
    permissions: frozenset[str],
    unit_id: UUID | None,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
) -> MadeToken:
    """The actor has a token for these permissions (in the unit and below it); the answer holds it, once.

    Raises PermissionNotHeld, ExpiryHasPassed, TokenTooLong, TooManyTokens, TokenForbidden, BadInput or Forbidden.
    """
    owner = _by_themselves(actor)
    unit = models.Unit.objects.filter(pk=unit_id).first() if unit_id else None

    if not name.strip():
        raise BadInput("a token needs a name", mend="Say what it is for.")
    if unit_id is not None and unit is None:
        raise BadInput("there is no such unit", mend="Choose a unit of the list.")
    roles.must_be_known(permissions)
    held = frozenset(
        each
        for each in permissions
        if (actor.may(each, UnitId(unit.pk)) if unit is not None else actor.may_anywhere(each))
    )
    tokens.must_be_held(permissions, held=held)
    tokens.must_end_in_time(expires_at, now=now)
    if _live(owner, now=now).count() >= tokens.MOST_LIVE:
        raise TooManyTokens(
            _("you have %(number)s tokens that work") % {"number": tokens.MOST_LIVE}, mend=_("Revoke some first.")
        )

    secret = tokens.PREFIX + secrets.token_urlsafe(rules.TOKEN_BYTES)
    made = models.ApiToken.objects.create(
        owner=owner,
        name=name.strip(),
        token_hash=rules.token_hash(secret),
        hint=secret[: tokens.HINT_LENGTH],
        permissions=sorted(permissions),
        unit=unit,
        made_at=now,
        expires_at=expires_at,
    )

    ledger.append(
        TokenMade(
            person_id=owner.pk,
            token_id=made.pk,
            permissions=tuple(made.permissions),
            unit_id=made.unit_id,
            expires_at=expires_at,
            name=Sealed(made.name),
        ),
        actor=actor,
        at=now,
    )
    return MadeToken(token_id=made.pk, secret=secret, expires_at=expires_at)


@transaction.atomic
def revoke_token(token_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The token works no more, at once. Its owner may do this, and whoever may manage the owner.

    Raises NotFound or Forbidden.
    """
    token = models.ApiToken.objects.select_for_update().filter(pk=token_id).first()
    if token is None:
        raise NotFound("no token with this identifier is visible to you")
    if token.owner_id != actor.person_id:
        lock_person(token.owner_id, actor=actor)
    elif actor.token_id not in {None, token_id}:
        raise TokenForbidden(_("a token takes back no other token"), mend=_("Sign in on the pages."))

    if token.revoked_at is None:
        _revoke(token, actor=actor, now=now)


def revoke_all(owner: models.Person, *, actor: Actor, now: datetime) -> None:
    """Inside the caller's transaction: no token of this person works any more."""
    for token in _live(owner, now=now).select_for_update():
        _revoke(token, actor=actor, now=now)


def use_token(token_id: UUID, *, now: datetime) -> None:
    """It is noted that the token was used, at most once a minute. That is no decision, so no record is written."""
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - tokens.USED_EVERY)
    models.ApiToken.objects.filter(long_ago, pk=token_id).update(last_used_at=now)


def _live(owner: models.Person, *, now: datetime) -> QuerySet[models.ApiToken]:
    return models.ApiToken.objects.filter(owner=owner, revoked_at__isnull=True, expires_at__gt=now)


def _revoke(token: models.ApiToken, *, actor: Actor, now: datetime) -> None:
    token.revoked_at, token.revoked_by = now, actor.name
    token.save(update_fields=["revoked_at", "revoked_by"])
    ledger.append(TokenRevoked(person_id=token.owner_id, token_id=token.pk), actor=actor, at=now)


def _by_themselves(actor: Actor) -> models.Person:
    if actor.token_id is not None:
        raise TokenForbidden(_("a token makes no tokens"), mend=_("Sign in on the pages."))
    person = (
        models.Person.objects.select_for_update().filter(pk=actor.person_id, is_active=True).first()
        if actor.person_id
        else None
    )
    if person is None:
        raise Forbidden("only somebody who is signed in can do this")
    return person
