"""Which task reads which files: each file once, small ones together, large ones first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.cluster.sharing import SHARE_BYTES, files_by_task


def test_small_files_go_many_to_a_task_and_large_ones_alone() -> None:
    assert sorted(map(len, files_by_task([60_000] * 276, at_least=4))) == [55, 55, 55, 55, 56]
    assert sorted(map(len, files_by_task([60_000] * 276, at_least=6))) == [46] * 6
    assert len(files_by_task([60_000] * 2_760, at_least=4)) == 42
    mixed = files_by_task([SHARE_BYTES * 3, *[10] * 40, SHARE_BYTES], at_least=2)
    assert [share for share in mixed if len(share) == 1] == [[0], [41]]
    assert sorted(map(len, mixed)) == [1, 1, 13, 13, 14]


def test_there_are_as_many_tasks_as_cores_need_and_never_more_than_files() -> None:
    assert [len(files_by_task([1] * count, at_least=8)) for count in (0, 1, 3, 8, 100)] == [1, 1, 3, 8, 8]
    assert len(files_by_task([SHARE_BYTES * 100] * 20_000, at_least=8)) == 10_000


@given(st.lists(st.integers(0, 1 << 26), max_size=60), st.integers(1, 9))
def test_each_file_is_read_once_and_no_task_has_a_file_more_than_its_share(sizes: list[int], at_least: int) -> None:
    found = files_by_task(sizes, at_least=at_least)
    assert sorted(place for share in found for place in share) == list(range(len(sizes)))
    assert found == files_by_task(sizes, at_least=at_least)
    loads = [sum(sizes[place] + (64 << 10) for place in share) for share in found]
    assert max(loads) <= sum(loads) / len(loads) + max((size + (64 << 10) for size in sizes), default=0)
