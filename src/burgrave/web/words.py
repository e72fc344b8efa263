"""Numbers, times and durations as people of each language read them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from burgrave.web.shell import language_tag

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
KIB = 1024


def number(value: float, *, places: int | None = None) -> str:
    """A number grouped by thousands, with ``places`` decimals when given; both languages write it alike."""
    if places is None:
        places = 0 if float(value).is_integer() else 2
    return f"{value:,.{places}f}".replace("-", "\N{MINUS SIGN}")


def percent(ratio: float, *, places: int = 1) -> str:
    """A ratio of 0..1 as per cent, with a space that does not break."""
    return f"{number(100 * ratio, places=places)}\N{NO-BREAK SPACE}%"


def file_size(size_bytes: float) -> str:
    """Bytes in binary units, one decimal from KiB on."""
    units = ("B", "KiB", "MiB", "GiB", "TiB")
    step = 0
    while size_bytes >= KIB and step < len(units) - 1:
        size_bytes /= KIB
        step += 1
    return f"{number(size_bytes, places=1 if step else 0)}\N{NO-BREAK SPACE}{units[step]}"


def day(value: date) -> str:
    """22 Nov 2026, or 2026年11月22日."""
    if language_tag() == "zh-Hans":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime, *, seconds: bool = False) -> str:
    """Day and time of day in the reader's zone."""
    local = timezone.localtime(value)
    clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
    return f"{day(local)} {clock}"


def absolute(value: datetime) -> str:
    """The time to the second with its zone, ISO order: what stands on hover."""
    local = timezone.localtime(value)
    offset = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {timezone.get_current_timezone_name()} (UTC{offset[:3]}:{offset[3:5]})"


def short(value: datetime, *, now: datetime) -> str:
    """Only what is needed: the time today, day and time this year, else the day with its year and the time."""
    local, today = timezone.localtime(value), timezone.localtime(now)
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return clock
    if local.year != today.year:
        return f"{day(local)} {clock}"
    if language_tag() == "zh-Hans":
        return f"{local.month}月{local.day}日 {clock}"
    return f"{local.day} {MONTHS[local.month - 1]} {clock}"


def ago(value: datetime, *, now: datetime) -> str:
    """How long ago, or in how long, in the largest unit that fits."""
    gap = now - value
    if abs(gap) < timedelta(seconds=45):
        return _("just now")
    if gap > timedelta():
        return pgettext("a time that has passed", "%(duration)s ago") % {"duration": duration(gap, parts=1)}
    return pgettext("a time to come", "in %(duration)s") % {"duration": duration(-gap, parts=1)}


def duration(value: timedelta | float, *, parts: int = 2) -> str:
    """A duration in words, its largest ``parts`` units; under a second in milliseconds."""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 0:
        return f"\N{MINUS SIGN}{duration(-seconds, parts=parts)}"
    if 0 < seconds < 1:
        return _("%(count)s ms") % {"count": number(round(seconds * 1000))}
    return " ".join(_unit_words(round(seconds))[:parts])


def _unit_words(seconds: int) -> list[str]:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    words: list[str] = []
    if days:
        words.append(ngettext("%(count)s day", "%(count)s days", days) % {"count": number(days)})
    if hours:
        words.append(_("%(count)s h") % {"count": hours})
    if minutes:
        words.append(_("%(count)s min") % {"count": minutes})
    if rest or not words:
        words.append(_("%(count)s s") % {"count": rest})
    return words
