# ruff: noqa: E501 - one case a line
"""The linter says what is wrong, where, and how it is mended; an allowance with a reason silences it."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from burgrave.engines.norms import SEVERITIES, Finding, Kind, Norm, Severity, lint, lint_all, read, worst

FRONT = "---\nid: {id}\ntitle: T\nkind: {kind}\nowner: Head of security\nreview: annually\n---\n"
CLEAN = "AC-1 The system owner shall review all access rights every 90 days.\n\nEvidence: minutes of the review\n"


def norm(body: str, *, path: str = "n.md", kind: str = "norm", identifier: str = "NRM-01", front: str = "") -> Norm:
    return read((front or FRONT.format(id=identifier, kind=kind)) + body, path=path)


def codes(*norms: Norm, **more: object) -> list[str]:
    return [each.code for each in lint_all(norms, **more)]  # type: ignore[arg-type] # handed through


def only(code: str, *norms: Norm) -> Finding:
    found = [each for each in lint_all(norms) if each.code == code]
    assert len(found) == 1, found
    return found[0]


def test_a_clean_norm_has_no_finding() -> None:
    assert lint_all([norm(CLEAN)]) == ()
    assert worst(()) is None


@pytest.mark.parametrize(
    ("body", "code", "line", "column"),
    [
        ("AC-1 The owner shall act regularly within 2 days.\n\nEvidence: x\n", "vague-word", 8, 26),
        ("AC-1 Backups shall be kept for 90 days.\n\nEvidence: x\n", "missing-actor", 8, 14),
        ("AC-1 Keys shall not be shared.\n\nEvidence: x\n", "missing-actor", 8, 11),
        ("AC-1 The owner shall act within 2 days.\n", "missing-evidence", 8, 16),
        ("AC-1 The owner shall act.\n\nEvidence: x\n", "missing-measure", 8, 16),
        ("AC-1 所有者应当处理。\n\n证据：清单\n", "missing-measure", 8, 9),
        (CLEAN + "\nAC-2 Users should act.\n", "weak-modality", 12, 12),
        (CLEAN + "\nAC-2 Users may not act.\n\nEvidence: x\n", "ambiguous-may-not", 12, 12),
        (CLEAN + "\nAC-2 Users will act within 2 days.\n\nEvidence: x\n", "will-for-shall", 12, 12),
        (CLEAN + "\nDo not share keys.\n", "instruction", 12, 1),
        ("AC-1 Users shall read and shall sign within 2 days.\n\nEvidence: x\n", "two-requirements", 8, 12),
        (CLEAN + "\nThe list is TBD.\n", "unfinished", 12, 13),
        ("Users shall act within 2 days.\n\nEvidence: x\n", "unnamed-clause", 8, 1),
        (CLEAN + "\n" + CLEAN, "duplicate-identifier", 12, 1),
        (CLEAN + "\nFor {{who}}.\n", "unknown-variable", 12, 5),
        ("The sky is blue.\n", "no-requirement", 1, 1),
        (CLEAN + "\n<script>x</script>\n", "unplaced", 12, 1),
        (f"AC-1 Users shall {'go ' * 50}within 2 days.\n\nEvidence: x\n", "long-sentence", 8, 12),
        (f"AC-1 用户应当{'走' * 120}每年一次。\n\n证据：清单\n", "long-sentence", 8, 8),
        (CLEAN + "\n[a](gone.md)\n", "dead-reference", 12, 5),
        (CLEAN + "\n[a](#gone)\n", "dead-reference", 12, 5),
        (CLEAN + "\nUse [[a.b]].\n", "unknown-parameter", 12, 5),
        ("<!-- lint: allow vague-word -->\n" + CLEAN, "allowance-without-reason", 8, 1),
        ("<!-- lint: allow vague-word: why -->\n" + CLEAN, "unused-allowance", 8, 1),
    ],
)  # fmt: skip
def test_a_fault_is_named_at_line_and_column(body: str, code: str, line: int, column: int) -> None:
    document = norm(body)
    found = only(code, document)
    assert (found.line, found.column, found.severity) == (line, column, SEVERITIES[code])
    assert found.message
    assert found.mend
    assert code not in codes(norm(CLEAN))


def test_a_permission_is_not_searched_for_vague_words_and_a_procedure_may_instruct() -> None:
    assert codes(norm(CLEAN + "\nAC-2 Users may act regularly.\n")) == []
    assert codes(norm("- [ ] Check the list.\n1. Users shall go.\n", kind="procedure")) == []
    assert codes(norm("Users should act. Do not lie.\n", kind="guideline")) == []


def test_missing_facts_are_named_together() -> None:
    found = only("missing-fact", read("AC-1 The owner shall act within 2 days.\n\nEvidence: x\n", path="n.md"))
    assert found.message == "the front matter does not say: id, title, kind, owner, review"


def test_a_review_is_overdue_from_the_day_after_its_cadence() -> None:
    front = FRONT.format(id="N", kind="norm").replace("review: annually", "review: annually\nreviewed: 2025-01-01")
    document = norm(CLEAN, front=front)
    assert codes(document, today=date(2026, 1, 1)) == []
    (found,) = lint_all([document], today=date(2026, 1, 2))
    assert (found.code, found.line, found.severity) == ("review-overdue", 7, Severity.WARNING)
    assert [each.code for each in lint(document)] == []


def test_a_norm_whose_last_review_nobody_wrote_down_is_not_called_overdue() -> None:
    assert codes(norm(CLEAN), today=date(2030, 1, 1)) == []


def test_variables_of_the_organisation_and_of_the_document_are_known() -> None:
    front = FRONT.format(id="N", kind="norm").replace("---\n", "---\nvariables: {mine: x, spare: y}\n", 1)
    document = norm(CLEAN + "\nFor {{mine}} and {{ .theirs }}.\n", front=front)
    assert codes(document) == ["unused-variable", "unknown-variable"]
    assert codes(document, variables={"theirs": "x"}) == ["unused-variable"]


def test_an_allowance_with_a_reason_silences_the_next_block_and_no_other() -> None:
    vague = "AC-{} The owner shall act regularly within 2 days.\n\nEvidence: x\n\n"
    document = norm("<!-- lint: allow vague-word: law says so -->\n" + vague.format(1) + vague.format(2))
    assert [(each.code, each.clause) for each in lint_all([document])] == [("vague-word", "AC-2")]


UNREAD = "un" + "readable"
"""Said by whoever reads files: here every document was read."""
POLICY = FRONT.format(id="POL-01", kind="policy") + CLEAN
BELOW = "---\nid: {id}\ntitle: T\nkind: {kind}\nowner: O\nreview: annually\nimplements: {parent}\n---\n"


def test_the_hierarchy_has_parents_of_a_higher_level() -> None:
    policy = read(POLICY, path="p.md")
    good = norm(CLEAN, front=BELOW.format(id="N1", kind="norm", parent="POL-01"), path="a.md")
    assert codes(policy, good) == []
    assert codes(policy, norm(CLEAN, path="b.md")) == ["no-parent", "orphan"]
    lost = norm(CLEAN, front=BELOW.format(id="N2", kind="norm", parent="GONE"), path="c.md")
    assert codes(policy, good, lost) == ["unknown-parent"]
    level = norm(CLEAN, front=BELOW.format(id="N3", kind="norm", parent="N1"), path="d.md")
    assert codes(policy, good, level) == ["wrong-level"]
    twice = norm(CLEAN, front=BELOW.format(id="N1", kind="norm", parent="POL-01"), path="e.md")
    assert codes(policy, good, twice) == ["same-identifier"]


def test_references_find_other_documents_by_path_and_anchor() -> None:
    a = read(
        "# One\n\n[b](../x/b.md#AC-1) [self](a.md#one) [top](b.md) [paper](c.pdf)\n", path="x/a.md", kind=Kind.RECORD
    )
    b = norm(CLEAN, path="x/b.md")
    dead = [each for each in lint_all([a, b]) if each.code == "dead-reference"]
    assert dead == []
    moved = norm(CLEAN, path="y/b.md")
    assert [each.message for each in lint_all([a, moved]) if each.code == "dead-reference"] == [
        "../x/b.md is not among these documents",
        "b.md is not among these documents",
    ]


def named(words: str, path: str, clause: str = "AC-1") -> Norm:
    body = f"{clause} Users shall use [[password.length = {words}]] for each account.\n\nEvidence: x\n"
    return norm(body, path=path, identifier=path)


def test_one_parameter_has_one_value_in_all_documents() -> None:
    found = only("contradicting-parameter", named("12 characters", "a.md"), named("14 characters", "b.md"))
    assert (found.path, found.severity) == ("b.md", Severity.ERROR)
    assert found.message == "password.length is '14 characters' here and '12 characters' in a.md:8"
    assert "contradicting-parameter" not in codes(named("one year", "a.md"), named("365 days", "b.md"))
    assert "contradicting-parameter" in codes(named("14 characters", "a.md"), named("14 days", "b.md"))
    assert "contradicting-parameter" not in codes(named("Strict", "a.md"), named("strict", "b.md"))
    assert "contradicting-parameter" in codes(named("strict", "a.md"), named("lax", "b.md"))


def test_a_parameter_of_the_front_matter_counts_and_can_be_referred_to() -> None:
    front = FRONT.format(id="N", kind="norm").replace("---\n", "---\nparameters: {password.length: 12 characters}\n", 1)
    first = norm(CLEAN + "\nAs [[password.length]].\n", front=front, path="a.md")
    found = only("contradicting-parameter", first, named("14 characters", "b.md"))
    assert "a.md:2" in found.message


@pytest.mark.parametrize(
    ("one", "other", "topic"),
    [
        ("Users shall choose passwords of at least 12 characters.", "Users shall set a passphrase of at least 14 characters.", "password length"),
        ("用户应当使用不少于12个字符的口令。", "用户应当使用不少于14个字符的密码。", "password length"),
        ("Administrators shall keep logs for at least 90 days.", "The team shall retain logs for at least one year.", "how long logs are kept"),
        ("Owners shall review access rights every quarter.", "Owners shall review access rights annually.", "how often access rights are reviewed"),
        ("The system shall lock after 5 failed attempts by users.", "The team shall lock accounts after 10 failed attempts.", "failed sign-ins"),
    ],
)  # fmt: skip
def test_two_norms_that_seem_to_set_one_value_differently_are_named(one: str, other: str, topic: str) -> None:
    first = norm(f"AC-1 {one}\n", path="a.md", identifier="A")
    second = norm(f"AC-1 {other}\n", path="b.md", identifier="B")
    found = only("possible-contradiction", first, second)
    assert found.message.startswith(topic)
    assert found.path == "b.md"
    same = norm(f"AC-1 {one}\n", path="b.md", identifier="B")
    assert "possible-contradiction" not in codes(first, same)


def test_a_minimum_and_a_maximum_of_one_topic_do_not_contradict() -> None:
    least = norm("AC-1 Users shall set passwords of at least 12 characters.\n", path="a.md", identifier="A")
    most = norm("AC-1 Users shall set passwords of at most 64 characters.\n", path="b.md", identifier="B")
    assert "possible-contradiction" not in codes(least, most)


ZH = FRONT.format(id="NRM-01", kind="norm")


def test_parallel_texts_bind_alike_and_set_the_same_values() -> None:
    english = norm("AC-1 The owner shall act within 2 days.\n\nEvidence: x\n", path="en.md")

    def chinese(body: str) -> list[str]:
        return codes(english, norm(f"{body}\n\n证据：清单\n", front=ZH + "", path="zh.md"))

    assert [each for each in chinese("AC-1 所有者应当在2天内处理。") if "parallel" in each] == []
    assert "parallel-differs" in chinese("AC-1 所有者宜在2天内处理。")
    assert "parallel-differs" in chinese("AC-1 所有者应当在3天内处理。")
    assert chinese("AC-2 所有者应当在2天内处理。").count("missing-parallel") == 2


def test_every_code_is_spent_by_a_test_or_by_reading() -> None:
    """A code that nothing can produce would be a promise that is not kept."""
    folder = Path(__file__).parent
    spent = Counter(code for code in SEVERITIES for file in folder.glob("test_*.py") if f'"{code}"' in file.read_text())
    assert {code for code in SEVERITIES if not spent[code]} == {UNREAD}


def test_the_worst_of_findings_decides() -> None:
    found = lint_all([norm("AC-1 Backups shall be kept regularly, TBD.\n")])
    assert worst(found) is Severity.ERROR
    assert worst(each for each in found if each.severity is not Severity.ERROR) is Severity.WARNING


def test_real_policies_are_linted_at_places_that_exist(shared_data: Path) -> None:
    root = shared_data / "policies-comply" / "example"
    files = sorted(root.glob("*/*.md"))
    norms = [read(file.read_bytes(), path=str(file.relative_to(root))) for file in files]
    found = lint_all(norms)
    lines = {str(file.relative_to(root)): file.read_text().split("\n") for file in files}
    assert len(found) > 500
    for each in found:
        assert 1 <= each.column <= len(lines[each.path][each.line - 1]) + 1
    password = [each for each in found if each.path == "policies/password.md" and each.code == "vague-word"]
    assert [(each.line, lines[each.path][each.line - 1][each.column - 1 :][:11]) for each in password] == [
        (23, "immediately"),
        (33, "immediately"),
    ]


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u2066", "\u200b", "\ufeff"], ids=["override", "isolate", "space", "bom"]
)
def test_a_character_that_nobody_sees_is_named_with_its_place(hidden: str) -> None:
    """A mark of direction lets a clause read otherwise than what is signed."""
    norm = read(f"# a\n\nUsers shall {hidden}not do x.\n", path="a.md")
    (found,) = [each for each in lint(norm) if each.code == "hidden-character"]
    assert (found.line, found.column, found.severity) == (3, 13, Severity.ERROR)
    assert f"U+{ord(hidden):04X}" in found.message
