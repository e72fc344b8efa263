"""Who holds what where, for an auditor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from burgrave.engines.reports import Block, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.people import commands, queries
from burgrave.people.terms import ROLE_NAMES, Lent, RightRow
from burgrave.web import reports
from burgrave.web.terms import Actor

ACCESS = "access-rights"
UNUSED = timedelta(days=90)


def access(format_: reports.Format, *, actor: Actor, now: datetime) -> reports.Written:
    """The access rights as a file, recorded with its digest. Raises Forbidden, BadInput."""
    rows = queries.rights(actor=actor, now=now, most=reports.MOST_IN_TABLE + 1)
    written = reports.write(_document(rows, actor=actor, now=now), _sheet(rows), format_, slug=ACCESS)
    commands.record_report(
        ACCESS,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        rows=len(rows),
        actor=actor,
        now=now,
    )
    return written


def role_word(row: RightRow) -> str:
    """The role in the reader's language; one of the organisation's own goes by the name that it was given."""
    return next((_(name) for code, name in ROLE_NAMES.items() if code == row.role), row.role_name)


def _sheet(rows: Sequence[RightRow]) -> reports.Sheet:
    return reports.Sheet(
        name=_("Access rights"),
        header=(
            _("Person"),
            _("E-mail address"),
            _("Belongs to"),
            _("Is active"),
            _("Role"),
            _("In unit and below"),
            _("How"),
            _("Given (UTC)"),
            _("Given by"),
            _("Ends (UTC)"),
            _("Last signed in (UTC)"),
        ),
        rows=tuple(
            (
                row.person_name,
                row.email,
                row.home_unit,
                _("yes") if row.is_active else _("no"),
                role_word(row),
                row.unit_name,
                _how(row),
                row.granted_at,
                row.granted_by,
                row.expires_at,
                row.last_signed_in_at,
            )
            for row in rows
        ),
    )


def _document(rows: Sequence[RightRow], *, actor: Actor, now: datetime) -> Document:
    organisation = queries.organisation()
    return reports.document(
        title=_("Access rights"),
        subtitle=_("Who holds which role where, since when, by whom, and until when"),
        organisation=organisation.name if organisation else "",
        cover=((_("Grants"), f"{len(rows):,}"), (_("Scope"), _("Every unit that the maker of this report may read"))),
        blocks=(*_overview(rows), *_doubtful(rows, now=now), *_by_role(rows)),
        actor=actor,
        now=now,
    )


def _overview(rows: Sequence[RightRow]) -> tuple[Block, ...]:
    roles = Counter(role_word(row) for row in rows if row.counts)
    return (
        Heading(_("Overview")),
        Facts(
            (
                (_("Persons with a role"), f"{len({row.email for row in rows if row.counts}):,}"),
                (_("Grants that hold"), f"{sum(row.counts and row.lent is Lent.NOT for row in rows):,}"),
                (_("of which lent to others now"), f"{sum(row.counts and row.lent is not Lent.NOT for row in rows):,}"),
                (_("Grants that have ended"), f"{sum(row.is_expired for row in rows):,}"),
                (_("Grants without an end"), f"{sum(row.counts and row.expires_at is None for row in rows):,}"),
            )
        ),
        Paragraph(
            _(
                "A grant gives a role in a unit and in everything below it. It holds while the person is active and "
                "until its end."
            )
        ),
        Table(
            columns=(Column(title=_("Role"), weight=4), Column(title=_("Grants that hold"), is_numeric=True)),
            rows=tuple((role, f"{count:,}") for role, count in sorted(roles.items(), key=lambda it: (-it[1], it[0]))),
        ),
    )


def _doubtful(rows: Sequence[RightRow], *, now: datetime) -> tuple[Block, ...]:
    """What an auditor asks about first: roles of people who are gone or do not come."""
    gone = [row for row in rows if not row.is_active and not row.is_expired]
    unused = [row for row in rows if row.counts and (row.last_signed_in_at or row.granted_at) < now - UNUSED]
    blocks: list[Block] = []
    if gone:
        text = ngettext(
            "%(count)s grant belongs to a person who is deactivated. It gives nothing now.",
            "%(count)s grants belong to persons who are deactivated. They give nothing now.",
            len(gone),
        )
        blocks.append(Notice(title=_("Grants of deactivated persons"), text=text % {"count": len(gone)}))
    if unused:
        text = ngettext(
            "%(count)s grant belongs to a person who has not signed in for 90 days.",
            "%(count)s grants belong to persons who have not signed in for 90 days.",
            len(unused),
        )
        blocks.append(Notice(title=_("Unused grants"), text=text % {"count": len(unused)}, tone=NoticeTone.WARN))
    return tuple(blocks)


def _by_role(rows: Sequence[RightRow]) -> tuple[Block, ...]:
    columns = (
        Column(title=_("Person"), weight=2),
        Column(title=_("E-mail address"), weight=2.4),
        Column(title=_("In unit and below"), weight=1.8),
        Column(title=_("Given"), weight=1.2),
        Column(title=_("Given by"), weight=1.4),
        Column(title=_("Ends"), weight=1.2),
        Column(title=_("State"), weight=1.2),
    )
    blocks: list[Block] = [Heading(_("By role"))]
    for role in sorted({role_word(row) for row in rows}):
        blocks.append(Heading(role, 2))
        blocks.append(
            Table(
                columns=columns,
                rows=tuple(
                    (
                        row.person_name,
                        row.email,
                        row.unit_name,
                        _day(row.granted_at),
                        row.granted_by,
                        _day(row.expires_at) or _("never"),
                        _state(row),
                    )
                    for row in rows
                    if role_word(row) == role
                ),
            )
        )
    return tuple(blocks)


def _state(row: RightRow) -> str:
    if row.is_expired:
        return _("has ended")
    if not row.is_active:
        return _("person deactivated")
    return _("holds") if row.lent is Lent.NOT else _how(row)


def _how(row: RightRow) -> str:
    return {Lent.NOT: _("granted"), Lent.WHOLE: _("lent"), Lent.IN_PART: _("lent in part")}[row.lent]


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{timezone.localtime(at):%Y-%m-%d}"
