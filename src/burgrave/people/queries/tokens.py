"""API tokens: whose they are, and who acts with one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from burgrave.people import models, rules
from burgrave.people.queries.access import actor_of
from burgrave.people.rules import tokens as token_rules
from burgrave.people.terms import PersonId, Preferences, TokenRow, TokenState, UnitId
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


def actor_by_token(secret: str, now: datetime) -> tuple[Actor, Preferences, datetime | None] | None:
    """Who acts with this token, with what it was made for of what its owner may now, and when it was last used.

    None for a token that is unknown, has ended or was revoked, and for one whose owner is deactivated. One statement
    more than for the owner.
    """
    if not secret.startswith(token_rules.PREFIX):
        return None
    token = (
        models.ApiToken.objects.filter(
            token_hash=rules.token_hash(secret), revoked_at__isnull=True, expires_at__gt=now, owner__is_active=True
        )
        .select_related("owner")
        .first()
    )
    if token is None:
        return None
    return _acting(token, now=now)


def present(actor: Actor, *, now: datetime) -> Actor:
    """The same actor with what holds at this moment, after a change that it made itself."""
    if actor.token_id is not None:
        token = models.ApiToken.objects.select_related("owner").get(pk=actor.token_id)
        return _acting(token, now=now)[0]
    return actor_of(actor.person_id, now) if actor.person_id else actor


def _acting(token: models.ApiToken, *, now: datetime) -> tuple[Actor, Preferences, datetime | None]:
    owner = token.owner
    preferences = Preferences(language=owner.language, theme=owner.theme, time_zone=owner.time_zone)
    whole = actor_of(owner.pk, now)
    scope = frozenset(token.permissions)
    unit_id = UnitId(token.unit_id) if token.unit_id else None

    def cut(reaches: rules.Reaches) -> rules.Reaches:
        return token_rules.narrowed(reaches, permissions=scope, unit_id=unit_id)

    allowed = cut(rules.reaches_of(whole.allowed))
    actor = replace(
        whole,
        allowed=allowed,
        everywhere=rules.holding_everywhere(allowed),
        own=cut(rules.reaches_of(whole.own)),
        on_behalf={who: cut(rules.reaches_of(lent)) for who, lent in whole.on_behalf.items()},
        token_id=token.pk,
    )
    return actor, preferences, token.last_used_at


def tokens_of(person_id: UUID, *, unit_id: UnitId | None = None, actor: Actor, now: datetime) -> tuple[TokenRow, ...]:
    """The tokens of a person, newest first: one's own, or those of somebody whom one manages. Two statements.

    One statement where the caller read already in which unit the person is. Raises NotFound.
    """
    if unit_id is None:
        found_in = models.Person.objects.filter(pk=person_id).values_list("unit_id", flat=True).first()
        unit_id = None if found_in is None else UnitId(found_in)
    if unit_id is None or not (person_id == actor.person_id or actor.may("people.manage", unit_id)):
        raise NotFound("no person with this identifier is visible to you")
    found = models.ApiToken.objects.filter(owner_id=person_id).select_related("unit").order_by("-made_at", "pk")
    return tuple(_row(token, now=now) for token in found)


def _row(token: models.ApiToken, *, now: datetime) -> TokenRow:
    state = TokenState.REVOKED if token.revoked_at else TokenState.WORKS if now < token.expires_at else TokenState.ENDED
    return TokenRow(
        token_id=token.pk,
        owner_id=PersonId(token.owner_id),
        name=token.name,
        hint=token.hint,
        permissions=tuple(token.permissions),
        unit_id=UnitId(token.unit_id) if token.unit_id else None,
        unit_name=token.unit.name if token.unit else "",
        state=state,
        made_at=token.made_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        revoked_at=token.revoked_at,
        revoked_by=token.revoked_by,
    )
