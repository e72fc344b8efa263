"""Layers of the ATT&CK Navigator are brought, replaced and removed."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from burgrave.detection import models
from burgrave.detection.commands.access import permit
from burgrave.detection.errors import AttackFileRefused, ReasonMissing
from burgrave.detection.rules import layers as rules
from burgrave.detection.terms import REASON_MAX
from burgrave.detection.terms.layers import MOST_LAYERS, LayerId
from burgrave.detection.terms.records import LayerBrought, LayerRemoved, LayerReplaced
from burgrave.engines.attack.terms import Layer
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.errors import NotFound, StaleEdit
from burgrave.web.terms import Actor


@transaction.atomic
def bring_layer(content: bytes, *, name: str, actor: Actor, now: datetime) -> LayerId:
    """The layer in the file is kept under the name, or under its own without one.

    Raises AttackFileRefused, Forbidden.
    """
    permit(actor)
    layer = rules.opened_layer(content)
    chosen = rules.plain_name(storable(name), layer)
    if models.AttackLayer.objects.filter(name=chosen).exists():
        raise AttackFileRefused(
            "there is a layer %(name)s already",
            words={"name": chosen},
            mend="Replace it on its page, or give this one another name.",
        )
    if models.AttackLayer.objects.count() >= MOST_LAYERS:
        raise AttackFileRefused(
            "%(most)s layers are kept at most", words={"most": str(MOST_LAYERS)}, mend="Remove one first."
        )

    row = models.AttackLayer(name=chosen)
    _write(row, layer, content, actor=actor, now=now)

    brought = LayerBrought(
        layer_id=row.pk, sha256=row.sha256, name=Sealed(row.name), count=len(layer.marks), faults=len(layer.malformed)
    )
    ledger.append(brought, actor=actor, at=now)
    return LayerId(row.pk)


@transaction.atomic
def put_layer(content: bytes, *, name: str, actor: Actor, now: datetime) -> LayerId:
    """The layer in the file is kept under the name, or under its own; one of that name is replaced.

    Raises AttackFileRefused, Forbidden.
    """
    permit(actor)
    chosen = rules.plain_name(storable(name), rules.opened_layer(content))
    known = models.AttackLayer.objects.select_for_update().filter(name=chosen).first()
    if known is None:
        return bring_layer(content, name=chosen, actor=actor, now=now)
    replace_layer(known.pk, content, version=known.version, actor=actor, now=now)
    return LayerId(known.pk)


@transaction.atomic
def replace_layer(layer_id: UUID, content: bytes, *, version: int, actor: Actor, now: datetime) -> None:
    """The layer says what this file says; its name stays. Raises AttackFileRefused, StaleEdit, NotFound, Forbidden."""
    row = _locked(layer_id, version=version, actor=actor)
    layer = rules.opened_layer(content)

    was = row.sha256
    row.version += 1
    _write(row, layer, content, actor=actor, now=now)

    replaced = LayerReplaced(
        layer_id=row.pk, sha256=row.sha256, was_sha256=was, count=len(layer.marks), faults=len(layer.malformed)
    )
    ledger.append(replaced, actor=actor, at=now)


@transaction.atomic
def remove_layer(layer_id: UUID, *, reason: str, version: int, actor: Actor, now: datetime) -> None:
    """The layer is gone. Raises ReasonMissing, StaleEdit, NotFound, Forbidden."""
    row = _locked(layer_id, version=version, actor=actor)
    if not reason.strip():
        raise ReasonMissing("this needs a reason", mend="Say why; it stays in the ledger.")

    removed = LayerRemoved(
        layer_id=row.pk,
        sha256=row.sha256,
        name=Sealed(row.name),
        reason=Sealed(storable(reason.strip())[:REASON_MAX]),
    )
    row.delete()

    ledger.append(removed, actor=actor, at=now)


def _write(row: models.AttackLayer, layer: Layer, content: bytes, *, actor: Actor, now: datetime) -> None:
    row.said_name, row.description = layer.name, layer.description
    row.attack_version, row.format_version = layer.attack_version, layer.format_version
    row.marks, row.malformed = rules.plain_marks(layer.marks), list(layer.malformed)
    row.gradient = rules.plain_gradient(layer.gradient)
    row.sha256 = sha256(content).hexdigest()
    row.brought_at, row.brought_by = now, actor.name[:200]
    row.save()


def _locked(layer_id: UUID, *, version: int, actor: Actor) -> models.AttackLayer:
    permit(actor)
    row = models.AttackLayer.objects.select_for_update().filter(pk=layer_id).first()
    if row is None:
        raise NotFound("there is no such layer")
    if row.version != version:
        raise StaleEdit(
            "%(title)s was changed by %(who)s after you opened it; nothing was overwritten",
            words={"title": row.name, "who": row.brought_by},
            changed_by=row.brought_by,
            changed_at=row.brought_at,
            mend="Look at the present state, then decide again.",
        )
    return row
