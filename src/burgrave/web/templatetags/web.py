"""Tags and filters of every page: icons, times, numbers, states, digests, JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from lucide.templatetags.lucide import lucide

from burgrave.web import words
from burgrave.web.errors import Refusal, Said
from burgrave.web.pages import is_narrowed
from burgrave.web.shell import RecordLink
from burgrave.web.terms import Actor, State, Tone, UnitId

register = template.Library()

SHAPES = {
    Tone.ACT: "M8 1.5 14.5 14h-13z",
    Tone.WARN: "M8 1 15 8 8 15 1 8z",
    Tone.GOOD: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm3.3 4.2L7 9.5 4.8 7.3l-1 1L7 11.5l5.3-5.3z",
    Tone.GOING: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2v10A5 5 0 0 0 8 3z",
    Tone.IDLE: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zm0 2a5 5 0 1 0 0 10A5 5 0 0 0 8 3z",
}
LEVELS = ("informational", "low", "medium", "high", "critical")
DIGEST_LENGTH = 12
TOKEN = re.compile(r'("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')


def _is_missing(value: object) -> bool:
    """Whether a template gave nothing: None, or the "" that stands for a name it does not know."""
    return value is None or value == ""


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the lucide set; decorative unless it is given a label."""
    if label:
        return format_html('<span class="icon-label" role="img" aria-label="{}">{}</span>', label, _icon(name))
    return _icon(name)


@register.simple_tag(takes_context=True)
def sample(context: Context, unit_id: object) -> SafeString | str:
    """The mark of what is made up, for a row or record of this unit; nothing for what is real."""
    if not _is_sample(context, unit_id):
        return ""
    return format_html(' <span class="sample-mark">{}{}</span>', _icon("flask-conical"), _("Sample"))


@register.simple_tag(takes_context=True)
def sample_band(context: Context, unit_id: object) -> SafeString | str:
    """The band above a page whose object is made up; nothing for what is real."""
    if not _is_sample(context, unit_id):
        return ""
    return format_html(
        '<p class="sample-band">{}<span>{}</span></p>',
        _icon("flask-conical"),
        _("Sample: this is made up, and goes when the sample is removed."),
    )


@register.simple_tag(takes_context=True)
def record_links(context: Context, subject: str, object_id: UUID, unit_id: UUID | None = None) -> SafeString:
    """Buttons to what higher domains say about the object, as the setting ``WEB_RECORD_LINKS`` names them.

    Without a unit, for what belongs to none, the permission must hold anywhere.
    """
    actor = getattr(context.get("request"), "actor", None)
    links: tuple[RecordLink, ...] = getattr(settings, "WEB_RECORD_LINKS", ())
    return format_html_join(
        "\n",
        '<a class="button plain" href="{}">{}{}</a>',
        (
            (reverse(link.url_name, kwargs={link.parameter: object_id}), _icon(link.icon), link.label)
            for link in links
            if link.subject == subject and isinstance(actor, Actor) and _may(actor, link.permission, unit_id)
        ),
    )


def _may(actor: Actor, permission: str, unit_id: UUID | None) -> bool:
    return actor.may_anywhere(permission) if unit_id is None else actor.may(permission, UnitId(unit_id))


def _is_sample(context: Context, unit_id: object) -> bool:
    request = context.get("request")
    actor = getattr(request, "actor", None)
    return isinstance(actor, Actor) and isinstance(unit_id, UUID) and actor.is_sample(unit_id)


@cache
def _icon(name: str) -> SafeString:
    return mark_safe(lucide(name, size=16, **{"class": "icon", "aria-hidden": "true", "focusable": "false"}))  # noqa: S308 - the markup comes from the installed icon set


@register.simple_tag
def when(value: datetime | date | None, style: str = "short") -> SafeString | str:
    """A ``<time>`` in the reader's zone, the absolute time on hover; ``style``: short, full, exact, day or ago."""
    if value is None or _is_missing(value):
        return mark_safe('<span class="none">\N{EN DASH}</span>')
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), words.day(value))
    if timezone.is_naive(value):
        raise ValueError(f"a page shows aware times only, got the naive {value.isoformat()}")
    now = timezone.now()
    text = {
        "short": lambda: words.short(value, now=now),
        "full": lambda: words.moment(value),
        "exact": lambda: words.moment(value, seconds=True),
        "day": lambda: words.day(timezone.localtime(value).date()),
        "ago": lambda: words.ago(value, now=now),
    }[style]()
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>',
        value.isoformat(),
        words.absolute(value),
        mark_safe(" data-ago") if style == "ago" else "",
        text,
    )


@register.filter
def duration(value: timedelta | float | None) -> str:
    return "" if value is None or _is_missing(value) else words.duration(value)


@register.filter
def number(value: float | str | None, places: int | None = None) -> str:
    """A grouped figure; digits that came as text through an attribute count, any other text stays as it is."""
    if isinstance(value, str):
        return words.number(int(value)) if value.isascii() and value.isdigit() else value
    return "" if value is None or _is_missing(value) else words.number(value, places=places)


