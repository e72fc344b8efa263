"""Clauses as requirements of the chain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from burgrave.assets import commands as assets
from burgrave.assets.terms import AssetType, Need
from burgrave.assets.tests.house import system
from burgrave.assurance import commands as assurance
from burgrave.assurance import queries as chain
from burgrave.assurance.models import Framework
from burgrave.assurance.terms import CheckDraft, MeasureDraft, Outcome, Scope
from burgrave.engines.norms import Modality, read
from burgrave.engines.standing import MeasureState, Result, Standing
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models
from burgrave.policies.rules.chaining import in_languages, need_of, requirements_of, types_of
from burgrave.policies.terms.drafts import Draft
from burgrave.policies.tests.house import BOTH, norm, open_version, published
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


def test_a_requirement_has_the_wording_of_every_language_that_has_its_clause() -> None:
    english = requirements_of(read("ID-1 Users shall wait.\n\nID-2 Users shall go.\n", path="n.md"), {})
    chinese = requirements_of(read("ID-1 用户应等待。\n", path="n.zh.md"), {})
    first, second = in_languages({"en": english, "zh-hans": chinese})
    assert first.titles == {"en": "Users shall wait.", "zh-hans": "用户应等待。"}
    assert second.titles == {"en": "Users shall go."}
    assert (first.title, first.texts["zh-hans"]) == ("Users shall wait.", "用户应等待。")
    assert in_languages({"en": english}) == english


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


def test_a_parameter_that_changes_opens_gaps_of_the_assets_it_binds_until_they_are_checked_anew(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    bound = {
        language: text.replace("]].", ']]. {types="system"}').replace("]]的口令。", ']]的口令。 {types="system"}')
        for language, text in BOTH.items()
    }
    made, unit = norm(organisation.root, actor=alice), organisation.operations
    first = open_version(made)
    commands.save_draft(first.pk, Draft(sources=bound), edition=first.edition, actor=alice, now=NOON)
    published(made, by=alice, approver=paula)
    server, other = (assets.add_asset(system(name, unit), actor=alice, now=NOON) for name in ("Server", "Other"))
    scope = Scope(assets=(server,))
    measure = assurance.put_measure(
        MeasureDraft(name="Password rules", unit_id=unit, requirements=("NRM-06:ID-03",), scope=scope),
        actor=alice,
        now=NOON,
    )
    check = assurance.put_check(
        CheckDraft(measure_id=measure, title="Are they set?", steps=("Yes?",)), actor=alice, now=NOON
    )
    assurance.record_run(check, Outcome(result=Result.PASSED, note="Looked"), actor=alice, now=NOON)
    assert chain.gaps_by_asset() == {other: 1}
    (before,) = chain.asset_requirements(server, actor=alice)[1]
    assert (before.standing, before.is_gap, before.asked_since) == (Standing.MET, False, None)

    later = NOON + timedelta(days=1)
    commands.begin_draft(made, actor=alice, now=later)
    longer = {language: text.replace("14", "16") for language, text in bound.items()}
    second = open_version(made)
    commands.save_draft(second.pk, Draft(sources=longer), edition=second.edition, actor=alice, now=later)
    published(made, by=alice, approver=paula, now=later)

    assert chain.gaps_by_asset() == {server: 1, other: 1}
    (after,) = chain.asset_requirements(server, actor=alice)[1]
    assert (after.standing, after.is_gap, after.why) == (Standing.STALE, True, ("system",))
    assert (after.asked_since, after.changed) == (later, (("password.length", "14 characters", "16 characters"),))
    assert [state for *_names, state in after.measures] == [MeasureState.STALE]

    again = later + timedelta(hours=1)
    assurance.record_run(check, Outcome(result=Result.PASSED, note="Looked"), actor=alice, now=again)
    assert chain.gaps_by_asset() == {other: 1}
    assert [each.is_gap for each in chain.asset_requirements(server, actor=alice)[1]] == [False]
    assert [each.is_gap for each in chain.asset_requirements(other, actor=alice)[1]] == [True]
