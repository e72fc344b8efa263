"""A calendar that other programs subscribe to (iCalendar, RFC 5545): days as they are, nothing that executes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MOST_OCTETS = 75
"""A line is folded so that no part is longer (RFC 5545, 3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """An event of a whole day. ``key`` stays the same for the same thing, whatever becomes of its title."""

    key: str
    on: date
    title: str
    note: str = ""
    url: str = ""


def calendar(days: Iterable[Day], *, name: str, host: str, now: datetime) -> bytes:
    """The calendar as bytes, lines ended by CRLF and folded."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Burgrave//Calendar//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{escaped(day.key)}@{host}",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
            "TRANSP:TRANSPARENT",
            f"SUMMARY:{escaped(day.title)}",
        ]
        if day.note:
            lines.append(f"DESCRIPTION:{escaped(day.note)}")
        if day.url:
            lines.append(f"URL:{day.url}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def escaped(text: str) -> str:
    """The text as a value of type TEXT (RFC 5545, 3.3.11); other control characters are left out."""
    plain = "".join(
        each for each in text.replace("\r\n", "\n").replace("\r", "\n") if each == "\n" or each.isprintable()
    )
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str) -> bytes:
    """The line in parts of at most MOST_OCTETS, each after the first begun by a space; no character is cut."""
    parts, part, room = [], b"", MOST_OCTETS
    for each in line:
        octets = each.encode()
        if len(part) + len(octets) > room:
            parts.append(part)
            part, room = b"", MOST_OCTETS - 1
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
