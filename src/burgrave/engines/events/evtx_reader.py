"""Windows event logs (.evtx): records are decoded one by one, and each failure costs one record."""

import io
from collections.abc import Iterator
from typing import Final

import orjson
from evtx import PyEvtxParser

from burgrave.engines.events import chunks
from burgrave.engines.events.chunks import CHUNK_BYTES, FILE_HEADER_BYTES, Gap, Slot
from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.flatten import count_keys
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.shapes import Origin, event_of
from burgrave.engines.events.terms import EXCERPT_BYTES, Event, Limits, Unreadable

_FILE_HEADER: Final = chunks.one_chunk_file_header()
_REASON_CHARACTERS: Final = 300
_CHUNK_COUNT_WRAPS: Final = 65536


def read_evtx(stream: Stream, limits: Limits) -> Iterator[Event | Unreadable]:
    """Yield every record in the order of the file. Raises EventFileError when the stream itself fails."""
    block = stream.read(FILE_HEADER_BYTES)
    if not block.startswith(chunks.FILE_MAGIC):
        yield Unreadable(
            stream.name,
            "file header",
            f"it should begin with {chunks.FILE_MAGIC.hex()}, got {block[:8].hex()}; the chunks behind it were read",
            block[:EXCERPT_BYTES],
        )
        header = None
    elif len(block) < FILE_HEADER_BYTES:
        yield Unreadable(
            stream.name,
            "file header",
            f"cut off after {len(block):,} of {FILE_HEADER_BYTES:,} bytes",
            block[:EXCERPT_BYTES],
        )
        return
    else:
        header = chunks.parse_file_header(block)
    index = 0
    while chunk := stream.read(CHUNK_BYTES):
        yield from _read_chunk(chunk, index, stream.name, limits, dirty=header is not None and header.dirty)
        index += 1
    if header is not None and header.sound and index < header.chunks and index < _CHUNK_COUNT_WRAPS:
        yield Unreadable(
            stream.name,
            f"chunks {index} to {header.chunks - 1}",
            f"the file header announces {header.chunks} chunks, the file ends after {index}: it is cut off",
        )


def _read_chunk(chunk: bytes, index: int, name: str, limits: Limits, *, dirty: bool) -> Iterator[Event | Unreadable]:
    place = f"chunk {index}"
    whole = len(chunk) == CHUNK_BYTES
    if not any(chunk):
        return
    if not whole:
        yield Unreadable(
            name,
            place,
            f"cut off after {len(chunk):,} of {CHUNK_BYTES:,} bytes; its whole records were read",
            chunk[:EXCERPT_BYTES],
        )
        chunk = chunk.ljust(CHUNK_BYTES, b"\x00")
    end = chunks.end_of_records(chunk)
    if chunk[:8] != chunks.CHUNK_MAGIC:
        reason = f"it should begin with {chunks.CHUNK_MAGIC.hex()}, got {chunk[:8].hex()}; its records were read"
        yield Unreadable(name, f"{place}, header", reason, chunk[:EXCERPT_BYTES])
    elif whole and not dirty:
        for fault in chunks.checksum_faults(chunk):
            yield Unreadable(name, place, f"{fault}; what could be decoded was read", chunk[:EXCERPT_BYTES])
    parts = list(chunks.walk(chunk, end if whole else None))
    for part in parts:
        if isinstance(part, Gap):
            excerpt = chunk[part.offset : part.offset + min(part.size, EXCERPT_BYTES)]
            yield Unreadable(
                name, f"{place}, bytes {part.offset} to {part.offset + part.size - 1}", part.reason, excerpt
            )
    run = chunks.steppable(parts)
    if run:
        yield from _decode(chunk, run, place, name, limits)


def _decode(chunk: bytes, run: list[Slot | Gap], place: str, name: str, limits: Limits) -> Iterator[Event | Unreadable]:
    """Decode the records of a run; the decoder gives one item, or one error, for each part of it."""
    decoder = PyEvtxParser(io.BytesIO(_FILE_HEADER + chunks.rebuilt(chunk, run)), 1).records_json()
    ended = ""
    for part in run:
        outcome: Event | str
        try:
            text = ended or _text_of(next(decoder))
        except StopIteration:
            outcome = ended = "the decoder stopped before this record"
        except RuntimeError as failure:
            outcome = f"its binary XML cannot be decoded: {failure}"[:_REASON_CHARACTERS]
        else:
            outcome = ended or _event(text, part, name, limits)
        if isinstance(part, Gap):
            continue
        if isinstance(outcome, str):
            excerpt = chunk[part.offset : part.offset + min(part.size, EXCERPT_BYTES)]
            yield Unreadable(name, f"{place}, record {part.number}", outcome, excerpt)
        else:
            yield outcome


def _text_of(item: object) -> str:
    """Take the JSON text out of what the decoder gives for a record."""
    if not isinstance(item, dict):
        raise StopIteration
    return str(item["data"])


def _event(text: str, part: Slot | Gap, name: str, limits: Limits) -> Event | str:
    """Make the event of a decoded record, or say why there is none."""
    if isinstance(part, Gap):
        return part.reason
    if len(text) > limits.record_text_bytes:
        return f"it decodes to {len(text):,} characters; at most {limits.record_text_bytes:,} are read"
    try:
        record = orjson.loads(text)
        count_keys(record, limits)
        return event_of(record, Origin(name, str(part.number), text, limits))
    except orjson.JSONDecodeError as failure:
        return f"it decodes to text that is no JSON: {failure}"
    except RecordRefused as refusal:
        return str(refusal)
