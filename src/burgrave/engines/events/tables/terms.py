"""The words of mappings: what is said of a table whose rows are events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from burgrave.engines.events.terms import NO_LOG_SOURCE, LogSource
from burgrave.engines.phrases import Phrase

ENCODINGS: Final = ("utf-8", "utf-16-le", "utf-16-be", "gb18030", "cp1252")
DELIMITERS: Final = ",;\t|"
MOST_COLUMNS: Final = 1_000
MOST_TIME_COLUMNS: Final = 2
NAME_CHARACTERS: Final = 200
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class BadTable(ValueError):
    """What is said of a table is whole and fits together; str() is fit to show.

    ``said`` is the same with its pieces kept apart, for whoever says it in another language.
    """

    def __init__(self, sentence: str, **words: object) -> None:
        self.said = Phrase(sentence, **{name: str(each) for name, each in words.items()})
        super().__init__(self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Which columns give the time (two are joined by a space), in which form of `times`, and in which zone.

    An empty ``form`` reads ISO 8601 and seconds or milliseconds since 1970. ``zone`` counts where the text names none.
    """

    columns: tuple[str, ...] = ()
    form: str = ""
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if len(self.columns) > MOST_TIME_COLUMNS:
            raise BadTable(
                "the time stands in at most %(most)s columns, got %(count)s",
                most=MOST_TIME_COLUMNS,
                count=len(self.columns),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMapping:
    """How rows of one kind of table become events.

    ``header`` are its column names; empty: any table that has the columns of the clock. ``fields`` names the field of a
    column: one that is not in it keeps its own name, one whose field is empty is left out. ``encoding`` and
    ``delimiter`` are found out where they are empty.
    """

    name: str = ""
    header: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    clock: Clock = Clock()
    log_source: LogSource = NO_LOG_SOURCE
    encoding: str = ""
    delimiter: str = ""

    def __post_init__(self) -> None:
        if len(self.header) > MOST_COLUMNS:
            raise BadTable(
                "a table has at most %(most)s columns, got %(count)s", most=MOST_COLUMNS, count=len(self.header)
            )
        if self.encoding and self.encoding not in ENCODINGS:
            raise BadTable(
                "%(encoding)s is no encoding that is read here: %(known)s",
                encoding=f"{self.encoding!r:.40}",
                known=", ".join(ENCODINGS),
            )
        if self.delimiter and (len(self.delimiter) != 1 or self.delimiter not in DELIMITERS):
            raise BadTable(
                "%(delimiter)s is no delimiter that is read here: comma, semicolon, tab or bar",
                delimiter=f"{self.delimiter!r:.40}",
            )
        for name in (*self.header, *self.fields, *self.fields.values()):
            if len(name) > NAME_CHARACTERS:
                raise BadTable(
                    "the name of a column or field has at most %(most)s characters: %(name)s",
                    most=NAME_CHARACTERS,
                    name=f"{name:.40}…",
                )
        if self.header:
            known = set(map(plain, self.header))
            for each in (*self.clock.columns, *self.fields):
                if plain(each) not in known:
                    raise BadTable(
                        "the mapping speaks of the column %(column)s, which the table does not have",
                        column=f"{each!r:.80}",
                    )

    @property
    def fingerprint(self) -> str:
        """That of its column names, in any order."""
        return fingerprint_of(self.header)

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a table with these column names is of this mapping."""
        if self.header:
            return len(header) == len(self.header) and fingerprint_of(header) == self.fingerprint
        there = set(map(plain, header))
        return bool(self.clock.columns) and all(plain(each) in there for each in self.clock.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Which mappings a file is held against. ``stream`` is one whose rows stand here without column names too.

    With ``asks`` a table that none knows is refused as `UnknownTable`, so that somebody maps it.
    """

    known: tuple[TableMapping, ...] = ()
    stream: TableMapping | None = None
    asks: bool = False

    def mapping_for(self, header: Sequence[str]) -> TableMapping | None:
        """The first mapping that fits the column names."""
        return next((each for each in self.known if each.fits(header)), None)


NO_TABLES: Final = Tables()


def plain(name: str) -> str:
    """A column name as names are compared: in small letters, blanks made one."""
    return " ".join(name.casefold().split())


def fingerprint_of(header: Sequence[str]) -> str:
    """The same for the same column names in any order, any case."""
    return sha256("\n".join(sorted(map(plain, header))).encode("utf-8", "surrogatepass")).hexdigest()
