"""The shapes in which tools write Windows and other events as JSON, turned into one `Event`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from burgrave.engines.events import names
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import FlatFields, joined, text_of
from burgrave.engines.events.origins import origin_of
from burgrave.engines.events.terms import JSON, NO_LOG_SOURCE, Event, Limits, LogSource

_NO_NAMES: Final[Mapping[str, str]] = {}
_OTHER_NAMES: Final = tuple(name for name, _ in names.FLAT_KEYS)
_WINDOWS_NAMES: Final = (*_OTHER_NAMES, *(name for name, _ in names.FLAT_WINDOWS_KEYS))
_MILLISECONDS: Final = 100_000_000_000  # a plain number above this is milliseconds since 1970, below it seconds


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record stands: what an event needs beside its content."""

    file: str
    fallback_id: str
    raw: bytes | str
    limits: Limits
    log_source: LogSource = NO_LOG_SOURCE


def event_of(record: JSON, origin: Origin) -> Event:
    """Recognise the shape of ``record`` and make the event. Raises RecordRefused."""
    if not isinstance(record, dict):
        raise RecordRefused(f"the record is {_kind(record)}, expected an object")
    source = record.get("_source")
    if isinstance(source, dict):
        record = source
    wrapped = record.get("Event")
    if isinstance(wrapped, dict) and "System" in wrapped:
        return _windows(wrapped, origin)
    if isinstance(record.get("System"), dict):
        return _windows(record, origin)
    if isinstance(record.get("winlog"), dict) or isinstance(record.get("event_data"), dict):
        return _winlogbeat(record, origin)
    return _flat(record, origin)


def _windows(event: Mapping[str, JSON], origin: Origin) -> Event:
    """Read the structure of the Windows schema: System beside EventData, UserData or others."""
    system = FlatFields(origin.limits)
    section = event["System"]
    if not isinstance(section, dict):
        raise RecordRefused(f"its System section is {_kind(section)}, expected an object")
    for key, value in section.items():
        _put_system(system, key, value)
    fields = FlatFields(origin.limits)
    for key, value in event.items():
        if key in {"System", "#attributes"} or key.startswith(("@", "xmlns")):
            continue
        if key == "RenderingInfo":
            if isinstance(value, dict):
                fields.flatten(value.get("Message"), "Message")
        elif key == "UserData":
            _put_user_data(fields, value)
        else:
            _put_event_data(fields, value)
    return _event(system.values, fields, origin)


def _put_system(system: FlatFields, key: str, value: JSON) -> None:
    if isinstance(value, str | int):
        system.put(key, text_of(value))
        return
    attributes: JSON = None
    if key.endswith("_attributes"):  # the style that keeps attributes beside their element
        key, attributes = key.removesuffix("_attributes"), value
    elif isinstance(value, dict):
        attributes = value.get("#attributes", value)
        if "#text" in value:
            system.flatten(value["#text"], key)
    elif value is not None or key not in {"Correlation", "Security"}:
        system.flatten(value, key)
    if isinstance(attributes, dict):
        for name, inner in attributes.items():
            known = names.SYSTEM_ATTRIBUTES.get((key, name))
            if known is not None:
                system.flatten(inner, known)
            elif not name.startswith("#"):
                plain = name.lstrip("@")
                system.flatten(inner, names.SYSTEM_ATTRIBUTES.get((key, plain), f"{key}_{plain}"))


def _put_event_data(fields: FlatFields, section: JSON) -> None:
    if not isinstance(section, dict):
        if section is not None:
            fields.flatten(section, "Data")
        return
    for key, value in section.items():
        if key == "#attributes":
            if isinstance(value, dict) and "Name" in value:
                fields.flatten(value["Name"], "EventData_Name")
        elif key == "Data" and (named := _named(value)):
            for name, text in named:
                fields.flatten(text, name)
        else:
            fields.flatten(value, key)


def _named(value: JSON) -> list[tuple[str, JSON]]:
    """Give the names and texts of items that carry their own names, the way XML converters write <Data>."""
    named: list[tuple[str, JSON]] = []
    for item in value if isinstance(value, list) else [value]:
        name = _name_of(item) if isinstance(item, dict) else None
        if name is None or not isinstance(item, dict):
            return []
        named.append((name, next((item[key] for key in ("#text", "content", "Value", "_") if key in item), None)))
    return named


def _name_of(item: Mapping[str, JSON]) -> str | None:
    attributes = item.get("#attributes")
    for holder, key in ((attributes, "Name"), (item, "@Name"), (item, "Name")):
        name = holder.get(key) if isinstance(holder, dict) else None
        if isinstance(name, str) and name:
            return name
    return None


def _put_user_data(fields: FlatFields, section: JSON) -> None:
    """UserData wraps its elements in one element of the provider's own naming: that wrapper is dropped."""
    if not isinstance(section, dict):
        return
    for key, value in section.items():
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "#attributes" or name.startswith(("@", "xmlns")):
                    continue
                fields.flatten(inner, name)
        else:
            fields.flatten(value, key)


