"""The inventory as a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from burgrave.assets import commands, figures, queries
from burgrave.assets.forms import LIFECYCLES, level
from burgrave.assets.queries import DIMENSION_WORDS, TYPE_WORDS
from burgrave.assets.terms import DIMENSIONS, READ, AssetFilter, AssetRow, AssetType, Lifecycle, Scheme
from burgrave.engines.reports import Block, Column, Document, Facts, Heading, Notice, NoticeTone, Paragraph, Table
from burgrave.people import queries as people
from burgrave.web import reports
from burgrave.web.terms import Actor

REGISTER = "asset-register"


def register(
    format_: reports.Format, narrowed: AssetFilter, *, actor: Actor, now: datetime, today: date
) -> reports.Written:
    """The register as a file, recorded with its digest. Raises Forbidden, BadInput."""
    actor.must_anywhere(READ)
    with closing(queries.export(narrowed, actor=actor, today=today)) as found:
        rows = tuple(islice(found, reports.MOST_IN_TABLE + 1))
    scheme = queries.scheme()
    written = reports.write(
        _document(rows, scheme, actor=actor, now=now, today=today), _sheet(rows, scheme), format_, slug=REGISTER
    )
    commands.record_report(
        REGISTER,
        format_=format_,
        sha256=written.sha256,
        size_bytes=len(written.data),
        rows=len(rows),
        actor=actor,
        now=now,
    )
    return written


def _sheet(rows: Sequence[AssetRow], scheme: Scheme) -> reports.Sheet:
    return reports.Sheet(
        name=_("Assets"),
        header=(
            _("Number"),
            _("Reference"),
            _("Name"),
            _("Type"),
            _("Unit"),
            _("Owner"),
            _("Phase of its life"),
            *(str(DIMENSION_WORDS[each]) for each in DIMENSIONS),
            _("Personal data"),
            _("Review due"),
            _("Tags"),
        ),
        rows=tuple(
            (
                row.number,
                row.reference,
                row.name,
                str(TYPE_WORDS[row.type]),
                row.unit_name,
                row.owner_name,
                str(LIFECYCLES[row.lifecycle]),
                *(level(scheme, row.need.of(each)) for each in DIMENSIONS),
                _("yes") if row.personal_data else _("no"),
                row.review_due_on,
                ", ".join(row.tags),
            )
            for row in rows
        ),
    )


def _document(rows: Sequence[AssetRow], scheme: Scheme, *, actor: Actor, now: datetime, today: date) -> Document:
    organisation = people.organisation()
    return reports.document(
        title=_("Asset register"),
        subtitle=_("Information assets, their owners and their need for protection"),
        organisation=organisation.name if organisation else "",
        cover=(
            (_("Assets"), f"{len(rows):,}"),
            (_("Scope"), _("Every asset that the maker of this report may read, as narrowed by them")),
        ),
        blocks=(
            *_overview(rows, scheme, today=today),
            *_by_owner(rows),
            *_by_unit(rows, scheme),
        ),
        actor=actor,
        now=now,
    )


def _overview(rows: Sequence[AssetRow], scheme: Scheme, *, today: date) -> tuple[Block, ...]:
    kept = [row for row in rows if row.lifecycle is not Lifecycle.DISPOSED]
    overdue = sum(row.review_due_on < today for row in kept)
    counts: Counter[tuple[AssetType, int]] = Counter((row.type, row.need.highest) for row in kept)
    units = Counter(row.unit_name for row in kept)
    blocks: list[Block] = [
        Heading(_("Overview")),
        Facts(
            (
                (_("Assets"), f"{len(rows):,}"),
                (_("of which disposed of"), f"{len(rows) - len(kept):,}"),
                (_("Without an owner"), f"{sum(not row.owner_name for row in kept):,}"),
                (_("Not assessed yet"), f"{sum(not row.need.highest for row in kept):,}"),
                (_("With personal data"), f"{sum(row.personal_data for row in kept):,}"),
                (_("Reviews overdue"), f"{overdue:,}"),
            )
        ),
        Paragraph(
            _(
                "Need is what an asset needs itself or inherits from what depends on it, whichever is higher. The "
                "figures below leave out what was disposed of."
            )
        ),
    ]
    if overdue:
        text = ngettext(
            "%(count)s review should have been confirmed before this day.",
            "%(count)s reviews should have been confirmed before this day.",
            overdue,
        )
        blocks.append(Notice(title=_("Reviews overdue"), text=text % {"count": overdue}, tone=NoticeTone.ACT))
    if kept:
        blocks += [
            reports.chart(figures.need_matrix(counts, scheme)),
            reports.chart(figures.by_unit(units)),
        ]
    return tuple(blocks)


def _by_owner(rows: Sequence[AssetRow]) -> tuple[Block, ...]:
    owners = Counter(row.owner_name for row in rows)
    table = Table(
        columns=(Column(title=_("Owner"), weight=4), Column(title=_("Assets"), is_numeric=True)),
        rows=tuple(
            (name or _("nobody"), f"{count:,}")
            for name, count in sorted(owners.items(), key=lambda it: (-it[1], it[0]))
        ),
    )
    return (Heading(_("By owner")), table)


def _by_unit(rows: Sequence[AssetRow], scheme: Scheme) -> tuple[Block, ...]:
    """A table for each unit, gravest need first."""
    columns = (
        Column(title=_("Number"), weight=1.5),
        Column(title=_("Name"), weight=3),
        Column(title=_("Type"), weight=1.4),
        Column(title=_("Owner"), weight=1.8),
        *(Column(title=str(DIMENSION_WORDS[each]), weight=1.4) for each in DIMENSIONS),
        Column(title=_("Review due"), weight=1.3),
    )
    blocks: list[Block] = [Heading(_("By unit"))]
    for unit in sorted({row.unit_name for row in rows}):
        of_unit = sorted((row for row in rows if row.unit_name == unit), key=lambda row: (-row.need.highest, row.name))
        blocks.append(Heading(unit, 2))
        blocks.append(
            Table(
                columns=columns,
                rows=tuple(
                    (
                        row.number,
                        row.name,
                        str(TYPE_WORDS[row.type]),
                        row.owner_name,
                        *(level(scheme, row.need.of(each)) for each in DIMENSIONS),
                        row.review_due_on.isoformat(),
                    )
                    for row in of_unit
                ),
            )
        )
    return tuple(blocks)
