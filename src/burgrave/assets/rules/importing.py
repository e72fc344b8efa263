"""Rows of a spreadsheet become facts about assets; what cannot be used is named by line and column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from burgrave.assets.terms import (
    DIMENSIONS,
    NAME_MAX,
    AssetFacts,
    AssetType,
    DependencyKind,
    IdentifierKind,
    Lifecycle,
    Need,
    Scheme,
    identifier,
)
from burgrave.engines.sheets import Choice, Fault, Field, Mapped, Row, guess, plain, spellings, translated
from burgrave.web.errors import BadInput
from burgrave.web.terms import PersonId, UnitId

Link = tuple[str, DependencyKind, str]
NAMED = (IdentifierKind.HOSTNAME, IdentifierKind.FQDN, IdentifierKind.IP, IdentifierKind.SERIAL)

CHOICES_OF_TYPE = tuple(
    Choice(value=str(kind), label=label, label_zh=chinese)
    for kind, label, chinese in (
        (AssetType.INFORMATION, "Information", "信息"),
        (AssetType.BUSINESS_PROCESS, "Business process", "业务流程"),
        (AssetType.SERVICE, "Service", "服务"),
        (AssetType.SYSTEM, "System", "系统"),
        (AssetType.SOFTWARE, "Software", "软件"),
        (AssetType.DEVICE, "Device", "设备"),
        (AssetType.NETWORK, "Network", "网络"),
        (AssetType.LOCATION, "Location", "场所"),
        (AssetType.SUPPLIER, "Supplier", "供应商"),
        (AssetType.ROLE, "Role", "岗位"),
    )
)
CHOICES_OF_LIFE = (
    Choice(value=str(Lifecycle.PLANNED), label="Planned", label_zh="规划中"),
    Choice(value=str(Lifecycle.IN_USE), label="In use", label_zh="使用中"),
    Choice(value=str(Lifecycle.RETIRING), label="Being retired", label_zh="退役中"),
    Choice(value=str(Lifecycle.DISPOSED), label="Disposed of", label_zh="已处置"),
)
YES_OR_NO = (
    Choice(value="yes", label="Yes", label_zh="是", spellings=("y", "true", "1", "x")),
    Choice(value="no", label="No", label_zh="否", spellings=("n", "false", "0")),
)
_PLAIN_FIELDS = (
    Field(
        name="reference",
        label="Reference",
        label_zh="外部编号",
        spellings=("id", "asset id", "cmdb id", "ref", "资产编号", "编号"),
        is_required=True,
    ),
    Field(
        name="name",
        label="Name",
        label_zh="名称",
        spellings=("asset", "asset name", "title", "资产名称"),
        is_required=True,
    ),
    Field(
        name="type",
        label="Type",
        label_zh="类型",
        spellings=("asset type", "kind", "资产类型"),
        is_required=True,
        choices=CHOICES_OF_TYPE,
    ),
    Field(name="unit", label="Unit", label_zh="部门", spellings=("department", "organisation unit", "所属部门")),
    Field(name="owner", label="Owner", label_zh="责任人", spellings=("owner e-mail", "owner email", "责任人邮箱")),
    Field(
        name="custodian",
        label="Custodian",
        label_zh="保管人",
        spellings=("custodian e-mail", "custodian email", "保管人邮箱"),
    ),
    Field(name="description", label="Description", label_zh="描述", spellings=("说明",)),
    Field(name="confidentiality", label="Confidentiality", label_zh="保密性", spellings=("c",)),
    Field(name="integrity", label="Integrity", label_zh="完整性", spellings=("i",)),
    Field(name="availability", label="Availability", label_zh="可用性", spellings=("a",)),
    Field(name="value", label="Value", label_zh="价值"),
    Field(name="currency", label="Currency", label_zh="币种"),
    Field(name="personal_data", label="Personal data", label_zh="个人信息", spellings=("pii",), choices=YES_OR_NO),
    Field(
        name="lifecycle",
        label="Phase",
        label_zh="阶段",
        spellings=("status", "生命周期"),
        choices=CHOICES_OF_LIFE,
    ),
    Field(name="review_every_days", label="Review every days", label_zh="复核周期"),
    Field(name="tags", label="Tags", label_zh="标签"),
    Field(name="hostname", label="Host name", label_zh="主机名"),
    Field(name="fqdn", label="Full host name", label_zh="完整主机名"),
    Field(name="ip", label="IP address", label_zh="IP 地址", spellings=("ip地址",)),
    Field(name="serial", label="Serial number", label_zh="序列号"),
    *(
        Field(name=str(kind), label=label, label_zh=chinese)
        for kind, label, chinese in (
            (DependencyKind.DEPENDS_ON, "Depends on", "依赖于"),
            (DependencyKind.RUNS_ON, "Runs on", "运行于"),
            (DependencyKind.STORED_ON, "Stored on", "存储于"),
            (DependencyKind.CONSISTS_OF, "Consists of", "组成部分"),
            (DependencyKind.LOCATED_IN, "Located in", "位于"),
            (DependencyKind.SUPPLIED_BY, "Supplied by", "供应方"),
        )
    ),
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
HUNDREDTHS = 100
TELL_EVERY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What cells may refer to: units by path, persons by e-mail address in small letters, and the scheme."""

    units: Mapping[str, UnitId]
    default_unit: UnitId | None
    persons: Mapping[str, PersonId]
    scheme: Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a table says. ``said`` is what it speaks of, as `merging` has it; ``lines`` is where each fact stands.

    ``ignored`` are the columns that no field is known for.
    """

    facts: tuple[AssetFacts, ...]
    links: tuple[Link, ...]
    faults: tuple[Fault, ...]
    rows: int = 0
    lines: tuple[int, ...] = ()
    said: frozenset[str] = frozenset()
    mapping: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def fields(scheme: Scheme) -> tuple[Field, ...]:
    """Every field that a column may fill, with the levels of the scheme as choices of the dimensions."""
    levels = tuple(
        Choice(value=str(level.rank), label=level.name, label_zh=level.name_zh or level.name) for level in scheme.levels
    )
    return tuple(replace(each, choices=levels) if each.name in DIMENSIONS else each for each in _PLAIN_FIELDS)


def parse(
    header: Sequence[str],
    rows: Iterable[Row],
    *,
    known: Known,
    mapped: Mapped | None = None,
    tell: Callable[[int], None] | None = None,
) -> Parsed:
    """Facts and links of every row that can be used, and a fault for every cell that cannot. ``tell`` hears of rows."""
    all_fields = fields(known.scheme)
    mapped = guess(header, all_fields) if mapped is None else mapped
    places = mapped.places(header)
    shown = {name: header[place] for name, place in places.items()}
    used = set(places.values())
    ignored = tuple(name for place, name in enumerate(header) if place not in used)
    if missing := [each for each in all_fields if each.is_required and each.name not in places]:
        faults = tuple(
            Fault(
                line=0,
                column=each.name,
                found="no such column",
                expected=f"a column for {each.label}, such as {', '.join((each.name, *each.spellings))}",
                mend="choose the column that holds it",
            )
            for each in missing
        )
        return Parsed(facts=(), links=(), faults=faults, mapping=shown, ignored=ignored)
    words = {
        each.name: {form: value for text, value in spellings(each) for form in (text, plain(text))}
        for each in all_fields
        if each.choices
    }
    facts: list[AssetFacts] = []
    links: list[Link] = []
    found: list[Fault] = []
    lines: dict[str, int] = {}
    count = 0
    for row in rows:
        count += 1
        if tell is not None and not count % TELL_EVERY:
            tell(count)
        line = _Line(translated(row, places, mapped), row=row, shown=shown, words=words, known=known)
        each = line.facts()
        if each is not None and each.reference in lines:
            line.fault("reference", expected=f"another one than in line {lines[each.reference]}")
        if each is None or line.faults:
            found += line.faults
            continue
        lines[each.reference] = row.number
        links += line.links(each.reference)
        facts.append(each)
    return Parsed(
        facts=tuple(facts),
        links=tuple(links),
        faults=tuple(found),
        rows=count,
        lines=tuple(lines.values()),
        said=frozenset(part for name in places for part in SPEAKS_OF.get(name, (name,))),
        mapping=shown,
        ignored=ignored,
    )


@dataclass(slots=True)
class _Line:
    """One row: what is wrong with it is collected, not raised, so that all of it is told at once."""

    cells: Mapping[str, str]
    row: Row
    shown: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    known: Known
    faults: list[Fault] = field(default_factory=list)

    def fault(self, name: str, *, expected: str, found: str | None = None, mend: str = "") -> None:
        text = self.cells.get(name, "") if found is None else found
        column = self.shown.get(name, name)
        self.faults.append(
            Fault(line=self.row.number, column=column, found=text, expected=expected, mend=mend, cells=self.row.cells)
        )

    def facts(self) -> AssetFacts | None:
        """None when there are faults."""
        if not self.cells["reference"]:
            self.fault("reference", expected="a reference of its own, by which the asset is found again")
        if not 0 < len(self.cells["name"]) <= NAME_MAX:
            self.fault("name", expected=f"a name of 1 to {NAME_MAX} characters")
        value = self._value()
        kind, phase = self._word("type"), self._word("lifecycle", default=Lifecycle.IN_USE)
        unit_id = self._unit()
        owner_id, custodian_id = self._person("owner"), self._person("custodian")
        own = Need(**{str(each): int(self._word(each, default="0") or 0) for each in DIMENSIONS})
        personal = self._word("personal_data", default="no") == "yes"
        days = self._days()
        identifiers = tuple(
            (each, text)
            for each in NAMED
            for given in listed(self.cells.get(each, ""))
            if (text := self._name(each, given))
        )
        if self.faults or kind is None or unit_id is None or phase is None:
            return None
        try:
            return AssetFacts(
                reference=self.cells["reference"],
                name=self.cells["name"],
                type=AssetType(kind),
                unit_id=unit_id,
                owner_id=owner_id,
                custodian_id=custodian_id,
                description=self.cells.get("description", ""),
                own=own,
                value_minor=value,
                currency=self.cells.get("currency", "").upper() if value is not None else "",
                personal_data=personal,
                lifecycle=Lifecycle(phase),
                review_every_days=days,
                tags=tuple(dict.fromkeys(listed(self.cells.get("tags", "")))),
                identifiers=identifiers,
            )
        except BadInput as refusal:
            self.fault("the row", found=", ".join(self.row.cells)[:80], expected=str(refusal))
            return None

    def links(self, reference: str) -> list[Link]:
        return [
            (reference, kind, support)
            for kind in DependencyKind
            if kind in self.cells
            for support in listed(self.cells[kind])
        ]

    def _word(self, name: str, *, default: str | None = None) -> str | None:
        text = self.cells.get(name, "")
        if not text and default is not None:
            return default
        known = self.words[name]
        value = known.get(text) or known.get(plain(text))
        if value is None:
            values = dict.fromkeys(self.words[name].values())
            if name in DIMENSIONS:
                expected = "a level of the scheme: " + ", ".join(level.name for level in self.known.scheme.levels)
            else:
                expected = "one of " + ", ".join(values)
            self.fault(name, expected=expected, mend="mend the cell, or say in the mapping what it stands for")
        return value

    def _unit(self) -> UnitId | None:
        path = self.cells.get("unit", "")
        if not path and self.known.default_unit is not None:
            return self.known.default_unit
        unit_id = self.known.units.get(" / ".join(part.strip() for part in path.split("/")).casefold())
        if unit_id is None:
            self.fault("unit", expected="a unit where you may edit assets, by its name or path such as A / B")
        return unit_id

    def _person(self, name: str) -> PersonId | None:
        address = self.cells.get(name, "")
        person_id = self.known.persons.get(address.casefold()) if address else None
        if address and person_id is None:
            self.fault(name, expected="the e-mail address of an active person of this organisation")
        return person_id

    def _value(self) -> int | None:
        text = self.cells.get("value", "")
        if not text:
            return None
        try:
            amount = Decimal(text.replace("\u00a0", "").replace(" ", "").replace(",", "")) * HUNDREDTHS
        except InvalidOperation:
            self.fault("value", expected="an amount such as 1200.50")
            return None
        if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**17:
            self.fault("value", expected="an amount with at most two decimals")
            return None
        return int(amount)

    def _days(self) -> int:
        text = self.cells.get("review_every_days", "")
        if text and (not text.isascii() or not text.isdigit() or len(text) > len("3650")):
            self.fault("review_every_days", expected="a number of days")
            return 1
        return int(text) if text else 365

    def _name(self, kind: IdentifierKind, text: str) -> str:
        try:
            return identifier(kind, text)
        except BadInput as refusal:
            self.fault(kind, found=text, expected=str(refusal))
            return ""


def listed(text: str) -> list[str]:
    """The parts of a cell that holds several."""
    if not text or text.isalnum():
        return [text] if text else []
    for comma in ("\uff0c", ";", "\uff1b", "\n"):
        text = text.replace(comma, ",")
    return [each.strip() for each in text.split(",") if each.strip()]
