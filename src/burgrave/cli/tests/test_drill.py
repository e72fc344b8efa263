"""`burgrave drill ledger`: real attacks on a copy, before a real witness on the loopback."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.db import transaction
from django.utils import timezone

from burgrave.cli import drill
from burgrave.cli.drilling.attacks import ATTACKS
from burgrave.cli.drilling.terms import CONTROL, DrillFault, Outcome, parse_result, table
from burgrave.custody import commands as custody
from burgrave.custody import queries as keys
from burgrave.ledger import commands, queries
from burgrave.ledger.terms import Filters, OpeningsErased, Sealed
from burgrave.web.terms import system_actor

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.fixture
def filled(transactional_db: None, tmp_path: Any, settings: Any) -> None:
    settings.BURGRAVE_HOME = tmp_path / "live"
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    fill(9)


def fill(count: int) -> None:
    about = [f"house.door:{number}" for number in range(count)]
    records = [OpeningsErased(about=each, record_ids=(), reason=Sealed("a reason")) for each in about]
    with transaction.atomic():
        commands.append_all(records, actor=system_actor(), at=NOON)
    custody.seal(now=NOON)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(drill.drill, ["ledger", *arguments])


def test_every_attack_on_a_copy_is_refused_by_name_and_the_result_is_recorded(filled: None) -> None:
    before = queries.head()
    done = run("--record", "--format", "json")
    assert done.exit_code == 0, done.output
    result = parse_result(done.stdout)
    assert (result.size, result.attacks, result.undetected) == (9, len(ATTACKS) - 1, ())
    refused = {each.attack: dict(each.refused) for each in result.outcomes}
    assert refused[CONTROL] == {}
    assert "Fork" in refused["row edit"]["verify"]
    assert "Truncation" in refused["tail cut"]["verify"]
    assert refused["tail cut, log key stolen"] == {"witness": "WitnessDisagreed", "kept checkpoint": "Rollback"}
    assert refused["tail rewrite, log key stolen"]["witness"] == "WitnessDisagreed (BadProof)"
    assert refused["fork, log key stolen"] == {"witness": "WitnessDisagreed (Fork)", "kept checkpoint": "Fork"}
    assert refused["replay of an old checkpoint"]["witness"] == "WitnessDisagreed"
    assert "Fork" in refused["swapped entries"]["verify"]
    assert refused["late clock"]["verify"] == "LateClock"
    assert refused["database put back whole"]["kept checkpoint"] == "Rollback"

    assert queries.head() == before, "the drill plays on a copy"
    custody.seal(now=timezone.now())
    assert queries.verify(verifier=keys.verifier(), kept=keys.kept_checkpoints()).size == 10
    (recorded,) = queries.records(Filters(kinds=("ledger.drill_run",))).rows
    assert {fact.name: fact.value for fact in recorded.facts} == {
        "size": "9",
        "attacks": str(result.attacks),
        "refused": str(result.attacks),
        "undetected": "",
    }


def test_a_drill_in_which_something_goes_undetected_fails(filled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill, "PLAYING", "burgrave.cli.tests.planted")
    done = run("--record")
    assert done.exit_code == 1
    assert "NOT DETECTED" in done.stdout
    assert "FALSE ALARM" in done.stdout
    assert "0 of 1 attacks on a copy of 9 records were refused" in done.stdout
    assert "the drill failed: no attack, unseen" in done.stderr
    custody.seal(now=timezone.now())
    (recorded,) = queries.records(Filters(kinds=("ledger.drill_run",))).rows
    assert {fact.name: fact.value for fact in recorded.facts}["undetected"] == "no attack, unseen"


def test_a_ledger_that_is_too_short_says_so(filled: None) -> None:
    done = run("--records", "6")
    assert done.exit_code == 0, done.output
    assert "on a copy of 6 records" in done.stdout


def test_a_drill_without_records_cannot_be_played(transactional_db: None, tmp_path: Any, settings: Any) -> None:
    settings.BURGRAVE_HOME = tmp_path / "live"
    done = run()
    assert done.exit_code == 1
    assert "needs at least 6 records, the ledger has 0" in done.output


@pytest.mark.parametrize(
    "text", ["", "[]", json.dumps({"size": 1, "outcomes": [{"attack": "x", "how": "y", "refused": 1}]})]
)
def test_a_result_that_is_none_is_named(text: str) -> None:
    with pytest.raises(DrillFault, match="gave no result"):
        parse_result(text)


def test_the_table_says_who_refused_what_once_for_each_name() -> None:
    outcome = Outcome(attack="a", how="b", refused=(("verify", "Fork"), ("witness", "W"), ("kept checkpoint", "Fork")))
    result = parse_result(json.dumps({"size": 1, "outcomes": []}))
    rows = table(type(result)(size=1, outcomes=(outcome,)))
    assert rows == [("a", "b", "Fork", "verify, kept checkpoint", "ok"), ("", "", "W", "witness", "")]
