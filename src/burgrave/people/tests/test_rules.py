from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.people import rules
from burgrave.people.errors import EndMissing, ExpiryHasPassed, LastAdministrator, PeopleError, SelfGrant
from burgrave.people.terms import ROLES, GrantView, HeldGrant, PersonId, RoleCode, UnitId, UnitNode

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
UNITS = [UnitId(UUID(int=number)) for number in range(1, 9)]
PERSON = PersonId(uuid4())


@st.composite
def trees(draw: st.DrawFn) -> list[UnitNode]:
    size = draw(st.integers(1, len(UNITS)))
    return [
        UnitNode(unit_id=UNITS[n], parent_id=None if n == 0 else UNITS[draw(st.integers(0, n - 1))])
        for n in range(size)
    ]


@st.composite
def grants_in(draw: st.DrawFn, units: list[UnitNode]) -> list[HeldGrant]:
    return draw(
        st.lists(
            st.builds(
                HeldGrant,
                person_id=st.just(PERSON),
                role=st.just("any"),
                unit_id=st.sampled_from([node.unit_id for node in units]),
                permissions=st.frozensets(st.sampled_from(["a.read", "b.write"])),
                expires_at=st.one_of(st.none(), st.integers(-2, 2).map(lambda hours: NOON + timedelta(hours=hours))),
            ),
            max_size=6,
        )
    )


def naive_may(grants: list[HeldGrant], units: list[UnitNode], permission: str, unit_id: UnitId) -> bool:
    parents = {node.unit_id: node.parent_id for node in units}
    step: UnitId | None = unit_id
    while step is not None:
        for grant in grants:
            alive = grant.expires_at is None or grant.expires_at > NOON
            if grant.unit_id == step and permission in grant.permissions and alive:
                return True
        step = parents[step]
    return False


@given(trees(), st.data())
def test_compiled_permissions_equal_a_walk_up_the_tree(units: list[UnitNode], data: st.DataObject) -> None:
    grants = data.draw(grants_in(units))
    allowed = rules.compile_allowed(grants, rules.tree_of(units), now=NOON)
    for permission in ("a.read", "b.write"):
        for node in units:
            expected = naive_may(grants, units, permission, node.unit_id)
            assert (node.unit_id in allowed.get(permission, frozenset())) is expected


@given(trees(), st.data())
def test_taking_a_grant_away_never_allows_anything(units: list[UnitNode], data: st.DataObject) -> None:
    grants = data.draw(grants_in(units))
    before = rules.compile_allowed(grants, rules.tree_of(units), now=NOON)
    fewer = [grant for grant in grants if data.draw(st.booleans())]
    for permission, reach in rules.compile_allowed(fewer, rules.tree_of(units), now=NOON).items():
        assert reach <= before.get(permission, frozenset())


def test_a_grant_ends_at_the_instant_of_its_expiry() -> None:
    grant = HeldGrant(person_id=PERSON, role="any", unit_id=UNITS[0], permissions=frozenset(), expires_at=NOON)
    assert rules.holds(grant, now=NOON - timedelta(microseconds=1))
    assert not rules.holds(grant, now=NOON)


def view(*, expires_at: datetime | None = None) -> GrantView:
    return GrantView(
        person_id=PERSON, person_name="Bob Birnbaum", role="employee", unit_id=UNITS[0], expires_at=expires_at
    )


def test_nobody_gives_a_role_to_themselves() -> None:
    with pytest.raises(SelfGrant, match="Bob Birnbaum may not give a role to themselves"):
        rules.may_grant(view(), by=PERSON, now=NOON)


def test_a_grant_that_ends_in_the_past_is_refused() -> None:
    with pytest.raises(ExpiryHasPassed, match="would never hold"):
        rules.may_grant(view(expires_at=NOON), by=PersonId(uuid4()), now=NOON)


def test_another_person_or_the_system_may_give_a_role_with_a_later_end() -> None:
    for giver in (None, PersonId(uuid4())):
        rules.may_grant(view(expires_at=NOON + timedelta(days=1)), by=giver, now=NOON)


