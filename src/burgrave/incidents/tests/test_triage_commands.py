from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from burgrave.incidents import commands, models
from burgrave.incidents.errors import NotAMember, ReasonMissing, WrongState
from burgrave.incidents.terms import AlertRef, AlertState, Conclusion, Dismissal
from burgrave.incidents.tests.house import NOON, opened, raised, refs, version_of
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web.errors import BadInput, Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor

LATER = NOON + timedelta(minutes=7)
Tail = Callable[[], list[str]]


@pytest.fixture
def alerts(organisation: CastOrganisation) -> list[models.Alert]:
    return raised(organisation.operations, titles=("Credential dump", "Log cleared", "Odd service"))


def state(alert: models.Alert) -> AlertState:
    return AlertState(models.Alert.objects.get(pk=alert.pk).state)


def test_bob_acknowledges_two_alerts_and_has_them(alerts: list[models.Alert], bob: Actor, ledger_tail: Tail) -> None:
    before = len(ledger_tail())
    commands.acknowledge(refs(*alerts[:2]), actor=bob, now=LATER)
    for alert in alerts[:2]:
        alert.refresh_from_db()
        assert (alert.state, alert.acknowledged_at, alert.assigned_to_id) == ("acknowledged", LATER, bob.person_id)
        assert (alert.version, alert.changed_by_id) == (2, bob.person_id)
    assert ledger_tail()[before:] == ["incidents.alert_acknowledged"] * 2


def test_bob_dismisses_with_a_reason(alerts: list[models.Alert], bob: Actor, ledger_tail: Tail) -> None:
    before = len(ledger_tail())
    commands.dismiss(refs(alerts[0]), dismissal=Dismissal.BENIGN, note=" pen test ", actor=bob, now=LATER)
    alerts[0].refresh_from_db()
    assert (alerts[0].state, alerts[0].dismissal, alerts[0].dismissal_note) == ("dismissed", "benign", "pen test")
    assert alerts[0].decided_at == LATER
    assert ledger_tail()[before:] == ["incidents.alert_dismissed"]


def test_a_dismissal_without_words_changes_nothing(alerts: list[models.Alert], bob: Actor, ledger_tail: Tail) -> None:
    before = ledger_tail()
    with pytest.raises(ReasonMissing, match="only with a note that says why"):
        commands.dismiss(refs(alerts[0]), dismissal=Dismissal.FALSE_POSITIVE, note="", actor=bob, now=LATER)
    assert state(alerts[0]) is AlertState.NEW
    assert ledger_tail() == before


def test_a_dismissed_alert_is_reopened_with_a_reason(alerts: list[models.Alert], bob: Actor) -> None:
    commands.dismiss(refs(alerts[0]), dismissal=Dismissal.DUPLICATE, note="", actor=bob, now=LATER)
    with pytest.raises(ReasonMissing, match="an alert is reopened only with a reason"):
        commands.reopen(refs(alerts[0]), reason=" ", actor=bob, now=LATER)
    commands.reopen(refs(alerts[0]), reason="it was no duplicate", actor=bob, now=LATER)
    alerts[0].refresh_from_db()
    assert (alerts[0].state, alerts[0].dismissal, alerts[0].decided_at) == ("new", "", None)


def test_alerts_are_given_to_somebody_who_may_triage_there(
    alerts: list[models.Alert], alice: Actor, bob: Actor
) -> None:
    commands.assign(refs(*alerts), person_id=bob.person_id, actor=alice, now=LATER)
    assert set(models.Alert.objects.values_list("assigned_to_id", flat=True)) == {bob.person_id}
    commands.assign(refs(alerts[0]), person_id=None, actor=alice, now=LATER)
    alerts[0].refresh_from_db()
    assert alerts[0].assigned_to_id is None


def test_alerts_are_not_given_to_a_stranger(alerts: list[models.Alert], alice: Actor, charlie: Actor) -> None:
    with pytest.raises(NotAMember, match="this person may not triage alerts in this unit"):
        commands.assign(refs(alerts[0]), person_id=charlie.person_id, actor=alice, now=LATER)


