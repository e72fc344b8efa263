"""Which query of an address a view keeps, and who may see or share it."""

from __future__ import annotations

from urllib.parse import parse_qs, parse_qsl, urlencode

from burgrave.lists.errors import TooManyViews, UnusableView
from burgrave.lists.terms import MOST_VIEWS, NAME_MAX, QUERY_MAX, Audience, ListSpec, Narrowing
from burgrave.web.terms import Actor, UnitId

NOT_KEPT = frozenset({"page", "after", "before", "view", "with"})


def kept_query(query: str) -> str:
    """What of an address a view keeps: everything but the place in the list. Raises UnusableView."""
    pairs = [(key, value) for key, value in parse_qsl(query) if key not in NOT_KEPT]
    kept = urlencode(pairs)
    if len(kept) > QUERY_MAX:
        raise UnusableView("a view keeps an address of at most %(most)s characters", words={"most": str(QUERY_MAX)})
    return kept


def narrowing(query: str) -> Narrowing:
    """The query as names with their values."""
    return parse_qs(query)


def usable_name(name: str) -> str:
    """The name without spaces around it. Raises UnusableView."""
    stripped = " ".join(name.split())
    if not stripped or len(stripped) > NAME_MAX:
        raise UnusableView("a view has a name of 1 to %(most)s characters", words={"most": str(NAME_MAX)})
    return stripped


def may_keep_another(views: int) -> None:
    """Return when somebody who keeps so many views of a list may keep one more. Raises TooManyViews."""
    if views >= MOST_VIEWS:
        raise TooManyViews(
            "you keep %(most)s views of this list already",
            words={"most": str(MOST_VIEWS)},
            mend="Remove one that you do not need.",
        )


def may_share(spec: ListSpec, audience: Audience, *, unit_id: UnitId | None, actor: Actor) -> None:
    """Return when the actor may keep a view for this audience. Raises UnusableView, Forbidden."""
    actor.must_anywhere(spec.permission)
    if audience is Audience.UNIT:
        if unit_id is None:
            raise UnusableView("a view that is shared with a unit names it")
        actor.must(spec.permission, unit_id)
    if audience is Audience.EVERYBODY and not actor.may_everywhere(spec.permission):
        raise UnusableView(
            "a view is shared with everybody by those who see the whole list",
            mend="Share it with your unit, or keep it for yourself.",
        )
