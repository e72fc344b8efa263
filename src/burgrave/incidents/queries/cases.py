"""Cases in a list, one case with everything that it rests on, and the drafts of one person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, cast
from uuid import UUID

from django.db.models import Count, DateTimeField, F, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast

from burgrave.incidents import models
from burgrave.incidents.queries.alerts import QUEUE, alert_row, joined
from burgrave.incidents.queries.files import file_row
from burgrave.incidents.queries.paging import paged, person_ref, visible
from burgrave.incidents.rules import cases as rules
from burgrave.incidents.rules.durations import Moments, durations
from burgrave.incidents.rules.saying import alert_label, moment_said
from burgrave.incidents.terms import (
    AlertState,
    CaseDetail,
    CaseFilter,
    CaseId,
    CaseRow,
    CaseState,
    ComputerRow,
    DraftId,
    DraftRow,
    DurationRow,
    EventFileRow,
    FacetCount,
    NoteRow,
    OtherCase,
    Severity,
    TechniqueRow,
    TimelineEntryId,
    TimelineRow,
    TimelineSource,
    tactics,
    techniques,
)
from burgrave.web.errors import NotFound
from burgrave.web.paging import bounded_counts
from burgrave.web.terms import MOST_COUNTED, Actor, Cursor, Page

FACET_COUNTED = 1_000

ORDERS = {
    "opened": "opened_at pk",
    "number": "number",
    "severity": "severity_rank opened_at pk",
    "title": "title pk",
    "changed": "changed_at pk",
}
"""What the list of cases is sorted by."""

DECIDED = Q(alerts__state=AlertState.DISMISSED) | Q(alerts__is_confirmed=True)


def cases(
    wanted: CaseFilter,
    *,
    order: tuple[str, ...] = ("-severity_rank", "-opened_at", "pk"),
    number: int = 1,
    size: int = 50,
    at: Cursor | None = None,
    total: int | None = None,
    actor: Actor,
) -> Page[CaseRow]:
    """The cases that the actor may see, in three statements at most. ``total`` is what was counted already."""
    found = _narrowed(models.Case.objects.filter(visible(actor)), wanted, actor=actor)
    return paged(_counted(found).order_by(*order), case_row, number=number, size=size, at=at, total=total)


def ids_of(wanted: CaseFilter, *, most: int, actor: Actor) -> tuple[UUID, ...]:
    """The keys of the narrowed list, so many at most."""
    found = _narrowed(models.Case.objects.filter(visible(actor)), wanted, actor=actor)
    return tuple(found.order_by("pk").values_list("pk", flat=True)[:most])


def names_of(ids: Collection[UUID], *, most: int, actor: Actor) -> tuple[str, ...]:
    """The first of these incidents by number, as far as the actor may see them. One statement."""
    found = models.Case.objects.filter(visible(actor), pk__in=ids).order_by("number")
    return tuple(f"{number} {title}" for number, title in found.values_list("number", "title")[:most])


def export(wanted: CaseFilter, *, order: tuple[str, ...], actor: Actor) -> Generator[CaseRow, None, None]:
    """Every case of the narrowed list, in its order. Who stops early closes it: it holds a cursor."""
    found = _narrowed(models.Case.objects.filter(visible(actor)), wanted, actor=actor)
    yield from map(case_row, _counted(found).order_by(*order).iterator(chunk_size=2_000))


def case_facets(wanted: CaseFilter, *, actor: Actor) -> tuple[int, dict[str, tuple[FacetCount, ...]]]:
    """How many cases there are, and with each state and severity in place of what is chosen of it. One statement.

    Counted to MOST_COUNTED and FACET_COUNTED and one further.
    """
    base = models.Case.objects.filter(visible(actor))
    options = {
        **{("state", each.value): replace(wanted, states=(each,)) for each in CaseState},
        **{("severity", each.value): replace(wanted, severities=(each,)) for each in reversed(Severity)},
    }
    cut = {key: _narrowed(base, each, actor=actor).order_by()[: FACET_COUNTED + 1] for key, each in options.items()}
    cut["", ""] = _narrowed(base, wanted, actor=actor).order_by()[: MOST_COUNTED + 1]
    counts = bounded_counts(cut)
    return counts[("", "")], {
        name: tuple(
            FacetCount(value=value, label=value, count=counts[name, value]) for facet, value in options if facet == name
        )
        for name in ("state", "severity")
    }


def case_id_of(number: str, *, actor: Actor) -> CaseId:
    """The case with this number. Raises NotFound."""
    found = models.Case.objects.filter(visible(actor), number=number).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound("there is no case %(number)s, or you may not see it", words={"number": number})
    return CaseId(found)


def numbered_case(number: str, *, actor: Actor) -> CaseDetail:
    """The case with this number, as `case` gives it."""
    return _detail(Q(number=number) | Q(merged_into__number=number), _numbered(number), actor=actor)


def case(case_id: UUID, *, actor: Actor) -> CaseDetail:
    """One case with alerts, timeline, notes and figures, in three statements. Raises NotFound."""
    return _detail(Q(pk=case_id) | Q(merged_into=case_id), lambda row: row.pk == case_id, actor=actor)


def _numbered(number: str) -> Callable[[models.Case], bool]:
    return lambda row: row.number == number


def _detail(wanted: Q, is_it: Callable[[models.Case], bool], *, actor: Actor) -> CaseDetail:
    """The case that ``is_it`` knows among the wanted ones; the others went into it."""
    rows = _counted(models.Case.objects.filter(visible(actor)).filter(wanted).select_related("merged_into"))
    found, merged_from = None, []
    for row in rows.order_by("number"):
        if is_it(row):
            found = row
        else:
            merged_from.append(OtherCase(case_id=CaseId(row.pk), number=row.number, title=row.title))
    if found is None:
        raise NotFound("there is no such case, or you may not see it")
    state = CaseState(found.state)
    alerts = list(joined(models.Alert.objects.filter(case=found)).order_by("first_at", *QUEUE))
    timeline, notes = _told(found)
    return CaseDetail(
        case=case_row(found),
        cause=found.cause,
        impact=found.impact,
        lessons=found.lessons,
        next_states=rules.FORWARD[state],
        earlier_states=rules.BACKWARD[state],
        is_working=state in rules.WORKING,
        durations=_durations(found, alerts),
        timeline=timeline,
        notes=notes,
        alerts=tuple(alert_row(alert) for alert in alerts),
        techniques=_techniques(alerts),
        computers=_computers(alerts),
        merged_into=_other(found.merged_into),
        merged_from=tuple(merged_from),
    )


def with_files(detail: CaseDetail) -> CaseDetail:
    """The same case with the files that are evidence of its alerts. One statement."""
    return replace(detail, files=files_of_case(detail.case.case_id))


def files_of_case(case_id: UUID) -> tuple[EventFileRow, ...]:
    """The files that alerts of the case came from, and those in which events counted for them.

    Who asks has checked that the reader may see the case.
    """
    rows = models.EventFile.objects.filter(pk__in=evidence_files(case_id)).select_related("unit", "received_by")
    return tuple(file_row(row) for row in rows.order_by("received_at", "pk"))


def evidence_files(case_id: UUID) -> QuerySet[models.AlertSource, UUID]:
    """The keys of these files, each once."""
    own = models.AlertSource.objects.filter(alert__case=case_id).values_list("event_file_id", flat=True)
    counted = models.CountedSource.objects.filter(alert__case=case_id).values_list("event_file_id", flat=True)
    return own.union(counted)


def open_cases(*, besides: UUID | None = None, unit_id: UUID, actor: Actor) -> tuple[OtherCase, ...]:
    """The cases of the unit that are being worked on: where alerts can go, and what a case can be merged into."""
    found = models.Case.objects.filter(
        visible(actor), unit_id=unit_id, state__in=[state.value for state in rules.WORKING]
    )
    others = found if besides is None else found.exclude(pk=besides)
    rows = others.order_by("-opened_at", "pk")[:100]
    return tuple(OtherCase(case_id=CaseId(row.pk), number=row.number, title=row.title) for row in rows)


def drafts(*, actor: Actor) -> tuple[DraftRow, ...]:
    """The actor's own half-filled guides, newest first, without their alerts."""
    rows = models.CaseDraft.objects.filter(author_id=actor.person_id).select_related("unit", "lead")
    return tuple(_draft_row(row, ()) for row in rows.order_by("-saved_at", "pk"))


