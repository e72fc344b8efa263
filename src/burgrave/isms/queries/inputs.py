"""The inputs of a management review, read from the domains that hold them (ISO/IEC 27001:2022, 9.3.2 a to g).

Names and states are English of the catalogue: they are frozen so, and said in the reader's language when shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from burgrave.assets import queries as assets
from burgrave.assurance import queries as assurance
from burgrave.assurance.queries import FindingFilter
from burgrave.assurance.terms.findings import FindingOrigin, FindingRow, FindingState
from burgrave.incidents import queries as incidents
from burgrave.isms import models
from burgrave.isms.queries.indicators import indicators
from burgrave.isms.queries.meetings import open_decisions
from burgrave.isms.queries.statements import row_of, visible
from burgrave.isms.rules.approval import state_of
from burgrave.isms.rules.contents import content_of, decimal_text
from burgrave.isms.terms import Effect, Issue, Kind, Party, StatementState
from burgrave.isms.terms.meetings import DecisionRow, DecisionState
from burgrave.isms.terms.reviews import Entry, Fact, Input, Section, Tone
from burgrave.isms.terms.rows import IndicatorRow, Standing
from burgrave.people import queries as people
from burgrave.web.terms import Actor, UnitId

MOST = 25
"""So many entries an input shows; the others are counted."""

STANDINGS = {
    Standing.MET: (gettext_noop("Met"), Tone.GOOD),
    Standing.MISSED: (gettext_noop("Target missed"), Tone.ACT),
    Standing.STALE: (gettext_noop("Reading is overdue"), Tone.WARN),
    Standing.UNREAD: (gettext_noop("Never read"), Tone.PLAIN),
}
STATES = {
    StatementState.DRAFT: gettext_noop("Waits for approval"),
    StatementState.CHANGED: gettext_noop("Changed since approval"),
    StatementState.APPROVED: gettext_noop("Approved"),
    StatementState.RETIRED: gettext_noop("Retired"),
}


def sections(
    unit_id: UUID, first: date, last: date, *, feedback: str, opportunities: str, actor: Actor, today: date
) -> tuple[Section, ...]:
    """Every input within the unit and below, as far as the actor sees it. A fixed number of statements."""
    within = people.narrowed_to(actor, UnitId(unit_id))
    measured = indicators(actor=within, today=today)
    return (
        _actions(unit_id, first, last, today=today),
        _changes(Input.ISSUES, Kind.ISSUE, first, last, actor=within),
        _changes(Input.PARTIES, Kind.PARTY, first, last, actor=within),
        _nonconformities(first, last, actor=within, today=today),
        _measurements(first, last, measured, actor=within),
        _audits(first, last, actor=within),
        _objectives(measured, actor=within),
        _feedback(feedback, actor=within),
        _risks(actor=within, today=today),
        _opportunities(opportunities, actor=within),
    )


def _actions(unit_id: UUID, first: date, last: date, *, today: date) -> Section:
    rows = open_decisions(unit_id=unit_id)
    begin, end = _span(first, last)
    closed = models.Decision.objects.filter(unit__places__upper_id=unit_id, closed_at__gte=begin, closed_at__lt=end)
    done = closed.filter(state=DecisionState.DONE).count()
    overdue = sum(each.due_on < today for each in rows)
    listed = reverse("isms:decisions")
    return Section(
        input=Input.ACTIONS,
        facts=(
            Fact(
                name=gettext_noop("Decisions carried out in the period"), value=str(done), href=f"{listed}?state=done"
            ),
            Fact(name=gettext_noop("Open decisions"), value=str(len(rows)), href=listed),
            Fact(
                name=gettext_noop("Overdue decisions"),
                value=str(overdue),
                href=f"{listed}?only=overdue",
                tone=Tone.ACT if overdue else Tone.GOOD,
            ),
        ),
        entries=tuple(_of_decision(each, today=today) for each in rows[:MOST]),
        more=max(0, len(rows) - MOST),
    )


def _of_decision(row: DecisionRow, *, today: date) -> Entry:
    late = row.due_on < today
    return Entry(
        title=row.text,
        number=row.number,
        state=gettext_noop("Overdue") if late else gettext_noop("Open"),
        note=row.owner_name,
        on=row.due_on,
        href=reverse("isms:decision", args=[row.decision_id]),
        tone=Tone.ACT if late else Tone.PLAIN,
    )


def _changes(which: Input, kind: Kind, first: date, last: date, *, actor: Actor) -> Section:
    """How many there are, and which were written, approved or retired in the period."""
    begin, end = _span(first, last)
    found = visible(actor).filter(kind=kind)
    changed = found.filter(changed_at__gte=begin, changed_at__lt=end).select_related("unit", "owner")
    rows = tuple(map(row_of, changed.order_by("-changed_at", "id")[: MOST + 1]))
    total = found.filter(is_retired=False).count()
    count = len(rows) if len(rows) <= MOST else changed.count()
    listed = f"{reverse('isms:statements')}?kind={kind}"
    names = {
        Kind.ISSUE: (gettext_noop("Issues"), gettext_noop("Issues changed in the period")),
        Kind.PARTY: (gettext_noop("Interested parties"), gettext_noop("Interested parties changed in the period")),
    }[kind]
    return Section(
        input=which,
        facts=(
            Fact(name=names[0], value=str(total), href=listed),
            Fact(name=names[1], value=str(count), sample=str(total), href=listed),
        ),
        entries=tuple(
            Entry(
                title=each.title,
                number=each.number,
                state=STATES[each.state],
                on=each.changed_at.date(),
                href=reverse("isms:statement", args=[each.statement_id]),
                tone=Tone.WARN if each.state in {StatementState.DRAFT, StatementState.CHANGED} else Tone.PLAIN,
            )
            for each in rows[:MOST]
        ),
        more=max(0, count - MOST),
    )


def _nonconformities(first: date, last: date, *, actor: Actor, today: date) -> Section:
    is_open = assurance.findings(FindingFilter(states=(FindingState.OPEN,)), size=MOST, actor=actor)
    late = assurance.actions(assurance.ActionFilter(overdue=True), size=MOST, actor=actor, today=today)
    closed = assurance.findings(FindingFilter(states=(FindingState.CLOSED,)), size=100, actor=actor)
    begin, end = _span(first, last)
    done = sum(each.closed_at is not None and begin <= each.closed_at < end for each in closed.rows)
    return Section(
        input=Input.NONCONFORMITIES,
        facts=(
            Fact(name=gettext_noop("Open findings"), value=str(is_open.total), tone=_tone(is_open.total)),
            Fact(name=gettext_noop("Findings closed in the period"), value=str(done)),
            Fact(name=gettext_noop("Overdue corrective actions"), value=str(late.total), tone=_tone(late.total)),
        ),
        entries=tuple(map(_of_finding, is_open.rows)),
        more=max(0, is_open.total - len(is_open.rows)),
    )


def _measurements(first: date, last: date, measured: Sequence[IndicatorRow], *, actor: Actor) -> Section:
    figures = incidents.period_figures(*_span(first, last), actor=actor)
    met = sum(each.standing is Standing.MET for each in measured)
    bad = [each for each in measured if each.standing in {Standing.MISSED, Standing.STALE}]
    listed = reverse("isms:indicators")
    facts = [
        Fact(
            name=gettext_noop("Indicators that meet their target"),
            value=str(met),
            sample=str(len(measured)),
            href=listed,
            tone=Tone.GOOD if measured and met == len(measured) else Tone.WARN if measured else Tone.PLAIN,
        )
    ]
    if figures is not None:
        cases = reverse("incidents:cases")
        facts += [
            Fact(name=gettext_noop("Incidents opened in the period"), value=str(figures.opened), href=cases),
            Fact(name=gettext_noop("Incidents closed in the period"), value=str(figures.closed), href=cases),
            Fact(
                name=gettext_noop("Alerts raised in the period"),
                value=str(figures.alerts),
                href=reverse("incidents:alerts"),
            ),
        ]
        if figures.mean_seconds_to_triage is not None:
            facts.append(
                Fact(
                    name=gettext_noop("Mean time to triage"),
                    value=f"{figures.mean_seconds_to_triage / 3_600:.1f}",
                    unit=gettext_noop("hours"),
                    sample=str(figures.triaged),
                    href=reverse("incidents:alerts"),
                )
            )
    return Section(
        input=Input.MEASUREMENTS,
        facts=tuple(facts),
        entries=tuple(map(_of_indicator, bad[:MOST])),
        more=max(0, len(bad) - MOST),
    )


def _audits(first: date, last: date, *, actor: Actor) -> Section:
    found = assurance.findings(FindingFilter(origins=(FindingOrigin.AUDIT,)), size=100, actor=actor)
    begin, end = _span(first, last)
    rows = [each for each in found.rows if begin <= each.raised_at < end]
    return Section(
        input=Input.AUDITS,
        facts=(Fact(name=gettext_noop("Findings of audits in the period"), value=str(len(rows))),),
        entries=tuple(map(_of_finding, rows[:MOST])),
        more=max(0, len(rows) - MOST),
    )


def _objectives(measured: Sequence[IndicatorRow], *, actor: Actor) -> Section:
    found = visible(actor).filter(kind=Kind.OBJECTIVE, is_retired=False).select_related("unit", "owner")
    rows = tuple(map(row_of, found.order_by("sort_key", "id")[:100]))
    entries, reached = [], 0
    for row in rows:
        own = [each for each in measured if each.objective_id == row.statement_id]
        met = sum(each.standing is Standing.MET for each in own)
        is_reached = bool(own) and met == len(own)
        reached += is_reached
        state = (
            gettext_noop("Reached so far")
            if is_reached
            else gettext_noop("Not reached")
            if own
            else gettext_noop("Not measured")
        )
        entries.append(
            Entry(
                title=row.title,
                number=row.number,
                state=state,
                note=f"{met} / {len(own)}",
                href=reverse("isms:statement", args=[row.statement_id]),
                tone=Tone.GOOD if is_reached else Tone.ACT if own else Tone.WARN,
            )
        )
    return Section(
        input=Input.OBJECTIVES,
        facts=(
            Fact(
                name=gettext_noop("Objectives whose indicators all meet their target"),
                value=str(reached),
                sample=str(len(rows)),
                href=f"{reverse('isms:statements')}?kind=objective",
            ),
        ),
        entries=tuple(entries[:MOST]),
        more=max(0, len(entries) - MOST),
    )


def _feedback(text: str, *, actor: Actor) -> Section:
    parties = [(row, content) for row, content in _contents(Kind.PARTY, actor=actor) if isinstance(content, Party)]
    unmet = [(row, line) for row, content in parties for line in content.requirements if not line.note.strip()]
    asked = sum(len(content.requirements) for _row, content in parties)
    return Section(
        input=Input.FEEDBACK,
        facts=(
            Fact(
                name=gettext_noop("Requirements of interested parties without an answer"),
                value=str(len(unmet)),
                sample=str(asked),
                href=f"{reverse('isms:statements')}?kind=party",
                tone=_tone(len(unmet)),
            ),
        ),
        entries=tuple(
            Entry(
                title=line.text,
                number=_number(row),
                note=row.title,
                state=gettext_noop("Open"),
                href=reverse("isms:statement", args=[row.pk]),
                tone=Tone.WARN,
            )
            for row, line in unmet[:MOST]
        ),
        text=text,
        more=max(0, len(unmet) - MOST),
    )


def _risks(*, actor: Actor, today: date) -> Section:
    """Until risks are quantified, what stands for them: issues that bring a risk, and assets nobody assessed."""
    issues = [
        row
        for row, content in _contents(Kind.ISSUE, actor=actor)
        if isinstance(content, Issue) and content.effect in {Effect.RISK, Effect.BOTH}
    ]
    facts = [Fact(name=gettext_noop("Issues that bring a risk"), value=str(len(issues)))]
    if actor.may_anywhere("assets.read"):
        counts = assets.matrix(actor=actor)
        total, unknown = sum(counts.values()), sum(count for (_kind, rank), count in counts.items() if not rank)
        overdue = assets.overdue_count(actor=actor, today=today)
        listed = reverse("assets:assets")
        facts += [
            Fact(
                name=gettext_noop("Assets that nobody assessed"),
                value=str(unknown),
                sample=str(total),
                href=reverse("assets:board"),
                tone=_tone(unknown),
            ),
            Fact(
                name=gettext_noop("Assets whose review is overdue"),
                value=str(overdue),
                sample=str(total),
                href=f"{listed}?only=overdue",
                tone=_tone(overdue),
            ),
        ]
    return Section(
        input=Input.RISKS,
        facts=tuple(facts),
        entries=tuple(_of_statement(row) for row in issues[:MOST]),
        more=max(0, len(issues) - MOST),
    )


def _opportunities(text: str, *, actor: Actor) -> Section:
    issues = [
        row
        for row, content in _contents(Kind.ISSUE, actor=actor)
        if isinstance(content, Issue) and content.effect in {Effect.OPPORTUNITY, Effect.BOTH}
    ]
    return Section(
        input=Input.OPPORTUNITIES,
        facts=(Fact(name=gettext_noop("Issues that bring an opportunity"), value=str(len(issues))),),
        entries=tuple(_of_statement(row) for row in issues[:MOST]),
        text=text,
        more=max(0, len(issues) - MOST),
    )


def _contents(kind: Kind, *, actor: Actor) -> Iterable[tuple[models.Statement, object]]:
    found = visible(actor).filter(kind=kind, is_retired=False).select_related("unit", "owner")
    for row in found.order_by("sort_key", "id")[:500]:
        yield row, content_of(kind, row.content)


def _of_statement(row: models.Statement) -> Entry:
    state = state_of(version=row.version, approved_version=row.approved_version, is_retired=row.is_retired)
    return Entry(
        title=row.title,
        number=_number(row),
        state=STATES[state],
        href=reverse("isms:statement", args=[row.pk]),
    )


def _of_finding(row: FindingRow) -> Entry:
    severities = {"major": gettext_noop("Major nonconformity"), "minor": gettext_noop("Minor nonconformity")}
    return Entry(
        title=row.title,
        number=row.number,
        state=severities.get(row.severity, gettext_noop("Observation")),
        note=row.unit_name,
        on=timezone.localdate(row.raised_at),
        tone=Tone.ACT if row.severity == "major" else Tone.WARN,
    )


def _of_indicator(row: IndicatorRow) -> Entry:
    state, tone = STANDINGS[row.standing]
    last = f"{decimal_text(row.last.value)} {row.unit_of_measure}" if row.last else ""
    return Entry(
        title=row.row.title,
        number=row.row.number,
        state=state,
        note=last,
        on=row.last.on if row.last else None,
        href=reverse("isms:statement", args=[row.row.statement_id]),
        tone=tone,
    )


def _number(row: models.Statement) -> str:
    return row_of(row).number


def _tone(bad: int) -> Tone:
    return Tone.ACT if bad else Tone.GOOD


def _span(first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day to the end of the last, in the zone of the reader."""
    zone = timezone.get_current_timezone()
    return (
        datetime.combine(first, time(), tzinfo=zone),
        datetime.combine(last + timedelta(days=1), time(), tzinfo=zone),
    )
