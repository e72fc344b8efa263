"""The detection rules: which are live, what they say, what they found, and which cannot run."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from burgrave.incidents import models
from burgrave.incidents.queries.paging import paged, visible
from burgrave.incidents.terms import (
    READ,
    AlertState,
    CountingRow,
    EventFileId,
    FaultRow,
    Level,
    MemberRow,
    RuleDetail,
    RuleFileMatches,
    RuleFilter,
    RuleOrigin,
    RuleRow,
    RuleSetRow,
    RuleVersionId,
    tactics,
    techniques,
)
from burgrave.incidents.terms.faults import fault_said
from burgrave.people import queries as people
from burgrave.web.errors import NotFound
from burgrave.web.terms import Actor, Page

ORDERS = {"level": "level_rank title pk", "title": "title pk", "matches": "found title pk", "loaded": "loaded_at pk"}
"""What the list of rules is sorted by; ``found`` is the number of matches."""

FILES_SHOWN = 10


def detection_rules(
    wanted: RuleFilter,
    *,
    order: tuple[str, ...] = ("-level_rank", "title", "pk"),
    number: int = 1,
    size: int = 50,
    actor: Actor,
) -> Page[RuleRow]:
    """The rules with the number of matches in the files that the actor may see, in two statements."""
    actor.must_anywhere(READ)
    return paged(
        _counted(wanted, actor=actor).order_by(*order),
        lambda row: rule_row(row, matches=row.found),  # type: ignore[attr-defined]  # annotated by _counted
        number=number,
        size=size,
    )


def ids_of(wanted: RuleFilter, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    actor.must_anywhere(READ)
    found = _narrowed(models.RuleVersion.objects.all(), wanted)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def export(wanted: RuleFilter, *, order: tuple[str, ...], actor: Actor) -> Generator[RuleRow, None, None]:
    """Every rule of the narrowed list with its matches, in its order. Who stops early closes it: it holds a cursor."""
    actor.must_anywhere(READ)
    for row in _counted(wanted, actor=actor).order_by(*order).iterator(chunk_size=2_000):
        yield rule_row(row, matches=row.found)  # type: ignore[attr-defined]  # annotated by _counted


def rule_detail(rule_version_id: UUID, *, actor: Actor) -> RuleDetail:
    """One version of a rule, its text, its other versions, the last files in which it matched, and what counts it.

    Five statements, four where it is not live, and one more for a correlation. Raises NotFound.
    """
    actor.must_anywhere(READ)
    found = models.RuleVersion.objects.filter(pk=rule_version_id).first()
    if found is None:
        raise NotFound("there is no such rule")
    others = models.RuleVersion.objects.filter(rule_id=found.rule_id).exclude(pk=found.pk).defer("source")
    of_rule = Q(detections__rule__rule_id=found.rule_id)
    files = (
        models.EventFile.objects.filter(visible(actor), of_rule)
        .annotate(found=Count("detections", filter=of_rule))
        .order_by("-received_at", "pk")
    )
    alerts = models.Alert.objects.filter(visible(actor), rule_key=found.rule_id).exclude(state=AlertState.DISMISSED)
    return RuleDetail(
        rule=rule_row(found),
        source=found.source,
        versions=tuple(rule_row(other) for other in others.order_by("-loaded_at", "pk")),
        files=tuple(
            RuleFileMatches(
                event_file_id=EventFileId(file.pk), name=file.name, received_at=file.received_at, matches=file.found
            )
            for file in files[:FILES_SHOWN]
        ),
        open_alerts=alerts.count(),
        counted_by=_counting(found.rule_id) if found.is_live else (),
        members=_members(found.members) if found.members else (),
    )


def _members(rule_ids: Sequence[str]) -> tuple[MemberRow, ...]:
    """The live versions of the rules that a correlation counts. One statement."""
    live = models.RuleVersion.objects.filter(is_live=True, rule_id__in=rule_ids).values_list("rule_id", "pk", "title")
    known = {rule_id: MemberRow(title=title, rule_version_id=RuleVersionId(pk)) for rule_id, pk, title in live}
    return tuple(known.get(each, MemberRow(title=each, rule_version_id=None)) for each in rule_ids)


def _counting(rule_id: str) -> tuple[CountingRow, ...]:
    """The live correlations that use the rule, by title. One statement."""
    found = models.RuleVersion.objects.filter(is_live=True).exclude(correlation={}).order_by("title", "pk")
    return tuple(
        CountingRow(rule_version_id=RuleVersionId(pk), title=title, generates=asked["generate"])
        for pk, title, members, asked in found.values_list("pk", "title", "members", "correlation")
        if rule_id in members
    )


def matched_fields(rule_id: str, *, most: int, actor: Actor) -> tuple[dict[str, str], ...]:
    """The fields that the newest matches of the rule matched on, and the computer, in units that the actor sees.

    One statement.
    """
    actor.must_anywhere(READ)
    seen = people.within(actor, READ, "event_file__unit")
    found = models.Detection.objects.filter(seen, rule__rule_id=rule_id).order_by("-pk")
    rows = found.values_list("fields", "computer")[:most]
    return tuple({**({"Computer": computer} if computer else {}), **fields} for fields, computer in rows)


def live_version_of(rule_id: str, *, actor: Actor) -> RuleVersionId | None:
    """The live version of the rule with this id, or None."""
    actor.must_anywhere(READ)
    found = models.RuleVersion.objects.filter(rule_id=rule_id, is_live=True).values_list("pk", flat=True).first()
    return None if found is None else RuleVersionId(found)


def rule_faults(*, number: int, size: int, text: str = "", actor: Actor) -> Page[FaultRow]:
    """The rules of the present set that cannot run, by path and line; with ``text`` those whose reason has it."""
    actor.must_anywhere(READ)
    found = models.RuleFault.objects.order_by("path", "line", "pk")
    if text:
        found = found.filter(sentence__contains=text)
    return paged(found, _fault_row, number=number, size=size)


def rule_set(*, actor: Actor) -> RuleSetRow:
    """The live set in figures. Two statements."""
    actor.must_anywhere(READ)
    told = models.RuleFault.objects.order_by().values(kind=Value(1))
    faults = Subquery(told.annotate(found=Count("pk")).values("found"))
    state = models.RuleSetState.objects.annotate(faults=Coalesce(faults, 0)).first()
    live = Q(is_live=True)
    counts = models.RuleVersion.objects.aggregate(
        live=Count("pk", filter=live),
        unfed=Count("pk", filter=live & Q(is_fed=False)),
        retired=Count("pk", filter=~live),
        **{f"level_{level}": Count("pk", filter=live & Q(level=level)) for level in Level},
        **{f"origin_{origin}": Count("pk", filter=live & Q(origin=origin)) for origin in RuleOrigin},
    )
    return RuleSetRow(
        sha256="" if state is None else state.sha256,
        rules=counts["live"],
        faults=0 if state is None else state.faults,
        unfed=counts["unfed"],
        retired=counts["retired"],
        levels={level: counts[f"level_{level}"] for level in reversed(Level)},
        origins={origin: counts[f"origin_{origin}"] for origin in RuleOrigin},
        loaded_at=None if state is None else state.loaded_at,
    )


def _counted(wanted: RuleFilter, *, actor: Actor) -> QuerySet[models.RuleVersion]:
    """The rules with ``found``, the number of their matches in the files that the actor may see."""
    seen = people.within(actor, READ, "detections__event_file__unit")
    found = _narrowed(models.RuleVersion.objects.all(), wanted).defer("source")
    return found.annotate(found=Count("detections", filter=seen))


def _narrowed(found: QuerySet[models.RuleVersion], wanted: RuleFilter) -> QuerySet[models.RuleVersion]:
    if not wanted.with_retired:
        found = found.filter(is_live=True)
    if wanted.levels:
        found = found.filter(level__in=wanted.levels)
    if wanted.origins:
        found = found.filter(origin__in=wanted.origins)
    if wanted.products:
        found = found.filter(logsource__product__in=wanted.products)
    if wanted.text:
        text = wanted.text
        found = found.filter(
            Q(title__icontains=text) | Q(rule_id__iexact=text) | Q(author__icontains=text) | Q(path__icontains=text)
        )
    return found


def rule_row(found: models.RuleVersion, *, matches: int | None = None) -> RuleRow:
    return RuleRow(
        rule_version_id=RuleVersionId(found.pk),
        rule_id=found.rule_id,
        title=found.title,
        level=Level(found.level),
        status=found.status,
        author=found.author,
        licence=found.licence,
        description=found.description,
        logsource=found.logsource,
        tags=tuple(found.tags),
        techniques=techniques(found.tags),
        tactics=tactics(found.tags),
        falsepositives=tuple(found.falsepositives),
        origin=RuleOrigin(found.origin),
        path=found.path,
        sha256=found.sha256,
        is_live=found.is_live,
        is_fed=found.is_fed,
        loaded_at=found.loaded_at,
        matches=matches,
        name=found.name,
        members=tuple(found.members),
        correlation=found.correlation,
    )


def _fault_row(found: models.RuleFault) -> FaultRow:
    return FaultRow(path=found.path, line=found.line, column=found.column, sentence=fault_said(found.sentence))
