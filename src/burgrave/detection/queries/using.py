"""What correlations stand on, text by text, whether it holds already or waits with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """A rule of the library, and the text of it that is meant."""

    base: Base
    version_id: UUID


def texts_below(version_ids: Collection[UUID]) -> tuple[frozenset[UUID], tuple[TextToTry, ...]]:
    """Those of the texts that are correlations, and the texts of all that they use, also by way of correlations.

    Of a rule that is among the texts it is that one, else the one that holds, else the one that waits. What a reference
    leads to nowhere, or to several rules, is left out: whoever loads the texts says so.
    """
    sections = _sections(version_ids)
    asked = frozenset(sections)
    if not asked:
        return asked, ()
    chosen = _choices(version_ids)
    by_id = {each.base.rule_id: each for each in chosen}
    known = by_key((*(each.base for each in chosen), *disk_bases()))
    meant: dict[str, Base] = {}
    rest = sections
    while rest:
        fresh = {key: base for text in _references(rest) for key, base in _bases(text, known) if key not in meant}
        meant |= fresh
        rest = _sections({by_id[key].version_id for key in fresh if fresh[key].library_rule_id is not None} - asked)
    library = {by_id[key].version_id for key, base in meant.items() if base.library_rule_id is not None}
    disk = {base.live_rule_id for base in meant.values() if base.library_rule_id is None}
    return asked, (*_of_library(library - asked), *_on_disk({key for key in disk if key is not None}))


def _bases(text: str, known: Mapping[str, Mapping[str, Base]]) -> Iterable[tuple[str, Base]]:
    return (known.get(text) or known.get(text.lower()) or {}).items()


def _references(sections: Mapping[UUID, list[str]]) -> set[str]:
    return {text for rules in sections.values() for text in rules}


def _sections(version_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """What the correlations among the texts name."""
    found: dict[UUID, list[str]] = {}
    keys = sorted(version_ids)
    for start in range(0, len(keys), AT_ONCE):
        rows = models.CorrelationText.objects.filter(pk__in=keys[start : start + AT_ONCE])
        found |= {key: list(section["rules"]) for key, section in rows.values_list("pk", "section")}
    return found


def _choices(version_ids: Collection[UUID]) -> list[_Choice]:
    tried: dict[UUID, tuple[UUID, str]] = {}
    keys = sorted(version_ids)
    for start in range(0, len(keys), AT_ONCE):
        some = models.Version.objects.filter(pk__in=keys[start : start + AT_ONCE])
        tried |= {rule_id: (key, name) for rule_id, key, name in some.values_list("rule_id", "pk", "name")}
    names = ("pk", "rule_id", "title", "live_id", "live__name", "pending_id", "pending__name")
    found = []
    for row in models.Rule.objects.exclude(state=RuleState.RETIRED).order_by("pk").values(*names):
        held = (row["live_id"], row["live__name"]) if row["live_id"] else (row["pending_id"], row["pending__name"])
        key, name = tried.get(row["pk"], held)
        if key is not None:
            base = Base(rule_id=row["rule_id"], name=name or "", title=row["title"], library_rule_id=row["pk"])
            found.append(_Choice(base=base, version_id=key))
    return found


def _of_library(version_ids: Iterable[UUID]) -> list[TextToTry]:
    rows = models.Version.objects.filter(pk__in=list(version_ids)).select_related("text", "rule").order_by("pk")
    return [
        TextToTry(
            version_id=row.pk,
            rule_id=row.rule.rule_id,
            sha256=row.text_id,
            document=row.document,
            source=bytes(row.text.source),
        )
        for row in rows
    ]


def _on_disk(rule_version_ids: Iterable[UUID]) -> list[TextToTry]:
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
