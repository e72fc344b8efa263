from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from burgrave.assets.errors import LifecycleStep, ReasonMissing, SchemeUnusable
from burgrave.assets.rules import lifecycle
from burgrave.assets.terms import DEFAULT_SCHEME, IdentifierKind, Lifecycle, identifier
from burgrave.assets.tests.house import system
from burgrave.web.errors import BadInput
from burgrave.web.terms import UnitId

UNIT = UnitId(uuid4())


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"name": " "}, "a name of 1 to 200"),
        ({"reference": "x "}, "a reference has at most"),
        ({"description": "x" * 20_001}, "a description"),
        ({"value_minor": 5}, "and its currency"),
        ({"value_minor": -5, "currency": "EUR"}, "not negative"),
        ({"value_minor": 5, "currency": "euro"}, "ISO 4217"),
        ({"review_every_days": 0}, "every 1 to 3650 days"),
        ({"tags": ("",)}, "tags"),
        ({"identifiers": ((IdentifierKind.IP, "192.0.2.1"),) * 201}, "identifiers"),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_facts_refuse_what_no_asset_has(facts: dict[str, Any], sentence: str) -> None:
    name = facts.pop("name", "Payroll")
    with pytest.raises(BadInput, match=sentence):
        system(name, UNIT, **facts)


@pytest.mark.parametrize(
    ("kind", "value", "spelled"),
    [
        (IdentifierKind.HOSTNAME, " WS-7 ", "ws-7"),
        (IdentifierKind.FQDN, "WS-7.Corp.Example.ORG.", "ws-7.corp.example.org"),
        (IdentifierKind.IP, "2001:DB8:0::1", "2001:db8::1"),
        (IdentifierKind.SERIAL, "Ab 1", "Ab 1"),
    ],
)
def test_an_identifier_has_one_spelling(kind: IdentifierKind, value: str, spelled: str) -> None:
    assert identifier(kind, value) == spelled


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IdentifierKind.HOSTNAME, "a.b"),
        (IdentifierKind.HOSTNAME, "-a"),
        (IdentifierKind.FQDN, "ws-7"),
        (IdentifierKind.FQDN, "a..b"),
        (IdentifierKind.IP, "192.0.2.256"),
        (IdentifierKind.SERIAL, ""),
        (IdentifierKind.SERIAL, "a\0b"),
        (IdentifierKind.SERIAL, "x" * 301),
    ],
)
def test_what_is_no_identifier_is_refused(kind: IdentifierKind, value: str) -> None:
    with pytest.raises(BadInput):
        identifier(kind, value)


ALLOWED = {
    ("planned", "in_use"),
    ("planned", "disposed"),
    ("in_use", "retiring"),
    ("in_use", "disposed"),
    ("retiring", "in_use"),
    ("retiring", "disposed"),
}


@pytest.mark.parametrize("now", list(Lifecycle))
@pytest.mark.parametrize("to", list(Lifecycle))
def test_an_asset_goes_through_its_life_as_the_table_says(now: Lifecycle, to: Lifecycle) -> None:
    if (now, to) in ALLOWED:
        assert lifecycle.step(now, to, reason="sold") is to
    else:
        with pytest.raises(LifecycleStep):
            lifecycle.step(now, to, reason="sold")


def test_nothing_is_disposed_of_without_a_reason() -> None:
    with pytest.raises(ReasonMissing, match="only with a reason"):
        lifecycle.step(Lifecycle.IN_USE, Lifecycle.DISPOSED, reason=" ")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([("Low", "", "")], "two to six"),
        ([(str(each), "", "") for each in range(7)], "two to six"),
        ([("Low", "", ""), ("", "", "")], "has a name"),
        ([("Low", "", ""), ("LOW", "", "")], "the same name"),
    ],
    ids=["one", "seven", "nameless", "twice"],
)
def test_a_scheme_that_cannot_be_used_is_refused(names: list[tuple[str, str, str]], sentence: str) -> None:
    with pytest.raises(SchemeUnusable, match=sentence):
        lifecycle.usable(names)


def test_the_scheme_speaks_both_languages_and_knows_nothing_below_its_first_level() -> None:
    assert (DEFAULT_SCHEME.name(4), DEFAULT_SCHEME.name(4, chinese=True)) == ("Very high", "极高")
    assert (DEFAULT_SCHEME.name(0), DEFAULT_SCHEME.name(9)) == ("", "")
