"""The first automatic checks pass, fail and cannot tell; the jobs run them, and tell who must act."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone

from burgrave.assets import commands as assets
from burgrave.assets.tests.house import system
from burgrave.assurance import commands, handlers, models, queries
from burgrave.assurance.terms import CorrectiveActionDraft, FindingDraft, FindingOrigin
from burgrave.assurance.tests.chains import check, measure, put_norm
from burgrave.assurance.tests.shelf import NOON, keep
from burgrave.custody import commands as custody
from burgrave.engines.standing import Result, Standing
from burgrave.incidents.models import EventFile
from burgrave.intake import queries as intake
from burgrave.ledger import commands as ledger
from burgrave.ledger.models import Entry
from burgrave.notifications.models import News
from burgrave.people.tests_cast import hire
from burgrave.site.wiring import CHECKS, HANDLERS
from burgrave.web.terms import Actor, UnitId

DAY = timedelta(days=1)


class Turn:
    """A lease that is never lost."""

    attempt = 1

    def __init__(self, now: Any) -> None:
        self._now = now

    def now(self) -> Any:
        return self._now

    def progress(self, done: int, total: int, note: str = "") -> None: ...


def test_the_ledger_verifies_until_a_row_is_changed(organisation: Any, alice: Actor, home: Path) -> None:
    assert queries.ledger_verifies(NOON).result is Result.INCONCLUSIVE
    custody.ensure_log_key(home=home, passphrase=None)
    keep(b"x", unit_id=organisation.root, actor=alice)
    custody.seal(now=NOON)
    found = queries.ledger_verifies(NOON)
    assert found.result is Result.PASSED
    assert found.figures == {"Records": 1, "Checkpoints": 1, "Records that wait for their place": 0}
    with ledger_unguarded():
        Entry.objects.update(kind="assurance.evidence_forged")
    broken = queries.ledger_verifies(NOON)
    assert broken.result is Result.FAILED
    assert b"assurance.evidence_forged" in broken.exhibits[0].content


class ledger_unguarded:  # noqa: N801 - reads as a sentence
    """The guards of the database are off for a moment, as an attacker with its password would have it."""

    def __enter__(self) -> None:
        ledger.disarm_guards(connection)

    def __exit__(self, *_ended: object) -> None:
        ledger.install_guards(connection)


def test_privileged_people_have_a_second_factor_or_are_counted(organisation: Any, bob: Actor) -> None:
    assert queries.second_factors(NOON).result is Result.INCONCLUSIVE
    root = organisation.root
    admin = hire("Adam Amt", unit_id=root, roles=(("administrator", root),))
    found = queries.second_factors(NOON)
    assert (found.result, list(found.figures.values())) == (Result.FAILED, [1, 1])
    assert str(admin.person_id).encode() in found.exhibits[0].content
    Authenticator.objects.create(user_id=admin.person_id, type="recovery_codes", data={})
    assert queries.second_factors(NOON).result is Result.FAILED
    Authenticator.objects.create(user_id=admin.person_id, type="totp", data={})
    found = queries.second_factors(NOON)
    assert (found.result, list(found.figures.values())) == (Result.PASSED, [1, 0])


def test_a_unit_that_falls_silent_is_told(organisation: Any) -> None:
    assert intake.source_silence(NOON).result is Result.INCONCLUSIVE

    def heard(unit_id: UnitId, days_ago: int) -> None:
        number = EventFile.objects.count()
        EventFile.objects.create(
            unit_id=unit_id, name="x", sha256=f"{number:064}", size_bytes=1, evidence_id=unit_id,
            received_at=NOON - days_ago * DAY,
        )  # fmt: skip

    heard(organisation.sales, 91)
    assert intake.source_silence(NOON).result is Result.INCONCLUSIVE
    heard(organisation.operations, 20)
    heard(organisation.operations, 6)
    assert intake.source_silence(NOON).result is Result.PASSED
    heard(organisation.sales, 7)
    found = intake.source_silence(NOON)
    assert (found.result, list(found.figures.values())) == (Result.FAILED, [0, 0, 2, 1, 0, 0])


def test_the_job_runs_what_is_due_once_and_leaves_alone_what_nobody_gives_any_more(
    organisation: Any, alice: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    assets.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    home = measure(organisation.operations, actor=alice)
    for name in CHECKS:
        check(home, actor=alice, automatic=name, steps=(), title=name)
    gone = check(home, actor=alice, automatic="assets.reviews", steps=())
    models.Check.objects.filter(pk=gone).update(automatic="gone.check")
    manual = check(home, actor=alice)
    handlers.run_due_checks(Turn(NOON), {})
    handlers.run_due_checks(Turn(NOON), {})
    assert models.CheckRun.objects.count() == len(CHECKS)
    assert not models.CheckRun.objects.filter(tested__in=(gone, manual)).exists()
    assert "gone.check" in caplog.text
    handlers.renew_standings(Turn(NOON + 400 * DAY), {})


def test_the_daily_job_lets_evidence_grow_stale(organisation: Any, alice: Actor) -> None:
    (clause,) = put_norm("A", actor=alice)
    key = check(
        measure(organisation.operations, "NRM-05:A", actor=alice), actor=alice, automatic="assets.reviews", steps=()
    )
    assets.add_asset(system("Server", organisation.operations), actor=alice, now=NOON)
    commands.run_check(key, actor=alice, now=NOON)
    handlers.renew_standings(Turn(NOON + 46 * DAY), {})
    assert models.DerivedStanding.objects.get(pk=clause).standing == Standing.STALE


def test_findings_actions_and_checks_are_told_once_to_whom_they_concern(
    organisation: Any, alice: Actor, olga: Actor, home: Path
) -> None:
    custody.ensure_log_key(home=home, passphrase=None)
    now = timezone.now()
    due = now.date() - DAY
    draft = FindingDraft(
        unique_key="k", origin=FindingOrigin.AUDIT, subject="", title="Gap", unit_id=organisation.operations,
        action=CorrectiveActionDraft(title="Mend", owner_id=olga.person_id, due_on=due),
    )  # fmt: skip
    made = commands.raise_finding(draft, actor=alice, now=now)
    commands.open_action(made, CorrectiveActionDraft(title="More", due_on=due), actor=alice, now=now)
    commands.open_action(made, CorrectiveActionDraft(title="Open", owner_id=olga.person_id), actor=alice, now=now)
    home_measure = measure(organisation.operations, actor=alice, now=now)
    check(home_measure, actor=alice, now=now, owner_id=olga.person_id)
    check(home_measure, actor=alice, now=now)
    custody.seal(now=now)
    for _twice in range(2):
        while ledger.dispatch(HANDLERS, now=now):
            pass
        handlers.tell_overdue_actions(Turn(now), {})
        handlers.tell_due_checks(Turn(now), {})
    topics = sorted(News.objects.values_list("topic", flat=True))
    assert topics == [
        "assurance.action_assigned", "assurance.action_assigned", "assurance.action_overdue",
        "assurance.action_overdue", "assurance.check_due", "assurance.check_due", "assurance.finding_raised",
    ]  # fmt: skip


def test_old_records_are_no_news(organisation: Any, alice: Actor, olga: Actor, home: Path) -> None:
    custody.ensure_log_key(home=home, passphrase=None)
    draft = FindingDraft(
        unique_key="k", origin=FindingOrigin.AUDIT, subject="", title="Gap", unit_id=organisation.operations,
        action=CorrectiveActionDraft(title="Mend", owner_id=olga.person_id),
    )  # fmt: skip
    commands.raise_finding(draft, actor=alice, now=NOON)
    custody.seal(now=timezone.now())
    while ledger.dispatch(HANDLERS, now=timezone.now()):
        pass
    assert not News.objects.exists()
