"""News as a sentence of the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from burgrave.jobs.terms import Json
from burgrave.web import words


def said(sentence: str, params: Mapping[str, Json]) -> str:
    """The sentence in the active language, with its places filled."""
    text = _(sentence)
    return text % {name: _filled(value) for name, value in params.items()} if params else text


def _filled(value: Json) -> str:
    if isinstance(value, dict) and "say" in value:
        return _(str(value["say"]))
    if isinstance(value, dict) and "day" in value:
        return words.day(date.fromisoformat(str(value["day"])))
    return words.number(value) if isinstance(value, int) else str(value)