def test_somebody_must_remain_who_can_administer() -> None:
    rules.keeps_administrator([PERSON], person_name="Alice")
    with pytest.raises(LastAdministrator, match="Alice is the last administrator"):
        rules.keeps_administrator([], person_name="Alice")


@pytest.mark.parametrize(
    ("role", "unit_id", "expires_at", "lasting"),
    [
        (RoleCode.ADMINISTRATOR, UNITS[0], None, True),
        (RoleCode.ADMINISTRATOR, UNITS[1], None, False),
        (RoleCode.ADMINISTRATOR, UNITS[0], NOON, False),
        (RoleCode.EMPLOYEE, UNITS[0], None, False),
    ],
    ids=["root", "below-root", "with-an-end", "other-role"],
)
def test_only_an_administrator_of_the_root_without_an_end_lasts(
    role: RoleCode, unit_id: UnitId, expires_at: datetime | None, *, lasting: bool
) -> None:
    grant = HeldGrant(person_id=PERSON, role=role, unit_id=unit_id, permissions=frozenset(), expires_at=expires_at)
    assert rules.is_administrator_for_good(grant, root_unit_id=UNITS[0]) is lasting


@pytest.mark.parametrize(
    ("peer", "host", "forwarded", "loopback"),
    [
        ("127.0.0.1", "127.0.0.1:8000", False, True),
        ("127.8.9.1", "localhost", False, True),
        ("::1", "[::1]:8000", False, True),
        ("::ffff:127.0.0.1", "localhost:8000", False, True),
        ("10.0.0.5", "localhost:8000", False, False),
        ("::ffff:10.0.0.5", "localhost:8000", False, False),
        ("127.0.0.1", "burgrave.example.org", False, False),
        ("127.0.0.1", "localhost", True, False),
        ("", "localhost", False, False),
        ("unix:", "localhost", False, False),
        ("127.0.0.1", "127.0.0.1.example.org", False, False),
    ],
)
def test_only_a_direct_request_from_this_machine_is_loopback(
    peer: str, host: str, *, forwarded: bool, loopback: bool
) -> None:
    assert rules.is_loopback(peer, host=host, forwarded=forwarded) is loopback


def test_a_token_is_stored_as_its_sha256() -> None:
    assert rules.token_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert len(rules.token_hash("\udcff")) == 64


def test_the_auditor_and_the_employee_can_write_nothing() -> None:
    writing = {"people.manage", "jobs.manage", "incidents.submit", "incidents.triage", "incidents.respond"}
    assert not ROLES[RoleCode.INTERNAL_AUDITOR] & writing
    assert not ROLES[RoleCode.EMPLOYEE]


def test_an_email_address_has_one_spelling() -> None:
    assert rules.normal_email(" Alice@Example.ORG ") == "alice@example.org"


def test_a_refusal_is_said_in_the_language_of_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PeopleError, "translate", staticmethod({"%(name)s stays": "%(name)s 留下"}.__getitem__))
    assert str(PeopleError("%(name)s stays", name="100 %")) == "100 % 留下"


@pytest.mark.parametrize(
    ("days", "stands"),
    [(None, False), (1, True), (366, True), (367, False)],
    ids=["without an end", "a day", "a year", "more than a year"],
)
def test_a_role_of_people_from_outside_ends_within_a_year(days: int | None, stands: bool) -> None:  # noqa: FBT001 - a table's column
    asked = GrantView(
        person_id=PERSON,
        person_name="Bob Birnbaum",
        role="external_auditor",
        unit_id=UNITS[0],
        expires_at=None if days is None else NOON + timedelta(days=days),
    )
    if stands:
        rules.may_grant(asked, by=None, now=NOON)
    else:
        with pytest.raises(EndMissing, match="at most a year away"):
            rules.may_grant(asked, by=None, now=NOON)


def test_auditors_read_and_only_those_of_the_house_say_what_they_found() -> None:
    reading = {"read", "export", "oversee"}
    asked = {role: {permission.partition(".")[2] for permission in ROLES[role]} for role in RoleCode}
    assert asked[RoleCode.EXTERNAL_AUDITOR] == reading
    assert asked[RoleCode.INTERNAL_AUDITOR] == reading | {"assert"}
