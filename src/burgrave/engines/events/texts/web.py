"""Logs of web servers and proxies: common and combined format, W3C extended (IIS), and Squid's own.

The fields are named as the Sigma taxonomy names them, after the W3C extended log format: ``cs-method``,
``cs-uri-stem``, ``cs-uri-query``, ``sc-status``, ``c-ip``, ``cs-user-agent`` for servers; ``c-uri``, ``cs-host``,
``c-useragent`` for proxies. ``cs-uri-query`` of a server is the whole that was asked for, path and query, as the rules
on web servers use it; the query alone stands in ``cs-uri-query-only``.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import FlatFields
from burgrave.engines.events.shapes import moment_of
from burgrave.engines.events.terms import LogSource
from burgrave.engines.events.texts.terms import Context, Format, Line, Parser

SERVER: Final = LogSource(category="webserver")
PROXY: Final = LogSource(category="proxy")
_NIL: Final = "-"


def _quoted(name: str) -> str:
    return rf'"(?P<{name}>(?:[^"\\]|\\.)*)"'


_COMBINED: Final = re.compile(
    r"(?:(?P<host>[A-Za-z0-9.\-]+(?::\d+)?) )?(?P<client>[0-9A-Fa-f.:]+|[A-Za-z0-9.\-]+) (?P<ident>\S+) (?P<user>.*?) "
    r"\[(?P<time>\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "
    rf"{_quoted('request')} (?P<status>\d{{3}}|-) (?P<bytes>\d+|-)"
    rf"(?: {_quoted('referer')} {_quoted('agent')})?(?P<rest>.*)",
    re.DOTALL,
)
_SQUID: Final = re.compile(
    r"(?P<time>\d{9,11}\.\d{3}) +(?P<took>\d+) (?P<client>\S+) (?P<result>[A-Z_]+)/(?P<status>\d{3}) (?P<bytes>\d+) "
    r"(?P<method>\S+) (?P<uri>\S+) (?P<user>\S+) (?P<peer>\S+) (?P<type>\S+)"
)
_REQUEST: Final = re.compile(r"(?P<method>[A-Za-z]+) (?P<target>.*?)(?: (?P<version>HTTP/\d(?:\.\d)?))?", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|.)", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "v": "\v", "f": "\f"}

W3C_NAMES: Final[Mapping[str, str]] = {
    "cs(user-agent)": "cs-user-agent",
    "cs(referer)": "cs-referer",
    "cs(cookie)": "cs-cookie",
    "cs(host)": "cs-host",
}
_PLUS_IS_SPACE: Final = frozenset({"cs-user-agent", "cs-referer", "cs-cookie"})
_PROXY_FIELDS: Final = frozenset({"c-uri", "cs-uri", "r-host", "r-ip", "s-action", "cs-categories", "sc-filter-result"})


def begin_combined(context: Context) -> Parser:
    def parse(line: str) -> Line:
        found = _COMBINED.fullmatch(line)
        if found is None:
            raise RecordRefused("it is no line of the common or combined log format of a web server")
        return _combined(found, context)

    return parse


def _combined(found: re.Match[str], context: Context) -> Line:
    fields = FlatFields(context.limits)
    _put(fields, "c-ip", found["client"])
    _put(fields, "cs-username", found["user"])
    _put(fields, "cs-host", found["host"])
    request = _unescaped(found["request"])
    asked = _REQUEST.fullmatch(request)
    if asked:
        _put(fields, "cs-method", asked["method"])
        _put_target(fields, asked["target"])
        _put(fields, "cs-version", asked["version"])
    else:  # scanners send what is no request at all; it is kept where rules look for it
        _put(fields, "cs-uri-query", request)
    _put(fields, "sc-status", found["status"])
    _put(fields, "sc-bytes", found["bytes"])
    _put(fields, "cs-referer", _unescaped(found["referer"] or ""))
    _put(fields, "cs-user-agent", _unescaped(found["agent"] or ""))
    _put(fields, "more", found["rest"].strip())
    return Line(fields=fields.values, at=_clf_moment(found["time"]), computer=found["host"] or "", log_source=SERVER)


def _put_target(fields: FlatFields, target: str) -> None:
    stem, _, query = target.partition("?")
    _put(fields, "cs-uri-stem", stem)
    _put(fields, "cs-uri-query", target)
    _put(fields, "cs-uri-query-only", query)


def _put(fields: FlatFields, name: str, value: str | None) -> None:
    if value and value != _NIL:
        fields.put(name, value)


def _unescaped(text: str) -> str:
    """Apache and nginx write quotes, backslashes and control characters with a backslash."""

    def plain(found: re.Match[str]) -> str:
        word = found[1]
        if word[0] == "x" and len(word) > 1:
            return chr(int(word[1:], 16))
        return _CONTROLS.get(word, word)

    return _ESCAPE.sub(plain, text) if "\\" in text else text


def _clf_moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def begin_squid(context: Context) -> Parser:
    def parse(line: str) -> Line:
        found = _SQUID.fullmatch(line)
        if found is None:
            raise RecordRefused("it is no line of Squid's access log")
        fields = FlatFields(context.limits)
        _put(fields, "c-ip", found["client"])
        _put(fields, "cs-username", found["user"])
        _put(fields, "cs-method", found["method"])
        _put_uri(fields, found["uri"])
        for name in ("status", "bytes"):
            _put(fields, f"sc-{name}", found[name])
        _put(fields, "time-taken", found["took"])
        _put(fields, "s-action", found["result"])
        _put(fields, "sc-content-type", found["type"])
        return Line(fields=fields.values, at=moment_of(found["time"]), log_source=PROXY)

    return parse


def _put_uri(fields: FlatFields, uri: str) -> None:
    _put(fields, "c-uri", uri)
    try:
        parts = urlsplit(uri if "//" in uri else f"//{uri}")
        host = parts.hostname or ""
    except ValueError:
        return
    _put(fields, "cs-host", host)
    _put(fields, "c-uri-query", parts.query)
    extension = parts.path.rpartition("/")[2].rpartition(".")
    if extension[1]:
        _put(fields, "c-uri-extension", extension[2])


def begin_w3c(context: Context) -> Parser:
    names: list[str] = []
    begun = False

    def parse(line: str) -> Line | None:
        nonlocal begun
        if line.startswith("#"):
            directive, _, words = line[1:].partition(":")
            if directive not in {"Version", "Fields", "Software", "Date", "Start-Date", "End-Date", "Remark"}:
                raise RecordRefused("its first sign is #, and it is no directive of the W3C extended log format")
            begun = True
            if directive == "Fields":
                names[:] = [W3C_NAMES.get(name.lower(), name.lower()) for name in words.split()]
            return None
        if not names:
            raise RecordRefused("no #Fields: line of the W3C extended log format stands before it")
        values = _cells(line)
        if len(values) != len(names):
            raise RecordRefused(f"it has {len(values)} values, and #Fields: names {len(names)}")
        return _w3c(names, values, context)

    return parse


def _cells(line: str) -> list[str]:
    if '"' not in line:
        return line.split("\t") if "\t" in line else line.split(" ")
    return [quoted.replace('""', '"') if bare == "" else bare for quoted, bare in _CELL.findall(line)]


_CELL: Final = re.compile(r'"((?:[^"]|"")*)"|([^\s"]\S*)')


def _w3c(names: Sequence[str], values: Sequence[str], context: Context) -> Line:
    fields = FlatFields(context.limits)
    for name, value in zip(names, values, strict=True):
        _put(fields, name, value.replace("+", " ") if name in _PLUS_IS_SPACE else value)
    given = fields.values
    is_proxy = not _PROXY_FIELDS.isdisjoint(names)
    if is_proxy:
        if "c-uri" not in given and (uri := given.get("cs-uri")):
            _put_uri(fields, uri)
        if agent := given.get("cs-user-agent"):
            fields.put_new("c-useragent", agent)
    elif stem := given.get("cs-uri-stem"):
        query = given.get("cs-uri-query")
        if query:
            fields.put_new("cs-uri-query-only", query)
        given["cs-uri-query"] = f"{stem}?{query}" if query else stem
    at = moment_of(f"{given.get('date')}T{given.get('time')}")
    computer = given.get("s-computername") or given.get("s-ip") or ""
    return Line(fields=given, at=at, computer=computer, log_source=PROXY if is_proxy else SERVER)


COMBINED: Final = Format(name="an access log of a web server (common or combined format)", begin=begin_combined)
W3C: Final = Format(name="a log in the W3C extended format", begin=begin_w3c)
SQUID: Final = Format(name="an access log of Squid", begin=begin_squid)
