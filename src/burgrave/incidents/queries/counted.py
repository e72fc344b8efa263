"""What correlations counted, read with the names of files and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias, cast
from uuid import UUID

from django.db.models import BooleanField, F, TextField, Value, Window
from django.db.models.functions import Cast, RowNumber

from burgrave.events import queries as events
from burgrave.incidents import models
from burgrave.incidents.rules.correlating import files_of, restored
from burgrave.incidents.terms import CaseDetail, CountedAlert, CountedEventRow, CountedMatch, CountedRow

ALERTS_OF_CASE: Final = 20
MATCHES_OF_ALERT: Final = 3
_Named: TypeAlias = "tuple[UUID, str, str, bool, datetime]"
"""A file or a version of a rule: key, name or title, id of the rule, whether it is live, since when it is there."""


def with_counted(detail: CaseDetail) -> CaseDetail:
    """The same case with what the first matches of its first alerts of correlations counted.

    Three statements, none where no alert is of a correlation.
    """
    alerts = [each for each in detail.alerts if each.is_correlated][:ALERTS_OF_CASE]
    if not alerts:
        return detail
    found = _first_matches([each.alert_id for each in alerts])
    names = CountedNames(found)
    by_alert: defaultdict[UUID | None, list[CountedMatch]] = defaultdict(list)
    for row in found:
        if (counted := names.row(row)) is not None:
            by_alert[row.alert_id].append(CountedMatch(fields=row.fields, counted=counted))
    return replace(
        detail,
        counted=tuple(
            CountedAlert(
                alert_id=each.alert_id,
                title=each.title,
                computer=each.computer,
                matches=each.matches,
                first=tuple(by_alert[each.alert_id]),
            )
            for each in alerts
            if by_alert[each.alert_id]
        ),
    )


def _first_matches(alert_ids: Sequence[UUID]) -> list[models.Detection]:
    """Of each alert the first matches of which is kept what they counted, in order of time. One statement."""
    counted = models.Detection.objects.filter(alert__in=alert_ids, counted__isnull=False)
    place = Window(RowNumber(), partition_by=F("alert"), order_by=("at", "pk"))
    first = counted.annotate(place=place).filter(place__lte=MATCHES_OF_ALERT).values("pk")
    rows = models.Detection.objects.filter(pk__in=first).select_related("rule").defer("rule__source")
    return list(rows.order_by("at", "pk"))


class CountedNames:
    """Names of the files and rules in what these matches counted. Two statements, none where nothing was counted.

    Whoever may see the matches may see the names: a correlation looks at events of one unit alone.
    """

    def __init__(self, matches: Iterable[models.Detection]) -> None:
        found = [each.counted for each in matches if each.counted is not None]
        files = {file for each in found for file in files_of(each)}
        self._kept = events.brought_by(files) if files else frozenset()
        self._files: dict[UUID, str] = {}
        self._rules: dict[str, tuple[str, UUID]] = {}
        # Of several versions the live one, else the newest.
        for pk, name, rule, *_ in sorted(_named(files, found), key=lambda row: (*row[3:], str(row[0]))):
            if rule:
                self._rules[rule] = (name, pk)
            else:
                self._files[pk] = name

    def row(self, found: models.Detection) -> CountedRow | None:
        """What one match counted; None where that was not kept."""
        if found.counted is None:
            return None
        counted = restored(found.counted)
        rows = []
        for each in counted.named:
            title, version = self._rules.get(each.rule_id, (each.rule_id, None))
            rows.append(
                CountedEventRow(
                    event_file_id=each.event_file_id,
                    file_name=self._files.get(each.event_file_id, ""),
                    ordinal=each.ordinal,
                    at=each.at,
                    rule_id=each.rule_id,
                    rule_title=title,
                    rule_version_id=version,
                    is_kept=each.event_file_id in self._kept,
                )
            )
        return CountedRow(
            began_at=counted.began_at,
            ended_at=counted.ended_at,
            events=counted.events,
            measured=counted.measured,
            named=tuple(rows),
            asked=found.rule.correlation,
        )


def _named(files: Collection[UUID], found: Iterable[Mapping[str, Any]]) -> list[_Named]:
    """Files, and every version of the rules in what was counted: both tables in one statement."""
    if not files:
        return []
    rules = {rule for each in found for rule in each["rules"]}
    nothing, no = Value("", output_field=TextField()), Value(False, output_field=BooleanField())
    of_files = models.EventFile.objects.filter(pk__in=files)
    versions = models.RuleVersion.objects.filter(rule_id__in=rules)
    told = of_files.values_list("pk", Cast("name", TextField()), nothing, no, "received_at")
    more = versions.values_list("pk", Cast("title", TextField()), Cast("rule_id", TextField()), "is_live", "loaded_at")
    return cast("list[_Named]", list(told.union(more, all=True)))
