"""`burgrave norms` from the outside: what it prints where, and with which exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from burgrave.cli.main import main

FRONT = "---\nid: {}\ntitle: T\nkind: norm\nowner: O\nreview: annually\n---\n"
CLEAN = FRONT.format("N-1") + "AC-1 The owner shall act within 2 days.\n\nEvidence: list\n"
VAGUE = FRONT.format("N-2") + "AC-1 The owner shall act regularly within 2 days.\n\nEvidence: list\n"

pytestmark = pytest.mark.engine_only


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["norms", *map(str, arguments)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "norms").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "norms" / "clean.md").write_text(CLEAN)
    (tmp_path / "README.md").write_text("The list is TBD.\n")
    (tmp_path / ".git" / "x.md").write_text("TBD")
    (tmp_path / "notes.txt").write_text("TBD")
    return tmp_path


def test_a_clean_folder_passes_and_what_was_passed_over_is_said(folder: Path) -> None:
    done = run("lint", folder, "--only", "unfinished")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "1 documents with 1 clauses, 1 passed over by name: 0 error, 0 warning, 0 advice\n"


def test_the_exit_code_follows_the_weight_that_was_asked_for(folder: Path) -> None:
    (folder / "vague.md").write_text(VAGUE)
    only = ("--only", "vague-word")
    assert run("lint", folder, *only).exit_code == 0
    assert run("lint", folder, *only, "--fail-on", "warning").exit_code == 1
    assert run("lint", folder, *only, "--fail-on", "advice").exit_code == 1
    assert run("lint", folder, *only, "--fail-on", "never").exit_code == 0
    assert run("lint", folder, "--only", "unfinished", "--fail-on", "advice").exit_code == 0


def test_a_finding_is_one_line_that_an_editor_can_open(folder: Path) -> None:
    (folder / "vague.md").write_text(VAGUE)
    done = run("lint", folder / "vague.md", folder, "--only", "vague-word")
    assert done.stdout.startswith(f"{folder / 'vague.md'}:8:26: warning vague-word [AC-1]: 'regularly' means")
    assert done.stdout.count("\n") == 1


def test_what_a_document_says_cannot_steer_the_terminal(folder: Path) -> None:
    (folder / "x.md").write_text(CLEAN.replace("N-1", "N-3") + "\n[a](\x1b[31mred.md)\n\nUsers shall \x1b[31m go.\n")
    assert "\x1b" not in run("lint", folder).stdout + run("clauses", folder).stdout


def test_json_holds_every_finding_with_its_place_and_the_counts(folder: Path) -> None:
    (folder / "broken.md").write_bytes(b"# ok\n\xff\n")
    (folder / "vague.md").write_text(VAGUE)
    done = run("lint", folder, "--format", "json")
    said = json.loads(done.stdout)
    assert done.exit_code == 1
    assert said["version"] == 1
    assert said["counts"]["error"] == 1
    assert sum(said["counts"].values()) == len(said["findings"])
    unread = next(each for each in said["findings"] if each["code"] == "unreadable")
    assert (unread["line"], unread["message"]) == (2, "byte 0xff is not UTF-8; save the file as UTF-8")
    assert [each["path"] for each in said["documents"]] == [
        str(folder / "vague.md"),
        str(folder / "norms" / "clean.md"),
    ]
    assert said["passed_over"] == [str(folder / "README.md")]


def test_variables_are_given_and_badly_given_ones_are_refused(folder: Path) -> None:
    (folder / "norms" / "clean.md").write_text(CLEAN + "\nFor {{who}}.\n")
    assert run("lint", folder, "--only", "unknown-variable").exit_code == 1
    assert run("lint", folder, "--only", "unknown-variable", "--set", "who=us").exit_code == 0
    wrong = run("lint", folder, "--set", "who")
    assert wrong.exit_code == 2
    assert "'who' is no NAME=VALUE" in wrong.stderr
    assert "expected one of vague-word" in run("lint", folder, "--only", "nonsense").stderr


def test_clauses_are_shown_for_people_and_for_scripts(folder: Path) -> None:
    text = FRONT.format("N-1") + (
        'AC-1 If asked, the owner shall use [[key.age = 90 days]] every year. {satisfies="ISO27001:A.5.1"}\n\n'
        "Evidence: list\n\nUsers may go.\n\n<b>x</b> <div>\n"
    )
    (folder / "norms" / "clean.md").write_text(text)
    shown = run("clauses", folder).stdout
    assert "  AC-1  line 8" in shown
    assert "who: the owner · when: If asked · measure: 90 days · every 365 days" in shown
    assert "evidence: list" in shown
    assert "0:2 (by its place)" in shown
    document = json.loads(run("clauses", folder, "--format", "json").stdout)["documents"][0]
    clause = document["clauses"][0]
    assert clause["satisfies"] == [{"framework": "ISO27001", "reference": "A.5.1"}]
    assert clause["parameters"][0]["value"] == {"number": 90.0, "unit": "days", "bound": "exact", "words": "90 days"}
    assert (clause["requirements"][0]["actor"], clause["requirements"][0]["cadence_days"]) == ("the owner", 365.0)
    assert document["unplaced"][0]["words"] == "<div>"


def test_clauses_of_the_others_are_shown_when_a_file_cannot_be_read(folder: Path) -> None:
    (folder / "broken.md").write_bytes(b"\0")
    done = run("clauses", folder)
    assert done.exit_code == 1
    assert "AC-1" in done.stdout
    assert "unreadable" in done.stderr


def test_a_file_that_may_not_be_opened_is_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    done = run("lint", folder)
    assert done.exit_code == 1
    assert "reading the file: Permission denied" in done.stdout


def test_a_kind_that_no_one_wrote_comes_from_the_folder(folder: Path) -> None:
    (folder / "procedures").mkdir()
    (folder / "procedures" / "a.md").write_text("- [ ] Look\n")
    said = json.loads(run("lint", folder, "--format", "json").stdout)
    assert {Path(each["path"]).name: each["kind"] for each in said["documents"]}["a.md"] == "procedure"


def test_the_starter_set_is_written_once_and_names_the_organisation(tmp_path: Path) -> None:
    folder = tmp_path / "ours"
    done = run("starter", folder, "--organisation", 'A "B" Ltd')
    assert (done.exit_code, done.stdout) == (0, "")
    assert "documents in" in done.stderr
    assert run("lint", folder, "--fail-on", "advice").exit_code == 0
    policy = (folder / "en" / "pol-01-information-security-policy.md").read_text()
    assert 'variables: {organisation: "A \\"B\\" Ltd"}' in policy
    assert 'organisation: "A' in (folder / "zh-hans" / "pol-01-information-security-policy.md").read_text()
    (folder / "en" / "pol-01-information-security-policy.md").write_text("mine")
    again = run("starter", folder)
    assert again.exit_code == 1
    assert "exist already" in again.stderr
    assert (folder / "en" / "pol-01-information-security-policy.md").read_text() == "mine"


def test_one_language_of_the_starter_set_is_enough_and_bad_calls_are_refused(tmp_path: Path) -> None:
    assert run("starter", tmp_path / "one", "--language", "zh-hans").exit_code == 0
    assert [each.name for each in (tmp_path / "one").iterdir()] == ["zh-hans"]
    assert "Example Company" not in (tmp_path / "one" / "zh-hans" / "pol-02-acceptable-use-policy.md").read_text()
    assert run("starter", tmp_path / "two", "--organisation", "a\nb").exit_code == 2
    (tmp_path / "file").write_text("")
    blocked = run("starter", tmp_path / "file" / "below")
    assert blocked.exit_code == 1
    assert "writing the starter set" in blocked.stderr


def test_too_many_documents_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("burgrave.cli.norming.reading.MOST_FILES", 0)
    done = run("lint", folder)
    assert done.exit_code == 1
    assert "name a smaller folder" in done.stderr
