"""A ledger that was filled before its tables changed reads and verifies as before."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

FILL = """
from uuid import uuid4
from burgrave.site import boot
boot.boot()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
MigrationExecutor(connection).migrate([("ledger", "0001_initial")])

from burgrave.ledger import rules
from burgrave.ledger.tests.house import DoorOpened
from burgrave.ledger.terms import Sealed
from burgrave.engines import tlog
from burgrave.engines.merkle import leaf_hash

class Nothing:
    def read(self, level, index):
        raise AssertionError

now = timezone.now()
records = [DoorOpened(door_id=uuid4(), times=times, remark=Sealed("squeaks")) for times in range(301)]
written = rules.write_all(records, actor_label="system", actor_name="", at=now)
with connection.cursor() as cursor:
    for position, each in enumerate(written):
        placed = position if position < 300 else None
        cursor.execute(
            "INSERT INTO ledger_entry (record_id, kind, at, actor_label, leaf, position)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (each.record_id.hex, each.kind, str(now.replace(tzinfo=None)), each.actor_label, each.leaf, placed),
        )
        arrival = cursor.lastrowid
        cursor.execute(
            "INSERT INTO ledger_subject (entry_id, subject) VALUES (%s, %s)", (arrival, each.subjects[0])
        )
        salted = each.openings["remark"]
        cursor.execute(
            "INSERT INTO ledger_opening (entry_id, name, salt, value) VALUES (%s, 'remark', %s, %s)",
            (arrival, salted.salt, salted.value),
        )
    grown = tlog.append(Nothing(), 0, [leaf_hash(each.leaf) for each in written[:300]])
    for tile in grown.tiles:
        values = (tile.level, tile.index, tile.hashes)
        cursor.execute('INSERT INTO ledger_tile (level, "index", hashes) VALUES (%s, %s, %s)', values)
    cursor.execute("INSERT INTO ledger_log (id, size, root) VALUES (1, 300, %s)", (grown.root,))

executor = MigrationExecutor(connection)
executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in {"ledger", "custody"}])

from burgrave.custody import commands, queries as custody
from burgrave.ledger import queries
commands.seal(now=timezone.now())
print(queries.verify(verifier=custody.verifier()))
print(*(row.position for place in (7, 300) for row in queries.history(written[place].subjects[0])))
print([field.value for field in queries.openings(written[7].record_id)])
"""


def test_an_older_ledger_migrates_with_what_awaits_its_place(tmp_path: Path) -> None:
    """The rows are written as the first version wrote them; then the tables change under them."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DJANGO", "DATABASE"))}
    done = subprocess.run(
        [sys.executable, "-c", FILL],
        env={**environment, "BURGRAVE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    verified, places, opened = done.stdout.splitlines()[-3:]
    assert verified.startswith("301 records under root")
    assert "301 openings; 0 have erased fields, 0 more await" in verified
    assert (places, opened) == ("7 300", "['squeaks']")
