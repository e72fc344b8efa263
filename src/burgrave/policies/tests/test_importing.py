"""Files become drafts, all of them or none; the same files twice change nothing."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from burgrave.engines.norms import Language, arrive_all
from burgrave.imports.terms import Source
from burgrave.ledger import queries as ledger
from burgrave.people.tests_cast import NOON, CastOrganisation
from burgrave.policies import commands, models
from burgrave.policies.tests.house import CHINESE, ENGLISH, ask, norm, open_version, published
from burgrave.web.errors import BadInput, Forbidden
from burgrave.web.terms import Actor

NUMBERED = (
    "---\nid: NRM-06\nowner: Paula Pappel\nreview: every 90 days\ncolour: blue\n---\n" + ENGLISH.partition("---\n\n")[2]
)
CHINESE_NUMBERED = CHINESE.replace("title: 口令", "id: NRM-06\ntitle: 口令")
FILES = [
    ("norms/passwords.md", NUMBERED.encode()),
    ("zh/passwords.md", CHINESE_NUMBERED.encode()),
    ("policies/conduct.md", b"name: Conduct\n---\n\n# Conduct\n\nEverybody shall be kind.\n"),
    ("README.md", b"x"),
]


def tell(_done: int, _total: int) -> None:
    return None


def test_two_languages_of_one_number_are_one_document(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    done = commands.import_files(arrive_all(FILES), unit_id=organisation.root, actor=alice, now=NOON)
    assert (len(done.new), len(done.changed), done.same) == (2, 0, 0)
    row = models.Document.objects.get(number="NRM-06")
    assert (row.languages, row.owner_id, row.review_every_days) == (["en", "zh-hans"], paula.person_id, 90)
    text = open_version(row.pk).texts.get(language="en")
    assert (text.source, text.origin) == (NUMBERED, "norms/passwords.md")
    assert [each["words"] for each in text.unplaced] == ["colour: blue"]
    assert models.Document.objects.get(number="POL-01").title == "Conduct"


def test_the_same_files_twice_change_nothing(organisation: CastOrganisation, alice: Actor) -> None:
    commands.import_files(arrive_all(FILES), unit_id=organisation.root, actor=alice, now=NOON)
    before = ledger.pending_count()
    done = commands.import_files(arrive_all(FILES), unit_id=organisation.root, actor=alice, now=NOON)
    assert (len(done.new), len(done.changed), done.same) == (0, 0, 2)
    assert ledger.pending_count() == before


def test_a_changed_file_becomes_the_next_draft(organisation: CastOrganisation, alice: Actor, paula: Actor) -> None:
    commands.import_files(arrive_all(FILES[2:3]), unit_id=organisation.root, actor=alice, now=NOON)
    row = models.Document.objects.get(number="POL-01")
    changed = [(FILES[2][0], FILES[2][1].replace(b"kind", b"honest"))]
    plan = commands.plan_import(arrive_all(changed), unit_id=organisation.root, actor=alice)
    assert (plan.new, plan.changed, plan.changes[0].key) == (0, 1, str(row.pk))
    commands.import_files(arrive_all(changed), unit_id=organisation.root, actor=alice, now=NOON)
    assert "honest" in open_version(row.pk).texts.get().source
    published(row.pk, by=alice, approver=paula)
    commands.import_files(arrive_all(FILES[2:3]), unit_id=organisation.root, actor=alice, now=NOON)
    assert (open_version(row.pk).ordinal, row.versions.count()) == (2, 2)


def test_what_stands_in_the_way_is_named_and_nothing_is_written(
    organisation: CastOrganisation, alice: Actor, paula: Actor
) -> None:
    made = norm(organisation.root, actor=alice)
    commands.submit(open_version(made).pk, ask((paula,)), edition=1, actor=alice, now=NOON)
    files = [*FILES, ("norms/again.md", NUMBERED.encode()), ("broken.md", b"---\ntitle: [\n---\n")]
    plan = commands.plan_import(arrive_all(files), unit_id=organisation.root, actor=alice)
    said = {each.column: each.expected for each in plan.faults}
    assert "front matter" in said["broken.md"]
    assert any("one file a number and language" in each for each in said.values())
    assert any("nobody is reviewing" in each for each in said.values())
    with pytest.raises(BadInput, match="3 files cannot be taken"):
        commands.import_files(arrive_all(files), unit_id=organisation.root, actor=alice, now=NOON)
    assert models.Document.objects.count() == 1


def test_who_may_not_write_imports_nothing(
    organisation: CastOrganisation, alice: Actor, bob: Actor, charlie: Actor
) -> None:
    norm(organisation.root, actor=alice)
    for actor in (bob, charlie):
        with pytest.raises(Forbidden):
            commands.import_files(arrive_all(FILES), unit_id=organisation.sales, actor=actor, now=NOON)


def test_a_number_that_cannot_be_kept_and_an_owner_that_is_nobody_are_listed(
    organisation: CastOrganisation, alice: Actor
) -> None:
    text = b"---\nid: no number!\nowner: Head of everything\n---\n# T\n\nUsers shall ask.\n"
    commands.import_files(arrive_all([("t.md", text)]), unit_id=organisation.root, actor=alice, now=NOON)
    row = models.Document.objects.get()
    listed = {each["words"]: each["line"] for each in open_version(row.pk).texts.get().unplaced}
    assert (row.number, listed) == ("NRM-01", {"owner: Head of everything": 3, "identifier: no number!": 2})


def test_the_target_plans_and_prepares(organisation: CastOrganisation, alice: Actor) -> None:
    target = commands.DocumentFiles()
    options = {"unit": str(organisation.root)}
    source = Source(content=ENGLISH.encode(), options=options)
    assert target.fields(actor=alice) == ()
    assert target.options(actor=alice)[0].choices
    plan = target.plan(source, actor=alice, now=NOON, tell=tell)
    assert (plan.rows, plan.new, plan.fault_count) == (1, 1, 0)
    done = target.prepare(source, actor=alice, now=NOON, tell=tell)()
    assert len(done.new) == 1
    with pytest.raises(BadInput, match="no unit was chosen"):
        target.plan(Source(content=b"x", options={"unit": str(uuid4())}), actor=alice, now=NOON, tell=tell)
    with pytest.raises(BadInput, match="cannot be opened"):
        target.plan(Source(content=b"PK\x03\x04x", options=options), actor=alice, now=NOON, tell=tell)


def test_the_starter_library_leaves_alone_what_stands_already(organisation: CastOrganisation, alice: Actor) -> None:
    english = (Language.ENGLISH,)
    made = norm(organisation.root, actor=alice)
    done = commands.adopt_starter(english, unit_id=organisation.root, actor=alice, now=NOON)
    assert (len(done.new), len(done.changed)) == (38, 0)
    assert "ID-04 The service desk should answer" in open_version(made).texts.get(language="en").source
    both = commands.adopt_starter(tuple(Language), unit_id=organisation.root, actor=alice, now=NOON)
    assert (len(both.new), len(both.changed)) == (0, 38)
    row = models.Document.objects.get(number="PRC-07")
    assert sorted(open_version(row.pk).texts.values_list("language", flat=True)) == ["en", "zh-hans"]


def test_a_folder_of_real_policies_is_imported_once(
    shared_data: Path, organisation: CastOrganisation, alice: Actor
) -> None:
    folder = shared_data / "policies-comply" / "themes" / "comply-soc2"
    files = [(str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    done = commands.import_files(arrive_all(files), unit_id=organisation.root, actor=alice, now=NOON)
    assert len(done.new) > 30
    row = models.Document.objects.get(number="PWP")
    text = open_version(row.pk).texts.get()
    assert text.source == (folder / "policies" / "password.md").read_text(encoding="utf-8")
    assert open_version(row.pk).clauses.exists()
    again = commands.import_files(arrive_all(files), unit_id=organisation.root, actor=alice, now=NOON)
    assert (again.new, again.changed, again.same) == ([], [], len(done.new))
