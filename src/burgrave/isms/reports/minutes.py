"""Minutes of a committee as a report."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from burgrave.engines.reports import Block, Code, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.isms import commands, queries, words
from burgrave.isms.errors import WrongState
from burgrave.isms.terms.meetings import DecisionRow, MeetingState, MeetingView
from burgrave.isms.terms.records import meeting_subject
from burgrave.people import queries as people
from burgrave.web import reports
from burgrave.web.terms import Actor


def minutes(format_: reports.Format, meeting_id: UUID, *, actor: Actor, now: datetime) -> reports.Written:
    """The minutes as a file, recorded with its digest. Raises WrongState before there are any, NotFound, BadInput."""
    view = queries.meeting(meeting_id, actor=actor)
    if view.row.state not in {MeetingState.HELD, MeetingState.APPROVED}:
        raise WrongState("%(number)s has no minutes yet", words={"number": view.row.number})
    written = reports.write(
        _document(view, actor=actor, now=now), _sheet(view), format_, slug=f"minutes-{view.row.number.lower()}"
    )
    commands.record_report(
        "minutes",
        about=meeting_subject(meeting_id),
        unit_id=view.row.unit_id,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        actor=actor,
        now=now,
    )
    return written


def decision_table(rows: tuple[DecisionRow, ...]) -> Table:
    """What was decided, by whom it is carried out, until when, and how it stands."""
    return Table(
        columns=(
            Column(title=_("Number"), weight=1),
            Column(title=_("Decision"), weight=4),
            Column(title=_("Owner"), weight=1.6),
            Column(title=_("Until"), weight=1.1),
            Column(title=_("State"), weight=1.1),
        ),
        rows=tuple(
            (
                each.number,
                each.text,
                each.owner_name,
                each.due_on.isoformat(),
                str(words.DECISION_STATES[each.state].word),
            )
            for each in rows
        ),
    )


def _sheet(view: MeetingView) -> reports.Sheet:
    return reports.Sheet(
        name=view.row.number,
        header=(_("Number"), _("Decision"), _("Owner"), _("Until"), _("State"), _("Outcome")),
        rows=tuple(
            (
                each.number,
                each.text,
                each.owner_name,
                each.due_on,
                str(words.DECISION_STATES[each.state].word),
                each.outcome,
            )
            for each in view.decisions
        ),
    )


def _document(view: MeetingView, *, actor: Actor, now: datetime) -> Document:
    row = view.row
    organisation = people.organisation()
    when = f"{timezone.localtime(row.planned_at):%Y-%m-%d %H:%M}"
    return reports.document(
        title=_("Minutes %(number)s") % {"number": row.number},
        subtitle=row.committee_name,
        organisation=organisation.name if organisation else "",
        cover=(
            (_("Meeting"), when),
            (_("Place"), row.place or "–"),
            (_("State"), str(words.MEETING_STATES[row.state].word)),
            (_("Minutes by"), view.written_by),
            (_("Approved by"), view.approved_by or _("nobody yet")),
        ),
        blocks=(*_attendance(view), *_agenda(view), *_text(view), *_proof(view)),
        actor=actor,
        now=now,
    )


def _attendance(view: MeetingView) -> tuple[Block, ...]:
    there = [each for each in view.members if each.term.person_id in view.present]
    blocks: list[Block] = [
        Heading(_("Attendance")),
        Facts(
            (
                (_("Present"), f"{len(there)} / {len(view.members)}"),
                (_("Quorum"), str(view.quorum)),
            )
        ),
        Table(
            columns=(Column(title=_("Member"), weight=3), Column(title=_("Function")), Column(title=_("Present"))),
            rows=tuple(
                (
                    each.name,
                    str(words.FUNCTIONS[each.term.function]),
                    _("yes") if each.term.person_id in view.present else _("no"),
                )
                for each in view.members
            ),
        ),
    ]
    if not view.has_quorum:
        text = _("Without its quorum the committee decides nothing.")
        blocks.append(Notice(title=_("The quorum was missed"), text=text, tone=NoticeTone.WARN))
    return tuple(blocks)


def _agenda(view: MeetingView) -> tuple[Block, ...]:
    if not view.agenda:
        return ()
    return (
        Heading(_("Agenda")),
        Table(
            columns=(
                Column(title=_("Item"), is_numeric=True, weight=0.5),
                Column(title=_("Number"), weight=1),
                Column(title=_("What"), weight=3.5),
                Column(title=_("Why it is here"), weight=2),
            ),
            rows=tuple(
                (str(place), each.number or "–", each.title, str(words.ITEMS[each.kind]))
                for place, each in enumerate(view.agenda, 1)
            ),
        ),
    )


def _text(view: MeetingView) -> tuple[Block, ...]:
    said = [Paragraph(each.strip()) for each in view.minutes.splitlines() if each.strip()]
    decided: list[Block] = (
        [decision_table(view.decisions)] if view.decisions else [Paragraph(_("Nothing was decided."))]
    )
    return (Heading(_("Minutes")), *said, Heading(_("Decisions")), *decided)


def _proof(view: MeetingView) -> tuple[Block, ...]:
    return (
        Heading(_("Proof")),
        Paragraph(
            _(
                "The SHA-256 below is of the canonical form of these minutes with agenda, attendance and decisions. "
                "The ledger holds it in the record of the approval, below a signed checkpoint."
            )
        ),
        Code(label=_("SHA-256 of the minutes"), text=view.digest),
        Facts(((_("Subject of the records"), meeting_subject(view.row.meeting_id)),)),
    )
