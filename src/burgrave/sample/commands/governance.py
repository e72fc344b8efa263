"""The management system of the sample: written by one of its people, approved by another, measured for a year."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final

from django.db import transaction

from burgrave.isms import commands as isms
from burgrave.isms import queries
from burgrave.isms.terms import (
    Bearer,
    Content,
    Direction,
    Effect,
    Indicator,
    Issue,
    Line,
    Objective,
    Origin,
    Party,
    Process,
    ReadingDraft,
    Relation,
    Scope,
    StatementDraft,
    StatementId,
    Topic,
)
from burgrave.isms.terms.meetings import (
    CommitteeDraft,
    CommitteeId,
    DecisionDraft,
    DecisionId,
    DecisionState,
    Function,
    MeetingDraft,
    MinutesDraft,
    Term,
)
from burgrave.isms.terms.reviews import ConclusionDraft, ReviewDraft
from burgrave.sample.commands.making import Loading
from burgrave.sample.rules.content import FOLDER
from burgrave.sample.terms import Tongue
from burgrave.web.terms import UnitId

Row = Mapping[str, Any]
OTHER: Final = {"officer": "head", "head": "officer"}
WRITTEN_AGO: Final = timedelta(days=400)
MONTH: Final = timedelta(days=30)
MONTHS: Final = 12


@cache
def _file() -> Row:
    return tomllib.loads((FOLDER / "governance.toml").read_text(encoding="utf-8"))


def load_governance(loading: Loading) -> None:
    """What the management system says, a year of readings, two meetings and a review. Of the first copy only."""
    if loading.copy:
        return
    _write(loading)
    _meet(loading)
    _review(loading)


@transaction.atomic
def _write(loading: Loading) -> None:
    told = _file()
    for row in told["issue"]:
        title, text = _said(loading, row)
        content = Issue(
            origin=Origin(row["origin"]), topic=Topic(row["topic"]), effect=Effect(row["effect"]), text=text
        )
        _state(loading, row, title, content)
    for row in told["party"]:
        title, text, *requirements = _said(loading, row)
        party = Party(relation=Relation(row["relation"]), text=text, requirements=tuple(map(_line, requirements)))
        _state(loading, row, title, party)
    _state(loading, told["scope"], _said(loading, told["scope"])[0], _scope(loading, told["scope"]))
    for row in told["objective"]:
        _measure(loading, row)
    for row in told["process"]:
        _state(loading, row, _said(loading, row)[0], _process(loading, row))


def _scope(loading: Loading, row: Row) -> Scope:
    _title, text, locations, services, interfaces, exclusions = _said(loading, row)
    return Scope(
        text=text,
        units=tuple(UnitId(loading.units[key]) for key in row["units"]),
        locations=_lines(locations),
        services=_lines(services),
        interfaces=_lines(interfaces),
        exclusions=_lines(exclusions),
    )


def _process(loading: Loading, row: Row) -> Process:
    def bearers(name: str) -> tuple[Bearer, ...]:
        return tuple(_bearer(loading, each) for each in row[name])

    return Process(
        accountable=_bearer(loading, row["accountable"]) if row["accountable"] else None,
        responsible=bearers("responsible"),
        consulted=bearers("consulted"),
        informed=bearers("informed"),
    )


def _measure(loading: Loading, row: Row) -> None:
    """The objective, its indicator, and a reading for each month of the last year."""
    title, text, means = _said(loading, row)
    due_on = (loading.now + timedelta(days=row["due_in_days"])).date()
    objective = _state(loading, row, title, Objective(text=text, means=means, due_on=due_on))
    name, unit_of_measure = _said(loading, row, "indicator_")
    content = Indicator(
        objective_id=objective,
        unit_of_measure=unit_of_measure,
        direction=Direction(row["direction"]),
        target=Decimal(row["target"]),
        every_days=row["every_days"],
    )
    indicator = _state(loading, row, name, content)
    reader = loading.acting("officer")
    for place, (value, sample) in enumerate(zip(row["values"], row["samples"], strict=True)):
        at = loading.now - MONTH * (MONTHS - place) - timedelta(days=4)
        draft = ReadingDraft(on=at.date(), value=Decimal(value), sample_size=sample)
        isms.take_reading(indicator, draft, actor=reader, now=at)


def _state(loading: Loading, row: Row, title: str, content: Content) -> StatementId:
    """The statement is written by one and, unless it is a draft, approved by the other."""
    at = loading.now - WRITTEN_AGO
    author = row["by"]
    draft = StatementDraft(
        title=title, unit_id=loading.units["company"], content=content, owner_id=loading.persons[author]
    )
    made = isms.write_statement(draft, actor=loading.acting(author), now=at)
    if row["state"] == "approved":
        approver = loading.acting(OTHER[author])
        digest = queries.statement(made, actor=approver).shown.digest
        isms.approve(made, digest=digest, actor=approver, now=loading.now - timedelta(days=200))
    return made


@transaction.atomic
def _meet(loading: Loading) -> None:
    told, secretary = _file(), loading.acting("officer")
    row = told["committee"]
    draft = CommitteeDraft(
        name=row[_tongue(loading)],
        unit_id=loading.units["company"],
        quorum=row["quorum"],
        every_days=row["every_days"],
    )
    committee = isms.found_committee(draft, actor=secretary, now=loading.now - WRITTEN_AGO)
    since = (loading.now - WRITTEN_AGO).date()
    for key, function in row["members"]:
        term = Term(person_id=loading.persons[key], function=Function(function), from_on=since)
        isms.seat(committee, term, actor=secretary, now=loading.now - WRITTEN_AGO)
    for meeting in told["meeting"]:
        _hold(loading, committee, meeting)
    soon = MeetingDraft(planned_at=loading.now + timedelta(days=84))
    isms.plan_meeting(committee, soon, actor=secretary, now=loading.now)


def _hold(loading: Loading, committee: CommitteeId, row: Row) -> None:
    at = loading.now - timedelta(days=row["days_ago"])
    secretary, chair = loading.acting("officer"), loading.acting("head")
    place, item, minutes = _said(loading, row)
    planned = MeetingDraft(planned_at=at, place=place, items=(Line(item),))
    meeting = isms.plan_meeting(committee, planned, actor=secretary, now=at - timedelta(days=7))
    present = tuple(loading.persons[key] for key in row["present"])
    draft = MinutesDraft(present=present, text=minutes)
    after = at + timedelta(hours=2)
    isms.write_minutes(meeting, draft, version=1, actor=secretary, now=after)
    made = [
        (isms.decide(meeting, _decision(loading, each), actor=secretary, now=after), each) for each in row["decisions"]
    ]
    digest = queries.meeting(meeting, actor=chair).digest
    isms.approve_minutes(meeting, digest=digest, actor=chair, now=after + timedelta(days=1))
    for decision, each in made:
        _close(loading, decision, each)


def _close(loading: Loading, decision: DecisionId, row: Row) -> None:
    if row["done"]:
        isms.close_decision(
            decision,
            DecisionState.DONE,
            outcome=_said(loading, row)[1],
            version=1,
            actor=loading.acting("officer"),
            now=loading.now - timedelta(days=25),
        )


@transaction.atomic
def _review(loading: Loading) -> None:
    row = _file()["review"]
    at = loading.now - timedelta(days=row["days_ago"])
    writer, approver = loading.acting("officer"), loading.acting("head")
    title, feedback, opportunities, conclusion = _said(loading, row)
    draft = ReviewDraft(
        title=title,
        unit_id=loading.units["company"],
        period_from=(at - timedelta(days=365)).date(),
        period_to=at.date(),
        planned_on=at.date(),
        feedback=feedback,
        opportunities=opportunities,
    )
    review = isms.plan_review(draft, actor=writer, now=at - timedelta(days=14))
    attendees = tuple(loading.persons[key] for key in row["attendees"])
    concluded = ConclusionDraft(attendees=attendees, text=conclusion)
    isms.hold_review(review, concluded, version=1, actor=writer, now=at)
    for each in row["decisions"]:
        isms.decide_in_review(review, _decision(loading, each), actor=writer, now=at)
    digest = queries.management_review(review, actor=approver, today=at.date()).digest
    isms.approve_review(review, digest=digest, actor=approver, now=at + timedelta(days=2))


def _decision(loading: Loading, row: Row) -> DecisionDraft:
    due_on = (loading.now + timedelta(days=row["due_in"])).date()
    return DecisionDraft(text=_said(loading, row)[0], owner_id=loading.persons[row["owner"]], due_on=due_on)


def _bearer(loading: Loading, key: str) -> Bearer:
    sort, _colon, name = key.partition(":")
    return Bearer(role=name) if sort == "role" else Bearer(person_id=loading.persons[name])


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(map(_line, text.splitlines()))


def _line(text: str) -> Line:
    first, _bar, note = text.partition("|")
    return Line(first.strip(), note.strip())


def _said(loading: Loading, row: Row, prefix: str = "") -> Sequence[str]:
    found: Sequence[str] = row[f"{prefix}{_tongue(loading)}"]
    return found


def _tongue(loading: Loading) -> str:
    return "zh" if loading.wanted.tongue is Tongue.CHINESE else "en"
