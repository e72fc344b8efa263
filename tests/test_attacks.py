"""What an attacker without an account, or with one of another unit, tries against the whole product."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from burgrave.custody import commands as custody
from burgrave.incidents import commands as incidents
from burgrave.incidents.commands import timeline
from burgrave.incidents.models import TimelineEntry
from burgrave.incidents.tests.house import NOON, opened, raised
from burgrave.ledger import queries as ledger
from burgrave.ledger.terms import Filters
from burgrave.people import commands
from burgrave.people.errors import LinkIsDead
from burgrave.people.models import Grant, Person
from burgrave.people.terms import RoleCode
from burgrave.people.tests_cast import CastOrganisation, hire
from burgrave.site import environment, health
from burgrave.web.errors import Forbidden, NotFound
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
        assert browser.get(f"/ledger/?{query}", follow=True).status_code == 200


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


def test_no_browser_keeps_what_a_person_saw(client_of: ClientOf, alice: Actor) -> None:
    browser = client_of(alice)
    for address in ("/", "/people/", "/ledger/", "/api/alerts", "/no-such-page/"):
        assert browser.get(address).headers["Cache-Control"] == "private, no-store", address


def test_the_form_that_signs_out_asks_the_browser_to_forget(client_of: ClientOf, charlie: Actor) -> None:
    assert 'action="/accounts/logout/" data-sign-out' in client_of(charlie).get("/me/").content.decode()


def test_nul_in_an_address_is_a_bad_request_and_never_reaches_a_query(client_of: ClientOf, alice: Actor) -> None:
    browser = client_of(alice)
    for address in (
        "/alerts/?q=%00",
        "/ledger/?subject=a%00",
        "/evidence/?q=%00",
        "/api/alerts?q=%00",
        "/incidents/%00/",
    ):
        assert browser.get(address).status_code == 400, address


def test_nul_in_a_note_is_kept_as_its_symbol(organisation: CastOrganisation, client_of: ClientOf, bob: Actor) -> None:
    (alert,) = raised(organisation.operations)
    sent = {
        "act": "dismiss",
        "alerts": [{"alert_id": str(alert.pk), "version": alert.version}],
        "dismissal": "false_positive",
        "note": "seen\0before",
    }
    assert client_of(bob).post("/api/alerts/triage", sent, content_type="application/json").status_code == 200
    alert.refresh_from_db()
    assert alert.dismissal_note == "seen␀before"


def test_a_draft_of_a_former_responder_names_nobody_of_the_unit(
    organisation: CastOrganisation, client_of: ClientOf, alice: Actor, bob: Actor
) -> None:
    hire("Berta Birke", unit_id=organisation.operations, roles=(("incident_responder", organisation.operations),))
    draft_id = incidents.begin_draft(alert_ids=[], unit_id=organisation.operations, actor=bob, now=timezone.now())
    browser = client_of(bob)
    address = f"/incidents/new/{draft_id}/lead/"
    assert "Berta Birke" in browser.get(address).content.decode()
    commands.revoke(Grant.objects.get(person=bob.person_id).pk, actor=alice, now=timezone.now())
    assert "Berta Birke" not in browser.get(address).content.decode()


def test_a_link_kept_back_does_not_open_an_account_that_rose_since(
    organisation: CastOrganisation, alice: Actor, charlie: Actor
) -> None:
    """Erik administers Sales only. He keeps a link for Charlie and waits until Charlie is somebody."""
    erik = hire("Erik Eiche", unit_id=organisation.sales, roles=(("administrator", organisation.sales),))
    assert charlie.person_id is not None
    kept_back = commands.invite_again(charlie.person_id, actor=erik, now=timezone.now())
    commands.grant(
        charlie.person_id,
        role=RoleCode.HEAD_OF_SECURITY,
        unit_id=organisation.root,
        expires_at=None,
        actor=alice,
        now=timezone.now(),
    )
    with pytest.raises(LinkIsDead):
        commands.accept_invitation(kept_back.path.split("/")[2], password="taken over by Erik", now=timezone.now())
    with pytest.raises(Forbidden):
        commands.invite_again(charlie.person_id, actor=erik, now=timezone.now())


@pytest.mark.parametrize(
    ("hosts", "verdict"), [(["*"], health.Verdict.WEAK), (["desk.example.org"], health.Verdict.GOOD)]
)
def test_the_doctor_sees_that_any_host_name_is_taken(
    settings: Any, db: None, hosts: list[str], verdict: health.Verdict
) -> None:
    settings.ALLOWED_HOSTS, settings.BURGRAVE_HTTPS = ["localhost", *hosts], True
    (finding,) = [each for each in health.examine() if each.what == "transport"]
    assert finding.verdict is verdict


def test_under_tls_no_neighbour_of_the_host_can_plant_a_session(tmp_path: Path) -> None:
    show = (
        "from burgrave.site import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)"
    )
    environ = {**os.environ, "BURGRAVE_HOME": str(tmp_path), "BURGRAVE_HTTPS": "1"}
    told = subprocess.run([sys.executable, "-c", show], env=environ, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["__Host-sessionid", "True", "__Host-csrftoken", "True"]


def test_an_entry_that_was_struck_out_meanwhile_is_not_struck_out_twice(
    organisation: CastOrganisation, bob: Actor, monkeypatch: pytest.MonkeyPatch, ledger_tail: Callable[[], list[str]]
) -> None:
    """Two responders press at the same moment; the second waits for the lock of the case."""
    case_id = opened(organisation.operations, actor=bob)
    entry_id = incidents.add_timeline_entry(case_id, at=NOON, text="Seen", actor=bob, now=NOON)
    lock = timeline._working

    def other_was_first(*arguments: Any, **named: Any) -> object:
        TimelineEntry.objects.filter(pk=entry_id).update(withdrawn_at=NOON)
        return lock(*arguments, **named)

    monkeypatch.setattr(timeline, "_working", other_was_first)
    with pytest.raises(NotFound, match="was withdrawn already"):
        incidents.withdraw_timeline_entry(entry_id, reason="typed in error", actor=bob, now=NOON)
    assert "incidents.timeline_withdrawn" not in ledger_tail()
