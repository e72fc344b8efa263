"""An incident as a report."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from burgrave.assurance import queries as assurance
from burgrave.assurance.terms import EvidenceRow
from burgrave.engines.charts import TimelineFigure
from burgrave.engines.reports import Block, Code, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.incidents import commands, figures, queries, words
from burgrave.incidents.rules.durations import Clock
from burgrave.incidents.terms import CaseDetail, CaseState, CountedAlert, CountedMatch, case_subject
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import RecordRow
from burgrave.people import queries as people
from burgrave.web import reports
from burgrave.web import words as saying
from burgrave.web.templatetags.web import said
from burgrave.web.terms import Actor

SLUG = "incident"
MOST_RECORDS = 200
MOST_COUNTED_EVENTS = 10
"""Events that are listed of each match of a correlation."""


def incident(format_: reports.Format, number: str, *, actor: Actor, now: datetime) -> reports.Written:
    """The incident as a file, recorded with its digest. Raises NotFound, BadInput."""
    detail = queries.with_counted(queries.numbered_case(number, actor=actor))
    evidence = assurance.evidence_of(case_subject(detail.case.case_id))
    written = reports.write(
        _document(detail, evidence, actor=actor, now=now),
        _sheet(detail, evidence),
        format_,
        slug=f"{SLUG}-{detail.case.number.lower()}",
    )
    commands.record_report(
        detail.case.case_id,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        actor=actor,
        now=now,
    )
    return written


def _sheet(detail: CaseDetail, evidence: tuple[EvidenceRow, ...]) -> reports.Sheet:
    """Everything with a time in one table, in order of time."""
    rows: list[tuple[datetime, str, str, str]] = [
        *((each.first_at or each.raised_at, _("Alert"), each.title, each.computer) for each in detail.alerts),
        *(
            (each.at, _("Timeline"), said(each.text), each.added_by)
            for each in detail.timeline
            if not each.withdrawn_at
        ),
        *((each.added_at, _("Note"), said(each.text), each.added_by) for each in detail.notes),
        *((each.kept_at, _("Evidence"), each.name, each.sha256) for each in evidence),
        *(row for alert in detail.counted for match in alert.first for row in _counted_rows(alert, match)),
    ]
    rows.sort(key=lambda row: row[0])
    return reports.Sheet(
        name=detail.case.number,
        header=(_("Time (UTC)"), _("Kind"), _("What"), _("By, on, or digest")),
        rows=tuple(rows),
    )


def _counted_rows(alert: CountedAlert, match: CountedMatch) -> Iterator[tuple[datetime, str, str, str]]:
    counted = match.counted
    text = f"{alert.title}: {words.counted_words(counted)}. {words.measured_words(counted)}"
    yield counted.ended_at, _("Counted"), text, alert.computer
    for each in counted.named:
        yield each.at, _("Counted event"), each.rule_title, words.place_words(each)


def _document(detail: CaseDetail, evidence: tuple[EvidenceRow, ...], *, actor: Actor, now: datetime) -> Document:
    case = detail.case
    organisation = people.organisation()
    state = str(words.CASE_STATES[case.state].word)
    return reports.document(
        title=f"{case.number} {case.title}",
        subtitle=_("Incident report"),
        organisation=organisation.name if organisation else "",
        cover=(
            (_("State"), state),
            (_("Severity"), str(words.SEVERITIES[case.severity])),
            (_("Unit"), case.unit_name),
            (_("Lead"), case.lead.name if case.lead else _("nobody yet")),
            (_("Opened"), _moment(case.opened_at)),
            (_("Ended"), _moment(case.closed_at)),
        ),
        blocks=(
            *_summary(detail),
            *_clocks(detail),
            *_course(detail, figures.case_timeline(detail, now=now)),
            *_scope(detail),
            *_counted(detail),
            *_evidence(evidence),
            *_proof(detail, actor=actor),
        ),
        actor=actor,
        now=now,
    )


def _summary(detail: CaseDetail) -> tuple[Block, ...]:
    case = detail.case
    blocks: list[Block] = [Heading(_("Summary")), Paragraph(said(case.summary) or _("Nobody has summed it up yet."))]
    if case.undecided:
        text = ngettext(
            "%(count)s alert of this incident is not decided yet.",
            "%(count)s alerts of this incident are not decided yet.",
            case.undecided,
        )
        blocks.append(Notice(title=_("Undecided alerts"), text=text % {"count": case.undecided}, tone=NoticeTone.WARN))
    if case.state is CaseState.CLOSED:
        blocks.append(Heading(_("Conclusion"), 2))
        blocks.append(
            Facts(
                (
                    (_("Cause"), said(detail.cause)),
                    (_("Impact"), said(detail.impact)),
                    (_("Lessons"), said(detail.lessons)),
                )
            )
        )
    return tuple(blocks)


def _clocks(detail: CaseDetail) -> tuple[Block, ...]:
    """Each figure with what it counts from and until."""
    return (
        Heading(_("Figures")),
        Table(
            columns=(
                Column(title=_("Figure"), weight=1.4),
                Column(title=_("Value"), weight=1.2),
                Column(title=_("From"), weight=1.2),
                Column(title=_("Until"), weight=1.2),
                Column(title=_("What it counts, or what is missing"), weight=3),
            ),
            rows=tuple(
                (
                    str(words.CLOCKS[Clock(each.clock)]),
                    _("not known") if each.elapsed is None else saying.duration(each.elapsed),
                    _moment(each.from_at),
                    _moment(each.until_at),
                    said(each.why),
                )
                for each in detail.durations
            ),
        ),
    )


def _course(detail: CaseDetail, timeline: TimelineFigure) -> tuple[Block, ...]:
    entries = [each for each in detail.timeline if each.withdrawn_at is None]
    blocks: list[Block] = [Heading(_("Course")), reports.chart(timeline)]
    if entries:
        blocks.append(
            Table(
                columns=(
                    Column(title=_("Time"), weight=1.3),
                    Column(title=_("What"), weight=4),
                    Column(title=_("Entered by"), weight=1.3),
                ),
                rows=tuple((_moment(each.at), said(each.text), each.added_by) for each in entries),
            )
        )
    if detail.notes:
        blocks.append(Heading(_("Notes"), 2))
        blocks += [Paragraph(f"{_moment(each.added_at)} {each.added_by}\n{said(each.text)}") for each in detail.notes]
    return tuple(blocks)


def _scope(detail: CaseDetail) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(_("Alerts"))]
    if not detail.alerts:
        return (*blocks, Paragraph(_("No alert belongs to this incident.")))
    blocks.append(
        Table(
            columns=(
                Column(title=_("First event"), weight=1.4),
                Column(title=_("Rule"), weight=3),
                Column(title=_("Level"), weight=1),
                Column(title=_("Computer"), weight=1.6),
                Column(title=_("Matches"), is_numeric=True),
            ),
            rows=tuple(
                (_moment(each.first_at), each.title, str(words.LEVELS[each.level]), each.computer, f"{each.matches:,}")
                for each in detail.alerts
            ),
        )
    )
    if detail.techniques:
        named = ", ".join(f"{each.technique} ({each.alerts})" for each in detail.techniques)
        blocks.append(Facts(((_("Techniques (ATT&CK) and how many alerts name them"), named),)))
    return tuple(blocks)


def _counted(detail: CaseDetail) -> tuple[Block, ...]:
    """What correlations counted for alerts of the incident: the first matches of each, the first events of these."""
    if not detail.counted:
        return ()
    blocks: list[Block] = [Heading(_("What correlations counted"))]
    for alert in detail.counted:
        blocks.append(Heading(f"{alert.title} {alert.computer}".strip(), 2))
        for match in alert.first:
            blocks += _match(match)
        if (more := alert.matches - len(alert.first)) > 0:
            text = ngettext(
                "%(count)s more match of this alert is not listed.",
                "%(count)s more matches of this alert are not listed.",
                more,
            )
            blocks.append(Paragraph(text % {"count": saying.number(more)}))
    if (left := sum(each.is_correlated for each in detail.alerts) - len(detail.counted)) > 0:
        text = ngettext(
            "%(count)s more alert of a correlation is not listed.",
            "%(count)s more alerts of correlations are not listed.",
            left,
        )
        blocks.append(Paragraph(text % {"count": saying.number(left)}))
    return tuple(blocks)


def _match(match: CountedMatch) -> Iterator[Block]:
    counted = match.counted
    span = " – ".join(dict.fromkeys((_second(counted.began_at), _second(counted.ended_at))))
    yield Paragraph(f"{words.counted_words(counted)} · {span}\n{words.measured_words(counted)}")
    if match.fields:
        yield Facts(tuple(match.fields.items()))
    listed = counted.named[:MOST_COUNTED_EVENTS]
    yield Table(
        columns=(
            Column(title=_("Time"), weight=1.4),
            Column(title=_("Rule"), weight=2.4),
            Column(title=_("Event"), weight=2.4),
        ),
        rows=tuple((_second(each.at), each.rule_title, words.place_words(each)) for each in listed),
    )
    if (more := counted.events - len(listed)) > 0:
        text = ngettext("%(count)s more event counted.", "%(count)s more events counted.", more)
        yield Paragraph(text % {"count": saying.number(more)})


def _evidence(evidence: tuple[EvidenceRow, ...]) -> tuple[Block, ...]:
    blocks: list[Block] = [Heading(_("Evidence"))]
    if not evidence:
        return (*blocks, Paragraph(_("No file is kept for this incident.")))
    for each in evidence:
        about = _("%(name)s, %(size)s bytes, kept on %(at)s by %(who)s") % {
            "name": each.name,
            "size": f"{each.size_bytes:,}",
            "at": _moment(each.kept_at),
            "who": each.kept_by,
        }
        blocks.append(Code(label=about, text=f"sha256:{each.sha256}"))
    return tuple(blocks)


def _proof(detail: CaseDetail, *, actor: Actor) -> tuple[Block, ...]:
    """Where the ledger holds what is said here, and how somebody outside verifies it."""
    subject = case_subject(detail.case.case_id)
    head, checkpoint = ledger.head(), ledger.checkpoint()
    blocks: list[Block] = [
        Heading(_("Proof")),
        Paragraph(
            _(
                "Every step of this incident is a record in a ledger that only grows. An evidence bundle of the "
                "incident holds the records with their proofs and the signed checkpoint; whoever has it verifies it "
                "without this program's server and without an account:"
            )
        ),
        Code(label="", text="burgrave verify bundle.zip"),
        Facts(((_("Records in the ledger"), f"{head.size:,}"), (_("Subject of the records"), subject))),
        Code(label=_("Root of the tree"), text=head.root.hex()),
    ]
    if checkpoint:
        blocks.append(Code(label=_("Newest signed checkpoint"), text=checkpoint.strip()))
    if actor.may_anywhere("ledger.read"):
        blocks.append(_records(ledger.history(subject, limit=MOST_RECORDS)))
    return tuple(blocks)


def _records(history: tuple[RecordRow, ...]) -> Table:
    return Table(
        columns=(
            Column(title=_("Position"), is_numeric=True, weight=1.2),
            Column(title=_("Time"), weight=1.4),
            Column(title=_("Record"), weight=2),
            Column(title=_("By"), weight=1.6),
        ),
        rows=tuple(
            (
                _("awaits its place") if row.position is None else f"{row.position:,}",
                _moment(row.at),
                _(row.words),
                row.actor_name or row.actor_label,
            )
            for row in history
        ),
    )


def _moment(at: datetime | None) -> str:
    return "–" if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _second(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}"
