"""What a question finds, sought once in a process of its own and taken from it batch by batch, within bounds."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pyarrow as pa

from burgrave.engines.hunting.errors import HuntFailed
from burgrave.engines.hunting.processes import Answering, asked
from burgrave.engines.hunting.sources import HuntLimits, Sources
from burgrave.engines.hunting.terms import Extent, Range
from burgrave.engines.phrases import Phrase

_MEBIBYTE: Final = 1024 * 1024


@contextmanager
def exported(
    question: str,
    given: Sources,
    span: Range,
    *,
    columns: Sequence[str],
    extent: Extent,
    most: int,
    limits: HuntLimits,
) -> Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]:
    """The events that the question finds, the newest first; ``columns`` are common ones.

    The time of the limits is that from here to the end of the block, ``answer_bytes`` what all batches have in memory.
    However the block ends, so does the search. Raises HuntFailed, also while batches are taken.
    """
    wanted = {
        "sources": dataclasses.asdict(given),
        "question": question,
        "span": [each and each.isoformat() for each in (span.since, span.until)],
        "columns": list(columns),
        "extent": extent,
        "most": most,
    }
    with asked("export_cell", wanted, limits=limits) as answering:
        try:
            reader = pa.ipc.open_stream(answering.out)
        except pa.ArrowInvalid as error:  # it ended without a word of Arrow
            raise answering.failure() from error
        yield reader.schema, _batches(reader, answering, most_bytes=limits.answer_bytes)


def _batches(reader: pa.RecordBatchReader, answering: Answering, *, most_bytes: int) -> Iterator[pa.RecordBatch]:
    left = most_bytes
    while (batch := _next(reader, answering)) is not None:
        left -= int(batch.nbytes)
        if left < 0:
            most = f"{most_bytes // _MEBIBYTE:,}"
            raise HuntFailed(Phrase("it finds more than %(most)s MiB; narrow it by time or kind", most=most))
        yield batch
    answering.must_be_done()  # to Arrow a stream that breaks off between two batches is at its end


def _next(reader: pa.RecordBatchReader, answering: Answering) -> pa.RecordBatch | None:
    try:
        return next(reader, None)
    except (pa.ArrowInvalid, OSError) as error:
        raise answering.failure() from error
