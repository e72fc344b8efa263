from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.test import override_settings

from burgrave.engines import otp
from burgrave.ledger import queries as ledger
from burgrave.people import commands, models, queries
from burgrave.people.commands import passkeys, vault
from burgrave.people.errors import (
    FactorsAreLocked,
    FactorStands,
    NoFactor,
    OwnFactors,
    VaultIsClosed,
    WrongFactor,
)
from burgrave.people.rules.factors import MOST_PASSKEYS
from burgrave.people.terms.factors import FactorKind, Purpose
from burgrave.people.tests.soft_key import SoftKey
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound
from burgrave.web.terms import Actor, PersonId

Tail = Callable[[], list[str]]
SECRET = b"12345678901234567890"
HALF_A_MINUTE = timedelta(seconds=30)


def code(at: Any = NOON) -> str:
    return otp.code_at(SECRET, otp.step_at(at.timestamp()))


def add_app(actor: Actor) -> tuple[str, ...]:
    return commands.add_app(SECRET, code=code(), name="Phone", actor=actor, now=NOON)


def show(actor: Actor, typed: str, *, at: Any = NOON, purpose: Purpose = Purpose.SIGN_IN) -> FactorKind:
    assert actor.person_id is not None
    return commands.prove_with_code(actor.person_id, typed=typed, purpose=purpose, address="10.0.0.1", now=at)


def add_passkey(actor: Actor, key: SoftKey) -> None:
    assert actor.person_id is not None
    options, state = passkeys.ask_to_register(
        person_id=actor.person_id, email="bob@example.org", name="Bob", host="localhost", have=()
    )
    answer = json.loads(json.dumps(key.register(options)))
    commands.add_passkey(answer, state=state, host="localhost", name="Key", actor=actor, now=NOON)


def answer(actor: Actor, key: SoftKey, *, purpose: Purpose = Purpose.SIGN_IN, again: Any = None) -> FactorKind:
    assert actor.person_id is not None
    have = None if purpose is Purpose.SIGN_IN_ALONE else queries.passkeys_of(actor.person_id)
    options, state = passkeys.ask("localhost", have=have)
    return commands.prove_with_passkey(
        actor.person_id,
        answer=again or key.sign(options),
        state=state,
        host="localhost",
        purpose=purpose,
        address="10.0.0.1",
        now=NOON,
    )


def test_an_app_is_added_with_its_code_and_recovery_codes_come_along(bob: Actor, ledger_tail: Tail) -> None:
    codes = add_app(bob)
    assert len(set(codes)) == 10
    assert ledger_tail() == ["people.factor_added", "people.recovery_codes_made"]
    assert bob.person_id is not None
    app, recovery = queries.factors_of(bob.person_id)
    assert (app.kind, app.name, app.last_used_at) == (FactorKind.APP, "Phone", None)
    assert (recovery.kind, recovery.left) == (FactorKind.RECOVERY_CODES, 10)


def test_no_secret_is_plain_in_the_tables_or_in_the_ledger(bob: Actor) -> None:
    codes = add_app(bob)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    written = b"".join(row.leaf for row in ledger.history(f"people.person:{bob.person_id}"))
    for secret in ("GEZDGNBVGY3TQOJQ", *codes, *(each.replace("-", "") for each in codes)):
        assert secret not in kept
        assert secret.encode() not in written


def test_a_secret_of_another_key_does_not_open(bob: Actor) -> None:
    add_app(bob)
    with override_settings(BURGRAVE_FACTOR_KEY=b"another"), pytest.raises(VaultIsClosed, match="another key"):
        show(bob, code(NOON + HALF_A_MINUTE), at=NOON + HALF_A_MINUTE)


@pytest.mark.parametrize("sealed", ["", "v1:", "v1:!!", "v0:AAAA", "v1:" + "AAAA" * 20])
def test_what_was_never_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(VaultIsClosed):
        vault.decrypt(sealed)


def test_the_adapter_of_the_library_seals_too() -> None:
    sealed = get_adapter().encrypt("seed")
    assert "seed" not in sealed
    assert get_adapter().decrypt(sealed) == "seed"


def test_an_app_with_a_wrong_code_is_not_added(bob: Actor, ledger_tail: Tail) -> None:
    with pytest.raises(WrongFactor, match="not the code"):
        commands.add_app(SECRET, code="000000", name="Phone", actor=bob, now=NOON)
    assert ledger_tail() == []


def test_a_second_app_is_refused(bob: Actor) -> None:
    add_app(bob)
    with pytest.raises(FactorStands, match="an app already"):
        commands.add_app(SECRET, code=code(), name="Other", actor=bob, now=NOON)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_factor_has_a_name(bob: Actor, name: str) -> None:
    with pytest.raises(BadInput, match="1 to 60 characters"):
        commands.add_app(SECRET, code=code(), name=name, actor=bob, now=NOON)


def test_nobody_adds_nothing(organisation: CastOrganisation) -> None:
    with pytest.raises(Forbidden):
        add_app(Actor(person_id=None, label="people.nobody", name="Nobody"))


