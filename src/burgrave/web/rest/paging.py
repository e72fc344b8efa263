"""Pages of rows as the API gives them: the same pages as those of the lists."""

from __future__ import annotations

from typing import Generic, TypeVar

from ninja import Schema
from pydantic import ConfigDict, Field

RowT = TypeVar("RowT")


class FromRow(Schema):
    """A schema that reads frozen rows by attribute."""

    model_config = ConfigDict(from_attributes=True)


class PageOut(FromRow, Generic[RowT]):
    """``number`` counts from 1, ``total`` counts the rows of all pages."""

    rows: list[RowT]
    number: int
    size: int
    total: int


class PageIn(Schema):
    """``page`` counts from 1."""

    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(50, ge=1, le=100)
