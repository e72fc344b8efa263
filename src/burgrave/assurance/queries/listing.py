"""Evidence as a list that the kit knows: columns, how an address narrows it, and rows as cells."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from burgrave.assurance.queries.evidence import EVIDENCE_ORDERS, export_evidence, ids_of_evidence
from burgrave.assurance.terms import EvidenceRow
from burgrave.engines.sheets import Cell
from burgrave.lists.terms import ListColumn, Narrowing
from burgrave.web.paging import order_of
from burgrave.web.terms import Actor, uuid_or_none

LONGEST_SEARCH = 200
EVIDENCE_ORDER = "-kept"
EVIDENCE_COLUMNS = (
    ListColumn(key="name", label=_("Name"), exports=("name",), is_fixed=True),
    ListColumn(key="subject", label=pgettext_lazy("what evidence speaks for", "For"), exports=("subject",)),
    ListColumn(key="type", label=_("Type"), exports=("media_type",), is_default=False),
    ListColumn(key="size", label=_("Size"), exports=("size_bytes",)),
    ListColumn(key="sha256", label=_("SHA-256"), exports=("sha256",)),
    ListColumn(key="unit", label=_("Unit"), exports=("unit",)),
    ListColumn(key="period", label=_("Period"), exports=("effective_from", "effective_to"), is_default=False),
    ListColumn(key="kept", label=_("Kept"), exports=("kept_at",)),
    ListColumn(key="by", label=_("By"), exports=("kept_by",)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFilter:
    text: str = ""
    units: tuple[UUID, ...] = ()


def narrowed_evidence(asked: Narrowing) -> EvidenceFilter:
    """How an address narrows the list; what is absurd is passed over."""
    return EvidenceFilter(
        text=next(iter(asked.get("q", ())), "").replace("\x00", "").strip()[:LONGEST_SEARCH],
        units=tuple(unit for text in asked.get("unit", ()) if (unit := uuid_or_none(text))),
    )


def evidence_ids(asked: Narrowing, most: int, actor: Actor, _now: datetime) -> Sequence[UUID]:
    """The keys of the narrowed list, so many at most."""
    wanted = narrowed_evidence(asked)
    return ids_of_evidence(text=wanted.text, units=wanted.units, most=most, actor=actor)


def evidence_cells(asked: Narrowing, actor: Actor, _now: datetime) -> Generator[Mapping[str, Cell], None, None]:
    """All evidence of the narrowed list as cells, in the order that the address asks for."""
    wanted, order = narrowed_evidence(asked), order_of(asked, EVIDENCE_ORDERS, default=EVIDENCE_ORDER)
    with closing(export_evidence(text=wanted.text, units=wanted.units, order=order, actor=actor)) as rows:
        yield from map(_cells, rows)


def _cells(row: EvidenceRow) -> Mapping[str, Cell]:
    return {
        "name": row.name,
        "subject": row.subject,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "sha256": row.sha256,
        "unit": row.unit_name,
        "effective_from": row.effective_from,
        "effective_to": row.effective_to,
        "kept_at": row.kept_at,
        "kept_by": row.kept_by,
    }