def test_a_code_opens_once_and_its_replay_is_refused(bob: Actor, ledger_tail: Tail) -> None:
    add_app(bob)
    later = NOON + HALF_A_MINUTE
    with pytest.raises(WrongFactor, match="used already"):
        show(bob, code())  # the code with which it was added
    assert show(bob, code(later), at=later) is FactorKind.APP
    with pytest.raises(WrongFactor):
        show(bob, code(later), at=later)
    assert ledger_tail()[2:] == ["people.factor_refused", "people.factor_used", "people.factor_refused"]


def test_an_earlier_code_is_refused_after_a_later_one(bob: Actor) -> None:
    add_app(bob)
    later = NOON + 2 * HALF_A_MINUTE
    show(bob, code(later), at=later)
    with pytest.raises(WrongFactor):
        show(bob, code(NOON + HALF_A_MINUTE), at=later)


def test_a_recovery_code_opens_once_however_it_is_typed(bob: Actor) -> None:
    first, second, *_rest = add_app(bob)
    assert show(bob, first.lower()) is FactorKind.RECOVERY_CODES
    with pytest.raises(WrongFactor):
        show(bob, first)
    assert show(bob, second.replace("-", " ")) is FactorKind.RECOVERY_CODES
    assert bob.person_id is not None
    assert queries.factors_of(bob.person_id)[1].left == 8


def test_new_recovery_codes_kill_the_old(bob: Actor, ledger_tail: Tail) -> None:
    old = add_app(bob)
    new = commands.make_recovery_codes(actor=bob, now=NOON)
    assert not set(old) & set(new)
    with pytest.raises(WrongFactor):
        show(bob, old[0])
    assert show(bob, new[0]) is FactorKind.RECOVERY_CODES
    assert ledger_tail()[2] == "people.recovery_codes_made"


def test_there_are_no_recovery_codes_without_a_factor(bob: Actor) -> None:
    with pytest.raises(NoFactor):
        commands.make_recovery_codes(actor=bob, now=NOON)


def test_five_wrong_codes_lock_every_factor_and_an_administrator_lifts_it(
    alice: Actor, bob: Actor, ledger_tail: Tail
) -> None:
    codes = add_app(bob)
    assert bob.person_id is not None
    for _ in range(5):
        with pytest.raises(WrongFactor):
            show(bob, "000000")
    with pytest.raises(FactorsAreLocked, match="15 more minutes"):
        show(bob, codes[0])
    assert ledger_tail()[2:] == [*["people.factor_refused"] * 5, "people.factors_locked"]
    commands.unlock(bob.person_id, actor=alice, now=NOON)
    assert show(bob, codes[0]) is FactorKind.RECOVERY_CODES


def test_the_lock_ends_by_itself_and_a_success_forgets_the_failures(bob: Actor) -> None:
    codes = add_app(bob)
    for _ in range(5):
        with pytest.raises(WrongFactor):
            show(bob, "000000")
    assert show(bob, codes[0], at=NOON + timedelta(minutes=15)) is FactorKind.RECOVERY_CODES
    assert not models.FactorTries.objects.exists()


def test_a_passkey_answers_and_its_counter_goes_on(bob: Actor) -> None:
    key = SoftKey(counter=1)
    add_passkey(bob, key)
    key.counter = 2
    assert answer(bob, key) is FactorKind.PASSKEY
    assert bob.person_id is not None
    row = queries.factors_of(bob.person_id)[0]
    assert (row.signs_in_alone, row.last_used_at) == (True, NOON)
    with pytest.raises(WrongFactor, match="may have been copied"):
        answer(bob, key)


@pytest.mark.parametrize(
    "forge",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"host": "evil.example"},
        {"key": SoftKey().key},
        {"credential_id": b"somebody-else---"},
    ],
    ids=["other-site", "look-alike", "other-party", "other-key", "unknown-key"],
)
def test_a_forged_answer_of_a_passkey_is_refused(bob: Actor, forge: dict[str, Any]) -> None:
    key = SoftKey()
    add_passkey(bob, key)
    for name, value in forge.items():
        setattr(key, name, value)
    with pytest.raises(WrongFactor, match="does not belong"):
        answer(bob, key)


def test_the_answer_to_an_earlier_question_is_refused(bob: Actor) -> None:
    key = SoftKey()
    add_passkey(bob, key)
    assert bob.person_id is not None
    old = key.sign(passkeys.ask("localhost", have=queries.passkeys_of(bob.person_id))[0])
    with pytest.raises(WrongFactor):
        answer(bob, key, again=old)


@pytest.mark.parametrize("given", [None, [], {}, {"id": "x"}, {"rawId": 1, "response": {}}, "text"], ids=str)
def test_what_is_no_answer_at_all_is_refused(bob: Actor, given: object) -> None:
    add_passkey(bob, SoftKey())
    assert bob.person_id is not None
    _options, state = passkeys.ask("localhost", have=queries.passkeys_of(bob.person_id))
    with pytest.raises(WrongFactor):
        passkeys.answered(given, state=state, host="localhost", have=queries.passkeys_of(bob.person_id))
    with pytest.raises(WrongFactor):
        passkeys.registered(given, state=state, host="localhost")
    assert passkeys.owner_of(given) is None


