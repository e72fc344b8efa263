"""The management system at a glance (plan, do, check, act), and the maturity of its processes."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from burgrave.isms import commands, figures, queries, words
from burgrave.isms.forms import RatingForm
from burgrave.isms.queries.overview import Cycle
from burgrave.isms.terms import EDIT, READ
from burgrave.isms.views.meetings import step
from burgrave.isms.views.requests import FORM
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Card, Tone


@require_safe
def overview(request: BurgraveRequest) -> HttpResponse:
    """Plan, do, check, act."""
    now, today = timezone.now(), timezone.localdate()
    found = queries.cycle(actor=request.actor, now=now, today=today)
    shown = {
        "parts": [
            (_("Plan"), _plan(found)),
            (pgettext("plan, do, check, act", "Do"), _do(found)),
            (_("Check"), _check(found, today)),
            (pgettext("plan, do, check, act", "Act"), _act(found)),
        ],
        "standing": figures.indicator_standing(found.indicators),
        "findings": [(each, words.SEVERITIES[each.severity]) for each in found.findings],
        "at": now,
    }
    return render(request, "isms/overview.html", shown)


def _plan(found: Cycle) -> list[Card]:
    listed = reverse("isms:statements")
    return [
        _card(_("Statements that hold"), found.approved, listed, sample=found.statements),
        _card(
            _("Overdue reviews"), found.overdue_reviews, f"{listed}?only=overdue", is_bad=bool(found.overdue_reviews)
        ),
        _card(_("Gaps of responsibility"), found.gaps, f"{reverse('isms:matrix')}#gaps", is_bad=bool(found.gaps)),
    ]


def _do(found: Cycle) -> list[Card]:
    listed = reverse("isms:decisions")
    cards = [
        _card(_("Open decisions"), found.open_decisions, listed),
        _card(
            _("Overdue decisions"),
            found.overdue_decisions,
            f"{listed}?only=overdue",
            is_bad=bool(found.overdue_decisions),
        ),
    ]
    if found.measures is not None:
        cards.append(_card(_("Measures"), found.measures, reverse("isms:soa_frameworks")))
    return cards


def _check(found: Cycle, today: date) -> list[Card]:
    count = len(found.indicators)
    cards = [
        _card(
            _("Indicators that meet their target"),
            found.met,
            reverse("isms:indicators"),
            sample=count,
            is_bad=found.met < count,
        )
    ]
    if found.requirements is not None and found.requirements_met is not None:
        applicability = reverse("isms:soa_frameworks")
        cards.append(
            _card(_("Requirements that are met"), found.requirements_met, applicability, sample=found.requirements)
        )
    if found.due_checks is not None:
        cards.append(_card(_("Checks that are due"), found.due_checks, reverse("isms:soa_frameworks")))
    days = (today - found.last_review_on).days if found.last_review_on else None
    said = _("never") if days is None else str(days)
    unit = "" if days is None else _("days ago")
    cards.append(Card(label=_("Last management review"), value=said, unit=unit, why=reverse("isms:reviews")))
    return cards


def _act(found: Cycle) -> list[Card]:
    cards = [_card(_("Decisions carried out"), found.done_decisions, f"{reverse('isms:decisions')}?state=done")]
    if found.open_findings is not None:
        cards.append(_card(_("Open findings"), found.open_findings, "#findings", is_bad=bool(found.open_findings)))
    if found.overdue_actions is not None:
        bad = bool(found.overdue_actions)
        cards.append(_card(_("Overdue corrective actions"), found.overdue_actions, "#findings", is_bad=bad))
    return cards


def _card(label: str, value: int, why: str, *, sample: int | None = None, is_bad: bool = False) -> Card:
    said = "" if sample is None else _("of %(count)s") % {"count": sample}
    return Card(label=label, value=str(value), why=why, sample=said, tone=Tone.WARN if is_bad else None)


@require_safe
def maturity(request: BurgraveRequest) -> HttpResponse:
    """How mature each process is, and how far its assessors are apart."""
    request.actor.must_anywhere(READ)
    rows = queries.maturity(actor=request.actor, now=timezone.now())
    shown = {
        "rows": [(each, [(one, words.LEVELS[one.level]) for one in each.ratings]) for each in rows],
        "figure": figures.maturity(rows),
        "levels": [(int(level), word, words.LEVEL_MEANINGS[level]) for level, word in words.LEVELS.items()],
        "may_edit": request.actor.may_anywhere(EDIT),
    }
    return render(request, "isms/maturity.html", shown)


@require_http_methods(FORM)
def rate(request: BurgraveRequest, statement_id: UUID) -> HttpResponse:
    """The reader's own rating."""
    view = queries.statement(statement_id, actor=request.actor)
    request.actor.must(EDIT, view.row.unit_id)
    form = RatingForm(request.POST or None)
    back = reverse("isms:maturity")

    def act() -> str:
        commands.rate(statement_id, form.draft(), actor=request.actor, now=timezone.now())
        return back

    title = _("Rate: %(process)s") % {"process": view.row.title}
    return step(request, form, act, title=title, back=back)
