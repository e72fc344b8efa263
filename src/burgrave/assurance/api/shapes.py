"""What several parts of the API share. States and results are written as words, such as ``partly_met``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from enum import IntEnum
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import AfterValidator, BeforeValidator, Field

from burgrave.assurance.terms import FrameworkOrigin
from burgrave.engines.norms import Modality
from burgrave.ledger.terms import storable
from burgrave.web.rest.paging import FromRow, OfUnit

Text = Annotated[str, AfterValidator(storable)]


def _word(value: Any) -> Any:
    return value.name.lower() if isinstance(value, IntEnum) else value


Word = Annotated[str, BeforeValidator(_word)]
Key = Annotated[Text, Field(min_length=3, max_length=131, description="Such as `ISO27001:A.8.13`.")]


def today() -> date:
    """The day of UTC."""
    return timezone.now().astimezone(UTC).date()


class RequirementOut(FromRow):
    """A requirement; ``key`` names it by framework and identifier."""

    requirement_id: UUID
    framework_id: UUID
    framework: str
    origin: FrameworkOrigin
    identifier: str
    key: str
    title: str
    modality: Modality
    binding: bool
    withdrawn_at: datetime | None


class RunOut(FromRow):
    """A run; ``result`` is passed, failed or inconclusive. It speaks until ``valid_until``, that day included."""

    run_id: UUID
    check_id: UUID
    ran_at: datetime
    result: Word
    valid_until: date
    note: str
    figures: list[tuple[str, int]]
    answers: list[bool]
    by: str
    evidence: int


class CheckOut(OfUnit):
    """A check; ``automatic`` is empty for one that a person does."""

    check_id: UUID
    number: str
    title: str
    measure_id: UUID
    measure_number: str
    unit_name: str
    automatic: str
    owner_name: str
    cadence_days: int
    valid_days: int
    severity: str
    state: Word
    last_run_at: datetime | None
    valid_until: date | None
    due_on: date
    is_overdue: bool
    is_retired: bool
    version: int
