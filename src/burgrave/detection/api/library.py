"""The library, its exceptions and its coverage over the API.

Rules are brought by ``POST /api/imports/targets/rules``; what many lists can do, theirs does too (``/api/lists``).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from burgrave.detection import commands, queries
from burgrave.detection.api.correlations import CorrelationOut, UsingOut, told
from burgrave.detection.terms import REASON_MAX, Act, LibraryDetail, LibraryFilterBy, RuleState, VersionState
from burgrave.detection.terms.coverage import Coverage, Hearing
from burgrave.detection.terms.exceptions import (
    Comparison,
    ExceptionFilterBy,
    RuleExceptionRow,
    RuleExceptionState,
)
from burgrave.incidents.terms import Level
from burgrave.ledger.terms import storable
from burgrave.web.rest.callers import actor_of
from burgrave.web.rest.paging import FromRow, OfUnit, PageIn, PageOut
from burgrave.web.terms import Page

router = Router()
Reason = Annotated[str, Field("", max_length=REASON_MAX), AfterValidator(storable)]


class LibraryRuleOut(FromRow):
    """``waits`` says that a text of the rule waits for a decision; ``number`` is that of the newest text."""

    library_rule_id: UUID
    rule_id: str
    title: str
    level: Level
    status: str
    author: str
    licence: str
    logsource: dict[str, str]
    techniques: list[str]
    tactics: list[str]
    path: str
    state: RuleState
    waits: bool
    number: int
    reason: str
    changed_at: datetime
    changed_by: str
    version: int


class RuleTextOut(FromRow):
    version_id: UUID
    number: int
    state: VersionState
    title: str
    level: Level
    sha256: str
    path: str
    proposed_at: datetime
    proposed_by: str
    decided_at: datetime | None
    decided_by: str
    reason: str
    batch_id: UUID
    batch_name: str


class LibraryDetailOut(FromRow):
    """``source`` is the text that waits, else the one that holds; ``live_source`` the one that holds.

    ``correlation`` is what that text asks where it is a correlation, else null; ``used_by`` are correlations that use
    the rule, by title.
    """

    row: LibraryRuleOut
    versions: list[RuleTextOut]
    shown: RuleTextOut
    source: str
    live_source: str
    description: str
    falsepositives: list[str]
    correlation: CorrelationOut | None
    used_by: list[UsingOut]

    @staticmethod
    def resolve_correlation(row: LibraryDetail, context: Any) -> CorrelationOut | None:
        asked = queries.correlation_of(row.shown.version_id, actor=actor_of(context["request"]))
        return None if asked is None else told(asked)

    @staticmethod
    def resolve_used_by(row: LibraryDetail, context: Any) -> list[object]:
        return list(queries.used_by(row.row.rule_id, actor=actor_of(context["request"])))


class BatchOut(FromRow):
    batch_id: UUID
    name: str
    sha256: str
    at: datetime
    by: str
    files: int
    passed_over: int
    new: int
    changed: int
    same: int
    faults: int
    waiting: int


class BatchFaultOut(FromRow):
    path: str
    line: int
    column: int
    sentence: str


class SwitchOut(FromRow):
    rule_id: str
    title: str
    reason: str
    at: datetime
    by: str


class LibraryQuery(PageIn):
    state: list[RuleState] = []
    level: list[Level] = []
    product: list[str] = []
    batch: UUID | None = None
    waits: bool = False
    q: str = Field("", max_length=200)


class DecisionIn(Schema):
    """The acts are done one after the other to all of the rules, or to none: approve, then enable, for example."""

    rules: list[UUID] = Field(min_length=1, max_length=5_000)
    acts: list[Act] = Field(min_length=1, max_length=2)
    reason: Reason


class DecidedOut(Schema):
    decided: int


class SwitchIn(Schema):
    """``rule_version_id`` is of a live rule on disk, as the page of the live rules names it."""

    rule_version_id: UUID
    reason: Reason


@router.get("/detection/rules", response=PageOut[LibraryRuleOut])
def library_rules(request: HttpRequest, wanted: Query[LibraryQuery]) -> Page[Any]:
    """The rules of the library, gravest first."""
    narrowed = LibraryFilterBy(
        states=tuple(wanted.state),
        levels=tuple(wanted.level),
        products=tuple(wanted.product),
        batch_id=wanted.batch,
        waits=wanted.waits,
        text=wanted.q,
    )
    return queries.library_rules(narrowed, number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.post("/detection/rules/decide", response=DecidedOut)
def decide_rules(request: HttpRequest, sent: DecisionIn) -> dict[str, int]:
    """Approve, decline, enable, disable or retire rules; nobody approves what they brought."""
    actor = actor_of(request)
    decided = commands.decide(sent.rules, *sent.acts, reason=sent.reason, actor=actor, now=timezone.now())
    return {"decided": decided}


@router.get("/detection/rules/{uuid:library_rule_id}", response=LibraryDetailOut)
def library_rule(request: HttpRequest, library_rule_id: UUID) -> object:
    """One rule with all of its texts; a correlation with what it asks, as values and in words."""
    return queries.library_rule(library_rule_id, actor=actor_of(request))


@router.get("/detection/imports", response=PageOut[BatchOut])
def batches(request: HttpRequest, wanted: Query[PageIn]) -> Page[Any]:
    """Imports of rules, newest first."""
    return queries.batches(number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.get("/detection/imports/{uuid:batch_id}/faults", response=PageOut[BatchFaultOut])
def batch_faults(request: HttpRequest, batch_id: UUID, wanted: Query[PageIn]) -> Page[Any]:
    """What of an import cannot run, by path and line."""
    actor = actor_of(request)
    queries.batch(batch_id, actor=actor)
    return queries.batch_faults(batch_id, number=wanted.page, size=wanted.size, actor=actor)


@router.get("/detection/switches", response=list[SwitchOut])
def switches(request: HttpRequest) -> object:
    """Rules on disk that are switched off, by title."""
    return list(queries.switches(actor=actor_of(request)))


@router.post("/detection/switches", response={204: None})
def switch_rule_off(request: HttpRequest, sent: SwitchIn) -> tuple[int, None]:
    """A rule on disk is held against events no more, for a reason."""
    commands.switch_off(sent.rule_version_id, reason=sent.reason, actor=actor_of(request), now=timezone.now())
    return 204, None


@router.post("/detection/switches/{rule_id}/on", response={204: None})
def switch_rule_on(request: HttpRequest, rule_id: str) -> tuple[int, None]:
    """A rule on disk is held against events again."""
    commands.switch_on(rule_id, actor=actor_of(request), now=timezone.now())
    return 204, None


class ConditionOut(FromRow):
    field: str
    comparison: Comparison
    value: str


class ExceptionOut(OfUnit):
    """``source`` is the exception as a Sigma filter; it holds until the end of ``ends_on`` while it is approved."""

    exception_id: UUID
    rule_id: str
    rule_title: str
    conditions: list[ConditionOut]
    reason: str
    state: RuleExceptionState
    unit_name: str
    owner_name: str
    author_name: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str
    ends_on: date
    alert_id: UUID | None
    source: str
    version: int

    @staticmethod
    def resolve_rule_id(row: RuleExceptionRow) -> str:
        return row.rule.rule_id

    @staticmethod
    def resolve_rule_title(row: RuleExceptionRow) -> str:
        return row.rule.title


class ExceptionQuery(PageIn):
    state: list[RuleExceptionState] = []
    rule: str = Field("", max_length=200)
    q: str = Field("", max_length=200)


class SourceOut(FromRow):
    """Of 90 days, in the units whose events the caller may see.

    ``heard_on`` is the day on which the last of the ``events`` came, ``last_at`` the newest time that one states.
    """

    source: str
    hearing: Hearing
    rules: int
    events: int
    heard_on: date | None
    last_at: datetime | None


class CoverageOut(FromRow):
    rules: int
    can_fire: int
    sources: list[SourceOut]

    @staticmethod
    def resolve_rules(found: Coverage) -> int:
        return len(found.rules)


@router.get("/detection/exceptions", response=PageOut[ExceptionOut])
def rule_exceptions(request: HttpRequest, wanted: Query[ExceptionQuery]) -> Page[Any]:
    """Exceptions to rules, those that end first coming first."""
    narrowed = ExceptionFilterBy(states=tuple(wanted.state), rule_id=wanted.rule, text=wanted.q)
    return queries.rule_exceptions(narrowed, number=wanted.page, size=wanted.size, actor=actor_of(request))


@router.get("/detection/exceptions/{uuid:exception_id}", response=ExceptionOut)
def rule_exception(request: HttpRequest, exception_id: UUID) -> object:
    """One exception."""
    return queries.rule_exception(exception_id, actor=actor_of(request))


@router.get("/detection/coverage", response=CoverageOut)
def rule_coverage(request: HttpRequest) -> object:
    """Which live rules can fire with what is heard, by log source."""
    return queries.coverage(now=timezone.now(), actor=actor_of(request))
