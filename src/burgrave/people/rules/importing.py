"""Rows of a spreadsheet become persons as they shall be; what cannot be used is named by line and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from burgrave.engines.sheets import Choice, Fault, Field, Mapped, Row, guess, plain, spellings, translated
from burgrave.people.terms import Language, UnitId

EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
GRANT = re.compile(
    r"(?P<role>[^@]+?)\s*(?:@\s*(?P<unit>.+?))?\s*(?:\b(?:until|bis)\s+|至\s*)?(?P<until>\d{4}-\d{2}-\d{2})?"
)
EMAIL_MAX, NAME_MAX, UNIT_MAX, MOST_LEVELS = 254, 200, 200, 20
TELL_EVERY = 1_000
SOME_UNIT = "a unit where you may manage people, by its name or path"
FIELDS = (
    Field(
        name="email",
        label="E-mail address",
        label_zh="电子邮箱",
        spellings=("mail", "e-mail", "email address", "邮箱", "电子邮件"),
        is_required=True,
    ),
    Field(
        name="name",
        label="Name",
        label_zh="姓名",
        spellings=("full name", "display name", "person", "名字", "员工姓名"),
        is_required=True,
    ),
    Field(name="unit", label="Unit", label_zh="部门", spellings=("department", "organisation unit", "所属部门")),
    Field(
        name="language",
        label="Language",
        label_zh="语言",
        choices=(
            Choice(value=str(Language.ENGLISH), label="English", label_zh="英语", spellings=("en-gb", "en-us")),
            Choice(
                value=str(Language.SIMPLIFIED_CHINESE),
                label="Chinese",
                label_zh="中文",
                spellings=("zh", "zh-cn", "简体中文"),
            ),
        ),
    ),
    Field(name="roles", label="Roles", label_zh="角色", spellings=("role", "grants", "授权")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A unit that is there already, or one that would be made: ``path`` below the unit, empty for the unit itself."""

    unit_id: UnitId
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGrant:
    role: str
    place: Place
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPerson:
    """A person as a row has them; ``place`` is None where the table says nothing of units."""

    line: int
    cells: tuple[str, ...]
    email: str
    name: str
    place: Place | None
    language: str
    grants: tuple[WantedGrant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlaces:
    """Units by path and by name in small letters, and roles by any of their names in small letters."""

    units: Mapping[str, UnitId]
    default_unit: UnitId | None
    roles: Mapping[str, str]
    may_make_units: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedPeople:
    persons: tuple[WantedPerson, ...]
    faults: tuple[Fault, ...]
    rows: int
    said: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()


def parse(
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    known: KnownPlaces,
    mapped: Mapped | None = None,
    tell: Callable[[int], None] | None = None,
) -> ParsedPeople:
    """The persons of every row that can be used, and a fault for every cell that cannot."""
    mapped = guess(header, FIELDS) if mapped is None else mapped
    places = mapped.places(header)
    ignored = tuple(name for place, name in enumerate(header) if place not in places.values())
    if missing := [each for each in FIELDS if each.is_required and each.name not in places]:
        faults = tuple(
            Fault(line=0, column=each.name, found="no such column", expected=f"a column for {each.label}")
            for each in missing
        )
        return ParsedPeople(persons=(), faults=faults, rows=0, ignored=ignored)
    shown = {name: header[place] for name, place in places.items()}
    words = {each.name: {plain(text): value for text, value in spellings(each)} for each in FIELDS}
    persons: dict[str, WantedPerson] = {}
    found: list[Fault] = []
    count = 0
    for row in rows:
        count += 1
        if tell is not None and not count % TELL_EVERY:
            tell(count)
        line = _Line(translated(row, places, mapped), row=row, shown=shown, languages=words["language"], known=known)
        person = line.person()
        if person is not None and person.email in persons:
            line.fault("email", expected=f"another address than in line {persons[person.email].line}, in any case")
        if person is None or line.faults:
            found += line.faults
            continue
        persons[person.email] = person
    return ParsedPeople(
        persons=tuple(persons.values()),
        faults=tuple(found),
        rows=count,
        said=frozenset(places),
        ignored=ignored,
    )


@dataclass(slots=True)
class _Line:
    cells: Mapping[str, str]
    row: Row
    shown: Mapping[str, str]
    languages: Mapping[str, str]
    known: KnownPlaces
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, *, expected: str, found: str | None = None, mend: str = "") -> None:
        text = self.cells.get(name, "") if found is None else found
        column = self.shown.get(name, name)
        self.faults.append(
            Fault(line=self.row.number, column=column, found=text, expected=expected, mend=mend, cells=self.row.cells)
        )

    def person(self) -> WantedPerson | None:
        """None when there are faults."""
        email, name = self.cells["email"].lower(), self.cells["name"]
        if len(email) > EMAIL_MAX or not EMAIL.fullmatch(email):
            self.fault("email", expected="an e-mail address")
        if not 0 < len(name) <= NAME_MAX:
            self.fault("name", expected=f"a name of 1 to {NAME_MAX} characters")
        place = self._place("unit", self.cells.get("unit", "")) if "unit" in self.cells or self._needs_unit() else None
        language = self._language()
        grants = tuple(grant for text in _parts(self.cells.get("roles", "")) if (grant := self._grant(text, place)))
        if self.faults:
            return None
        return WantedPerson(
            line=self.row.number,
            cells=self.row.cells,
            email=email,
            name=name,
            place=place,
            language=language,
            grants=tuple(dict.fromkeys(grants)),
        )

    def _needs_unit(self) -> bool:
        return self.known.default_unit is not None

    def _place(self, name: str, text: str) -> Place | None:
        parts = [" ".join(part.split()) for part in text.split("/") if part.strip()]
        if not parts:
            if self.known.default_unit is not None:
                return Place(unit_id=self.known.default_unit)
            self.fault(name, expected="a unit, by its name or its path such as A / B", found=text)
            return None
        for end in range(len(parts), 0, -1):
            unit_id = self.known.units.get(" / ".join(parts[:end]).casefold())
            if unit_id is not None:
                return self._below(name, text, unit_id, tuple(parts[end:]))
        mend = "write the whole path from a unit that there is" if self.known.may_make_units else ""
        self.fault(name, expected=SOME_UNIT, found=text, mend=mend)
        return None

    def _below(self, name: str, text: str, unit_id: UnitId, rest: tuple[str, ...]) -> Place | None:
        if rest and not self.known.may_make_units:
            self.fault(name, expected=SOME_UNIT, found=text, mend="mend the cell, or have missing units made")
            return None
        if len(rest) > MOST_LEVELS or any(len(part) > UNIT_MAX for part in rest):
            self.fault(name, expected=f"at most {MOST_LEVELS} levels of at most {UNIT_MAX} characters", found=text)
            return None
        return Place(unit_id=unit_id, path=rest)

    def _language(self) -> str:
        text = self.cells.get("language", "")
        value = self.languages.get(plain(text)) if text else str(Language.ENGLISH)
        if value is None:
            self.fault("language", expected="English or Chinese")
            return ""
        return value

    def _grant(self, text: str, home: Place | None) -> WantedGrant | None:
        found = GRANT.fullmatch(text)
        role = self.known.roles.get(plain(found["role"])) if found else None
        if found is None or role is None:
            expected = "role @ unit until 2027-01-31, with one of " + ", ".join(sorted(set(self.known.roles.values())))
            self.fault("roles", expected=expected, found=text)
            return None
        place = self._place("roles", found["unit"]) if found["unit"] else home
        if place is None:
            if not found["unit"]:
                self.fault("roles", expected="a unit after @, for the table names none of the person", found=text)
            return None
        try:
            day = date.fromisoformat(found["until"]) if found["until"] else None
        except ValueError:
            self.fault("roles", expected="a day such as 2027-01-31 after until", found=text)
            return None
        # The role holds on its last day, to the end.
        ends = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC) if day else None
        return WantedGrant(role=role, place=place, expires_at=ends)


def _parts(text: str) -> list[str]:
    for comma in ("\uff1b", "\n"):
        text = text.replace(comma, ";")
    return [" ".join(each.split()) for each in text.split(";") if each.strip()]
