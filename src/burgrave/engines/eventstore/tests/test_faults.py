"""A full disk or a kill at every call of writing and compacting: what counts is whole, and no rest stays."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from burgrave.engines.eventstore import EventStore, EventStoreError, Part, StoreLimits, compact
from burgrave.engines.eventstore.tests.test_store import event, gathered, names, rows, wanted
from burgrave.engines.spool.tests.disk import Disk, Fault, dies, small_disk

pytestmark = pytest.mark.engine_only
SECONDS = 60
EVENTS = [event(number, {"Image": "a"}, event_id="3" if number == 5 else "1") for number in range(7)]
AT_ONCE = StoreLimits(narrow_from=5)


def files(store: EventStore) -> set[str]:
    return {path.relative_to(store.root).as_posix() for path in store.root.rglob("*") if path.is_file()}


def write(store: EventStore) -> tuple[Part, ...]:
    return tuple(gathered(store, EVENTS, AT_ONCE))


def test_a_disk_that_is_full_at_any_call_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    for at in count():
        store = EventStore(tmp_path / str(at))
        disk, made = Disk(Fault.FULL, at, stays=at % 2 == 0), tuple[Part, ...]()
        with suppress(EventStoreError), disk.at_work():
            made = write(store)
        assert files(store) == {part.name for part in made}
        if disk.calls <= at:
            break
        made = made or write(store)
        assert list(rows(store, list(made))) == wanted(EVENTS)
    assert at > 10


def test_a_disk_that_is_full_at_any_call_of_a_compaction_leaves_the_old_parts_and_no_others(tmp_path: Path) -> None:
    store = EventStore(tmp_path)
    old = [*write(store)]
    known = files(store)
    for at in count():
        disk, made = Disk(Fault.FULL, at, stays=at % 2 == 0), tuple[Part, ...]()
        with suppress(EventStoreError), disk.at_work():
            made = compact(store, old, name=names(), limits=AT_ONCE)
        assert files(store) == known | {part.name for part in made}
        assert list(rows(store, list(made) or old)) == wanted(EVENTS)
        store.take_back(made)
        if disk.calls <= at:
            break
    assert at > 10


def test_the_list_of_columns_is_whole_or_not_there(tmp_path: Path) -> None:
    for at in count():
        store, disk = EventStore(tmp_path / str(at)), Disk(Fault.FULL, at)
        try:
            with disk.at_work():
                store.schema_file()
        except EventStoreError:
            assert files(store) == set()
        assert store.schema_file().is_file()
        if disk.calls <= at:
            break
    store.schema_file().with_name("common-1.7.writing").write_bytes(b"killed")
    (left,) = store.leftovers(set(), before=time.time() + 1)
    store.remove(left)
    assert len(files(store)) == 1


def child(root: Path, disk: Disk) -> Callable[[Callable[[str], None]], None]:
    def work(say: Callable[[str], None]) -> None:
        store = EventStore(root)
        with disk.at_work():
            parts = write(store)
            for part in parts:
                say(f"{part.name} {part.sha256}")
            for part in compact(store, parts, name=names(), limits=AT_ONCE):
                say(f"{part.name} {part.sha256}")

    return work


def killed_at_every_call(root: Path, fault: Fault) -> int:
    for at in count():
        store = EventStore(root / fault.value / str(at))
        said, was_killed = dies(child(store.root, Disk(fault, at)))
        known = dict(line.split() for line in said)
        for name, sha256 in known.items():
            store.check(name, sha256)
        for name in files(store):
            if name.endswith(".parquet"):
                assert all(table.num_rows for table in store.read(name))
        for name in list(store.leftovers(known.keys(), before=time.time() + 1)):
            store.remove(name)
        assert files(store) == known.keys()
        if not was_killed:
            return at
    raise AssertionError


CHILD = """
import sys
from pathlib import Path
from burgrave.engines.eventstore.tests.test_faults import killed_at_every_call
from burgrave.engines.spool.tests.disk import Fault
for fault in (Fault.KILL, Fault.HALF):
    print(fault.value, killed_at_every_call(Path(sys.argv[1]), fault))
"""


def test_a_kill_at_any_call_leaves_nothing_half_and_nothing_for_ever(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    kills, halves = (int(line.split()[1]) for line in done.stdout.splitlines())
    assert kills > 20
    assert halves > 5


def test_a_disk_that_is_really_full_refuses_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", size="400k") as disk:
        store = EventStore(disk / "events")
        parts = list(write(store))
        known = files(store)
        with suppress(OSError), (disk / "other").open("wb", buffering=0) as other:
            while other.write(bytes(4_096)):
                pass
        for refused in (lambda: write(store), lambda: compact(store, parts, name=names(), limits=AT_ONCE)):
            with pytest.raises(EventStoreError, match="No space left"):
                refused()
        assert files(store) == known
        (disk / "other").unlink()
        made = compact(store, parts, name=names(), limits=AT_ONCE)
        assert list(rows(store, list(made))) == wanted(EVENTS)
