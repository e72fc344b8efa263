from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from burgrave.assets import commands as asset_commands
from burgrave.assets import models as assets
from burgrave.assets.tests.house import system
from burgrave.assurance import commands as assurance
from burgrave.engines.sheets import Choices, Mapped
from burgrave.imports import commands, errors, models, queries
from burgrave.imports.terms import CHECK_JOB, ImportState
from burgrave.imports.tests.house import applied, checked, lines, received, work
from burgrave.jobs import queries as jobs
from burgrave.jobs.models import Job
from burgrave.people.models import Grant, Unit
from burgrave.people.tests_cast import NOON, CastOrganisation, hire
from burgrave.web.errors import Forbidden, NotFound, StaleEdit
from burgrave.web.terms import Actor
from burgrave.web.uploads import blob_store

S = ImportState


def counts(view: object) -> tuple[int, int, int, int]:
    row = view.row  # type: ignore[attr-defined]
    return row.new, row.changed, row.same, row.fault_count


def test_a_file_is_checked_applied_corrected_and_never_doubled(
    organisation: CastOrganisation, alice: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    first = received(lines(20), actor=alice)
    view = checked(first, actor=alice)
    assert (view.row.state, counts(view), view.row.rows) == (S.READY, (20, 0, 0, 0), 20)
    assert view.figures == (("New dependencies", 19),)
    assert (assets.Asset.objects.count(), ledger_tail()) == (0, ["imports.file_received", "imports.file_checked"])

    done = applied(first, actor=alice)
    assert (done.row.state, assets.Asset.objects.count()) == (S.APPLIED, 20)
    recorded = Counter(ledger_tail())
    assert (recorded["assets.asset_added"], recorded["assets.assets_saved"], ledger_tail()[-1]) == (
        20,
        1,
        "imports.file_applied",
    )
    host = assets.Asset.objects.get(reference="H7")
    assert [(each.name, each.is_new) for each in queries.made_by(host.pk, actor=alice)] == [("hosts.csv", True)]
    assert len(queries.touched_new(first)) == 20

    same = checked(received(lines(20), actor=alice), actor=alice)
    assert (same.row.state, counts(same)) == (S.READY, (0, 0, 20, 0))

    corrected = received(lines(20, renamed=7), actor=alice, name="hosts-2.csv")
    assert counts(checked(corrected, actor=alice)) == (0, 1, 19, 0)
    (change,) = queries.changes(corrected, number=1, size=50).rows
    assert (change.line, change.key, change.fields) == (9, str(host.pk), (("Name", "Host 7", "Host 7 new"),))
    assert applied(corrected, actor=alice).row.state is S.APPLIED
    assert assets.Asset.objects.count() == 20
    assert [each.name for each in queries.made_by(host.pk, actor=alice)] == ["hosts-2.csv", "hosts.csv"]


def test_every_fault_is_told_by_line_and_column_with_its_row(organisation: CastOrganisation, alice: Actor) -> None:
    content = b"reference,name,type,unit,runs_on,ip\nA,Alpha,planet,Nowhere,,\nB,Beta,system,Sales,Z,1.2.3.4.5\n"
    import_id = received(content, actor=alice)
    view = checked(import_id, actor=alice)
    faults = queries.faults(import_id, number=1, size=50).rows
    assert (view.row.state, counts(view)) == (S.FOUND_WRONG, (0, 0, 0, 3))
    assert [(each.line, each.column, each.found) for each in faults] == [
        (2, "type", "planet"),
        (2, "unit", "Nowhere"),
        (3, "ip", "1.2.3.4.5"),
    ]
    assert faults[0].cells == ("A", "Alpha", "planet", "Nowhere", "", "")
    with pytest.raises(errors.WrongState, match="this import is found to have faults; that does not follow"):
        applied(import_id, actor=alice)


def test_a_value_that_a_person_explained_is_no_fault(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(b"nr;what;art\nA;Alpha;Planet\n", actor=alice)
    mapped = Mapped(columns={"reference": "nr", "name": "what", "type": "art"}, values={"type": {"planet": "location"}})

    def say(columns: Mapped) -> None:
        version = queries.one(import_id, actor=alice).row.version
        commands.map_columns(import_id, columns, options={"odd": "x"}, version=version, actor=alice, now=NOON)

    with pytest.raises(errors.MappingIncomplete, match="no column was chosen for Type"):
        say(Mapped(columns={"reference": "nr", "name": "what"}))
    with pytest.raises(errors.MappingIncomplete, match="nr was chosen for two fields"):
        say(Mapped(columns={"reference": "nr", "name": "nr", "type": "art"}))
    say(mapped)
    view = checked(import_id, actor=alice)
    # There are four units, so that a row has to name its own.
    assert [each.column for each in queries.faults(import_id, number=1, size=50).rows] == ["unit"]
    assert view.source.options == {}
    commands.save_mapping(import_id, name="CMDB", actor=alice, now=NOON)
    assert [(each.name, each.mapped) for each in queries.mappings("assets")] == [("CMDB", mapped)]
    commands.save_mapping(import_id, name="CMDB", actor=alice, now=NOON)
    assert len(queries.mappings("assets")) == 1
    with pytest.raises(errors.MappingIncomplete, match="a name of 1 to 100"):
        commands.save_mapping(import_id, name=" ", actor=alice, now=NOON)


def test_what_no_table_can_be_is_refused_with_a_sentence_and_may_be_read_otherwise(
    organisation: CastOrganisation, alice: Actor
) -> None:
    import_id = received(b"reference,name,type,caf\xe9\n", actor=alice)
    view = checked(import_id, actor=alice)
    assert (view.row.state, view.row.refusal) == (S.FOUND_WRONG, "there is no row below the column names")
    commands.choose(import_id, Choices(encoding="cp1252"), version=view.row.version, actor=alice, now=NOON)
    again = queries.one(import_id, actor=alice)
    assert (again.row.state, again.row.refusal, again.source.choices.encoding) == (S.RECEIVED, "", "cp1252")
    with pytest.raises(StaleEdit):
        commands.choose(import_id, Choices(), version=view.row.version, actor=alice, now=NOON)


def test_what_changed_since_the_dry_run_is_not_written_over(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    checked(import_id, actor=alice)
    asset_commands.add_asset(system("Mine", organisation.operations, reference="H1"), actor=alice, now=NOON)
    view = applied(import_id, actor=alice)
    assert (view.row.state, assets.Asset.objects.get().name) == (S.FOUND_WRONG, "Mine")
    assert view.row.refusal.startswith("since the dry run other people changed")
    assert not models.Touched.objects.exists()


def test_faults_that_came_after_the_dry_run_keep_the_whole_file_out(
    organisation: CastOrganisation, alice: Actor
) -> None:
    import_id = received(lines(3), actor=alice)
    checked(import_id, actor=alice)
    Unit.objects.filter(pk=organisation.operations).update(name="Works")
    view = applied(import_id, actor=alice)
    assert (view.row.state, assets.Asset.objects.count()) == (S.FOUND_WRONG, 0)
    assert view.row.refusal.startswith("the file has faults now that it had not in the dry run: line 2, unit")


def test_who_lost_the_permission_since_writes_nothing(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    checked(import_id, actor=alice)
    version = queries.one(import_id, actor=alice).row.version
    commands.start_apply(import_id, version=version, actor=alice, now=timezone.now())
    Grant.objects.filter(person_id=alice.person_id).delete()
    work()
    found = models.Import.objects.get(pk=import_id)
    assert (found.state, assets.Asset.objects.count()) == (S.FOUND_WRONG, 0)
    assert "assets.edit is missing" in found.refusal


def test_work_is_cancelled_and_begun_again(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    commands.start_check(import_id, actor=alice, now=timezone.now())
    with pytest.raises(errors.WrongState):
        commands.discard(import_id, actor=alice, now=NOON)
    commands.cancel(import_id, actor=alice, now=timezone.now())
    work()
    assert queries.one(import_id, actor=alice).row.state is S.RECEIVED
    assert checked(import_id, actor=alice).row.state is S.READY
    version = queries.one(import_id, actor=alice).row.version
    commands.start_apply(import_id, version=version, actor=alice, now=timezone.now())
    commands.cancel(import_id, actor=alice, now=timezone.now())
    work()
    assert (queries.one(import_id, actor=alice).row.state, assets.Asset.objects.count()) == (S.READY, 0)
    commands.discard(import_id, actor=alice, now=NOON)
    with pytest.raises(errors.WrongState, match="this import is discarded; that does not follow"):
        commands.start_check(import_id, actor=alice, now=NOON)


def test_a_check_that_no_worker_finished_is_begun_again(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    commands.start_check(import_id, actor=alice, now=timezone.now())

    Job.objects.filter(kind=CHECK_JOB).update(state="failed")
    assert checked(import_id, actor=alice).row.state is S.READY


def test_a_job_that_comes_too_late_does_nothing(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    commands.start_check(import_id, actor=alice, now=timezone.now())
    models.Import.objects.filter(pk=import_id).update(state=S.DISCARDED)
    work()
    assert queries.one(import_id, actor=alice).row.state is S.DISCARDED
    commands.refuse(import_id, "x", state=S.CHECKING, now=NOON)
    assert queries.one(import_id, actor=alice).row.refusal == ""


def test_bytes_that_are_gone_are_said(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(3), actor=alice)
    blob_store().remove(queries.one(import_id, actor=alice).row.sha256)
    assert checked(import_id, actor=alice).row.refusal.startswith("no bytes with the SHA-256")


def test_files_of_imports_are_not_swept_away(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(b"reference,kept\nA,B\n", actor=alice)
    digest = queries.one(import_id, actor=alice).row.sha256
    assurance.sweep_orphans(now=timezone.now() + timedelta(days=9))
    assert blob_store().exists(digest)


def test_strangers_import_nothing_and_see_nothing(
    organisation: CastOrganisation, alice: Actor, charlie: Actor, ledger_tail: Callable[[], list[str]]
) -> None:
    import_id = received(lines(1), actor=alice)
    before = ledger_tail()
    with pytest.raises(Forbidden):
        received(lines(1), actor=charlie)
    with pytest.raises(errors.UnknownTarget):
        received(lines(1), actor=alice, target="planets")
    for act in (
        lambda actor: queries.one(import_id, actor=actor),
        lambda actor: queries.permit(import_id, actor=actor),
        lambda actor: commands.start_check(import_id, actor=actor, now=NOON),
        lambda actor: commands.discard(import_id, actor=actor, now=NOON),
    ):
        with pytest.raises(NotFound):
            act(charlie)
    erik = hire("Erik Ebert", unit_id=organisation.sales, roles=(("security_officer", organisation.sales),))
    assert queries.imports(actor=erik).total == 0
    own = received(lines(1), actor=erik)
    assert [row.import_id for row in queries.imports(actor=erik).rows] == [own]
    assert queries.imports(actor=alice).total == 2
    assert queries.made_by(uuid4(), actor=erik) == ()
    assert before == ledger_tail()[:1]


def test_the_list_asks_as_much_at_fifty_as_at_one(organisation: CastOrganisation, alice: Actor) -> None:
    received(lines(1), actor=alice)
    with CaptureQueriesContext(connection) as few:
        queries.imports(actor=alice)
    for _each in range(49):
        received(lines(1), actor=alice)
    with CaptureQueriesContext(connection) as many:
        assert len(queries.imports(actor=alice).rows) == 50
    assert len(many) == len(few) == 2


def test_a_job_is_named_beside_its_import(organisation: CastOrganisation, alice: Actor) -> None:
    import_id = received(lines(1), actor=alice)
    view = queries.one(import_id, actor=alice)
    assert queries.job_of(view.row, now=NOON) is None
    done = checked(import_id, actor=alice)
    job = queries.job_of(done.row, now=timezone.now())
    assert job is not None
    assert (job.kind, jobs.job(job.job_id) is not None) == (CHECK_JOB, True)
