"""A text log is recognised by its first lines, and read line by line."""

from collections.abc import Iterator, Sequence
from typing import Final

from burgrave.engines.events.errors import RecordRefused
from burgrave.engines.events.lines import Encoding, encoding_of, lines_of
from burgrave.engines.events.opening import Stream
from burgrave.engines.events.terms import (
    DEFAULT_LIMITS,
    EXCERPT_BYTES,
    Event,
    LogSource,
    UnknownText,
    Unreadable,
)
from burgrave.engines.events.texts import audit, plain, syslog, web, zeek
from burgrave.engines.events.texts.terms import Context, Format, Line

FORMATS: Final[Sequence[Format]] = (audit.FORMAT, zeek.FORMAT, web.W3C, web.COMBINED, web.SQUID, syslog.FORMAT)
LOOKED_AT: Final = 50
"""So many lines at the start decide what a file is; more than half of them must be of its format."""


def format_of(head: bytes) -> Format | None:
    """The format of which more than half of the first lines are; the first of FORMATS where two are equal."""
    lines = _first_lines(head)
    best: Format | None = None
    most = len(lines) // 2
    for form in FORMATS:
        parse, count = form.begin(Context(limits=DEFAULT_LIMITS)), 0
        for line in lines:
            try:
                parse(line)
            except RecordRefused:
                continue
            count += 1
        if count > most:
            best, most = form, count
    return best


def is_text(head: bytes) -> bool:
    """Whether the first bytes are text: no NUL in UTF-8, and nearly no other character that nobody writes."""
    encoding = encoding_of(head)
    text = head.decode(encoding.codec, errors="replace")
    odd = sum(1 for character in text if character < " " and character not in "\t\r\n\f\x1b")
    return odd * 100 <= len(text) and "\x00" not in text


def _first_lines(head: bytes) -> list[str]:
    encoding = encoding_of(head)
    pieces = head.removeprefix(encoding.mark).split(encoding.newline)
    whole = pieces[:-1] if len(pieces) > 1 else pieces
    return [text for piece in whole[:LOOKED_AT] if (text := _text(piece, encoding))]


def _text(line: bytes, encoding: Encoding) -> str:
    """A byte that is not of the encoding is written out in hexadecimal: a log is read as far as it goes."""
    return line.decode(encoding.codec, errors="backslashreplace").strip("\x00").rstrip("\r\n").strip("\ufeff")


def read_text_log(
    stream: Stream, form: Format, context: Context, log_source: LogSource
) -> Iterator[Event | Unreadable]:
    """Yield every line that is not blank, in order. Raises EventFileError when the stream itself fails."""
    encoding = encoding_of(stream.peek(4))
    stream.read(len(encoding.mark))
    parse = form.begin(context)
    for number, line, cut in lines_of(stream, encoding, context.limits.line_bytes):
        if cut:
            reason = f"the line has more than {context.limits.line_bytes:,} bytes"
            yield Unreadable(stream.name, f"line {number}", reason, line[:EXCERPT_BYTES])
            continue
        text = _text(line, encoding)
        if not text or text.isspace():
            continue
        try:
            found = parse(text)
        except RecordRefused as refusal:
            if context.unknown is UnknownText.KEEP:
                yield _event(plain.line_of(text, context), text, stream.name, number, log_source)
                continue
            yield Unreadable(stream.name, f"line {number}", str(refusal), line[:EXCERPT_BYTES])
            continue
        if found is not None:
            yield _event(found, text, stream.name, number, log_source)


def _event(line: Line, text: str, file: str, number: int, log_source: LogSource) -> Event:
    return Event(
        file=file,
        record_id=line.record_id or str(number),
        at=line.at,
        channel=line.channel,
        event_id=line.event_id,
        provider=line.provider,
        computer=line.computer,
        fields=line.fields,
        raw=text,
        log_source=line.log_source if line.channel else log_source or line.log_source,
    )
