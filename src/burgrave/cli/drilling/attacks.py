"""The attacks. Each of them is what somebody does who owns the database, and some hold the log key as well."""

from __future__ import annotations

import shutil
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from burgrave.cli.drilling.forgery import (
    append_forged,
    cut,
    edit_leaf,
    rebuild_tiles,
    rewrite_sheaf,
    sign_as_thief,
    sql,
)
from burgrave.cli.drilling.terms import CONTROL, Attack, Stage
from burgrave.engines.note import Checkpoint, sign_note
from burgrave.ledger import queries


def nothing(_stage: Stage) -> None:
    """Whoever looks at the ledger now must find nothing."""


def row_edit(stage: Stage) -> None:
    edit_leaf(stage.size // 2)


def row_edit_with_tiles(stage: Stage) -> None:
    edit_leaf(stage.size // 2)
    rebuild_tiles()


def row_edit_with_key(stage: Stage) -> None:
    edit_leaf(stage.size // 2)
    sign_as_thief(stage)


def column_edit(stage: Stage) -> None:
    sql("UPDATE ledger_entry SET actor_label = 'people.person:mallory' WHERE position = %s", stage.size // 2)


def tail_cut(stage: Stage) -> None:
    cut(stage.size - 1)


def tail_cut_with_key(stage: Stage) -> None:
    cut(stage.size - 1)
    sign_as_thief(stage)


def tail_rewrite(stage: Stage) -> None:
    cut(stage.older_size)
    sign_as_thief(stage)
    append_forged(stage.size - stage.older_size + 1, stage)


def fork(stage: Stage) -> None:
    cut(stage.older_size)
    sign_as_thief(stage)
    append_forged(stage.size - stage.older_size, stage)


def old_checkpoint(stage: Stage) -> None:
    sql("DELETE FROM ledger_checkpoint WHERE size > %s", stage.older_size)


def swap(stage: Stage) -> None:
    first, beyond = stage.size // 2, stage.size + 1_000
    for old, new in ((first, beyond), (first + 1, first), (beyond, first + 1)):
        sql("UPDATE ledger_entry SET position = %s WHERE position = %s", new, old)


def opening_edit(_stage: Stage) -> None:
    sql(
        "UPDATE ledger_opening SET value = value || ' indeed' WHERE (entry_id, name) IN"
        " (SELECT entry_id, name FROM ledger_opening LIMIT 1)"
    )


def opening_removed(_stage: Stage) -> None:
    sql("DELETE FROM ledger_opening WHERE (entry_id, name) IN (SELECT entry_id, name FROM ledger_opening LIMIT 1)")


def sheaf_edit(stage: Stage) -> None:
    def edited(leaves: list[bytes]) -> list[bytes]:
        return [*leaves[:2], leaves[2].replace(b'"attacks":0', b'"attacks":9'), *leaves[3:]]

    rewrite_sheaf(stage, edited)


def sheaf_cut(stage: Stage) -> None:
    rewrite_sheaf(stage, lambda leaves: [*leaves[:2], *leaves[3:]])


def sheaf_swap(stage: Stage) -> None:
    rewrite_sheaf(stage, lambda leaves: [leaves[1], leaves[0], *leaves[2:]])


def sheaf_unfiled(stage: Stage) -> None:
    rewrite_sheaf(stage, list)
    sql("DELETE FROM ledger_sheafsubjects")


def tile_edit(_stage: Stage) -> None:
    hashes = bytearray(queries.StoredTiles().read(0, 0))
    hashes[0] ^= 1
    sql('UPDATE ledger_tile SET hashes = %s WHERE level = 0 AND "index" = 0', bytes(hashes))


def foreign_key(stage: Stage) -> None:
    head = queries.head()
    checkpoint = Checkpoint(stage.verifier.name, head.size, head.root)
    note = sign_note(checkpoint.text(), name=stage.verifier.name, private=Ed25519PrivateKey.generate())
    sql("UPDATE ledger_checkpoint SET note = %s WHERE size = %s", note, head.size)


def late_clock(stage: Stage) -> None:
    append_forged(1, stage, at=stage.now + timedelta(hours=6))


def put_back(stage: Stage) -> None:
    """The whole machine is put back: database and state directory, as a snapshot of yesterday would do."""
    connection.close()
    shutil.rmtree(stage.home / "keys")
    shutil.copytree(stage.older / "keys", stage.home / "keys")
    for file in stage.home.glob("burgrave.sqlite3*"):
        file.unlink()
    shutil.copy(stage.older / "burgrave.sqlite3", stage.home / "burgrave.sqlite3")


ATTACKS: tuple[Attack, ...] = (
    Attack(CONTROL, "the copy as it is", nothing),
    Attack("row edit", "a record in the middle says something else", row_edit),
    Attack("row edit, tiles too", "the same, with every tile and the head computed anew", row_edit_with_tiles),
    Attack("row edit, log key stolen", "the same, and every checkpoint signed anew", row_edit_with_key),
    Attack("column edit", "lists show another actor than the record says", column_edit),
    Attack("tail cut", "the newest record is deleted", tail_cut),
    Attack("tail cut, log key stolen", "the same, and the shorter ledger signed anew", tail_cut_with_key),
    Attack("tail rewrite, log key stolen", "the newest records are replaced, one is added", tail_rewrite),
    Attack("fork, log key stolen", "another history of the same length is signed", fork),
    Attack("replay of an old checkpoint", "the newest checkpoint is an older one again", old_checkpoint),
    Attack("swapped entries", "two records change places", swap),
    Attack("opening edited", "a sealed value reads otherwise", opening_edit),
    Attack("opening removed", "a sealed value vanishes without a record of it", opening_removed),
    Attack("sheaf edited", "one of many records in a row says something else", sheaf_edit),
    Attack("sheaf cut", "one of many records in a row is taken out", sheaf_cut),
    Attack("sheaf swapped", "two records in a row change places", sheaf_swap),
    Attack("sheaf hidden", "records in a row are no longer found by their subjects", sheaf_unfiled),
    Attack("tile edited", "a hash of the tree is overwritten", tile_edit),
    Attack("foreign key", "the newest checkpoint is signed with another key", foreign_key),
    Attack("late clock", "a record is dated hours after its checkpoint", late_clock),
    Attack("database put back whole", "database and state directory as they were before", put_back),
)
