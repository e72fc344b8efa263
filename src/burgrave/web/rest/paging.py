"""Pages of rows as the API gives them: the same pages as those of the lists."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from burgrave.web.rest.callers import actor_of
from burgrave.web.terms import Cursor

RowT = TypeVar("RowT")


class FromRow(Schema):
    """A schema that reads frozen rows by attribute."""

    model_config = ConfigDict(from_attributes=True)


class OfUnit(FromRow):
    """A schema of something that belongs to a unit; ``is_sample`` says that it is made up."""

    unit_id: UUID
    is_sample: bool = False

    @staticmethod
    def resolve_is_sample(row: Any, context: Any) -> bool:
        return actor_of(context["request"]).is_sample(row.unit_id)


class PageOut(FromRow, Generic[RowT]):
    """``number`` counts from 1, ``total`` counts the rows of all pages.

    With ``is_capped`` there are more than ``total``: beyond, ask for what follows ``after``, where it is given.
    """

    rows: list[RowT]
    number: int
    size: int
    total: int
    is_capped: bool = False
    after: str = ""


class PageIn(Schema):
    """``page`` counts from 1."""

    page: int = Field(1, ge=1, le=1_000_000)
    size: int = Field(50, ge=1, le=100)
    after: str = Field("", max_length=2_000, description="What the page before gave as `after`, instead of `page`.")

    @property
    def at(self) -> Cursor | None:
        return Cursor(text=self.after) if self.after else None
