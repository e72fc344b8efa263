"""Rows of a spreadsheet become facts about assets; what cannot be used is named by line and column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import TypeVar

from burgrave.assets.terms import (
    DIMENSIONS,
    AssetFacts,
    AssetType,
    DependencyKind,
    Dimension,
    IdentifierKind,
    Lifecycle,
    Need,
    Scheme,
    identifier,
)
from burgrave.engines.sheets import Row, Table
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

Link = tuple[str, DependencyKind, str]
Word = TypeVar("Word", AssetType, Lifecycle)

FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reference": ("reference", "id", "asset id", "cmdb id", "ref", "外部编号", "资产编号", "编号"),
        "name": ("name", "asset", "asset name", "title", "名称", "资产名称"),
        "type": ("type", "asset type", "kind", "类型", "资产类型"),
        "unit": ("unit", "department", "organisation unit", "部门", "所属部门"),
        "owner": ("owner", "owner e-mail", "owner email", "责任人", "责任人邮箱"),
        "custodian": ("custodian", "custodian e-mail", "custodian email", "保管人", "保管人邮箱"),
        "description": ("description", "描述", "说明"),
        "confidentiality": ("confidentiality", "c", "保密性"),
        "integrity": ("integrity", "i", "完整性"),
        "availability": ("availability", "a", "可用性"),
        "value": ("value", "价值"),
        "currency": ("currency", "币种"),
        "personal_data": ("personal data", "personal_data", "pii", "个人信息"),
        "lifecycle": ("lifecycle", "phase", "status", "阶段", "生命周期"),
        "review_every_days": ("review every days", "review_every_days", "复核周期"),
        "tags": ("tags", "标签"),
        "hostname": ("hostname", "host name", "主机名"),
        "fqdn": ("fqdn", "full host name", "完整主机名"),
        "ip": ("ip", "ip address", "ip 地址", "ip地址"),
        "serial": ("serial", "serial number", "序列号"),
        **{str(kind): (str(kind), str(kind).replace("_", " ")) for kind in DependencyKind},
    }
)
"""Every field and the column names by which it is found, in small letters."""

CHINESE_TYPES = ("信息", "业务流程", "服务", "系统", "软件", "设备", "网络", "场所", "供应商", "岗位")
REQUIRED = ("reference", "name", "type")
TYPE_WORDS: Mapping[str, AssetType] = MappingProxyType(
    {
        **{str(kind): kind for kind in AssetType},
        **{str(kind).replace("_", " "): kind for kind in AssetType},
        **dict(zip(CHINESE_TYPES, AssetType, strict=True)),
    }
)
LIFE_WORDS: Mapping[str, Lifecycle] = MappingProxyType(
    {
        **{str(phase): phase for phase in Lifecycle},
        **{str(phase).replace("_", " "): phase for phase in Lifecycle},
        **dict(zip(("规划中", "使用中", "退役中", "已处置"), Lifecycle, strict=True)),
    }
)
SPEAKS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "unit": ("unit_id",),
        "owner": ("owner_id",),
        "custodian": ("custodian_id",),
        "value": ("value_minor", "currency"),
        "currency": (),
    }
)
"""Columns that are called otherwise among the facts; a currency speaks only beside a value."""
YES, NO = frozenset({"yes", "y", "true", "1", "x", "是"}), frozenset({"", "no", "n", "false", "0", "否"})
HUNDREDTHS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a row cannot be used: ``found`` in the column, and what was expected there."""

    line: int
    column: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.column}: found {self.found!r:.80}, expected {self.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What cells may refer to: units by path, persons by e-mail address in small letters, and the scheme."""

    units: Mapping[str, UnitId]
    default_unit: UnitId | None
    persons: Mapping[str, PersonId]
    scheme: Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a table says. ``said`` is what it speaks of, as `merging` has it.

    ``ignored`` are the columns that no field is known for.
    """

    facts: tuple[AssetFacts, ...]
    links: tuple[Link, ...]
    faults: tuple[Fault, ...]
    said: frozenset[str] = frozenset()
    mapping: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


class _Unusable(Exception):
    """A cell holds something else than its column expects."""

    def __init__(self, *, column: str, found: str, expected: str) -> None:
        super().__init__(column)
        self.column, self.found, self.expected = column, found, expected


def guess(header: Sequence[str]) -> dict[str, int]:
    """The column of every field whose name, in any known spelling, stands in the header."""
    places = {name.casefold().strip(): place for place, name in enumerate(header)}
    found: dict[str, int] = {}
    for name, spellings in FIELDS.items():
        place = next((places[each] for each in spellings if each in places), None)
        if place is not None and place not in found.values():
            found[name] = place
    return found


def parse(table: Table, *, known: Known, mapping: Mapping[str, int] | None = None) -> Parsed:
    """Facts and links of every row that can be used, and a fault for every cell that cannot."""
    columns = dict(guess(table.header) if mapping is None else mapping)
    ignored = tuple(name for place, name in enumerate(table.header) if place not in columns.values())
    said = {name: table.header[place] for name, place in columns.items()}
    if missing := [name for name in REQUIRED if name not in columns]:
        faults = tuple(
            Fault(line=0, column=name, found="no such column", expected="one of " + ", ".join(FIELDS[name]))
            for name in missing
        )
        return Parsed(facts=(), links=(), faults=faults, mapping=said, ignored=ignored)
    facts: list[AssetFacts] = []
    links: list[Link] = []
    found: list[Fault] = []
    lines: dict[str, int] = {}
    for row in table.rows:
        cells = {name: row.cells[place] for name, place in columns.items()}
        try:
            each = _facts(cells, known=known)
            if each.reference in lines:
                raise _Unusable(
                    column="reference",
                    found=each.reference,
                    expected=f"another one than in line {lines[each.reference]}",
                )
            lines[each.reference] = row.number
            links += _links(cells, each.reference)
            facts.append(each)
        except _Unusable as fault:
            column = said.get(fault.column, fault.column)
            found.append(Fault(line=row.number, column=column, found=fault.found, expected=fault.expected))
        except BadInput as refusal:
            found.append(_refused(row, refusal))
    return Parsed(
        facts=tuple(facts),
        links=tuple(links),
        faults=tuple(found),
        said=frozenset(part for name in columns for part in SPEAKS_OF.get(name, (name,))),
        mapping=said,
        ignored=ignored,
    )


def _refused(row: Row, refusal: BadInput) -> Fault:
    return Fault(line=row.number, column="the row", found=", ".join(row.cells)[:80], expected=str(refusal))


def _facts(cells: Mapping[str, str], *, known: Known) -> AssetFacts:
    if not cells["reference"]:
        raise _Unusable(
            column="reference", found="", expected="a reference of its own, by which the asset is found again"
        )
    value = _value(cells.get("value", ""))
    return AssetFacts(
        reference=cells["reference"],
        name=cells["name"],
        type=_word(cells, "type", TYPE_WORDS),
        unit_id=_unit(cells.get("unit", ""), known=known),
        owner_id=_person(cells, "owner", known=known),
        custodian_id=_person(cells, "custodian", known=known),
        description=cells.get("description", ""),
        own=Need(**{str(each): _rank(cells, each, scheme=known.scheme) for each in DIMENSIONS}),
        value_minor=value,
        currency=cells.get("currency", "").upper() if value is not None else "",
        personal_data=_yes(cells, "personal_data"),
        lifecycle=_word(cells, "lifecycle", LIFE_WORDS) if cells.get("lifecycle") else Lifecycle.IN_USE,
        review_every_days=_days(cells.get("review_every_days", "")),
        tags=tuple(dict.fromkeys(_listed(cells.get("tags", "")))),
        identifiers=tuple(
            (kind, _identifier(kind, text))
            for kind in (IdentifierKind.HOSTNAME, IdentifierKind.FQDN, IdentifierKind.IP, IdentifierKind.SERIAL)
            for text in _listed(cells.get(str(kind), ""))
        ),
    )


def _word(cells: Mapping[str, str], name: str, words: Mapping[str, Word]) -> Word:
    try:
        return words[cells[name].casefold()]
    except KeyError:
        raise _Unusable(
            column=name, found=cells[name], expected="one of " + ", ".join(dict.fromkeys(map(str, words.values())))
        ) from None


def _unit(path: str, *, known: Known) -> UnitId:
    if not path and known.default_unit is not None:
        return known.default_unit
    unit_id = known.units.get(" / ".join(part.strip() for part in path.split("/")).casefold())
    if unit_id is None:
        raise _Unusable(
            column="unit", found=path, expected="a unit where you may edit assets, by its name or path such as A / B"
        )
    return unit_id


def _person(cells: Mapping[str, str], name: str, *, known: Known) -> PersonId | None:
    address = cells.get(name, "")
    if not address:
        return None
    person_id = known.persons.get(address.casefold())
    if person_id is None:
        raise _Unusable(
            column=name, found=address, expected="the e-mail address of an active person of this organisation"
        )
    return person_id


def _rank(cells: Mapping[str, str], dimension: Dimension, *, scheme: Scheme) -> int:
    text = cells.get(str(dimension), "").casefold()
    if not text:
        return 0
    for level in scheme.levels:
        if text in {level.name.casefold(), level.name_zh.casefold(), str(level.rank)}:
            return level.rank
    names = ", ".join(level.name for level in scheme.levels)
    raise _Unusable(column=str(dimension), found=cells[str(dimension)], expected=f"a level of the scheme: {names}")


def _value(text: str) -> int | None:
    if not text:
        return None
    try:
        amount = Decimal(text.replace("\u00a0", "").replace(" ", "").replace(",", "")) * HUNDREDTHS
    except InvalidOperation:
        raise _Unusable(column="value", found=text, expected="an amount such as 1200.50") from None
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**17:
        raise _Unusable(column="value", found=text, expected="an amount with at most two decimals")
    return int(amount)


def _yes(cells: Mapping[str, str], name: str) -> bool:
    text = cells.get(name, "").casefold()
    if text in YES:
        return True
    if text in NO:
        return False
    raise _Unusable(column=name, found=cells[name], expected="yes or no")


def _days(text: str) -> int:
    if not text:
        return 365
    if not text.isascii() or not text.isdigit() or len(text) > len("3650"):
        raise _Unusable(column="review_every_days", found=text, expected="a number of days")
    return int(text)


def _identifier(kind: IdentifierKind, text: str) -> str:
    try:
        return identifier(kind, text)
    except BadInput as refusal:
        raise _Unusable(column=str(kind), found=text, expected=str(refusal)) from refusal


def _links(cells: Mapping[str, str], reference: str) -> list[Link]:
    return [(reference, kind, support) for kind in DependencyKind for support in _listed(cells.get(str(kind), ""))]


def _listed(text: str) -> list[str]:
    for comma in ("\uff0c", ";", "\uff1b", "\n"):
        text = text.replace(comma, ",")
    return [each.strip() for each in text.split(",") if each.strip()]