def test_a_bulk_act_is_done_to_all_or_to_none(alerts: list[models.Alert], bob: Actor, ledger_tail: Tail) -> None:
    commands.acknowledge(refs(alerts[1]), actor=bob, now=LATER)
    before = ledger_tail()
    with pytest.raises(WrongState, match=r"the alert Log cleared on WS-7\.corp is acknowledged; only one that is new"):
        commands.acknowledge(refs(*alerts), actor=bob, now=LATER)
    assert [state(alert) for alert in alerts] == [AlertState.NEW, AlertState.ACKNOWLEDGED, AlertState.NEW]
    assert ledger_tail() == before


def test_the_second_of_two_responders_is_told_who_was_first(
    alerts: list[models.Alert], alice: Actor, bob: Actor
) -> None:
    seen = refs(alerts[0])
    commands.acknowledge(seen, actor=bob, now=LATER)
    with pytest.raises(StaleEdit, match="was changed by Bob Birnbaum on 2026-03-02 at 12:07 UTC") as told:
        commands.dismiss(seen, dismissal=Dismissal.BENIGN, note="known", actor=alice, now=LATER)
    assert (told.value.changed_by, told.value.changed_at) == ("Bob Birnbaum", LATER)
    assert state(alerts[0]) is AlertState.ACKNOWLEDGED


def test_an_act_on_nothing_is_refused(bob: Actor) -> None:
    with pytest.raises(BadInput, match="no alert was chosen"):
        commands.acknowledge((), actor=bob, now=LATER)


ACTS: dict[str, Callable[[tuple[AlertRef, ...], Actor], None]] = {
    "acknowledge": lambda chosen, actor: commands.acknowledge(chosen, actor=actor, now=LATER),
    "dismiss": lambda chosen, actor: commands.dismiss(
        chosen, dismissal=Dismissal.BENIGN, note="no", actor=actor, now=LATER
    ),
    "assign": lambda chosen, actor: commands.assign(chosen, person_id=None, actor=actor, now=LATER),
    "reopen": lambda chosen, actor: commands.reopen(chosen, reason="why", actor=actor, now=LATER),
    "confirm": lambda chosen, actor: commands.confirm(chosen, actor=actor, now=LATER),
}


@pytest.mark.parametrize("act", ACTS)
def test_charlie_of_another_unit_sees_no_alert_and_leaves_no_record(
    act: str, alerts: list[models.Alert], charlie: Actor, ledger_tail: Tail
) -> None:
    before = ledger_tail()
    with pytest.raises(NotFound, match="there is no such alert"):
        ACTS[act](refs(alerts[0]), charlie)
    assert ledger_tail() == before


@pytest.mark.parametrize("act", ACTS)
def test_dora_reads_and_decides_nothing(act: str, alerts: list[models.Alert], dora: Actor, ledger_tail: Tail) -> None:
    before = ledger_tail()
    with pytest.raises(Forbidden, match=r"incidents\.triage"):
        ACTS[act](refs(alerts[0]), dora)
    assert ledger_tail() == before


def test_alerts_of_a_closed_case_stay_as_they_were_decided(
    alerts: list[models.Alert], organisation: CastOrganisation, alice: Actor
) -> None:
    case_id = opened(organisation.operations, alerts[0], actor=alice)
    commands.confirm(refs(alerts[0]), actor=alice, now=LATER)
    conclusion = Conclusion(cause="a", impact="b", lessons="c")
    commands.close_case(case_id, conclusion, version=version_of(case_id), actor=alice, now=LATER)
    with pytest.raises(WrongState, match="INC-2026-0001 is closed; alerts are decided only in a case"):
        commands.dismiss(refs(alerts[0]), dismissal=Dismissal.BENIGN, note="no", actor=alice, now=LATER)
