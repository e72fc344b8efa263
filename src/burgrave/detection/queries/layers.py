"""Layers beside what is covered now."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from burgrave.detection import models
from burgrave.detection.queries.attack import covered_today
from burgrave.detection.rules import layers as rules
from burgrave.detection.terms import READ
from burgrave.detection.terms.layers import LayerDetail, LayerId, LayerRow
from burgrave.engines.attack.comparing import Comparison, Cover, compare
from burgrave.engines.attack.terms import Layer
from burgrave.web.errors import NotFound
from burgrave.web.pages import page_of
from burgrave.web.terms import Actor, Page


def layers(*, number: int = 1, size: int = 50, now: datetime, actor: Actor) -> Page[LayerRow]:
    """The layers that were brought, newest first, each beside what is covered now. Nine statements."""
    found, known = covered_today(now=now, actor=actor)
    named = rules.named(found)
    rows = models.AttackLayer.objects.order_by("-brought_at", "name", "pk")
    page = page_of(rows, number=number, size=size)
    return page.of(lambda row: _row(row, compare(_layer(row), named, catalogue=known)))


def layer(layer_id: UUID, *, now: datetime, actor: Actor) -> LayerDetail:
    """One layer, technique by technique. Eight statements. Raises NotFound, Forbidden."""
    row = _found(layer_id, actor=actor)
    found, known = covered_today(now=now, actor=actor)
    given = _layer(row)
    comparison = compare(given, rules.named(found), catalogue=known)
    return LayerDetail(
        row=_row(row, comparison),
        layer=given,
        comparison=comparison,
        columns=rules.columns(comparison, found, known),
        sample_unit=found.sample_unit,
    )


def _found(layer_id: UUID, *, actor: Actor) -> models.AttackLayer:
    actor.must_anywhere(READ)
    row = models.AttackLayer.objects.filter(pk=layer_id).first()
    if row is None:
        raise NotFound("there is no such layer")
    return row


def _layer(row: models.AttackLayer) -> Layer:
    return Layer(
        name=row.said_name,
        description=row.description,
        attack_version=row.attack_version,
        format_version=row.format_version,
        marks=rules.marks_of(row.marks),
        gradient=rules.gradient_of(row.gradient),
        malformed=tuple(row.malformed),
    )


def _row(row: models.AttackLayer, comparison: Comparison) -> LayerRow:
    return LayerRow(
        layer_id=LayerId(row.pk),
        name=row.name,
        said_name=row.said_name,
        attack_version=row.attack_version,
        release=comparison.release,
        agreement=comparison.agreement,
        sha256=row.sha256,
        brought_at=row.brought_at,
        brought_by=row.brought_by,
        version=row.version,
        techniques=len(comparison.techniques),
        gaps=comparison.count(Cover.GAP),
        silent=comparison.count(Cover.SILENT),
        covered=comparison.count(Cover.COVERED),
        unknown=len(comparison.unknown),
    )
