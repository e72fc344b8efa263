"""What correlations stand on, text by text, whether it holds already or waits with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from hashlib import sha256
from uuid import UUID

from burgrave.detection import models
from burgrave.detection.queries.references import disk_bases
from burgrave.detection.rules.references import by_key
from burgrave.detection.terms import RuleState
from burgrave.detection.terms.references import Base
from burgrave.detection.terms.trials import TextToTry
from burgrave.incidents import queries as incidents

AT_ONCE = 500
HOLDING = frozenset({RuleState.APPROVED, RuleState.ENABLED})


class Usable:
    """The rules that correlations may use: of the library by the text that holds, else the one that waits, and on disk.

    ``instead`` are ids of rules for which the caller has texts of its own. ``only_holding`` leaves out what waits.
    Four statements.
    """

    def __init__(self, *, instead: Collection[str] = (), only_holding: bool = False) -> None:
        library, self._versions = _choices(only_holding=only_holding)
        bases = [base for base in (*library, *disk_bases()) if base.rule_id not in instead]
        self._known = by_key(bases)
        self._told: set[str] = set()

    def texts(self, references: Iterable[str]) -> tuple[TextToTry, ...]:
        """The texts of the rules that these ids and names mean and that were not given before.

        All are given where a name means several: whoever loads them says so, as of what leads nowhere.
        """
        meant: dict[str, Base] = {}
        for text in references:
            meant |= self._known.get(text) or self._known.get(text.lower()) or {}
        fresh = [base for key, base in sorted(meant.items()) if key not in self._told]
        self._told |= meant.keys()
        library = {self._versions[base.rule_id] for base in fresh if base.library_rule_id is not None}
        disk = {base.live_rule_id for base in fresh if base.live_rule_id is not None}
        return (*_of_library(library), *_on_disk(disk))


def enabled_texts(rule_ids: Collection[str]) -> Mapping[str, TextToTry]:
    """By the id of each rule, the text of it that is held against events. Five statements and one for 500 rules."""
    found = _enabled_in_library(rule_ids)
    wanted = {base.live_rule_id: base.rule_id for base in disk_bases() if base.rule_id in rule_ids}
    on_disk = _on_disk({key for key, rule_id in wanted.items() if key is not None and rule_id not in found})
    return {**found, **{text.rule_id: text for text in on_disk}}


def text_to_try(rule_id: str, version: models.Version) -> TextToTry:
    """The text of a version, which has its rule's id; the caller has joined the text."""
    return TextToTry(
        version_id=version.pk,
        rule_id=rule_id,
        sha256=version.text_id,
        document=version.document,
        source=bytes(version.text.source),
    )


def _enabled_in_library(rule_ids: Collection[str]) -> dict[str, TextToTry]:
    found: dict[str, TextToTry] = {}
    keys = sorted(rule_ids)
    for start in range(0, len(keys), AT_ONCE):
        rows = models.Rule.objects.filter(rule_id__in=keys[start : start + AT_ONCE], state=RuleState.ENABLED)
        for row in rows.select_related("live__text").order_by("pk"):
            if row.live is not None:
                found[row.rule_id] = text_to_try(row.rule_id, row.live)
    return found


def _choices(*, only_holding: bool) -> tuple[list[Base], dict[str, UUID]]:
    """The rules of the library, and by their ids the texts that are meant."""
    rows = models.Rule.objects.exclude(state=RuleState.RETIRED).order_by("pk")
    names = ("pk", "rule_id", "state", "title", "live_id", "live__name", "pending_id", "pending__name")
    bases: list[Base] = []
    versions: dict[str, UUID] = {}
    for row in rows.values(*names):
        if row["live_id"] and (row["state"] in HOLDING or not only_holding):
            key, name = row["live_id"], row["live__name"]
        else:
            key, name = row["pending_id"], row["pending__name"]
            if only_holding or key is None:
                continue
        bases.append(Base(rule_id=row["rule_id"], name=name or "", title=row["title"], library_rule_id=row["pk"]))
        versions[row["rule_id"]] = key
    return bases, versions


def _of_library(version_ids: Collection[UUID]) -> list[TextToTry]:
    found: list[TextToTry] = []
    keys = sorted(version_ids)
    for start in range(0, len(keys), AT_ONCE):
        rows = models.Version.objects.filter(pk__in=keys[start : start + AT_ONCE]).select_related("text", "rule")
        found += [text_to_try(row.rule.rule_id, row) for row in rows.order_by("pk")]
    return found


def _on_disk(rule_version_ids: Collection[UUID]) -> list[TextToTry]:
    if not rule_version_ids:
        return []
    return [
        TextToTry(
            version_id=key,
            rule_id=text.rule_id,
            sha256=sha256(text.source.encode()).hexdigest(),
            document=text.document,
            source=text.source.encode(),
        )
        for key, text in incidents.rule_sources(rule_version_ids).items()
    ]
