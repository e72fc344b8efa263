"""Times as people's tables write them: by a form such as ``%d/%m/%Y %H:%M:%S``, in a zone of the IANA list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from burgrave.engines.events.shapes import moment_of
from burgrave.engines.events.tables.terms import BadTable

EPOCH_SECONDS: Final = "seconds"
EPOCH_MILLISECONDS: Final = "milliseconds"
EPOCH_MICROSECONDS: Final = "microseconds"
WINDOWS_TICKS: Final = "filetime"
FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y, %H:%M:%S",
    "%d.%m.%Y, %H:%M:%S",
    "%d/%m/%Y %H.%M.%S",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d/%b/%Y:%H:%M:%S %z",
    "%d %b %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%Y%m%d%H%M%S",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H时%M分%S秒",
)
"""Forms that are tried when one is looked for; after those that an empty form reads."""
COUNTS: Final = (EPOCH_SECONDS, EPOCH_MILLISECONDS, EPOCH_MICROSECONDS, WINDOWS_TICKS)
_PER_SECOND: Final = {
    EPOCH_SECONDS: 1,
    EPOCH_MILLISECONDS: 1_000,
    EPOCH_MICROSECONDS: 1_000_000,
    WINDOWS_TICKS: 10_000_000,
}
_FILETIME_EPOCH: Final = 11_644_473_600
_DIRECTIVE: Final = re.compile(r"%(.?)", re.DOTALL)
_DIRECTIVES: Final = frozenset("YymdBbHIMSfpzZajA%T")
_FRACTION: Final = re.compile(r"(\d:\d\d[.,]\d{6})\d+")
LONGEST: Final = 100

Reader = Callable[[str], datetime | None]


class BadFormat(BadTable):
    """A form of times is one that is known here, and a zone is one of the IANA list."""


def reader_of(form: str, zone: str) -> Reader:
    """What reads a text as aware UTC, or as None. Raises BadFormat."""
    where = zone_of(zone)
    if form in COUNTS:
        return lambda text: _counted(text, form)
    if not form:
        return lambda text: _found_out(text, where)
    strict = _checked(form)

    def read(text: str) -> datetime | None:
        if len(text) > LONGEST:
            return None
        try:
            return _in_utc(datetime.strptime(_FRACTION.sub(r"\1", text.strip()), strict), where)  # noqa: DTZ007
        except (ValueError, OverflowError):
            return None

    return read


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """Raises BadFormat."""
    try:
        return ZoneInfo(name or "UTC")
    except (ValueError, OSError, ZoneInfoNotFoundError) as fault:
        raise BadFormat(
            "%(zone)s is no time zone; expected a name such as Europe/Berlin or Asia/Shanghai", zone=f"{name!r:.60}"
        ) from fault


def guessed(texts: Sequence[str]) -> tuple[str, ...]:
    """The forms that read most of these texts, half of them at least. Several: day and month may be swapped."""
    given = [text for text in texts if text.strip()]
    read = {form: sum(map(bool, map(reader_of(form, "UTC"), given))) for form in ("", *FORMATS)}
    most = max(read.values())
    return tuple(form for form, count in read.items() if count == most and 0 < len(given) <= count * 2)


def _checked(form: str) -> str:
    directives = _DIRECTIVE.findall(form)
    strange = next((each for each in directives if each not in _DIRECTIVES), None)
    if strange is not None:
        raise BadFormat(
            "the form of times %(form)s holds %(directive)s, which is not known here",
            form=f"{form!r:.60}",
            directive=f"%{strange}",
        )
    if len(form) > LONGEST or not _is_whole(directives):
        raise BadFormat(
            "%(form)s is no form of times: expected year, month and day at least, such as %(example)s",
            form=f"{form!r:.60}",
            example=FORMATS[0],
        )
    return form.replace("%T", "%H:%M:%S")


def _is_whole(directives: Iterable[str]) -> bool:
    there = set(directives)
    return bool(there & {"Y", "y"}) and (("d" in there and bool(there & {"m", "b", "B"})) or "j" in there)


def _counted(text: str, form: str) -> datetime | None:
    bare = text.strip()
    if len(bare) > LONGEST or not bare.replace(".", "", 1).isdecimal() or not bare.isascii():
        return None
    try:
        seconds = float(bare) / _PER_SECOND[form]
        return datetime.fromtimestamp(seconds - _FILETIME_EPOCH if form == WINDOWS_TICKS else seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _found_out(text: str, where: ZoneInfo) -> datetime | None:
    if len(text) > LONGEST:
        return None
    bare = _FRACTION.sub(r"\1", text.strip().replace(",", ".")).removesuffix(" UTC")
    if bare.replace(".", "", 1).isdecimal():
        return moment_of(bare)
    try:
        moment = datetime.fromisoformat(bare)
    except ValueError:
        return moment_of(text)
    return _in_utc(moment, where)


def _in_utc(moment: datetime, where: ZoneInfo) -> datetime | None:
    """Of an hour that comes twice when clocks are put back, the first is meant."""
    try:
        return (moment.replace(tzinfo=where) if moment.tzinfo is None else moment).astimezone(UTC)
    except OverflowError:
        return None