def draft(draft_id: UUID, *, actor: Actor) -> DraftRow:
    """One of the actor's own drafts, with those of its alerts that the actor may see. Raises NotFound."""
    rows = models.CaseDraft.objects.filter(pk=draft_id, author_id=actor.person_id).select_related("unit", "lead")
    found = rows.first()
    if found is None:
        raise NotFound("there is no such draft of yours; it may have become a case")
    alerts = joined(models.Alert.objects.filter(visible(actor), pk__in=found.alerts.values("pk"))).order_by(*QUEUE)
    return _draft_row(found, alerts)


def _narrowed(found: QuerySet[models.Case], wanted: CaseFilter, *, actor: Actor) -> QuerySet[models.Case]:
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.severities:
        found = found.filter(severity__in=wanted.severities)
    if wanted.lead == "me":
        found = found.filter(lead_id=actor.person_id)
    if wanted.text:
        text = wanted.text
        found = found.filter(Q(title__icontains=text) | Q(number__icontains=text) | Q(summary__icontains=text))
    return found


def _counted(found: QuerySet[models.Case]) -> QuerySet[models.Case]:
    return found.select_related("unit", "lead", "opened_by", "changed_by").annotate(
        alert_count=Count("alerts"), decided_count=Count("alerts", filter=DECIDED)
    )