@register.filter
def unlocal(value: float | None) -> str:
    """A figure as HTML attributes want it: no grouping, a point."""
    return "" if value is None or _is_missing(value) else str(value)


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    return "" if value is None or _is_missing(value) else words.percent(value, places=places)


@register.filter
def filesize(value: float | None) -> str:
    return "" if value is None or _is_missing(value) else words.file_size(value)


@register.filter
def anchor(value: object) -> str:
    """A heading's id; letters of every script stay, so that a Chinese heading has one too."""
    return slugify(str(value), allow_unicode=True)


@register.simple_tag
def state(of: State | None = None, tone: str = "idle", word: str = "") -> SafeString:
    """A state: a shape and a word; the colour only repeats them."""
    if isinstance(of, State):
        tone, word = of.tone, str(of.word)
    known = Tone(tone)
    return format_html(
        '<span class="state state-{}"><svg class="shape" viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">'
        '<path fill-rule="evenodd" d="{}"/></svg>{}</span>',
        known.value,
        SHAPES[known],
        word,
    )


@register.simple_tag
def severity(level: str) -> SafeString:
    """A severity level as a word and one to five bars."""
    known = level if level in LEVELS else "informational"
    filled = LEVELS.index(known) + 1
    bars = format_html_join(
        "",
        '<rect x="{}" y="{}" width="2.2" height="{}" class="{}"/>',
        (
            (f"{i * 3.2:.1f}", f"{10 - 2 * (i + 1)}", 2 * (i + 1), "bar" if i < filled else "bar-off")
            for i in range(len(LEVELS))
        ),
    )
    return format_html(
        '<span class="severity severity-{}"><svg class="bars" viewBox="0 0 15 10" width="15" height="10" '
        'aria-hidden="true">{}</svg>{}</span>',
        known,
        bars,
        level_word(known),
    )


def level_word(level: str) -> str:
    """The word of a severity level in the active language."""
    return {
        "critical": pgettext("severity", "Critical"),
        "high": pgettext("severity", "High"),
        "medium": pgettext("severity", "Medium"),
        "low": pgettext("severity", "Low"),
        "informational": pgettext("severity", "Informational"),
    }[level]


@register.simple_tag
def digest(value: str, length: int = DIGEST_LENGTH) -> SafeString:
    """The beginning of a hash, the whole of it on hover, and a button that copies it."""
    if not value:
        return mark_safe('<span class="none">\N{EN DASH}</span>')
    return format_html(
        '<span class="digest"><code title="{}">{}</code><button type="button" class="copy" data-copy="{}" '
        'aria-label="{}" hidden>{}</button></span>',
        value,
        value[:length],
        value,
        _("Copy the whole value %(beginning)s…") % {"beginning": value[:length]},
        _icon("copy"),
    )


@register.filter
def json_view(value: object) -> SafeString:
    """JSON, indented and with marked kinds; escaped piece by piece."""
    text = json.dumps(value, indent=2, ensure_ascii=False, default=str)
    pieces: list[SafeString] = []
    end = 0
    for match in TOKEN.finditer(text):
        pieces.append(format_html("{}", text[end : match.start()]))
        kind = "key" if match[2] else "text" if match[1] else "word" if match[3] else "figure"
        pieces.append(format_html('<span class="json-{}">{}</span>{}', kind, match[1] or match[0], match[2] or ""))
        end = match.end()
    pieces.append(format_html("{}", text[end:]))
    return mark_safe("".join(pieces))  # noqa: S308 - every piece was escaped above


@register.inclusion_tag("web/kept_query.html", takes_context=True)
def kept_query(context: Context, *names: str) -> dict[str, object]:
    """Hidden inputs for every parameter of the address save those named and the page number."""
    request: HttpRequest = context["request"]
    left_out = {*names, "page", "after", "before"}
    return {
        "pairs": [(name, value) for name, values in request.GET.lists() if name not in left_out for value in values]
    }


@register.filter
def spoken(value: Refusal | str) -> str:
    """What a refusal says, in the reader's language; also for one sentence of it."""
    if isinstance(value, Refusal | Said):
        sentence = _(value.sentence) if value.sentence else ""
        return sentence % {name: said(word) for name, word in value.words.items()} if value.words else sentence
    return _(value) if value else ""


@register.filter
def said(value: str) -> str:
    """The text in the reader's language when Burgrave wrote it; what people wrote stays as it is."""
    return spoken(value) if isinstance(value, Said) else value


@register.simple_tag(takes_context=True)
def column(context: Context, key: str) -> dict[str, str]:
    """The ``aria-sort`` of a column and the order that its link asks for."""
    request: HttpRequest = context["request"]
    asked = request.GET.get("sort", "")
    if asked == key:
        return {"aria": "ascending", "next": f"-{key}"}
    if asked == f"-{key}":
        return {"aria": "descending", "next": key}
    return {"aria": "", "next": key}


@register.simple_tag(takes_context=True)
def narrowed(context: Context) -> bool:
    """Whether the address narrows the list."""
    return is_narrowed(context["request"])
