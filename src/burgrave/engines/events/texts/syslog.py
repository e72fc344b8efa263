"""The system log: RFC 5424, RFC 3164, and the lines that syslog daemons write into files, with either kind of time.

A record of the audit daemon and an event of Sysmon for Linux that came through the system log are given as what they
are. RFC 3164 leaves out the year and the zone: the year is that of the receipt, and the zone is taken as UTC.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import FlatFields
from burgrave.engines.events.shapes import Origin, moment_of
from burgrave.engines.events.terms import LogSource
from burgrave.engines.events.texts import audit
from burgrave.engines.events.texts.terms import Context, Format, Line, Parser
from burgrave.engines.events.xml_reader import event_in

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
FACILITIES: Final = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "security", "console", "solaris-cron",
    "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
SEVERITIES: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")

SERVICES: Final[Mapping[str, str]] = {
    "sshd": "sshd",
    "sshd-session": "sshd",
    "sudo": "sudo",
    "su": "auth",
    "login": "auth",
    "systemd-logind": "auth",
    "passwd": "auth",
    "useradd": "auth",
    "usermod": "auth",
    "userdel": "auth",
    "groupadd": "auth",
    "polkitd": "auth",
    "cron": "cron",
    "crond": "cron",
    "crontab": "cron",
    "anacron": "cron",
    "clamd": "clamav",
    "clamscan": "clamav",
    "freshclam": "clamav",
    "vsftpd": "vsftpd",
    "guacd": "guacamole",
}
"""The Sigma service of a program; every other program's is ``syslog``, or ``auth`` by its facility."""

_PRIORITY: Final = r"(?:<(?P<priority>\d{1,3})>)"
_RFC5424: Final = re.compile(
    _PRIORITY + r"1 (?P<time>\S{1,64}) (?P<host>\S{1,255}) (?P<app>\S{1,255}) (?P<pid>\S{1,255}) (?P<msgid>\S{1,64}) "
    r"(?P<rest>.*)",
    re.DOTALL,
)
_RFC3164: Final = re.compile(
    _PRIORITY + r"?(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +(?P<day>\d{1,2}) "
    r"(?:(?P<year>\d{4}) )?(?P<clock>\d\d:\d\d:\d\d)(?:\.\d+)? (?P<host>[^\s:]{1,255}) (?P<rest>.*)",
    re.DOTALL,
)
_ISO: Final = re.compile(
    _PRIORITY + r"?(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) "
    r"(?P<host>[^\s:]{1,255}) (?P<rest>.*)",
    re.DOTALL,
)
_TAG: Final = re.compile(r"(?P<app>[^\s:\[]{1,255})(?:\[(?P<pid>[^\]]{1,64})\])?: ?(?P<message>.*)", re.DOTALL)
_ELEMENT: Final = re.compile(r'\[(?P<id>[^\s=\]"]{1,64})(?P<parameters>(?: [^\s=\]"]{1,64}="(?:[^"\\\]]|\\.)*")*)\]')
_PARAMETER: Final = re.compile(r' ([^\s=\]"]{1,64})="((?:[^"\\\]]|\\.)*)"')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')
_NIL: Final = "-"
_EVENT: Final = "<Event>"
_VARIANT: Final = re.compile(r"[(/].*")  # sshd(pam_unix), postfix/smtpd
_EXPECTED: Final = "expected the time, the host and the program of RFC 5424, RFC 3164 or a system log file"


def begin(context: Context) -> Parser:
    def parse(line: str) -> Line:
        if found := _RFC5424.fullmatch(line):
            return _structured(found, context)
        if found := _RFC3164.fullmatch(line):
            return _tagged(found, _moment(found, context), context)
        if found := _ISO.fullmatch(line):
            return _tagged(found, moment_of(found["time"]), context)
        raise RecordRefused(f"it is no line of a system log: {_EXPECTED}")

    return parse


