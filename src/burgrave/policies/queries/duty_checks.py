"""What checks by itself whether policies are known, procedures followed, and texts looked at in time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from burgrave.assurance.terms import AutomaticCheck, Exhibit, Outcome
from burgrave.engines.standing import Result
from burgrave.policies import models
from burgrave.policies.queries.acknowledging import rate, rates_by_document
from burgrave.policies.queries.runs import adherence
from burgrave.policies.terms import DocumentState
from burgrave.web.errors import Said

KNOWN, FOLLOWED = 0.95, 0.9
"""What share must have confirmed, and what share of runs must have been on time."""
LOOK_BACK = timedelta(days=90)
REVIEWED = ("number", "review_due_on")


def acknowledged(threshold: float = KNOWN) -> Callable[[datetime], Outcome]:
    """A check that passes when at least this share have confirmed, of those who did or whose time is over."""

    def run(now: datetime) -> Outcome:
        found = rate(on=now.date(), is_sample=False)
        figures: dict[str, int] = {
            Said("Asked"): found.asked,
            Said("Confirmed"): found.confirmed,
            Said("Overdue"): found.overdue,
        }
        if found.ratio is None:
            note = Said("nobody is asked to confirm anything, so nothing can be said")
            return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
        due = found.confirmed + found.overdue  # who still has time to read speaks neither for nor against
        if not due:
            note = Said("nobody's time to confirm is over, so nothing can be said")
            return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
        note = Said(
            "%(confirmed)s of %(due)s acknowledgements that are given or overdue are given; "
            "%(needed)s percent are needed",
            {"confirmed": str(found.confirmed), "due": str(due), "needed": f"{threshold * 100:g}"},
        )
        result = Result.PASSED if found.confirmed / due >= threshold else Result.FAILED
        exhibit = _listed("acknowledgements.json", rates_by_document(on=now.date(), is_sample=False), now=now)
        return Outcome(result=result, note=note, figures=figures, exhibits=(exhibit,))

    return run


def runs_on_time(threshold: float = FOLLOWED) -> Callable[[datetime], Outcome]:
    """A check that passes when at least this share of the runs due in the last 90 days were finished on time."""

    def run(now: datetime) -> Outcome:
        today = now.date()
        found = adherence(first=today - LOOK_BACK, last=today, today=today, is_sample=False)
        figures: dict[str, int] = {
            Said("Runs due"): found.due,
            Said("On time"): found.on_time,
            Said("Overdue"): found.overdue,
            Said("Steps left out"): found.skipped,
            Said("Steps done otherwise"): found.deviated,
        }
        if found.ratio is None:
            note = Said("no procedure run was due in the last 90 days, so nothing can be said")
            return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
        note = Said(
            "%(done)s of %(due)s procedure runs of the last 90 days were on time; %(needed)s percent are needed",
            {"done": str(found.on_time), "due": str(found.due), "needed": f"{threshold * 100:g}"},
        )
        result = Result.PASSED if found.ratio >= threshold else Result.FAILED
        runs = models.Run.objects.filter(due_on__gte=today - LOOK_BACK, due_on__lte=today, document__is_sample=False)
        rows = runs.order_by("due_on", "serial").values("serial", "document__number", "due_on", "state", "ended_at")
        exhibit = _listed("procedure-runs.json", rows, now=now)
        return Outcome(result=result, note=note, figures=figures, exhibits=(exhibit,))

    return run


def reviews_in_time(now: datetime) -> Outcome:
    """Passes when no document that is in force is overdue for its review."""
    held = models.Document.objects.filter(state=DocumentState.IN_FORCE, is_sample=False)
    overdue = list(held.filter(review_due_on__lt=now.date()).order_by("review_due_on", "number").values(*REVIEWED))
    in_force, late = held.count(), len(overdue)
    figures: dict[str, int] = {Said("Documents in force"): in_force, Said("Overdue"): late}
    if not in_force:
        note = Said("no document is in force, so nothing can be said")
        return Outcome(result=Result.INCONCLUSIVE, note=note, figures=figures)
    note = Said(
        "%(late)s of %(all)s documents in force are overdue for their review",
        {"late": str(late), "all": str(in_force)},
    )
    result = Result.FAILED if late else Result.PASSED
    exhibit = _listed("overdue-documents.json", overdue, now=now)
    return Outcome(result=result, note=note, figures=figures, exhibits=(exhibit,))


def _listed(name: str, rows: Iterable[Mapping[str, object]], *, now: datetime) -> Exhibit:
    """The rows as a file, with the moment at which they were read."""
    told = {"at": now.isoformat(), "items": [{key: _told(value) for key, value in row.items()} for row in rows]}
    content = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode()
    return Exhibit(name=name, media_type="application/json", content=content)


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


CHECKS: tuple[AutomaticCheck, ...] = (
    AutomaticCheck(
        name="policies.acknowledged",
        title=_("Policies are acknowledged"),
        run=acknowledged(),
        about=_("Passes when at least 95 percent of those asked have confirmed what they must know."),
    ),
    AutomaticCheck(
        name="policies.runs_on_time",
        title=_("Procedures are run on time"),
        run=runs_on_time(),
        about=_("Passes when at least 90 percent of the runs that were due in the last 90 days were finished on time."),
    ),
    AutomaticCheck(
        name="policies.reviews_in_time",
        title=_("Policies are reviewed in time"),
        run=reviews_in_time,
        about=_("Passes when no document in force is overdue for its review."),
    ),
)