def _winlogbeat(record: Mapping[str, JSON], origin: Origin) -> Event:
    """Winlogbeat 7 and 8 (`winlog` object), and 6 (the same keys at the top)."""
    inner = record.get("winlog")
    winlog = inner if isinstance(inner, dict) else record
    system = FlatFields(origin.limits)
    for key, name in names.WINLOGBEAT_SYSTEM.items():
        if key in winlog:
            system.put_new(name, _plain(winlog[key]))
    system.put_new("EventID", _plain(_at_path(record, "event", "code")))
    system.put_new("Computer", _plain(_at_path(record, "host", "name")))
    system.put_new("SystemTime", _plain(record.get("@timestamp")))
    process = winlog.get("process")
    if isinstance(process, dict):
        system.put_new("Execution_ProcessID", _plain(process.get("pid")))
    user = winlog.get("user")
    if isinstance(user, dict):
        system.put_new("UserID", _plain(user.get("identifier")))
    fields = FlatFields(origin.limits)
    for section in ("event_data", "user_data"):
        data = winlog.get(section)
        if isinstance(data, dict):
            fields.flatten(data, "")
    if isinstance(record.get("message"), str):
        fields.put_new("Message", _plain(record["message"]))
    return _event(system.values, fields, origin)


def _flat(record: Mapping[str, JSON], origin: Origin) -> Event:
    """NXLog, flat Sysmon and every other JSON object: keys as they are, with the System names filled in."""
    fields = FlatFields(origin.limits)
    fields.take(record)
    system: dict[str, str | None] = {}
    keys_of = _named_keys(tuple(fields.values))
    windows = _first(fields.values, keys_of["EventID"]) and (
        _first(fields.values, keys_of["Channel"]) or _first(fields.values, keys_of["Provider_Name"])
    )
    for name in _WINDOWS_NAMES if windows else _OTHER_NAMES:
        found = _first(fields.values, keys_of[name])
        if found is not None:
            system[name] = found
    maker = None if windows else origin_of(record)
    if maker is not None:
        for name, given in maker.head.items():
            if name not in system and (text := fields.values.get(given)):
                system[name] = text
        for name, given in maker.also.items():
            if (text := fields.values.get(given)) is not None:
                fields.put_new(name, text)
        origin = origin if origin.log_source else replace(origin, log_source=maker.source_of(record))
    return _event(system, fields, origin, own=bool(windows))


@lru_cache(maxsize=1024)
def _named_keys(keys: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """For each System name those of a record's keys that may give it, in the order in which they are asked."""
    there = frozenset(keys)
    known = (*names.FLAT_KEYS, *names.FLAT_WINDOWS_KEYS)
    return {name: tuple(key for key in given if key in there) for name, given in known}


def _event(system: Mapping[str, str | None], data: FlatFields, origin: Origin, *, own: bool = True) -> Event:
    """Join the System values with the data; ``own`` says that these are System values worth being fields."""
    channel = system.get("Channel") or ""
    if not channel and own:
        channel = names.CHANNEL_OF_PROVIDER.get((system.get("Provider_Name") or "").lower(), "")
        system = {**system, "Channel": channel} if channel else system
    log = channel.lower()
    spaced = names.SPACED_NAMES.get(log, _NO_NAMES)
    cleared = log in names.CLEARED_LOGS and (log, system.get("EventID")) in names.DATA_CHANNEL
    if not spaced and not cleared:
        values = data.values  # made for this event, so it becomes the event's own
        for name, text in system.items() if own else ():
            if name not in values or (text is not None and name in names.SYSTEM_WINS):
                values[name] = text
        return _placed(values, channel, system, origin)
    values = dict(system) if own else {}
    for name, text in data.values.items():
        plain = spaced.get(name, name)
        free = not own or plain not in names.SYSTEM_WINS or values.get(plain) is None
        if free or (cleared and plain == "Channel"):
            values[plain] = text
    return _placed(values, channel, system, origin)


def _placed(values: Mapping[str, str | None], channel: str, system: Mapping[str, str | None], origin: Origin) -> Event:
    return Event(
        file=origin.file,
        record_id=system.get("EventRecordID") or origin.fallback_id,
        at=moment_of(system.get("SystemTime")),
        channel=channel,
        event_id=system.get("EventID") or "",
        provider=system.get("Provider_Name") or "",
        computer=system.get("Computer") or "",
        fields=values,
        raw=origin.raw,
        log_source=NO_LOG_SOURCE if channel else origin.log_source,
    )


def moment_of(text: str | None) -> datetime | None:
    """Read a time as aware UTC; one without a zone is taken as UTC. None when it cannot be read."""
    if not text:
        return None
    text = text.strip().removesuffix(" UTC")
    try:
        if text.startswith("/Date(") and text.endswith(")/"):
            return datetime.fromtimestamp(int(text[6:-2]) / 1000, tz=UTC)
        if text.replace(".", "", 1).isdecimal() and text.isascii() and not _compact_date(text):
            seconds = float(text)
            return datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, tz=UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


def _compact_date(text: str) -> bool:
    return len(text) == len("20261122") and text.startswith(("19", "20"))


def _first(values: Mapping[str, str | None], keys: Sequence[str]) -> str | None:
    for key in keys:
        text = values.get(key)
        if text:
            return text
    return None


def _plain(value: JSON) -> str | None:
    """Give the text of a plain value or list; an object has none."""
    if isinstance(value, dict):
        return None
    return joined(value) if isinstance(value, list) else text_of(value)


def _at_path(record: Mapping[str, JSON], *path: str) -> JSON:
    value: JSON = dict(record)
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _kind(value: JSON) -> str:
    if value is None:
        return "null"
    return {"str": "a text", "bool": "true or false", "list": "a list", "dict": "an object"}.get(
        type(value).__name__, "a number"
    )
