"""What an import of persons would change, decided person by person without changing anything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from burgrave.engines.sheets import Change, Fault, plain
from burgrave.people import models, rules
from burgrave.people.queries.organisation import units_tree
from burgrave.people.rules import roles
from burgrave.people.rules.importing import KnownPlaces, ParsedPeople, Place, WantedGrant, WantedPerson
from burgrave.people.terms import GrantView, PersonId, UnitId
from burgrave.people.terms.roles import ROLE_NAMES
from burgrave.web.errors import Refusal
from burgrave.web.terms import Actor

MANAGE, READ = "people.manage", "people.read"
CHUNK, MOST_CHANGES = 1_000, 500
NOBODY = PersonId(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one person: ``person_id`` is None for a new one; ``edits`` are the fields that differ."""

    wanted: WantedPerson
    person_id: UUID | None
    edits: tuple[tuple[str, str, str], ...]
    grants: tuple[WantedGrant, ...]

    @property
    def is_same(self) -> bool:
        return self.person_id is not None and not self.edits and not self.grants


@dataclass(slots=True, kw_only=True)
class PeopleSurvey:
    """``leaving`` are those who would be deactivated, ``staying`` counts those who cannot be."""

    decisions: list[Decision] = field(default_factory=list)
    leaving: list[tuple[UUID, str]] = field(default_factory=list)
    staying: int = 0
    units: dict[Place, None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def new(self) -> int:
        return sum(each.person_id is None for each in self.decisions)

    @property
    def same(self) -> int:
        return sum(each.is_same for each in self.decisions)

    @property
    def changed(self) -> int:
        return len(self.decisions) - self.new - self.same + len(self.leaving)

    @property
    def grants(self) -> int:
        return sum(len(each.grants) for each in self.decisions)

    def changes(self) -> list[Change]:
        """The first of those that are new or changed, and of those who leave."""
        found = [
            Change(
                line=each.wanted.line,
                key=str(each.person_id or ""),
                name=f"{each.wanted.name} <{each.wanted.email}>",
                fields=(*each.edits, *(("Roles", "", _told(grant)) for grant in each.grants if each.person_id)),
            )
            for each in self.decisions
            if not each.is_same
        ]
        leaving = [
            Change(line=0, key=str(key), name=name, fields=(("Active", "yes", "no"),)) for key, name in self.leaving
        ]
        return [*leaving[:MOST_CHANGES], *found[:MOST_CHANGES]]


@dataclass(frozen=True, slots=True)
class _Kept:
    person_id: UUID
    name: str
    unit_id: UnitId
    is_active: bool


def known_places(*, actor: Actor, makes_units: bool) -> KnownPlaces:
    """The units where the actor manages people, by path and by name where that is one's own, and the roles given."""
    tree = units_tree(actor=actor, permission=MANAGE)
    paths: dict[UUID, str] = {}
    units: dict[str, UnitId] = {}
    twice: set[str] = set()
    for row in tree:
        path = f"{paths[row.parent_id]} / {row.name}" if row.parent_id in paths else row.name
        paths[row.unit_id] = path
        units[path.casefold()] = row.unit_id
    for row in tree:
        short = row.name.casefold()
        if units.setdefault(short, row.unit_id) != row.unit_id and short not in map(str.casefold, paths.values()):
            twice.add(short)
    for short in twice:
        del units[short]
    given = models.Role.objects.filter(retired_at__isnull=True)
    names = {plain(text): role.code for role in given for text in (role.code, role.name, *_spoken(role.code))}
    return KnownPlaces(
        units=units,
        default_unit=tree[0].unit_id if len(tree) == 1 else None,
        roles=names,
        may_make_units=makes_units,
    )


def survey_people(parsed: ParsedPeople, *, deactivates: bool, actor: Actor, now: datetime) -> PeopleSurvey:
    """What would become of everybody, and every reason for which it would be refused, by line."""
    found = PeopleSurvey(faults=list(parsed.faults))
    emails = [each.email for each in parsed.persons]
    kept = _kept(emails)
    grants = _grants([each.person_id for each in kept.values()])
    given = {role.code: frozenset(role.permissions) for role in models.Role.objects.all()}
    units = {row.unit_id: row.name for row in units_tree(actor=actor, permission=READ)}
    for wanted in parsed.persons:
        row = kept.get(wanted.email)
        held = grants.get(row.person_id, ()) if row else ()
        decided = _decide(wanted, row, held, given, said=parsed.said, units=units, actor=actor, now=now)
        if isinstance(decided, Decision):
            found.decisions.append(decided)
            for place in (*([wanted.place] if wanted.place else []), *(each.place for each in decided.grants)):
                if place.path:
                    found.units[place] = None
        else:
            found.faults.append(decided)
    if deactivates:
        _survey_leaving(set(emails), actor=actor, found=found)
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _decide(
    wanted: WantedPerson,
    kept: _Kept | None,
    grants: Sequence[models.Grant],
    given: Mapping[str, frozenset[str]],
    *,
    said: Collection[str],
    units: Mapping[UnitId, str],
    actor: Actor,
    now: datetime,
) -> Decision | Fault:
    edits: tuple[tuple[str, str, str], ...] = ()
    if kept is None:
        if wanted.place is None:
            return _fault(wanted, "unit", "", "a unit for somebody who is new", mend="add a column for the unit")
    else:
        edits = _edits(wanted, kept, said=said, units=units)
        if fault := _why_not_changed(wanted, kept, grants, has_edits=bool(edits), actor=actor):
            return fault
    fresh: list[WantedGrant] = []
    for grant in wanted.grants:
        standing = _standing(grant, grants)
        if standing is not None and (standing.expires_at is None or now < standing.expires_at):
            if standing.expires_at != grant.expires_at:
                mend = "revoke it first to change its end"
                return _fault(wanted, "roles", _told(grant), "a role that does not stand with another end", mend=mend)
        elif fault := _why_not_given(wanted, grant, kept, given[grant.role], actor=actor, now=now):
            return fault
        else:
            fresh.append(grant)
    return Decision(wanted=wanted, person_id=kept.person_id if kept else None, edits=edits, grants=tuple(fresh))


def _why_not_changed(
    wanted: WantedPerson, kept: _Kept, grants: Sequence[models.Grant], *, has_edits: bool, actor: Actor
) -> Fault | None:
    if not actor.may(READ, kept.unit_id):
        return _fault(wanted, "email", wanted.email, "an address that nobody outside of your units has")
    if not kept.is_active:
        mend = "reactivate the person first, or take the row out"
        return _fault(wanted, "email", wanted.email, "the address of somebody who is active", mend=mend)
    if has_edits and (reason := _why_not_managed(kept, grants, actor=actor)):
        return _fault(wanted, "email", wanted.email, f"somebody whom you may manage: {reason}")
    return None


def _why_not_given(
    wanted: WantedPerson,
    grant: WantedGrant,
    kept: _Kept | None,
    permissions: frozenset[str],
    *,
    actor: Actor,
    now: datetime,
) -> Fault | None:
    """As `commands.grant` has it. A unit that is made is asked about where its path begins."""
    unit_id = grant.place.unit_id
    asked = GrantView(
        person_id=PersonId(kept.person_id) if kept else NOBODY,
        person_name=wanted.name,
        role=grant.role,
        unit_id=unit_id,
        expires_at=grant.expires_at,
    )
    try:
        not_held = roles.cannot_pass_on(permissions, holds=lambda permission: actor.holds(permission, unit_id))
        rules.may_grant(asked, by=actor.person_id, now=now, not_held=not_held)
    except Refusal as refusal:
        return _fault(wanted, "roles", _told(grant), str(refusal), mend=refusal.mend)
    return None


def _edits(
    wanted: WantedPerson, kept: _Kept, *, said: Collection[str], units: Mapping[UnitId, str]
) -> tuple[tuple[str, str, str], ...]:
    found = []
    if wanted.name != kept.name:
        found.append(("Name", kept.name, wanted.name))
    if "unit" in said and wanted.place and (wanted.place.path or wanted.place.unit_id != kept.unit_id):
        new = " / ".join((units.get(wanted.place.unit_id, ""), *wanted.place.path))
        found.append(("Unit", units.get(kept.unit_id, ""), new))
    return tuple(found)


def _why_not_managed(kept: _Kept, grants: Iterable[models.Grant], *, actor: Actor) -> str:
    """As `commands.loading.lock_person` has it; empty when the actor may."""
    if not actor.may(MANAGE, kept.unit_id):
        return "their unit is not yours to manage"
    for grant in grants:
        unit_id = UnitId(grant.unit_id)
        held = roles.cannot_pass_on(
            frozenset(grant.role.permissions),
            holds=lambda permission: actor.holds(permission, unit_id),  # noqa: B023 - asked at once
        )
        if held or not actor.may(MANAGE, unit_id):
            return "they hold a role that you could not have given"
    return ""


def _survey_leaving(emails: Collection[str], *, actor: Actor, found: PeopleSurvey) -> None:
    rows = [
        row
        for row in models.Person.objects.filter(is_active=True, unit_id__in=actor.units(MANAGE)).order_by("name", "id")
        if row.email not in emails and row.pk != actor.person_id
    ]
    grants = _grants([row.pk for row in rows])
    for row in rows:
        kept = _Kept(row.pk, row.name, UnitId(row.unit_id), is_active=True)
        if _why_not_managed(kept, grants.get(row.pk, ()), actor=actor):
            found.staying += 1
        else:
            found.leaving.append((row.pk, f"{row.name} <{row.email}>"))


def _kept(emails: Sequence[str]) -> dict[str, _Kept]:
    found: dict[str, _Kept] = {}
    for start in range(0, len(emails), CHUNK):
        rows = models.Person.objects.filter(email__in=emails[start : start + CHUNK])
        for key, email, name, unit_id, is_active in rows.values_list("pk", "email", "name", "unit_id", "is_active"):
            found[email] = _Kept(key, name, UnitId(unit_id), is_active)
    return found


def _grants(keys: Sequence[UUID]) -> Mapping[UUID, Sequence[models.Grant]]:
    found: dict[UUID, list[models.Grant]] = defaultdict(list)
    for start in range(0, len(keys), CHUNK):
        for row in models.Grant.objects.filter(person_id__in=keys[start : start + CHUNK]).select_related("role"):
            found[row.person_id].append(row)
    return found


def _standing(wanted: WantedGrant, grants: Iterable[models.Grant]) -> models.Grant | None:
    if wanted.place.path:
        return None
    return next((each for each in grants if each.role_id == wanted.role and each.unit_id == wanted.place.unit_id), None)


def _fault(wanted: WantedPerson, column: str, found: str, expected: str, *, mend: str = "") -> Fault:
    return Fault(line=wanted.line, column=column, found=found, expected=expected, mend=mend, cells=wanted.cells)


def _told(grant: WantedGrant) -> str:
    until = f" until {grant.expires_at:%Y-%m-%d}" if grant.expires_at else ""
    return f"{grant.role}{until}"


def _spoken(code: str) -> tuple[str, ...]:
    return tuple(name for key, name in ROLE_NAMES.items() if key == code)
