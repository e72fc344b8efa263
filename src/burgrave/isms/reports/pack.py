"""The pack of a management review: every input, the conclusion, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from burgrave.engines.charts import LineFigure
from burgrave.engines.reports import Block, Code, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.isms import commands, figures, queries, words
from burgrave.isms.reports.minutes import decision_table
from burgrave.isms.terms import Indicator
from burgrave.isms.terms.records import review_subject
from burgrave.isms.terms.reviews import Fact, Input, ReviewState, ReviewView, Section
from burgrave.people import queries as people
from burgrave.web import reports
from burgrave.web.templatetags.web import said
from burgrave.web.terms import Actor, UnitId

MOST_CHARTS = 12


def review_pack(format_: reports.Format, review_id: UUID, *, actor: Actor, now: datetime) -> reports.Written:
    """The pack as a file, recorded with its digest. Raises NotFound, BadInput."""
    today = timezone.localdate(now)
    view = queries.management_review(review_id, actor=actor, today=today)
    charts = _charts(view, actor=actor, now=now)
    written = reports.write(
        _document(view, charts, actor=actor, now=now), _sheet(view), format_, slug=view.row.number.lower()
    )
    commands.record_report(
        "management-review",
        about=review_subject(review_id),
        unit_id=view.row.unit_id,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        actor=actor,
        now=now,
    )
    return written


def _charts(view: ReviewView, *, actor: Actor, now: datetime) -> tuple[LineFigure, ...]:
    """The course of each indicator until the review was held."""
    within = people.narrowed_to(actor, UnitId(view.row.unit_id))
    until = timezone.localdate(view.held_at or now)
    found = []
    for row in queries.indicators(actor=within, today=until)[:MOST_CHARTS]:
        content = queries.statement(row.row.statement_id, actor=actor).shown.content
        readings = [each for each in queries.readings(row.row.statement_id) if each.on <= until]
        if isinstance(content, Indicator) and readings:
            found.append(figures.course(row.row.title, content, readings))
    return tuple(found)


def _sheet(view: ReviewView) -> reports.Sheet:
    """Every figure and every entry of the inputs as one table."""
    rows = []
    for section in view.sections:
        title = str(words.INPUTS[section.input])
        rows += [
            (str(section.input), title, "", words.english(each.name), each.value, words.english(each.unit), each.sample)
            for each in section.facts
        ]
        rows += [
            (
                str(section.input),
                title,
                each.number,
                said(each.title),
                words.english(each.state),
                each.note,
                each.on.isoformat() if each.on else "",
            )
            for each in section.entries
        ]
    return reports.Sheet(
        name=view.row.number,
        header=(
            _("Input"),
            _("Title"),
            _("Number"),
            _("What"),
            _("Value or state"),
            _("Unit or note"),
            _("Sample or day"),
        ),
        rows=tuple(rows),
    )


def _document(view: ReviewView, charts: Sequence[LineFigure], *, actor: Actor, now: datetime) -> Document:
    row = view.row
    organisation = people.organisation()
    period = f"{row.period_from.isoformat()} – {row.period_to.isoformat()}"
    return reports.document(
        title=row.title,
        subtitle=_("Management review %(number)s") % {"number": row.number},
        organisation=organisation.name if organisation else "",
        cover=(
            (_("Period"), period),
            (_("Unit"), row.unit_name),
            (_("State"), str(words.REVIEW_STATES[row.state].word)),
            (_("Held"), _moment(view.held_at)),
            (_("Held by"), ", ".join(name for _key, name in view.attendees) or "–"),
            (_("Approved by"), view.approved_by or _("nobody yet")),
        ),
        blocks=(
            *_conclusion(view),
            *(block for section in view.sections for block in _section(section)),
            *_courses(charts),
            *_proof(view),
        ),
        actor=actor,
        now=now,
    )


def _conclusion(view: ReviewView) -> tuple[Block, ...]:
    if view.row.state is ReviewState.PLANNED:
        text = _("The inputs below are as they are now. They are frozen when the review is held.")
        return (Notice(title=_("Not held yet"), text=text, tone=NoticeTone.WARN),)
    blocks: list[Block] = [Heading(_("Conclusion"))]
    blocks += [Paragraph(each.strip()) for each in view.conclusion.splitlines() if each.strip()]
    blocks.append(Heading(_("Decisions")))
    blocks.append(decision_table(view.decisions) if view.decisions else Paragraph(_("Nothing was decided.")))
    return tuple(blocks)


def _section(section: Section) -> tuple[Block, ...]:
    title = f"9.3.2 {_letter(section.input)} {words.INPUTS[section.input]}"
    blocks: list[Block] = [Heading(title)]
    if section.facts:
        blocks.append(Facts(tuple((words.english(each.name), _said(each)) for each in section.facts)))
    blocks += [Paragraph(each.strip()) for each in section.text.splitlines() if each.strip()]
    if section.entries:
        blocks.append(
            Table(
                columns=(
                    Column(title=_("Number"), weight=2.6),
                    Column(title=_("What"), weight=3),
                    Column(title=_("State"), weight=1.4),
                    Column(title=_("Note"), weight=1.6),
                    Column(title=_("Day"), weight=1),
                ),
                rows=tuple(
                    (
                        each.number,
                        said(each.title),
                        words.english(each.state),
                        each.note,
                        each.on.isoformat() if each.on else "",
                    )
                    for each in section.entries
                ),
            )
        )
    if section.more:
        blocks.append(Paragraph(_("%(count)s more are not listed here.") % {"count": section.more}))
    return tuple(blocks)


def _courses(charts: Sequence[LineFigure]) -> tuple[Block, ...]:
    if not charts:
        return ()
    return (Heading(_("The course of the indicators")), *(reports.chart(each) for each in charts))


def _proof(view: ReviewView) -> tuple[Block, ...]:
    if view.row.state is ReviewState.PLANNED:
        return ()
    return (
        Heading(_("Proof")),
        Paragraph(
            _(
                "The inputs were frozen when the review was held, and the ledger holds their SHA-256 and that of the "
                "whole, below a signed checkpoint."
            )
        ),
        Code(label=_("SHA-256 of the inputs"), text=view.inputs_digest),
        Code(label=_("SHA-256 of the review"), text=view.digest),
        Facts(((_("Subject of the records"), review_subject(view.row.review_id)),)),
    )


def _letter(which: Input) -> str:
    return f"{which[0]}) {which[1:]}".strip() if len(which) > 1 else f"{which})"


def _said(fact: Fact) -> str:
    unit = f" {words.english(fact.unit)}" if fact.unit else ""
    if not fact.sample:
        return f"{fact.value}{unit}"
    sample = _(" (sample %(count)s)") if unit else _(" of %(count)s")
    return f"{fact.value}{unit}{sample % {'count': fact.sample}}"


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
