"""What an attacker without an account, or with one of another unit, tries against the whole product."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Filters
from burgrave.people import commands
from burgrave.people.models import Person
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.site import environment, health
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]

FILE = b"A" * 6_000_000
"""More than Django keeps in memory before it writes a file to the disk."""


def test_an_anonymous_file_in_a_form_is_never_written_to_the_disk(
    organisation: CastOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    monkeypatch.setattr(
        "django.core.files.uploadedfile.TemporaryUploadedFile.__init__",
        lambda *arguments, **_: written.append(arguments),
    )
    browser = Client(enforce_csrf_checks=True)
    browser.get("/accounts/login/")
    for address in ("/accounts/login/", "/appearance/", "/join/no-such-token/"):
        answer = browser.post(address, {"file": SimpleUploadedFile("a.bin", FILE)})
        assert answer.status_code in {403, 404, 410}, address
    assert written == []


def test_a_live_one_time_link_stands_in_no_log(
    organisation: CastOrganisation, alice: Actor, client: Client, caplog: pytest.LogCaptureFixture, settings: Any
) -> None:
    invited = commands.add_person(
        email="new@example.org", name="Nora Neu", unit_id=organisation.sales, actor=alice, now=timezone.now()
    )
    assert client.post(invited.path, {"password": "short", "again": "short"}).status_code == 422
    assert Client(enforce_csrf_checks=True).post(invited.path, {"password": "x"}).status_code == 403
    logged = [record for record in caplog.records if record.name.startswith("django")]
    assert len(logged) == 2
    log = logging.config.DictConfigurator(settings.LOGGING)  # type: ignore[attr-defined]  # the stubs leave it out
    no_tokens = log.configure_filter(settings.LOGGING["filters"]["no_tokens"])
    assert settings.LOGGING["handlers"]["stderr"]["filters"] == ["no_tokens"]
    lines = [record.getMessage() for record in logged if no_tokens.filter(record)]
    assert len(lines) == 2
    assert not [line for line in lines if invited.path.split("/")[2] in line]
    assert all("/join/…" in line for line in lines)


def test_files_of_an_installation_are_closed_to_others_whatever_the_shell_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all = tmp_path / "var"
    open_to_all.mkdir(mode=0o755)
    monkeypatch.setenv("BURGRAVE_HOME", str(open_to_all))
    before = os.umask(0o022)
    try:
        (environment.home() / "burgrave.sqlite3").touch()
        assert stat.S_IMODE((open_to_all / "burgrave.sqlite3").stat().st_mode) == 0o600
    finally:
        os.umask(before)


@pytest.mark.parametrize(("mode", "verdict"), [(0o644, health.Verdict.BAD), (0o600, health.Verdict.WEAK)])
def test_the_doctor_sees_a_database_that_others_may_read(
    tmp_path: Path, settings: Any, db: None, mode: int, verdict: health.Verdict
) -> None:
    tmp_path.chmod(0o755)
    database = tmp_path / "burgrave.sqlite3"
    database.touch()
    database.chmod(mode)
    settings.BURGRAVE_HOME = tmp_path
    (finding,) = [each for each in health.examine() if each.what == "state directory"]
    assert finding.verdict is verdict
    assert ("burgrave.sqlite3" in finding.found) is (verdict is health.Verdict.BAD)


def test_the_last_day_of_the_calendar_breaks_no_page(client_of: ClientOf, alice: Actor) -> None:
    browser = client_of(alice)
    for query in ("day=9999-12-31", "q=9999-12-31", "day=0001-01-01"):
        assert browser.get(f"/ledger/?{query}").status_code == 200


class TestPartReaderOfTheLedger:
    """Bob may read the ledger in Operations. The ledger holds what was said about every unit."""

    @pytest.fixture
    def position(self, organisation: CastOrganisation, alice: Actor, tmp_path: Path, settings: Any) -> int:
        settings.BURGRAVE_HOME = tmp_path
        custody.ensure_log_key(home=tmp_path, passphrase=None)
        commands.add_person(
            email="sara@example.org", name="Sara Silber", unit_id=organisation.sales, actor=alice, now=timezone.now()
        )
        custody.seal_all(now=timezone.now())
        (row,) = ledger.records(Filters(kinds=("people.person_added",))).rows
        assert row.position is not None
        return row.position

    def test_bob_reads_no_name_of_another_unit(self, position: int, client_of: ClientOf, bob: Actor) -> None:
        browser = client_of(bob)
        row = ledger.record(position)
        salts = [each.salt for each in ledger.openings(row.record_id)]
        assert salts
        for page in ("", f"{position}/", f"records/{row.record_id}/", f"{position}/leaf", "?q=people.person_added"):
            answer = browser.get(f"/ledger/{page}", follow=True)
            assert answer.status_code == 200
            text = answer.content.decode()
            for secret in ("Sara Silber", "sara@example.org", "Alice Amsel", *salts):
                assert secret not in text, (page, secret)

    def test_dora_who_audits_the_whole_organisation_reads_it(
        self, position: int, client_of: ClientOf, dora: Actor
    ) -> None:
        page = client_of(dora).get(f"/ledger/{position}/").content.decode()
        assert "Sara Silber" in page
        assert "Alice Amsel" in page

    def test_a_unit_that_is_added_later_is_not_left_out(
        self, organisation: CastOrganisation, alice: Actor, dora: Actor
    ) -> None:
        erik = hire(
            "Erik Eiche",
            unit_id=organisation.sales,
            roles=tuple(("internal_auditor", unit) for unit in (organisation.sales, organisation.operations)),
        )
        assert erik.may_anywhere("ledger.read")
        assert not erik.may_everywhere("ledger.read")
        assert dora.may_everywhere("ledger.read")
        assert not alice.may_everywhere("house.none")

    def test_histories_of_people_are_for_readers_of_their_unit(
        self, position: int, organisation: CastOrganisation, client_of: ClientOf
    ) -> None:
        erik = hire(
            "Erik Eiche",
            unit_id=organisation.sales,
            roles=(("administrator", organisation.sales), ("internal_auditor", organisation.operations)),
        )
        sara = Person.objects.get(email="sara@example.org")
        browser = client_of(erik)
        for page in (f"/people/{sara.pk}/", f"/people/units/{organisation.sales}/"):
            answer = browser.get(page)
            assert answer.status_code == 200
            assert "and its proof" not in answer.content.decode()
