"""Tokens with which programs send events of one source. The token itself is shown once and stored nowhere."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from burgrave.intake import models
from burgrave.intake.commands.loading import locked
from burgrave.intake.rules import tokens
from burgrave.intake.terms import MANAGE, MadeSourceToken, SourceKind, SourceState, records
from burgrave.ledger import commands as ledger
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor


@transaction.atomic
def make_source_token(
    log_source_id: UUID, *, expires_at: datetime, overlap: timedelta | None = None, actor: Actor, now: datetime
) -> MadeSourceToken:
    """A program may send events of the source; the answer holds the token, once.

    With ``overlap`` it follows the tokens that work now: these end after that time at the latest. Raises WrongKind,
    TooManyTokens, BadInput, NotFound, Forbidden.
    """
    row = locked(log_source_id, permission=MANAGE, actor=actor)
    live = list(_live(row, now=now).select_for_update())

    tokens.must_take_tokens(SourceKind(row.kind), SourceState(row.state))
    tokens.must_end_in_time(expires_at, now=now)
    tokens.must_be_few(len(live))
    if overlap is not None:
        tokens.must_overlap(overlap)

    secret = tokens.PREFIX + secrets.token_urlsafe(tokens.TOKEN_BYTES)
    made = models.SourceToken.objects.create(
        log_source=row,
        token_hash=tokens.token_hash(secret),
        hint=secret[: tokens.HINT_LENGTH],
        made_at=now,
        made_by=actor.name,
        expires_at=expires_at,
    )

    ledger.append(
        records.SourceTokenMade(log_source_id=row.pk, token_id=made.pk, expires_at=expires_at), actor=actor, at=now
    )
    for old in live if overlap is not None else ():
        _end(old, at=now + (overlap or timedelta(0)), actor=actor, now=now)
    return MadeSourceToken(token_id=made.pk, secret=secret, expires_at=expires_at)


@transaction.atomic
def revoke_source_token(log_source_id: UUID, token_id: UUID, *, actor: Actor, now: datetime) -> None:
    """The token works no more, at once. Raises NotFound or Forbidden."""
    row = locked(log_source_id, permission=MANAGE, actor=actor)
    token = models.SourceToken.objects.select_for_update().filter(pk=token_id, log_source=row).first()
    if token is None:
        raise NotFound("the log source has no such token")
    if token.revoked_at is None:
        _end(token, at=now, actor=actor, now=now)


def revoke_all(row: models.LogSource, *, actor: Actor, now: datetime) -> None:
    """Inside the caller's transaction: no token of the source works any more."""
    for token in _live(row, now=now).select_for_update():
        _end(token, at=now, actor=actor, now=now)


@transaction.atomic
def use_source_token(token_id: UUID, *, now: datetime) -> None:
    """It is noted that the token was used, at most once a minute. That is no decision, so no record is written."""
    long_ago = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - tokens.USED_EVERY)
    models.SourceToken.objects.filter(long_ago, pk=token_id).update(last_used_at=now)


def _live(row: models.LogSource, *, now: datetime) -> QuerySet[models.SourceToken]:
    return models.SourceToken.objects.filter(log_source=row, revoked_at__isnull=True, expires_at__gt=now)


def _end(token: models.SourceToken, *, at: datetime, actor: Actor, now: datetime) -> None:
    """The token ends at this moment, which is never later than before."""
    ends_at = min(at, token.expires_at)
    if at <= now:
        token.revoked_at, token.revoked_by = now, actor.name
    token.expires_at = ends_at
    token.save(update_fields=["revoked_at", "revoked_by", "expires_at"])
    ledger.append(
        records.SourceTokenRevoked(log_source_id=token.log_source_id, token_id=token.pk, ends_at=ends_at),
        actor=actor,
        at=now,
    )
