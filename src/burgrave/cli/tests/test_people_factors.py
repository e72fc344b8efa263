from __future__ import annotations

from click.testing import CliRunner

from burgrave.cli.main import main
from burgrave.engines import otp
from burgrave.people import commands, queries
from burgrave.people.tests_cast import NOON
from burgrave.web.terms import Actor

SECRET = b"12345678901234567890"


def call(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["people", "reset-factors", *arguments])
    return done.exit_code, done.output


def test_whoever_stands_on_the_machine_helps_the_last_administrator(alice: Actor, ledger_tail: object) -> None:
    code = otp.code_at(SECRET, otp.step_at(NOON.timestamp()))
    commands.add_app(SECRET, code=code, name="Phone", actor=alice, now=NOON)
    assert call("alice@example.org", "--reason", "phone lost") == (
        0,
        "2 factors of alice@example.org are taken away; they are signed out everywhere.\n",
    )
    assert alice.person_id is not None
    assert queries.factors_of(alice.person_id) == ()
    assert callable(ledger_tail)
    assert ledger_tail()[-1] == "people.factors_reset"


def test_somebody_without_a_factor_or_unknown_is_refused_with_a_sentence(alice: Actor) -> None:
    code, told = call("alice@example.org", "--reason", "phone lost")
    assert (code, "has no second factor" in told) == (1, True)
    assert call("nobody@example.org", "--reason", "phone lost")[0] != 0
    assert call("alice@example.org")[0] == 2
