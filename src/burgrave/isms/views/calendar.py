"""The calendar as a month and as a list, and the feed that other programs subscribe to."""

from __future__ import annotations

import calendar as months
from collections import defaultdict
from datetime import date, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from burgrave.isms import commands, queries
from burgrave.isms.errors import IsmsError
from burgrave.isms.forms import FeedForm
from burgrave.isms.rules.icalendar import Day
from burgrave.isms.rules.icalendar import calendar as icalendar
from burgrave.isms.terms.calendar import Happening
from burgrave.isms.views.requests import FORM, day_in, uuid_in
from burgrave.people import queries as people
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.pages import BurgraveRequest, facet
from burgrave.web.terms import Facet, PersonId, Tab, Words

AHEAD = timedelta(days=90)
FEED_AHEAD = timedelta(days=366)
FIRST_YEAR, LAST_YEAR = 2000, 2100
SHOWN_A_DAY = 4


@require_safe
def calendar(request: BurgraveRequest) -> HttpResponse:
    """Overdue first, then the next ninety days."""
    today = timezone.localdate()
    wanted = request.GET.getlist("source")
    view = queries.calendar(today, today + AHEAD, wanted=wanted, actor=request.actor, today=today)
    by_day: dict[date, list[Happening]] = defaultdict(list)
    for each in view.coming:
        by_day[each.on].append(each)
    shown = {
        "view": view,
        "days": sorted(by_day.items()),
        "facets": _facets(request, view.sources),
        "tabs": _tabs(request, month=False),
        "today": today,
    }
    return render(request, "isms/calendar.html", shown)


@require_safe
def month(request: BurgraveRequest) -> HttpResponse:
    """A month as a table of its weeks."""
    today = timezone.localdate()
    first = day_in(f"{request.GET.get('month', '')}-01") or today.replace(day=1)
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        first = today.replace(day=1)
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    wanted = request.GET.getlist("source")
    view = queries.calendar(weeks[0][0], weeks[-1][-1], wanted=wanted, actor=request.actor, today=today)
    by_day: dict[date, list[Happening]] = defaultdict(list)
    for each in view.coming:
        by_day[each.on].append(each)
    before, after = first - timedelta(days=1), first + timedelta(days=31)
    shown = {
        "view": view,
        "first": first,
        "title": date_format(first, "YEAR_MONTH_FORMAT"),
        "weeks": [
            [(day, day.month == first.month, by_day[day][:SHOWN_A_DAY], by_day[day][SHOWN_A_DAY:]) for day in week]
            for week in weeks
        ],
        "heads": [date_format(day, "D") for day in weeks[0]],
        "before": _month_href(request, before),
        "after": _month_href(request, after),
        "facets": _facets(request, view.sources),
        "tabs": _tabs(request, month=True),
        "today": today,
    }
    return render(request, "isms/month.html", shown)


@require_http_methods(FORM)
def feeds(request: BurgraveRequest) -> HttpResponse:
    """The reader's own secret addresses; a new one is shown once."""
    form = FeedForm(request.POST or None)
    shown = {"form": form, "secret": "", "feeds": queries.feeds_of(_me(request))}
    if request.method != "POST":
        return render(request, "isms/feeds.html", shown)
    if form.is_valid():
        try:
            _made, token = commands.make_feed(name=form.cleaned_data["name"], actor=request.actor, now=timezone.now())
        except (IsmsError, BadInput) as refusal:
            return render(request, "isms/feeds.html", shown | {"refusal": refusal}, status=refusal.status)
        address = request.build_absolute_uri(reverse("isms:feed", args=[token]))
        shown |= {"secret": address, "form": FeedForm(), "feeds": queries.feeds_of(_me(request))}
        answer = render(request, "isms/feeds.html", shown)
        answer["Cache-Control"] = "no-store"
        return answer
    return render(request, "isms/feeds.html", shown, status=422)


@require_POST
def revoke_feed(request: BurgraveRequest) -> HttpResponse:
    """The address that the form names opens nothing any more."""
    feed_id = uuid_in(request.POST.get("feed", ""))
    if feed_id is None:
        raise BadInput("the form names no address", mend="Reload the page and try again.")
    commands.revoke_feed(feed_id, actor=request.actor, now=timezone.now())
    return HttpResponseRedirect(reverse("isms:feeds"))


@require_safe
def feed(_request: BurgraveRequest, token: str) -> HttpResponse:
    """The calendar of whom the secret belongs to, with what they may see at this moment; 404 for any other secret."""
    now = timezone.now()
    found = queries.feed_owner(token)
    if found is None:
        raise NotFound(_("There is no such calendar."))
    feed_id, person_id, name, used_at = found
    commands.note_use(feed_id, used_at=used_at, now=now)
    actor = people.actor_of(person_id, now)
    wanted, _version = people.preferences_of(person_id)
    base = settings.BURGRAVE_URL.rstrip("/")
    with translation.override(wanted.language), timezone.override(wanted.time_zone):
        today = timezone.localdate(now)
        view = queries.calendar(today, today + FEED_AHEAD, actor=actor, today=today)
        days = [
            Day(
                key=f"{each.source}.{each.key}",
                on=each.on,
                title=" ".join(filter(None, (f"{each.label}:", each.number, str(each.title)))),
                note=each.who,
                url=f"{base}{each.href}",
            )
            for each in (*view.overdue, *view.coming)
        ]
        data = icalendar(days, name=name, host=urlsplit(base).hostname or "burgrave", now=now)
    answer = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = 'attachment; filename="burgrave.ics"'
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _facets(request: BurgraveRequest, sources: tuple[tuple[str, Words], ...]) -> tuple[Facet, ...]:
    options = [(name, str(label), None) for name, label in sources]
    return (facet(request, name="source", label=_("Kind"), options=options),)


def _tabs(request: BurgraveRequest, *, month: bool) -> tuple[Tab, ...]:
    query = urlencode([("source", each) for each in request.GET.getlist("source")])
    rest = f"?{query}" if query else ""
    return (
        Tab(href=f"{reverse('isms:calendar')}{rest}", label=_("List"), current=not month),
        Tab(href=f"{reverse('isms:month')}{rest}", label=_("Month"), current=month),
    )


def _month_href(request: BurgraveRequest, day: date) -> str:
    chosen = [("month", f"{day:%Y-%m}"), *(("source", each) for each in request.GET.getlist("source"))]
    return f"?{urlencode(chosen)}"


def _me(request: BurgraveRequest) -> PersonId:
    if request.actor.person_id is None:
        raise Forbidden("only a person who is signed in has a calendar")
    return request.actor.person_id
