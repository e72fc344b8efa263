"""What a hunt found leaves as a file: as much as its page shows, recorded before a byte is given out."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import IO, Final

from django.db import transaction

from burgrave.engines.hunting.giving import FileFormat, Given, answered, give
from burgrave.events import queries
from burgrave.events.terms import HUNT, MOST_FOUND, HuntFile, HuntFilter
from burgrave.events.terms.records import HuntDownloaded
from burgrave.ledger import commands as ledger
from burgrave.ledger.terms import Sealed, storable
from burgrave.web.terms import Actor

CHUNK: Final = 1024 * 1024


def download_found(wanted: HuntFilter, *, form: FileFormat, to: IO[bytes], actor: Actor, now: datetime) -> HuntFile:
    """The newest events that the question finds stand in ``to``, as many as its pages show, and the ledger says so.

    Only the record is a transaction. Raises HuntRefused, Forbidden.
    """
    actor.must_anywhere(HUNT)

    with queries.hunt_batches(wanted, most=MOST_FOUND + 1, actor=actor) as (schema, batches):
        given = give(batches, schema, form, to, most=MOST_FOUND)

    return _recorded(given, to, form, language="question", asked=wanted.question, actor=actor, now=now, wanted=wanted)


def download_answer(sql: str, *, form: FileFormat, to: IO[bytes], actor: Actor, now: datetime) -> HuntFile:
    """The answer to one SELECT stands in ``to``, as much of it as the page shows, and the ledger says so.

    Only the record is a transaction. Raises HuntRefused, Forbidden.
    """
    actor.must_anywhere(HUNT)

    answer = queries.hunt_sql(sql, actor=actor)
    schema, batches = answered(answer)
    whole = give(batches, schema, form, to, most=len(answer.rows))
    given = Given(whole.rows, is_cut=answer.is_cut or whole.is_cut)

    return _recorded(given, to, form, language="sql", asked=sql, actor=actor, now=now)


def _recorded(
    given: Given,
    file: IO[bytes],
    form: FileFormat,
    *,
    language: str,
    asked: str,
    actor: Actor,
    now: datetime,
    wanted: HuntFilter | None = None,
) -> HuntFile:
    sha256, size_bytes = _digest(file)
    record = HuntDownloaded(
        language=language,
        question=Sealed(storable(asked)),
        since=wanted.since if wanted else None,
        until=wanted.until if wanted else None,
        file_format=form.value,
        rows=given.rows,
        is_cut=given.is_cut,
        sha256=sha256,
        size_bytes=size_bytes,
    )
    with transaction.atomic():
        ledger.append(record, actor=actor, at=now)
    return HuntFile(rows=given.rows, is_cut=given.is_cut, sha256=sha256, size_bytes=size_bytes)


def _digest(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(CHUNK):
        digest.update(piece)
    size = file.tell()
    file.seek(0)
    return digest.hexdigest(), size
