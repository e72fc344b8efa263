from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.incidents.models import Alert, EventFile
from burgrave.jobs import commands as jobs
from burgrave.ledger import commands as ledger
from burgrave.people import commands as people
from burgrave.sample import queries as sample
from burgrave.site.wiring import HANDLERS, JOBS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def set_up(*, sample: bool) -> None:
    people.set_up(
        organisation="Example",
        email="ada@example.org",
        name="Ada",
        password="correct horse battery staple",
        sample=sample,
        now=timezone.now(),
    )
    custody.seal(now=timezone.now())
    while ledger.dispatch(HANDLERS, now=timezone.now()):
        pass


@pytest.mark.one_round
@pytest.mark.django_db(transaction=True)
def test_the_sample_that_was_asked_for_is_read_and_raises_alerts(settings) -> None:
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    set_up(sample=True)
    while jobs.run_next(JOBS, worker="test", clock=timezone.now):
        pass
    state = sample.state()
    assert state is not None
    assert state.loaded_at
    assert (state.counts.persons, state.tongue) == (638, "en")
    assert set(EventFile.objects.values_list("state", "unreadable")) == {("read", 0)}
    assert Alert.objects.count() == state.counts.alerts >= 30


@pytest.mark.django_db(transaction=True)
def test_without_the_sample_nothing_comes_in(settings) -> None:
    custody.ensure_log_key(home=settings.BURGRAVE_HOME, passphrase=None)
    set_up(sample=False)
    assert not EventFile.objects.exists()
