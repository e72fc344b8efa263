"""What correlations counted, read with the names of files and rules."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from burgrave.incidents import models
from burgrave.incidents.rules.correlating import restored
from burgrave.incidents.terms import CountedEventRow, CountedRow


class CountedNames:
    """Names of the files and rules in what these matches counted. Two statements, none where nothing was counted.

    Whoever may see the matches may see the names: a correlation looks at events of one unit alone.
    """

    def __init__(self, matches: Iterable[models.Detection]) -> None:
        found = [each.counted for each in matches if each.counted is not None]
        files = {UUID(file) for each in found for file in each["files"]}
        rules = {rule for each in found for rule in each["rules"]}
        self._files: dict[UUID, str] = {}
        self._rules: dict[str, tuple[str, UUID]] = {}
        if files:
            self._files = dict(models.EventFile.objects.filter(pk__in=files).values_list("pk", "name"))
        if rules:  # of several versions the live one, else the newest
            versions = models.RuleVersion.objects.filter(rule_id__in=rules).order_by("is_live", "loaded_at", "pk")
            self._rules = {rule: (title, pk) for rule, title, pk in versions.values_list("rule_id", "title", "pk")}

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
