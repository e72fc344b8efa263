"""The set of live rules changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from burgrave.incidents import models
from burgrave.incidents.queries.finding import RULE, rule_entry
from burgrave.incidents.terms import RULES, FaultText, Rulebook, RulesLoaded, RuleText
from burgrave.ledger import commands as ledger
from burgrave.lists import commands as lists
from burgrave.web.terms import Actor


@transaction.atomic
def load_rules(book: Rulebook, *, actor: Actor, now: datetime) -> bool:
    """The rules of the book are the live ones, each version kept once. False when they were so already.

    Faults are replaced either way. Raises Forbidden.
    """
    actor.must_anywhere(RULES)
    models.RuleSetState.objects.get_or_create(pk=1)
    state = models.RuleSetState.objects.select_for_update().get(pk=1)

    is_known = state.sha256 == book.sha256 and _faults() == set(book.faults)

    state.sha256, state.rules, state.loaded_at = book.sha256, len(book.rules), now
    state.save()
    if is_known:
        return False
    added, retired = _replace(book.rules, now=now)
    models.RuleFault.objects.all().delete()
    models.RuleFault.objects.bulk_create(
        models.RuleFault(path=fault.path, line=fault.line, column=fault.column, sentence=fault.sentence, loaded_at=now)
        for fault in book.faults
    )

    ledger.append(
        RulesLoaded(
            ruleset_sha256=book.sha256,
            rules=len(book.rules),
            added=added,
            retired=retired,
            faults=len(book.faults),
        ),
        actor=actor,
        at=now,
    )
    return True


_AS_LIVE = ("is_live", "is_fed", "path", "origin", "name", "members", "correlation")


def _faults() -> set[FaultText]:
    rows = models.RuleFault.objects.values_list("path", "line", "column", "sentence")
    return {FaultText(path=path, line=line, column=column, sentence=text) for path, line, column, text in rows}


def _replace(texts: tuple[RuleText, ...], *, now: datetime) -> tuple[int, int]:
    known = {(row.sha256, row.document): row for row in models.RuleVersion.objects.defer("source")}
    live = {(text.sha256, text.document) for text in texts}
    fresh = [_version(text, now=now) for text in texts if (text.sha256, text.document) not in known]
    models.RuleVersion.objects.bulk_create(fresh, batch_size=200)
    retired = [row.pk for key, row in known.items() if row.is_live and key not in live]
    back = [row for key, row in known.items() if key in live]
    places = {(text.sha256, text.document): text for text in texts}
    other = [row for row in back if _as_live(row, places[row.sha256, row.document])]
    models.RuleVersion.objects.bulk_update(other, [*_AS_LIVE], batch_size=100)
    for start in range(0, len(retired), 500):
        models.RuleVersion.objects.filter(pk__in=retired[start : start + 500]).update(is_live=False)
    lists.unindex(RULE, retired)
    lists.index(rule_entry(row) for row in (*fresh, *other))
    return len(fresh), len(retired)


def _as_live(row: models.RuleVersion, text: RuleText) -> bool:
    """Whether the row says something else now: that it is live, and from where."""
    now = (True, text.is_fed, text.path, text.origin, text.name, list(text.members), dict(text.correlation))
    before = tuple(getattr(row, name) for name in _AS_LIVE)
    for name, value in zip(_AS_LIVE, now, strict=True):
        setattr(row, name, value)
    return before != now


def _version(text: RuleText, *, now: datetime) -> models.RuleVersion:
    return models.RuleVersion(
        rule_id=text.rule_id,
        sha256=text.sha256,
        document=text.document,
        title=text.title[:300],
        level=text.level,
        level_rank=text.level.rank,
        status=text.status[:40],
        author=text.author,
        licence=text.licence[:200],
        description=text.description,
        logsource=dict(text.logsource),
        tags=list(text.tags),
        falsepositives=list(text.falsepositives),
        origin=text.origin,
        path=text.path,
        source=text.source,
        is_fed=text.is_fed,
        name=text.name,
        members=list(text.members),
        correlation=dict(text.correlation),
        loaded_at=now,
    )