def test_a_passkey_that_saw_neither_finger_nor_pin_does_not_sign_in_alone(bob: Actor) -> None:
    key = SoftKey(verifies=False)
    add_passkey(bob, key)
    assert answer(bob, key) is FactorKind.PASSKEY
    with pytest.raises(WrongFactor):
        answer(bob, key, purpose=Purpose.SIGN_IN_ALONE)


def test_somebody_from_outside_cannot_lock_a_person_s_passkeys(bob: Actor, ledger_tail: Tail) -> None:
    key, foreign = SoftKey(), SoftKey()
    add_passkey(bob, key)
    for _ in range(6):
        with pytest.raises(WrongFactor):
            answer(bob, foreign, purpose=Purpose.SIGN_IN_ALONE)
    assert "people.factors_locked" not in ledger_tail()
    assert answer(bob, key, purpose=Purpose.SIGN_IN_ALONE) is FactorKind.PASSKEY


def test_a_person_has_at_most_twenty_passkeys(bob: Actor) -> None:
    for _ in range(MOST_PASSKEYS):
        add_passkey(bob, SoftKey())
    with pytest.raises(FactorStands, match="20 passkeys"):
        add_passkey(bob, SoftKey())


def test_a_passkey_that_shows_no_public_key_is_named(bob: Actor) -> None:
    key = SoftKey()
    add_passkey(bob, key)
    row = Authenticator.objects.get(type="webauthn")
    assert passkeys.credential_of(row).credential_id == key.credential_id


def test_a_factor_is_renamed_and_the_last_one_takes_the_codes_along(bob: Actor, ledger_tail: Tail) -> None:
    add_app(bob)
    add_passkey(bob, SoftKey())
    assert bob.person_id is not None
    app, passkey, _codes = queries.factors_of(bob.person_id)
    commands.rename_factor(app.factor_id, name=" Old   phone ", actor=bob, now=NOON)
    assert queries.factors_of(bob.person_id)[0].name == "Old phone"
    assert commands.remove_factor(app.factor_id, actor=bob, now=NOON) is False
    assert commands.remove_factor(passkey.factor_id, actor=bob, now=NOON) is True
    assert queries.factors_of(bob.person_id) == ()
    assert ledger_tail()[3:] == ["people.factor_renamed", "people.factor_removed", "people.factor_removed"]


def test_charlie_cannot_touch_the_factors_of_bob(bob: Actor, charlie: Actor, ledger_tail: Tail) -> None:
    add_app(bob)
    before = ledger_tail()
    assert bob.person_id is not None
    app = queries.factors_of(bob.person_id)[0]
    for act in (
        lambda: commands.rename_factor(app.factor_id, name="Mine", actor=charlie, now=NOON),
        lambda: commands.remove_factor(app.factor_id, actor=charlie, now=NOON),
        lambda: commands.reset_factors(PersonId(bob.person_id), reason="x", actor=charlie, now=NOON),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotFound):
            act()
    assert ledger_tail() == before


def test_recovery_codes_are_not_removed_by_themselves(bob: Actor) -> None:
    add_app(bob)
    assert bob.person_id is not None
    codes = queries.factors_of(bob.person_id)[1]
    with pytest.raises(NotFound):
        commands.remove_factor(codes.factor_id, actor=bob, now=NOON)


def test_an_administrator_takes_all_factors_away_with_a_reason(alice: Actor, bob: Actor, ledger_tail: Tail) -> None:
    add_app(bob)
    assert bob.person_id is not None
    before = models.Person.objects.get(pk=bob.person_id).session_generation
    with pytest.raises(BadInput, match="needs a reason"):
        commands.reset_factors(bob.person_id, reason=" ", actor=alice, now=NOON)
    assert commands.reset_factors(bob.person_id, reason="phone lost", actor=alice, now=NOON) == 2
    assert models.Person.objects.get(pk=bob.person_id).session_generation == before + 1
    assert queries.has_factor(bob.person_id) is False
    assert ledger_tail()[-1] == "people.factors_reset"
    with pytest.raises(NoFactor):
        commands.reset_factors(bob.person_id, reason="again", actor=alice, now=NOON)


def test_nobody_resets_their_own_factors(alice: Actor) -> None:
    add_app(alice)
    assert alice.person_id is not None
    with pytest.raises(OwnFactors):
        commands.reset_factors(alice.person_id, reason="x", actor=alice, now=NOON)


@pytest.mark.parametrize("number", [1, 20])
def test_factors_are_read_in_one_statement(bob: Actor, number: int, django_assert_num_queries: Any) -> None:
    for _ in range(number):
        add_passkey(bob, SoftKey())
    assert bob.person_id is not None
    with django_assert_num_queries(1):
        assert len(queries.factors_of(bob.person_id)) == number + 1
