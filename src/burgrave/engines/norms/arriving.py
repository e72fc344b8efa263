"""Files as they arrive: an archive, a Word file, a page, a text in some encoding; each is made Markdown or refused."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from burgrave.engines.norms.documents import MOST_BYTES, read
from burgrave.engines.norms.markup import Converted, from_html
from burgrave.engines.norms.terms import Kind, Norm, NormError, Place, Unplaced
from burgrave.engines.norms.wordfile import from_word, is_word

MOST_FILES, MOST_ALTOGETHER, MOST_CONTENT = 2_000, 128 * 1024 * 1024, 50 * 1024 * 1024
PASSED_OVER = frozenset({"readme", "todo", "changelog", "license", "contributing"})
MARKDOWN, WORD, PAGES = (".md", ".markdown", ".txt"), (".docx", ".docm"), (".html", ".htm")
FOLDERS = {
    "policies": Kind.POLICY, "policy": Kind.POLICY, "norms": Kind.NORM, "standards": Kind.NORM,
    "procedures": Kind.PROCEDURE, "guidelines": Kind.GUIDELINE, "narratives": Kind.GUIDELINE, "records": Kind.RECORD,
    "forms": Kind.RECORD,
}  # fmt: skip
"""What a document is when neither it nor anything but its folder says so."""
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html\b)", re.IGNORECASE)
_PLACE = re.compile(r"^.*?:(?P<line>\d+): (?P<words>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A document that can be read; ``source`` is its Markdown, ``unplaced`` what the file held besides."""

    path: str
    source: str
    norm: Norm
    unplaced: tuple[Unplaced, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A file that is no document, or cannot be read; ``is_fault`` says that somebody must mend it."""

    path: str
    line: int
    reason: str
    is_fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Everything that came, file by file, in the order of their paths."""

    documents: tuple[Arrived, ...]
    refused: tuple[Refused, ...]


def arrive(content: bytes, *, name: str = "document") -> Arrival:
    """What one file holds: an archive of documents, or a single one. Raises NormError for what is too large."""
    if len(content) > MOST_CONTENT:
        raise NormError(f"{name}:1: the file has {len(content)} bytes; at most {MOST_CONTENT} are taken")
    if content[:4] == b"PK\x03\x04" and not is_word(content):
        return arrive_all(list(unpacked(content, name=name)))
    return arrive_all([(name, content)])


def arrive_all(files: Sequence[tuple[str, bytes]]) -> Arrival:
    """Each of these files, by its path. Raises NormError for what is too much."""
    documents: list[Arrived] = []
    refused: list[Refused] = []
    if len(files) > MOST_FILES:
        raise NormError(f"{files[0][0]}:1: {len(files)} files; at most {MOST_FILES} are taken at once")
    for path, content in sorted(files):
        if why := _passed_over(path):
            refused.append(Refused(path=path, line=1, reason=why, is_fault=False))
            continue
        try:
            documents.append(_document(path, content))
        except NormError as error:
            found = _PLACE.match(str(error))
            line, reason = (int(found["line"]), found["words"]) if found else (1, str(error))
            refused.append(Refused(path=path, line=line, reason=reason, is_fault=True))
    return Arrival(documents=tuple(documents), refused=tuple(refused))


def unpacked(content: bytes, *, name: str) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, read only so far as they may be. Raises NormError."""
    left = MOST_ALTOGETHER
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = [each for each in opened.infolist() if not each.is_dir()]
            if len(entries) > MOST_FILES:
                raise NormError(f"{name}:1: the archive holds {len(entries)} files; at most {MOST_FILES} are taken")
            for entry in entries:
                path = safe_path(entry.filename)
                if entry.flag_bits & 1:
                    raise NormError(f"{name}:1: {path} is encrypted; pack it without a password")
                if _passed_over(path):
                    yield path, b""
                    continue
                with opened.open(entry) as part:
                    data = part.read(min(left, MOST_BYTES) + 1)
                left -= len(data)
                if left < 0:
                    raise NormError(f"{name}:1: the archive unpacks to more than {MOST_ALTOGETHER} bytes")
                yield path, data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NormError(f"{name}:1: the archive cannot be opened: {error}") from error


def safe_path(path: str) -> str:
    """The path as a name to show and to find again by: nothing outside, no control characters."""
    parts = [part for part in re.split(r"[\\/]+", path) if part not in {"", ".", ".."}]
    joined = "".join(letter for letter in "/".join(parts) if unicodedata.category(letter)[0] != "C")
    return joined[-300:].strip("/") or "unnamed"


def decoded(content: bytes, *, path: str) -> tuple[str, str]:
    """The text, and the name of the encoding where it is not UTF-8. Raises NormError."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(mark):
            try:
                return content.decode(encoding), "UTF-16"
            except UnicodeDecodeError as error:
                raise NormError(f"{path}:1: the file begins as UTF-16 and is none; save it as UTF-8") from error
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        broken = error
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        text = ""
    if text and _is_chinese(text):
        return text, "GB 18030"
    line = content.count(b"\n", 0, broken.start) + 1
    raise NormError(
        f"{path}:{line}: byte 0x{content[broken.start]:02x} is not UTF-8; save the file as UTF-8"
    ) from broken


def _is_chinese(text: str) -> bool:
    """Whether what is no ASCII is Chinese, as in a text that was written so, and not bytes that happen to decode."""
    other = [letter for letter in text if ord(letter) > 127]  # noqa: PLR2004 - the end of ASCII
    han = sum(
        "\u3000" <= letter <= "\u303f" or "\u3400" <= letter <= "\u9fff" or "\uff00" <= letter <= "\uffef"
        for letter in other
    )
    return han * 10 >= len(other) * 9


def _document(path: str, content: bytes) -> Arrived:
    """Raises NormError."""
    suffix = PurePosixPath(path).suffix.lower()
    extra: tuple[Unplaced, ...] = ()
    if suffix in WORD or is_word(content):
        made: Converted = from_word(content, path=path)
        source, extra = made.text, made.unplaced
    else:
        if len(content) > MOST_BYTES:
            raise NormError(f"{path}:1: the document has more than {MOST_BYTES} bytes")
        source, encoding = decoded(content, path=path)
        if encoding:
            extra = (Unplaced(place=Place(1, 1), words=encoding, reason="the file was not UTF-8; its text is kept"),)
        if suffix in PAGES or _PAGE.match(content):
            made = from_html(source)
            source, extra = made.text, (*extra, *made.unplaced)
    norm = read(source, path=path, kind=FOLDERS.get(PurePosixPath(path).parent.name.lower()))
    return Arrived(path=path, source=source, norm=norm, unplaced=extra)


def _passed_over(path: str) -> str:
    """Why a file is no document by its name; empty where it may be one."""
    pure = PurePosixPath(path)
    if any(part.startswith((".", "__MACOSX")) for part in pure.parts):
        return "a hidden file"
    if pure.stem.lower() in PASSED_OVER:
        return "no document by its name"
    if pure.suffix and pure.suffix.lower() not in (*MARKDOWN, *WORD, *PAGES):
        return "neither Markdown nor Word nor HTML"
    return ""
