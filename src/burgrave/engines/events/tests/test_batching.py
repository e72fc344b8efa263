"""Events in narrow tables."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.events import Event, LogSource, batches, batching, windows


def event(channel: str = "Security", event_id: str = "1", raw: str = "", **fields: str | None) -> Event:
    return Event("f", "1", None, channel, event_id, "P", "pc", fields, raw)


def test_a_batch_is_a_table_of_texts_with_nulls_for_what_is_absent() -> None:
    (batch,) = batches([event(A="x"), event(B="", C=None)])
    assert batch.table.to_pydict() == {
        "A": ["x", None],
        "B": [None, ""],
        "C": [None, None],
        "_row": ["0", "1"],
    }
    assert set(batch.table.schema.types) == {pa.string()}
    assert (batch.channel, batch.event_id, batch.provider, batch.log_source) == (
        "Security",
        "1",
        "P",
        LogSource(),
    )


def test_events_of_one_kind_share_a_table_and_others_do_not() -> None:
    found = list(batches([event("Security"), event("security"), event("Security", "2"), event("Security")]))
    assert [(batch.channel, batch.event_id, len(batch.events)) for batch in found] == [
        ("Security", "1", 2),
        ("security", "1", 1),
        ("Security", "2", 1),
    ]


def test_a_field_cannot_pose_as_the_columns_of_the_batch() -> None:
    (batch,) = batches([event(_row="9")])
    assert batch.table.to_pydict() == {"field._row": ["9"], "_row": ["0"]}


def test_events_with_ever_new_names_do_not_make_an_endless_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "COLUMNS_AT_MOST", 5)
    found = list(batches([event(**{f"n{i}{j}": "x" for j in range(2)}) for i in range(7)]))
    assert sum(len(batch.events) for batch in found) == 7
    assert max(batch.table.num_columns for batch in found) <= 5 + 2


def test_a_window_ends_at_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "WINDOW_BYTES", 40)  # an event by itself counts four times
    assert len(list(windows([event(raw="12345")] * 5))) == 3


def test_an_empty_window_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one event, got size=0"):
        list(windows([], size=0))


kinds = st.builds(event, st.sampled_from(["A", "a", "B"]), st.sampled_from(["1", "2"]))


@given(st.lists(kinds), st.integers(1, 9))
def test_no_event_is_lost_and_the_order_can_be_restored(events: list[Event], size: int) -> None:
    restored: list[Event] = []
    for window in windows(events, size=size):
        rows = {
            int(position): each
            for batch in window
            for position, each in zip(batch.table["_row"].to_pylist(), batch.events, strict=True)
        }
        assert len(rows) <= size
        restored += [rows[position] for position in sorted(rows)]
    assert [id(each) for each in restored] == [id(each) for each in events]
