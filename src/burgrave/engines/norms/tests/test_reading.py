# ruff: noqa: E501 - one case a line
"""Documents are read whole: front matter, blocks with their places, clauses, references, and what has no place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.norms import (
    BlockKind,
    Kind,
    Language,
    Mapped,
    Modality,
    NormError,
    Place,
    read,
    slug,
)
from burgrave.engines.norms.scanning import scan


def test_front_matter_between_two_lines_is_taken_apart_and_nothing_of_it_is_lost() -> None:
    norm = read(
        "---\nid: NRM-01\ntitle: Access\nkind: standard\nlanguage: zh-CN\nversion: 1.2\nowner: Head of security\n"
        "review: every 6 months\nimplements: POL-01, POL-02\nroles: [Gatekeeper]\nparameters: {a.b: 14 characters}\n"
        "variables: {org: Example}\nsatisfies: {ISO27001: [A.5.15, A.5.18]}\nreviewed: 2026-01-31\ncolour: blue\n---\n# X\n",
        path="n.md",
    )
    facts = norm.facts
    assert (facts.identifier, facts.title, facts.kind, facts.language) == (
        "NRM-01",
        "Access",
        Kind.NORM,
        Language.CHINESE,
    )
    assert (facts.version, facts.owner, facts.review_days) == ("1.2", "Head of security", 180.0)
    assert (facts.implements, facts.roles) == (("POL-01", "POL-02"), ("Gatekeeper",))
    assert (facts.parameters, facts.variables) == ({"a.b": "14 characters"}, {"org": "Example"})
    assert facts.satisfies == tuple(Mapped(framework="ISO27001", reference=each) for each in ("A.5.15", "A.5.18"))
    assert facts.extra == {"reviewed": date(2026, 1, 31), "colour": "blue"}
    assert facts.lines["colour"] == 15
    assert norm.blocks[0].text.place(0) == Place(17, 3)


def test_a_day_as_version_and_a_plain_number_of_days_are_understood() -> None:
    facts = read("---\nversion: 2026-01-31\nreview: 90 days\nimplements:\n---\n", path="n.md").facts
    assert (facts.version, facts.review_days, facts.implements) == ("2026-01-31", 90, ())


def test_front_matter_without_an_opening_line_is_found() -> None:
    norm = read("name: Password Policy\nacronym: PWP\nsatisfies:\n  TSC:\n    - CC9.9\n---\n\n# Scope\n", path="p.md")
    assert (norm.facts.title, norm.facts.identifier) == ("Password Policy", "PWP")
    assert norm.facts.satisfies == (Mapped(framework="TSC", reference="CC9.9"),)
    assert norm.blocks[0].text.place(0) == Place(8, 3)


@pytest.mark.parametrize("key", ["id", "identifier", "number", "acronym"])
def test_a_document_is_named_by_any_of_these_keys(key: str) -> None:
    facts = read(f"---\ntitle: Passwords\n{key}: NRM-61\n---\n", path="p.md").facts
    assert (facts.identifier, facts.extra) == ("NRM-61", {})


@pytest.mark.parametrize(
    "text",
    [
        "Purpose: to protect.\n\nMore words.\n\n---\n\nEnd",
        "Purpose: to protect.\n",
        "---\nnever closed\n",
        "# Title\n---\n",
        "a: b {c}\n",
    ],
    ids=["a rule far below", "no closing line", "no end", "a heading first", "braces that say nothing"],
)
def test_what_only_looks_like_front_matter_stays_text(text: str) -> None:
    norm = read(text, path="p.md")
    assert not norm.facts.extra
    assert "".join(block.text.value for block in norm.blocks)


@pytest.mark.parametrize(
    ("front", "line", "sentence"),
    [
        ("a: [1", 3, "reading the front matter"),
        ("- a\n- b", 2, "no mapping"),
        ("a: &x 1\nb: *x", 3, "aliases"),
        ("kind: law", 2, "the kind 'law' is unknown; expected one of policy"),
        ("id: x\nlanguage: fr", 3, "the language 'fr' is unknown"),
        ("parameters: 12", 2, "a mapping of names to values"),
        ("a: !!python/object:os.system x", 2, "reading the front matter"),
        ("reviewed: 2026-02-31", 2, "reading the front matter"),
        ("a: " + "x" * 70_000, 2, "expected at most"),
    ],
    ids=["syntax", "list", "alias", "kind", "language", "parameters", "tag", "day", "size"],
)
def test_bad_front_matter_is_refused_with_file_and_line(front: str, line: int, sentence: str) -> None:
    with pytest.raises(NormError, match=sentence) as refusal:
        read(f"---\n{front}\n---\n# X\n", path="n.md")
    assert str(refusal.value).startswith(f"n.md:{line}:")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"# ok\n\xff\xfe", "n.md:2: byte 0xff is not UTF-8"),
        (b"one\ntwo\0", "n.md:2: a NUL character"),
        (b"x" * (8 * 1024 * 1024 + 1), "at most 8388608"),
        (b"\n" * 200_001, "more than 200000 lines"),
    ],
    ids=["encoding", "nul", "bytes", "lines"],
)
def test_what_is_no_text_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(NormError, match=sentence):
        read(content, path="n.md")


def test_a_byte_order_mark_and_foreign_line_ends_are_taken_as_what_they_are() -> None:
    norm = read("\ufeff# One\r\n\r\nAC-1 Users shall sign.\rNext".encode(), path="n.md")
    assert [block.text.value for block in norm.blocks] == ["One", "AC-1 Users shall sign. Next"]


def test_blocks_know_kind_depth_and_place() -> None:
    scanned = scan(
        "Title\n=====\n\n## Part ##\n\ntext over\n  two lines\n\n- [ ] a step\n- [x] done\n\n"
        "a. outer\n\n    i. inner one\n    i. inner two\n\n       still two\n\n> quoted\n> more\n\n"
        "| a | b |\n|---|---|\n| users shall | x |\n\n```\ncode shall\n```\n~~~\nopen\n~~~\n#\n",
    )
    seen = [(block.kind, block.level, block.ordinal, block.text.value, block.text.place(0)) for block in scanned.blocks]
    assert seen == [
        (BlockKind.HEADING, 1, 1, "Title", Place(1, 1)),
        (BlockKind.HEADING, 2, 1, "Part", Place(4, 4)),
        (BlockKind.PARAGRAPH, 0, 1, "text over two lines", Place(6, 1)),
        (BlockKind.STEP, 0, 1, "a step", Place(9, 7)),
        (BlockKind.STEP, 0, 2, "done", Place(10, 7)),
        (BlockKind.ITEM, 0, 1, "outer", Place(12, 4)),
        (BlockKind.ITEM, 1, 1, "inner one", Place(14, 8)),
        (BlockKind.ITEM, 1, 2, "inner two", Place(15, 8)),
        (BlockKind.PARAGRAPH, 2, 1, "still two", Place(17, 8)),
        (BlockKind.QUOTE, 0, 1, "quoted more", Place(19, 3)),
        (BlockKind.CELL, 0, 1, "a", Place(22, 3)),
        (BlockKind.CELL, 0, 2, "b", Place(22, 7)),
        (BlockKind.CELL, 0, 1, "users shall", Place(24, 3)),
        (BlockKind.CELL, 0, 2, "x", Place(24, 17)),
        (BlockKind.CODE, 0, 1, "code shall", Place(27, 1)),
        (BlockKind.CODE, 0, 1, "open", Place(30, 1)),
        (BlockKind.HEADING, 1, 1, "", Place(32, 1)),
    ]


def test_lists_of_two_markers_at_one_depth_count_apart_and_chinese_numbering_is_a_list() -> None:
    scanned = scan("1. one\n2. two\n- bullet\n\n第一条 用户应当签字。\n第二条 二\n\n一、甲\n二、乙\n（三） 丙\n")
    assert [(block.marker, block.ordinal, block.text.value) for block in scanned.blocks] == [
        ("1.", 1, "one"),
        ("2.", 2, "two"),
        ("-", 1, "bullet"),
        ("第一条", 1, "用户应当签字。"),
        ("第二条", 2, "二"),
        ("一、", 3, "甲"),
        ("二、", 4, "乙"),
        ("（三）", 5, "丙"),
    ]


def test_a_sentence_that_a_line_break_put_behind_a_number_stays_one_paragraph() -> None:
    scanned = scan("The rules were written in\n2010. They hold.\nSection\n- begins a list\n***\nafter a rule\n")
    assert [block.text.value for block in scanned.blocks] == [
        "The rules were written in 2010. They hold. Section",
        "begins a list",
        "after a rule",
    ]


def test_attributes_name_a_clause_and_say_what_it_answers() -> None:
    norm = read(
        '# One\n\nUsers shall sign. {#AC-1 satisfies="ISO27001:A.5.17 plain" evidence=form}\n\n**AC-2** Users shall read.\n\n'
        "AC-3: the list of rules\n",
        path="n.md",
    )
    first, second, third = norm.clauses
    assert (first.identifier, first.is_named, first.evidence) == ("AC-1", True, "form")
    assert first.satisfies == (
        Mapped(framework="ISO27001", reference="A.5.17"),
        Mapped(framework="", reference="plain"),
    )
    assert (second.identifier, third.identifier, third.modality) == ("AC-2", "AC-3", Modality.NONE)
    assert {"AC-1", "AC-2", "AC-3", "one"} <= norm.anchors


def test_a_clause_without_a_name_is_known_by_its_place() -> None:
    norm = read(
        "Users shall sign.\n\n# 4.2 Keys\n\nUsers shall lock.\n\n1. Users shall hide.\n\n   a. Users shall count.\n\n"
        "## Part\n\nUsers shall go.\n\n# 4.2 Keys\n\nUsers shall lock.\n",
        path="n.md",
    )
    assert [clause.identifier for clause in norm.clauses] == ["0:1", "4.2:1", "4.2(1)", "4.2(1)(1)", "1.1:1", "4.2:1~2"]
    assert norm.clauses[4].heading == "4.2 Keys / Part"
    assert not norm.clauses[0].is_named


def test_evidence_below_a_clause_belongs_to_it_and_notes_ask_for_nothing() -> None:
    norm = read(
        "# A\n\nEvidence: of nothing\n\nAC-1 Users shall sign.\n\nNOTE: users shall not read this.\n\n"
        "**Evidence:** the list of signatures\n\nAC-2 Users shall go.\n\n> Users shall not be counted here.\n",
        path="n.md",
    )
    assert [(clause.identifier, clause.evidence) for clause in norm.clauses] == [
        ("AC-1", "the list of signatures"),
        ("AC-2", ""),
    ]


def test_steps_of_a_procedure_are_clauses_whatever_they_say() -> None:
    norm = read("---\nkind: procedure\n---\n# Do\n\n1. The output\n- [ ] Errors?\n", path="n.md")
    assert [(clause.text.value, clause.is_step) for clause in norm.clauses] == [("The output", True), ("Errors?", True)]
    assert read("- [ ] Errors?\n", path="n.md", kind=Kind.GUIDELINE).clauses[0].is_step


def test_parameters_and_references_are_found_at_their_place() -> None:
    norm = read(
        '# A\n\nUsers shall use [[Password.Length = 14 characters]] and [[mode = strict]], see [b](b.md#AC-9 "B"), '
        "[c](#a), [out](https://example.org/x), ![p](p.png) and [m](mailto:a@example.org).\n\n```\n[d](d.md)\n```\n",
        path="n.md",
    )
    length, mode = norm.clauses[0].parameters
    assert (length.name, length.words, length.place) == ("password.length", "14 characters", Place(3, 17))
    assert length.quantity is not None
    assert (length.quantity.number, length.quantity.unit) == (14, "characters")
    assert (mode.quantity, mode.words) == (None, "strict")
    assert [(each.path, each.anchor) for each in norm.references] == [("b.md", "AC-9"), ("", "a")]


def test_markup_and_pictures_are_kept_as_words_and_listed() -> None:
    norm = read("# A\n\nUsers <script>alert(1)</script> shall see ![x](y.png).\n\n```\n<script>\n```\n", path="n.md")
    assert "<script>" in norm.clauses[0].text.value
    assert [(each.words[:8], each.place) for each in norm.unplaced] == [
        ("<script>", Place(3, 7)),
        ("![x](y.p", Place(3, 43)),
    ]


def test_comments_are_no_text_and_allow_findings() -> None:
    norm = read(
        "# A\n\nUsers <!-- hidden\nshall --> sign.\n\n<!-- lint: allow vague-word: meant so -->\nUsers shall\ngo.\n\n"
        "End\n<!-- lint: allow orphan -->\n",
        path="n.md",
    )
    assert [(each.code, each.reason, each.line, each.until) for each in norm.allowed] == [
        ("vague-word", "meant so", 6, 8),
        ("orphan", "", 11, 11),
    ]
    assert norm.clauses[0].text.value == "Users shall go."


def test_the_language_is_that_of_the_letters_when_nothing_names_it() -> None:
    assert read("# 口令 (password)\n\n用户应当使用强口令。\n", path="n.md").language is Language.CHINESE
    assert read("# Password (口令)\n\nUsers shall sign.\n", path="n.md").language is Language.ENGLISH


def test_a_title_comes_from_the_facts_the_first_heading_or_the_path() -> None:
    assert read("---\ntitle: A\n---\n# B\n", path="n.md").title == "A"
    assert read("# B\n", path="n.md").title == "B"
    assert read("text", path="n.md").title == "n.md"
    assert read("text", path="n.md").kind is Kind.NORM
    assert slug("Purpose, and Scope: 2") == "purpose-and-scope-2"


@given(st.text(alphabet=st.sampled_from(list('#-*>|`~ ab.1)\n\t(i[]{}=shal!应用"<>:'))))
def test_any_text_is_read_or_refused_by_name_and_every_place_is_in_the_file(text: str) -> None:
    try:
        norm = read(text, path="n.md")
    except NormError:
        return
    lines = text.replace("\r\n", "\n").split("\n")
    for block in norm.blocks:
        for offset in range(len(block.text.value)):
            place = block.text.place(offset)
            assert 1 <= place.line <= len(lines)


@given(st.lists(st.sampled_from(["Users shall sign.", "a. item", "# Head", "", "> q", "    deep", "| a | b |", "- x"])))
def test_every_character_of_a_block_stands_where_its_place_says(lines: list[str]) -> None:
    for block in scan("\n".join(lines)).blocks:
        for offset, character in enumerate(block.text.value):
            place = block.text.place(offset)
            line = lines[place.line - 1]
            assert character.isspace() or line[place.column - 1] == character


def test_every_real_policy_is_read_and_none_of_its_words_is_lost(shared_data: Path) -> None:
    files = sorted((shared_data / "policies-comply" / "example").glob("*/*.md"))
    assert len(files) > 30
    for file in files:
        norm = read(file.read_bytes(), path=file.name)
        kept = " ".join(block.text.value for block in norm.blocks)
        for word in ("shall", "must", "should"):
            body = file.read_text().split("\n---", 1)[-1]
            assert kept.count(word) == body.count(word), (file, word)
