"""Exceptions as the kit of lists knows them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from burgrave.detection.queries.exceptions import (
    EXCEPTION_ORDERS,
    exception_ids_of,
    exported_exceptions,
    left_out_lately,
)
from burgrave.detection.queries.listing import Rows, first, searched, words_of
from burgrave.detection.terms.exceptions import ExceptionFilterBy, RuleExceptionState
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor

EXCEPTION_ORDER = "end"
EXCEPTION_COLUMNS = (
    ListColumn(key="rule", label=_("Rule"), exports=("rule", "rule_id"), is_fixed=True),
    ListColumn(key="conditions", label=_("Expected"), exports=("conditions",)),
    ListColumn(key="state", label=_("State"), exports=("state",)),
    ListColumn(key="end", label=_("Last day"), exports=("ends_on",)),
    ListColumn(key="effect", label=_("Left out in 30 days"), exports=("left_out_30",)),
    ListColumn(key="owner", label=_("Owner"), exports=("owner",)),
    ListColumn(key="reason", label=_("Reason"), exports=("reason",)),
    ListColumn(key="author", label=_("Asked by"), exports=("author", "asked_at")),
    ListColumn(
        key="decided", label=_("Decided by"), exports=("decided_by", "decided_at", "decision"), is_default=False
    ),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
)


def narrowed_exceptions(asked: Narrowing) -> ExceptionFilterBy:
    """What the address asks for; nonsense narrows nothing."""
    return ExceptionFilterBy(
        states=words_of(asked, "state", RuleExceptionState), rule_id=first(asked, "rule")[:200], text=searched(asked)
    )


def exception_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    return exception_ids_of(narrowed_exceptions(asked), most=most, actor=actor)


def exception_rows(asked: Narrowing, actor: Actor, now: datetime) -> Rows:
    lately = left_out_lately(today=now.date())
    order = order_of(asked, EXCEPTION_ORDERS, default=EXCEPTION_ORDER)
    with closing(exported_exceptions(narrowed_exceptions(asked), order=order, actor=actor)) as found:
        for row in found:
            yield {
                "rule": row.rule.title,
                "rule_id": row.rule.rule_id,
                "conditions": row.said,
                "state": str(row.state),
                "ends_on": row.ends_on,
                "left_out_30": lately.get(row.exception_id, 0),
                "owner": row.owner_name,
                "reason": row.reason,
                "author": row.author_name,
                "asked_at": row.asked_at,
                "decided_by": row.decided_by,
                "decided_at": row.decided_at,
                "decision": row.decision,
                "unit": row.unit_name,
            }
