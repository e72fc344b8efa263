"""What cryptographic assets, hardware and services say of themselves beside their names."""

from __future__ import annotations

from collections.abc import Iterator

from burgrave.engines.cyclonedx.xml import Json

MOST_FACTS, MOST_CHARACTERS, MOST_DEPTH = 40, 300, 6


def facts_of(fields: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Name and value of each, in the order of the document and in its words; at most forty."""
    said: list[tuple[str, str]] = []
    said += _leaves(fields.get("cryptoProperties"), "")
    for each in _list(fields.get("properties")):
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            value = each.get("value", each.get("content"))
            said.append((str(each["name"]), "" if value is None else str(value)))
    said += [("endpoint", str(each)) for each in _list(fields.get("endpoints"))]
    said += [
        (name, "yes" if str(fields[key]).lower() == "true" else "no")
        for key, name in (("authenticated", "authenticated"), ("x-trust-boundary", "crosses a trust boundary"))
        if key in fields
    ]
    said += [(f"data {name}", value) for each in _list(fields.get("data")) for name, value in _leaves(each, "")]
    for name, value in said[:MOST_FACTS]:
        yield _plain(name)[:80], _plain(value)[:MOST_CHARACTERS]


def _leaves(value: Json, name: str, depth: int = 0) -> list[tuple[str, str]]:
    """Every value within, each under the name of the field that holds it."""
    if depth > MOST_DEPTH:
        return []
    if isinstance(value, dict):
        return [pair for key, inner in value.items() for pair in _leaves(inner, key, depth + 1)]
    if isinstance(value, list):
        return [pair for inner in value for pair in _leaves(inner, name, depth + 1)]
    return [] if value is None or not name else [(name, str(value))]


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text).strip()