def case_row(found: models.Case) -> CaseRow:
    alerts: int = found.alert_count  # type: ignore[attr-defined]  # annotated by _counted
    decided: int = found.decided_count  # type: ignore[attr-defined]  # annotated by _counted
    return CaseRow(
        case_id=CaseId(found.pk),
        number=found.number,
        title=found.title,
        severity=Severity(found.severity),
        state=CaseState(found.state),
        summary=found.summary,
        lead=person_ref(found.lead),
        unit_id=found.unit_id,
        unit_name=found.unit.name,
        opened_at=found.opened_at,
        opened_by=person_ref(found.opened_by),
        closed_at=found.closed_at,
        alerts=alerts,
        undecided=alerts - decided,
        version=found.version,
        changed_at=found.changed_at,
        changed_by=str(found.changed_by) if found.changed_by else "Burgrave",
    )


def _durations(found: models.Case, alerts: Iterable[models.Alert]) -> tuple[DurationRow, ...]:
    known = list(alerts)
    moments = Moments(
        first_event_at=min((alert.first_at for alert in known if alert.first_at), default=None),
        first_alert_at=min((alert.raised_at for alert in known), default=None),
        acknowledged_at=min((alert.acknowledged_at for alert in known if alert.acknowledged_at), default=None),
        opened_at=found.opened_at,
        contained_at=found.contained_at,
        closed_at=found.closed_at if found.state == CaseState.CLOSED else None,
    )
    return tuple(
        DurationRow(clock=each.clock, elapsed=each.elapsed, from_at=each.from_at, until_at=each.until_at, why=each.why)
        for each in durations(moments)
    )


def _techniques(alerts: Iterable[models.Alert]) -> tuple[TechniqueRow, ...]:
    counts: dict[str, int] = {}
    named: dict[str, dict[str, None]] = {}
    for alert in alerts:
        for technique in techniques(alert.rule.tags):
            counts[technique] = counts.get(technique, 0) + 1
            named.setdefault(technique, {}).update(dict.fromkeys(tactics(alert.rule.tags)))
    return tuple(
        TechniqueRow(technique=technique, tactics=tuple(named[technique]), alerts=counts[technique])
        for technique in sorted(counts)
    )


def _computers(alerts: Iterable[models.Alert]) -> tuple[ComputerRow, ...]:
    by_name: dict[str, list[models.Alert]] = {}
    for alert in alerts:
        by_name.setdefault(alert.computer, []).append(alert)
    return tuple(
        ComputerRow(
            name=name,
            alerts=len(found),
            first_at=min((alert.first_at for alert in found if alert.first_at), default=None),
            last_at=max((alert.last_at for alert in found if alert.last_at), default=None),
        )
        for name, found in sorted(by_name.items())
        if name
    )


def _other(found: models.Case | None) -> OtherCase | None:
    return None if found is None else OtherCase(case_id=CaseId(found.pk), number=found.number, title=found.title)


_Told: TypeAlias = (
    "tuple[UUID, datetime, datetime, str, str, UUID | None, str | None, str | None, str | None, datetime | None]"
)


def _told(found: models.Case) -> tuple[tuple[TimelineRow, ...], tuple[NoteRow, ...]]:
    """Timeline and notes: both tables in one statement."""
    nothing = Value("", output_field=TextField())
    entries = models.TimelineEntry.objects.filter(case=found).values_list(
        "pk",
        "at",
        "added_at",
        Cast("source", TextField()),
        "text",
        "alert_id",
        Cast("alert__rule__title", TextField()),
        Cast("alert__computer", TextField()),
        Cast("added_by__name", TextField()),
        "withdrawn_at",
    )
    notes = models.Note.objects.filter(case=found).values_list(
        "pk",
        F("added_at"),
        "added_at",
        nothing,
        "text",
        Cast(Value(None), UUIDField(null=True)),
        nothing,
        nothing,
        Cast("added_by__name", TextField()),
        Cast(Value(None), DateTimeField(null=True)),
    )
    rows = cast("list[_Told]", list(entries.union(notes, all=True)))
    timeline = sorted((row for row in rows if row[3]), key=lambda row: (row[1], row[2], row[4], str(row[0])))
    written = sorted((row for row in rows if not row[3]), key=lambda row: (-row[2].timestamp(), str(row[0])))
    said = tuple(NoteRow(text=row[4], added_at=row[2], added_by=row[8] or "Burgrave") for row in written)
    return tuple(map(_timeline_row, timeline)), said


def _timeline_row(row: _Told) -> TimelineRow:
    key, at, added_at, source, text, alert_id, title, computer, added_by, withdrawn_at = row
    return TimelineRow(
        entry_id=TimelineEntryId(key),
        at=at,
        text=moment_said(text, label=alert_label(title or "", computer or "")) if alert_id else text,
        source=TimelineSource(source),
        alert_id=alert_id,
        added_at=added_at,
        added_by=added_by or "Burgrave",
        withdrawn_at=withdrawn_at,
    )


def _draft_row(found: models.CaseDraft, alerts: Iterable[models.Alert]) -> DraftRow:
    return DraftRow(
        draft_id=DraftId(found.pk),
        title=found.title,
        severity=found.severity,
        summary=found.summary,
        unit_id=found.unit_id,
        unit_name=found.unit.name if found.unit else "",
        lead=person_ref(found.lead),
        saved_at=found.saved_at,
        alerts=tuple(alert_row(alert) for alert in alerts),
    )
