"""What the tests of this domain do again and again."""

from __future__ import annotations

from django.utils import timezone

from burgrave.engines.blobs import Digest
from burgrave.imports import commands, queries
from burgrave.imports.terms import ImportId, ImportView
from burgrave.jobs import commands as jobs
from burgrave.site.wiring import JOBS
from burgrave.web.terms import Actor
from burgrave.web.uploads import blob_store

HEADER = "reference,name,type,unit,availability,runs_on\n"


def lines(count: int, *, renamed: int = -1) -> bytes:
    rows = [
        f"H{each},Host {each}{' new' if each == renamed else ''},system,Nordhafen Works / Operations,low,"
        + (f"H{each - 1}" if each else "")
        for each in range(count)
    ]
    return (HEADER + "\n".join(rows)).encode()


def stored(content: bytes) -> Digest:
    with blob_store().writer() as writer:
        writer.write(content)
        return writer.finish()


def received(content: bytes, *, actor: Actor, name: str = "hosts.csv", target: str = "assets") -> ImportId:
    return commands.receive_file(stored(content), name=name, target=target, actor=actor, now=timezone.now())


def work() -> None:
    """Every job that is due is run to its end."""
    while jobs.run_next(JOBS, worker="test", clock=timezone.now) is not None:
        pass


def checked(import_id: ImportId, *, actor: Actor) -> ImportView:
    commands.start_check(import_id, actor=actor, now=timezone.now())
    work()
    return queries.one(import_id, actor=actor)


def applied(import_id: ImportId, *, actor: Actor) -> ImportView:
    version = queries.one(import_id, actor=actor).row.version
    commands.start_apply(import_id, version=version, actor=actor, now=timezone.now())
    work()
    return queries.one(import_id, actor=actor)
