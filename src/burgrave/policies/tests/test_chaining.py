"""Clauses as requirements of the chain."""

from __future__ import annotations

import pytest

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance.models import Framework
from burgrave.engines.norms import Modality, read
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models
from burgrave.policies.rules.chaining import need_of, requirements_of, types_of
from burgrave.policies.tests.house import norm, published
from burgrave.web.terms import Actor

TEXT = """---
title: N
satisfies: {ISO27001: [A.5.17]}
---
# N

ID-1 Users shall choose [[password.length = 14 characters]]
for {{organisation}}. {types="system device" need="confidentiality=3"}

Evidence: export

ID-2 Users may write in blue. {satisfies="CSF:PR.AA-01"}

ID-1 Users shall not share it.

Everybody is friendly here.

- [ ] ID-4 Do it.
"""


def test_what_is_asked_becomes_a_requirement() -> None:
    first, second, third = requirements_of(read(TEXT, path="n.md"), {"organisation": "us"})
    assert (first.identifier, first.title) == ("ID-1", "Users shall choose 14 characters for us.")
    assert first.text.endswith("\n\nexport")
    assert (first.satisfies, first.parameters) == ((("ISO27001", "A.5.17"),), {"password.length": "14 characters"})
    assert first.applies_to_need == Need(confidentiality=3)
    assert first.applies_to_types == (AssetType.SYSTEM, AssetType.DEVICE)
    assert (second.modality, second.binding, second.satisfies) == (Modality.MAY, False, (("CSF", "PR.AA-01"),))
    assert (third.identifier, third.modality) == ("ID-1~2", Modality.SHALL_NOT)


def test_a_long_clause_keeps_its_text_below_a_shortened_title() -> None:
    (only,) = requirements_of(read(f"ID-1 Users shall {'very ' * 100}well.", path="n.md"), {})
    assert only.title.endswith("…")
    assert only.text.endswith("well.")


@pytest.mark.parametrize(
    ("words", "need"),
    [
        ("", None),
        ("high", None),
        ("3", Need(confidentiality=3, integrity=3, availability=3)),
        ("integrity=2, availability = 4", Need(integrity=2, availability=4)),
        ("beauty=2", None),
    ],
)
def test_a_need_is_a_rank_by_dimension(words: str, need: Need | None) -> None:
    assert need_of(words) == need


def test_types_that_nobody_knows_are_passed_over() -> None:
    assert list(types_of("system, spaceship system")) == [AssetType.SYSTEM]


def test_publication_puts_the_framework_and_retirement_withdraws_it(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    published(made, by=alice, approver=paula)
    framework = Framework.objects.get(identifier="NRM-06")
    assert (framework.version, framework.in_force, framework.source_subject) == (
        "1.0", 2, f"policies.document:{made}",
    )  # fmt: skip
    row = models.Document.objects.get(pk=made)
    commands.retire(made, reason="gone", version=row.version, actor=alice, now=NOON)
    framework.refresh_from_db()
    assert framework.in_force == 0
