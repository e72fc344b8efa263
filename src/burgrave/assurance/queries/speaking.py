"""Titles and texts in the language of whoever reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import get_language

from burgrave.engines.norms import Language

Row = TypeVar("Row", bound=Model)


def in_readers_language(first: str, others: Mapping[str, str]) -> str:
    """The wording in the reader's language where there is one, else the first."""
    code = get_language() or ""
    return others.get(Language.CHINESE if code.startswith("zh") else Language.ENGLISH) or first


def in_any_language(found: QuerySet[Row], *fields: str) -> QuerySet[Row]:
    """The rows with ``<field>_said``, what they say in all languages as one text that can be searched."""
    said: QuerySet[Row] = found.annotate(**{f"{field}_said": Cast(field, TextField()) for field in fields})
    return said


def with_words(found: QuerySet[Row], words: str) -> QuerySet[Row]:
    """The requirements that have these words in their identifier, title or text, in any language."""
    named = Q(identifier__icontains=words) | Q(title__icontains=words) | Q(text__icontains=words)
    said = Q(titles_said__icontains=words) | Q(texts_said__icontains=words)
    return in_any_language(found, "titles", "texts").filter(named | said)
