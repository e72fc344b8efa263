"""Files as they arrive: an archive, a Word file, a page, a text in some encoding; each is made Markdown or refused."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from burgrave.engines.norms.documents import MOST_BYTES, not_utf8, read
from burgrave.engines.norms.markup import Converted, from_html
from burgrave.engines.norms.terms import Kind, Norm, NormError, Place, Unplaced
from burgrave.engines.norms.wordfile import from_word, is_word
from burgrave.engines.phrases import Phrase

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
    reason: Phrase
    is_fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Everything that came, file by file, in the order of their paths."""

    documents: tuple[Arrived, ...]
    refused: tuple[Refused, ...]


def arrive(content: bytes, *, name: str = "document") -> Arrival:
    """What one file holds: an archive of documents, or a single one. Raises NormError for what is too large."""
    if len(content) > MOST_CONTENT:
        raise NormError(
            name, 1, _too_many("the file has %(count)s bytes; at most %(most)s are taken", len(content), MOST_CONTENT)
        )
    if content[:4] == b"PK\x03\x04" and not is_word(content):
        return arrive_all(list(unpacked(content, name=name)))
    return arrive_all([(name, content)])


def arrive_all(files: Sequence[tuple[str, bytes]]) -> Arrival:
    """Each of these files, by its path. Raises NormError for what is too much."""
    documents: list[Arrived] = []
    refused: list[Refused] = []
    if len(files) > MOST_FILES:
        raise NormError(
            files[0][0], 1, _too_many("%(count)s files; at most %(most)s are taken at once", len(files), MOST_FILES)
        )
    for path, content in sorted(files):
        if why := _passed_over(path):
            refused.append(Refused(path=path, line=1, reason=why, is_fault=False))
            continue
        try:
            documents.append(_document(path, content))
        except NormError as error:
            refused.append(Refused(path=path, line=error.line, reason=error.reason, is_fault=True))
    return Arrival(documents=tuple(documents), refused=tuple(refused))


def unpacked(content: bytes, *, name: str) -> Iterator[tuple[str, bytes]]:
    """The files of an archive, read only so far as they may be. Raises NormError."""
    left = MOST_ALTOGETHER
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as opened:
            entries = [each for each in opened.infolist() if not each.is_dir()]
            if len(entries) > MOST_FILES:
                raise NormError(
                    name,
                    1,
                    _too_many(
                        "the archive holds %(count)s files; at most %(most)s are taken", len(entries), MOST_FILES
                    ),
                )
            for entry in entries:
                path = safe_path(entry.filename)
                if entry.flag_bits & 1:
                    raise NormError(name, 1, Phrase("%(name)s is encrypted; pack it without a password", name=path))
                if _passed_over(path):
                    yield path, b""
                    continue
                if stat.S_ISLNK(entry.external_attr >> 16):
                    raise NormError(name, 1, Phrase("%(name)s is a link; pack the file itself", name=path))
                with opened.open(entry) as part:
                    data = part.read(min(left, MOST_BYTES) + 1)
                left -= len(data)
                if left < 0:
                    raise NormError(
                        name, 1, Phrase("the archive unpacks to more than %(most)s bytes", most=str(MOST_ALTOGETHER))
                    )
                yield path, data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise NormError(name, 1, Phrase("the archive cannot be opened: %(why)s", why=str(error))) from error


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
                reason = Phrase("the file begins as UTF-16 and is none; save it as UTF-8")
                raise NormError(path, 1, reason) from error
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
    raise NormError(path, line, not_utf8(content[broken.start])) from broken


def _too_many(sentence: str, count: int, most: int) -> Phrase:
    return Phrase(sentence, count=str(count), most=str(most))


def _is_chinese(text: str) -> bool:
    """Whether what is no ASCII is Chinese as it is written, and not bytes of another encoding that happen to decode.

    What people write stands in the first set of characters (GB 2312); an umlaut before a letter does not.
    """
    other = [letter for letter in text if ord(letter) > 127]  # noqa: PLR2004 - the end of ASCII
    common = sum(len(letter.encode("gb2312", "ignore")) > 0 for letter in other)
    return common * 10 >= len(other) * 9


def _document(path: str, content: bytes) -> Arrived:
    """Raises NormError."""
    suffix = PurePosixPath(path).suffix.lower()
    extra: tuple[Unplaced, ...] = ()
    if suffix in WORD or is_word(content):
        made: Converted = from_word(content, path=path)
        source, extra = made.text, made.unplaced
    else:
        if len(content) > MOST_BYTES:
            raise NormError(path, 1, Phrase("the document has more than %(most)s bytes", most=str(MOST_BYTES)))
        source, encoding = decoded(content, path=path)
        if encoding:
            extra = (Unplaced(place=Place(1, 1), words=encoding, reason="the file was not UTF-8; its text is kept"),)
        if suffix in PAGES or _PAGE.match(content):
            made = from_html(source)
            source, extra = made.text, (*extra, *made.unplaced)
    if not source.strip():
        raise NormError(path, 1, Phrase("the file holds no text"))
    norm = read(source, path=path, kind=FOLDERS.get(PurePosixPath(path).parent.name.lower()))
    return Arrived(path=path, source=source, norm=norm, unplaced=extra)


def _passed_over(path: str) -> Phrase:
    """Why a file is no document by its name; empty where it may be one."""
    pure = PurePosixPath(path)
    if any(part.startswith((".", "__MACOSX")) for part in pure.parts):
        return Phrase("a hidden file")
    if pure.stem.lower() in PASSED_OVER:
        return Phrase("no document by its name")
    if pure.suffix and pure.suffix.lower() not in (*MARKDOWN, *WORD, *PAGES):
        return Phrase("neither Markdown nor Word nor HTML")
    return Phrase("")