def _moment(found: re.Match[str], context: Context) -> datetime | None:
    hour, minute, second = (int(part) for part in found["clock"].split(":"))
    month, day = MONTHS.index(found["month"]) + 1, int(found["day"])
    if found["year"]:
        return moment_of(f"{found['year']}-{month:02}-{day:02}T{found['clock']}")
    return context.year_of(month, day, (hour, minute, second))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """What stands before the message; empty where the line does not say it."""

    at: datetime | None
    host: str
    app: str
    pid: str
    priority: str | None


def _structured(found: re.Match[str], context: Context) -> Line:
    rest, more = found["rest"], FlatFields(context.limits)
    if rest == _NIL or rest.startswith(f"{_NIL} "):
        message = rest[2:]
    else:
        position = 0
        while element := _ELEMENT.match(rest, position):
            for name, value in _PARAMETER.findall(element["parameters"]):
                more.put(f"{element['id']}.{name}", _ESCAPED.sub(r"\1", value))
            position = element.end()
        if position == 0:
            raise RecordRefused('its structured data is neither - nor [ID name="value"], as RFC 5424 asks for')
        message = rest[position:].removeprefix(" ")
    given = {name: "" if found[name] == _NIL else found[name] for name in ("time", "host", "app", "pid", "msgid")}
    if given["msgid"]:
        more.put("msgid", given["msgid"])
    at = moment_of(given["time"])
    head = _Head(at=at, host=given["host"], app=given["app"], pid=given["pid"], priority=found["priority"])
    return _line(head, message.removeprefix("\ufeff"), more, context)


def _tagged(found: re.Match[str], at: datetime | None, context: Context) -> Line:
    tag = _TAG.fullmatch(found["rest"])
    app, pid = (tag["app"], tag["pid"] or "") if tag else ("", "")
    head = _Head(at=at, host=found["host"], app=app, pid=pid, priority=found["priority"])
    return _line(head, tag["message"] if tag else found["rest"], FlatFields(context.limits), context)


def _line(head: _Head, message: str, more: FlatFields, context: Context) -> Line:
    if record := audit.RECORD.fullmatch(message):
        return audit.record_of(record, context, computer=head.host)
    if message.startswith(_EVENT):
        return _sysmon(message, head, context)
    fields = FlatFields(context.limits)
    facility, severity = _priority(head.priority)
    for name, value in (
        ("host", head.host), ("app", head.app), ("pid", head.pid), ("facility", facility), ("severity", severity),
    ):  # fmt: skip
        if value:
            fields.put(name, value)
    for name, text in more.values.items():
        fields.put(name, text)
    fields.put("message", message)
    return Line(fields=fields.values, at=head.at, computer=head.host, log_source=_source(head.app, facility))


def _sysmon(xml: str, head: _Head, context: Context) -> Line:
    event = event_in(xml, Origin(file="", fallback_id="", raw=xml, limits=context.limits))
    return Line(
        fields=event.fields,
        at=event.at or head.at,
        computer=event.computer or head.host,
        event_id=event.event_id,
        provider=event.provider,
        channel=event.channel,
        record_id=event.record_id,
    )


def _priority(priority: str | None) -> tuple[str, str]:
    """Facility and severity by name (RFC 5424, 6.2.1); empty where the line has none."""
    if priority is None:
        return "", ""
    facility, severity = divmod(int(priority), 8)
    if facility >= len(FACILITIES):
        raise RecordRefused(f"its priority {priority} is beyond 191, the highest of RFC 5424")
    return FACILITIES[facility], SEVERITIES[severity]


def _source(app: str, facility: str) -> LogSource:
    name = _VARIANT.sub("", app).lower()
    service = SERVICES.get(name) or ("auth" if facility in {"auth", "authpriv"} else "syslog")
    return LogSource(product="linux", service=service)


FORMAT: Final = Format(name="a system log (RFC 5424 or RFC 3164)", begin=begin)
