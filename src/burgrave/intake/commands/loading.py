"""Rows locked for a change, seen only by who may change them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from burgrave.assets import queries as assets
from burgrave.engines.pinyin import sort_key
from burgrave.intake import models
from burgrave.intake.queries.mappings import mapping_choices
from burgrave.intake.rules import places
from burgrave.intake.terms import READ, LogSourceFacts, SourceKind
from burgrave.people import queries as people
from burgrave.web import editing
from burgrave.web.errors import BadInput, NotFound
from burgrave.web.terms import Actor, UnitId


def locked(log_source_id: UUID, *, permission: str, actor: Actor) -> models.LogSource:
    """The source, locked. Raises NotFound where the actor may not even read it, Forbidden without the permission."""
    row = models.LogSource.objects.select_for_update().filter(pk=log_source_id).first()
    if row is None or not actor.may(READ, UnitId(row.unit_id)):
        raise NotFound("no log source with this identifier is visible to you")
    actor.must(permission, UnitId(row.unit_id))
    return row


def must_be_current(row: models.LogSource, *, version: int) -> None:
    """Return when nobody changed the source since. Raises StaleEdit."""
    editing.must_be_current(row, version=version, name=row.name)


def must_be_whole(
    facts: LogSourceFacts, *, actor: Actor, kept: Iterable[UUID] = (), kept_mapping: UUID | None = None
) -> None:
    """Return when place, owner and assets are what they should be. Raises BadInput."""
    if facts.owner_id is not None and not people.names([facts.owner_id]):
        raise BadInput("an owner is a person of this organisation")
    places.must_fit(facts)
    wanted = facts.event_mapping_id
    if wanted not in {None, kept_mapping} and wanted not in {key for key, _name in mapping_choices(actor=actor)}:
        raise BadInput(
            "a log source has an event mapping that you see and that is saved", mend="Choose one of the list."
        )
    fresh = set(facts.asset_ids) - set(kept)
    if fresh - assets.names_of(fresh, actor=actor).keys():
        raise BadInput("a log source stands for assets that you see", mend="Choose assets of the list.")


def fill(row: models.LogSource, facts: LogSourceFacts) -> tuple[str, ...]:
    """The row says what the facts say. Returns the fields that changed."""
    wanted = {
        "name": facts.name.strip(),
        "unit_id": facts.unit_id,
        "kind": str(facts.kind),
        "product": facts.product.strip().lower(),
        "category": facts.category.strip().lower(),
        "service": facts.service.strip().lower(),
        "owner_id": facts.owner_id,
        "silent_after_seconds": _seconds(facts.silent_after),
        "close_after_seconds": _seconds(facts.close_after),
        "place": places.spelled(facts) if facts.kind is not SourceKind.UPLOAD else "",
        "senders": facts.senders.strip() if facts.kind is SourceKind.SYSLOG else "",
        "note": facts.note.strip(),
        "event_mapping_id": facts.event_mapping_id,
    }
    changed = []
    for name, value in wanted.items():
        if getattr(row, name) != value:
            setattr(row, name, value)
            changed.append(name.removesuffix("_id").removesuffix("_seconds"))
    row.sort_key = sort_key(row.name)
    return tuple(changed)


def link_assets(row: models.LogSource, asset_ids: Iterable[UUID]) -> bool:
    """Whether the assets that the source stands for changed. They stand as given afterwards."""
    wanted = set(asset_ids)
    held = set(row.asset_links.values_list("asset_id", flat=True))
    if wanted == held:
        return False
    row.asset_links.exclude(asset_id__in=wanted).delete()
    models.LogSourceAsset.objects.bulk_create(
        models.LogSourceAsset(log_source=row, asset_id=each) for each in wanted - held
    )
    return True


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())
