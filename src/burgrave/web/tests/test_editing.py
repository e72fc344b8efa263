"""What somebody else changed is not overwritten, and each change is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from burgrave.web import editing
from burgrave.web.errors import StaleEdit
from burgrave.web.terms import Actor, uuid_or_none

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class Row:
    version: int = 3
    changed_by: str = "Ben Brook"
    changed_at: datetime = NOON


def test_the_version_that_was_read_may_be_changed() -> None:
    editing.must_be_current(Row(), version=3, name="NRM-61")


@pytest.mark.parametrize("version", [2, 4, 0], ids=["older", "newer", "none"])
def test_any_other_version_is_refused_and_says_who_changed_it(version: int) -> None:
    with pytest.raises(StaleEdit, match=r"^NRM-61 was changed by Ben Brook since you opened it; nothing") as refused:
        editing.must_be_current(Row(), version=version, name="NRM-61")
    assert (refused.value.changed_by, refused.value.changed_at) == ("Ben Brook", NOON)
    assert refused.value.mend


def test_a_change_is_counted_with_who_made_it_and_when() -> None:
    row = Row()
    later = NOON.replace(hour=13)
    editing.touch(row, actor=Actor(person_id=None, label="system", name="Ada Brandt"), now=later)
    assert row == Row(version=4, changed_by="Ada Brandt", changed_at=later)


def test_what_is_no_identifier_is_none() -> None:
    known = uuid4()
    assert uuid_or_none(str(known)) == known
    assert [uuid_or_none(text) for text in ("", "x", f"{known}0", "\x00")] == [None] * 4
