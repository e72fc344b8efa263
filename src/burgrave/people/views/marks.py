"""What a session remembers about who proved what in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from burgrave.people.errors import WrongFactor
from burgrave.people.rules import factors as rules
from burgrave.people.terms.factors import Proof

PROVED_AT = "people.proved_at"
PROOF = "people.proof"
STRONG = "people.strong"
COMING = "people.coming"
CEREMONY = "people.ceremony"


def prove(session: SessionBase, proof: Proof, *, now: datetime) -> None:
    """Somebody proved in this session, now, who they are."""
    session[PROVED_AT], session[PROOF] = now.timestamp(), str(proof)


def is_fresh(session: SessionBase, *, now: datetime) -> bool:
    proved_at = cast("float | None", session.get(PROVED_AT))
    return rules.is_fresh(proved_at, now=now, minutes=settings.BURGRAVE_CONFIRMATION_MINUTES)


def be_strong(session: SessionBase, person_id: UUID) -> None:
    """The person has a second factor; no rule needs to be asked again in this session."""
    session[STRONG] = str(person_id)


def is_strong(session: SessionBase, person_id: UUID) -> bool:
    return bool(session.get(STRONG) == str(person_id))


def come_by(session: SessionBase, person_id: UUID, proof: Proof) -> None:
    """The sign-in of this person that is under way rests on this proof."""
    session[COMING] = [str(person_id), str(proof)]


def came_by(session: SessionBase, person_id: UUID) -> Proof:
    """What the sign-in rested on that just ended; the password when nothing else was noted for this person."""
    coming = session.pop(COMING, None)
    return Proof(coming[1]) if isinstance(coming, list) and coming[0] == str(person_id) else Proof.PASSWORD


def ask_with(session: SessionBase, purpose: str, question: tuple[dict[str, Any], Mapping[str, Any]]) -> JsonResponse:
    """The question of a passkey for the browser; the session keeps what the answer must fit, for one purpose alone."""
    options, state = question
    session[CEREMONY] = {"purpose": purpose, "state": dict(state)}
    return JsonResponse(options, headers={"Cache-Control": "no-store"})


def answer_to(session: SessionBase, purpose: str, text: str) -> tuple[object, Mapping[str, Any]]:
    """The browser's answer and what it must fit; a question is answered once. Raises WrongFactor."""
    kept = session.pop(CEREMONY, None)
    try:
        answer: object = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise _unasked() from error
    if not isinstance(kept, dict) or kept.get("purpose") != purpose:
        raise _unasked()
    return answer, kept["state"]


def _unasked() -> WrongFactor:
    return WrongFactor(
        _("this page did not ask for a passkey, or was answered already"),
        mend=_("Press the button again; it needs a browser that runs scripts."),
    )


def host_of(request: HttpRequest) -> str:
    """The host name without a port, which a passkey is bound to."""
    host = request.get_host()
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
