"""Numbers, labels, canonical texts, weights and reminders."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.norms import Kind, Language, Norm, read
from burgrave.policies.errors import ReasonMissing, TextUnreadable
from burgrave.policies.rules import canonical, changes, numbering, reading, reviewing
from burgrave.policies.rules.changes import Weight
from burgrave.policies.terms import MOST_SOURCE_BYTES
from burgrave.web.errors import BadInput, Said

DAY = date(2026, 3, 2)
ENGLISH, CHINESE = Language.ENGLISH, Language.CHINESE


@pytest.mark.parametrize(
    ("taken", "number"),
    [((), "NRM-01"), (("NRM-01", "NRM-09", "POL-77", "NRM-X"), "NRM-10"), (("NRM-99",), "NRM-100")],
    ids=["first", "above the highest", "three digits"],
)
def test_the_next_number_is_one_above_the_highest_of_its_kind(taken: tuple[str, ...], number: str) -> None:
    assert numbering.next_number(Kind.NORM, taken) == number


@pytest.mark.parametrize("text", ["", "-", "NRM 06", "x" * 41, "编号"], ids=["empty", "dash", "blank", "long", "han"])
def test_what_is_no_number_is_refused(text: str) -> None:
    assert not numbering.is_number(text)
    with pytest.raises(BadInput, match="is no number of a document"):
        numbering.number(text)


@pytest.mark.parametrize(
    ("serial", "text"), [(1, "EXC-0001"), (12_345, "EXC-12345"), (-7, "SAMPLE-EXC-0007")], ids=["few", "many", "sample"]
)
def test_a_serial_number_is_read_as_it_is_shown(serial: int, text: str) -> None:
    assert numbering.serial_text("EXC", serial) == text
    assert numbering.serial_of(text.lower(), prefix="EXC") == serial


@pytest.mark.parametrize("text", ["", "EXC-", "EXC-x", "RUN-1", "1" * 10, "²"])
def test_what_is_no_serial_number_is_none(text: str) -> None:
    assert numbering.serial_of(text, prefix="EXC") is None


def test_a_number_is_kept_in_capitals() -> None:
    assert numbering.number(" nrm-06.a ") == "NRM-06.A"
    assert numbering.is_number("isp")


@pytest.mark.parametrize(
    ("before", "is_major", "label"),
    [("1.0", True, "2.0"), ("1.4", False, "1.5"), ("2.7", True, "3.0"), ("draft", False, "1.0")],
)
def test_a_label_follows_from_the_one_before(before: str, label: str, *, is_major: bool) -> None:
    assert numbering.label(before, is_major=is_major) == label


@pytest.mark.parametrize(("words", "label"), [("1", "1.0"), ("v2.3", "2.3"), ("", "1.0"), ("2026-01-01", "1.0")])
def test_the_first_label_is_the_one_that_the_text_says(words: str, label: str) -> None:
    assert numbering.written_label(words) == label


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60)


@given(st.dictionaries(st.sampled_from(["en", "zh-hans"]), texts, min_size=1))
def test_a_canonical_text_is_parsed_into_what_it_was_made_of(sources: dict[str, str]) -> None:
    made = canonical.Texts(
        number="NRM-06", kind=Kind.NORM, label="1.0", effective_on=DAY, sources=sources, variables={}
    )
    head, parsed = canonical.parse(canonical.canonical(made))
    assert head == {"number": "NRM-06", "kind": "norm", "version": "1.0", "effective": "2026-03-02"}
    assert parsed == {language: canonical.text_of(source, {}) for language, source in sources.items()}


@given(texts, texts)
def test_two_texts_share_a_digest_only_if_they_are_one(first: str, second: str) -> None:
    one, other = ({"en": each, "zh-hans": "x"} for each in (first, second))
    assert (canonical.draft_digest(one) == canonical.draft_digest(other)) is (first == second)


def test_a_text_cannot_pose_as_another() -> None:
    """The end of one text and the head of the next, written into the text itself."""
    posing = {"en": "a\n\ntext zh-hans 2\nb\n"}
    honest = {"en": "a", "zh-hans": "b"}
    made = [
        canonical.canonical(
            canonical.Texts(number="N-1", kind=Kind.NORM, label="1.0", effective_on=DAY, sources=each, variables={})
        )
        for each in (posing, honest)
    ]
    assert made[0] != made[1]
    assert canonical.parse(made[0])[1] == {"en": posing["en"]}


def test_line_ends_and_compositions_do_not_change_the_digest() -> None:
    assert canonical.text_of("a\r\nb\rc", {}) == "a\nb\nc\n"
    assert canonical.text_of("e\u0301", {}) == canonical.text_of("\u00e9\n\n", {})
    assert canonical.text_of("{{ who }} {{what}}", {"who": "we"}) == "we {{what}}\n"


def test_what_is_no_canonical_text_is_refused() -> None:
    with pytest.raises(TextUnreadable, match="burgrave-policy/1"):
        canonical.parse(b"burgrave-policy/2\n")


def test_a_code_is_spelled_alike_however_it_is_typed() -> None:
    code = canonical.code_of(bytes(range(10)))
    assert len(code) == 19
    assert canonical.spelled_code(code.lower().replace("-", " ")) == code
    assert canonical.code_of(b"\xff" * 10) != code


def norms(text: str) -> dict[Language, Norm]:
    return {ENGLISH: read(text, path="a.md")}


BASE = "# N\n\nID-1 Users shall lock the screen within 5 minutes.\n\nID-2 Users should wear a badge.\n"


@pytest.mark.parametrize(
    ("old", "new", "is_major", "reason"),
    [
        (None, norms(BASE), True, "it is the first version"),
        (norms(BASE), norms(BASE), False, "no clause was changed"),
        (norms(BASE), norms(BASE.replace("5 minutes", "3 minutes")), True, "these clauses bind otherwise: ID-1"),
        (norms(BASE), norms(BASE.replace("wear a", "wear their")), False, "the wording of 1 clauses was changed"),
        (norms(BASE), {CHINESE: read("# 规范", path="b")}, True, "no language of the version before is left"),
        ({**norms(BASE), CHINESE: read("# 规范", path="b")}, norms(BASE), True, "the text in zh-hans is gone"),
        (
            norms("# N"),
            norms("# N\n\n" + "\n\n".join(f"ID-{n} Users shall do {n} checks." for n in range(7))),
            True,
            "these clauses bind otherwise: ID-0, ID-1, ID-2, ID-3, ID-4 + 2",
        ),
    ],
    ids=["first", "same", "force", "wording", "other language", "language gone", "many"],
)
def test_a_version_is_major_where_it_binds_otherwise(
    old: dict[Language, Norm] | None, new: dict[Language, Norm], reason: str, *, is_major: bool
) -> None:
    weight = changes.weigh(old, new)
    assert weight.is_major is is_major
    assert weight.reason.startswith(reason)


@pytest.mark.parametrize("weight", [changes.weigh(None, norms(BASE)), changes.weigh(norms(BASE), norms(BASE[:40]))])
def test_a_reason_of_ours_is_said_again_and_one_of_a_person_stays(weight: Weight) -> None:
    again = changes.said_again(str(weight.reason))
    assert isinstance(again, Said)
    assert isinstance(weight.reason, Said)
    assert (again, again.sentence, again.words) == (weight.reason, weight.reason.sentence, weight.reason.words)
    assert not isinstance(changes.said_again("16 held already"), Said)


def test_a_person_may_decide_otherwise_with_a_reason() -> None:
    weight = Weight(is_major=True, reason="it binds")
    assert changes.decided(weight, is_major=None, reason="") == weight
    assert changes.decided(weight, is_major=True, reason="") == weight
    assert changes.decided(weight, is_major=False, reason=" because ") == Weight(is_major=False, reason="because")
    with pytest.raises(ReasonMissing, match="it binds"):
        changes.decided(weight, is_major=False, reason=" ")


@pytest.mark.parametrize(
    ("days_left", "reminded_days_ago", "expected"),
    [
        (31, None, None),
        (30, None, reviewing.Reminder.SOON),
        (20, 10, None),
        (20, 3, None),
        (20, 400, reviewing.Reminder.SOON),
        (0, None, reviewing.Reminder.DUE),
        (0, 6, None),
        (-3, 7, reviewing.Reminder.DUE),
        (-14, 7, reviewing.Reminder.LATE),
        (-14, 6, None),
    ],
)
def test_reviews_are_told_once_before_weekly_after_and_then_to_those_above(
    days_left: int, reminded_days_ago: int | None, expected: reviewing.Reminder | None
) -> None:
    reminded = None if reminded_days_ago is None else DAY - timedelta(days=reminded_days_ago)
    assert reviewing.reminder(DAY + timedelta(days=days_left), reminded_on=reminded, today=DAY) is expected


def test_the_day_of_the_next_review_is_counted_from_the_last() -> None:
    assert reviewing.due_on(from_on=DAY, every_days=365) == date(2027, 3, 2)


def test_a_statement_names_document_version_day_digest_and_code() -> None:
    made = canonical.Texts(number="N-1", kind=Kind.NORM, label="1.0", effective_on=DAY, sources={}, variables={})
    digest = canonical.digest_of(b"")
    said = canonical.statement(made, digest=digest, code="ABCD")
    assert said.splitlines() == [
        "burgrave-policy-statement/1", "number: N-1", "version: 1.0", "effective: 2026-03-02",
        "sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "code: ABCD",
    ]  # fmt: skip


def known(**others: object) -> reading.Known:
    return reading.Known(number="NRM-06", kind=Kind.NORM, language=ENGLISH, **others)  # type: ignore[arg-type] # facts


def test_the_document_knows_what_the_text_does_not_say() -> None:
    norm = reading.norm_of("# Title\n\nx", known(label="1.0", owner="Alice", review_days=90))
    facts = norm.facts
    assert (facts.identifier, facts.title, facts.version, facts.owner, facts.review_days) == (
        "NRM-06", "Title", "1.0", "Alice", 90,
    )  # fmt: skip
    assert reading.norm_of("---\nowner: Bob\n---\n# T", known(owner="Alice")).facts.owner == "Bob"
    assert reading.norm_of("# T", known()).facts.review_days is None


def test_a_text_that_cannot_be_read_says_where() -> None:
    with pytest.raises(TextUnreadable, match=r"NRM-06\.en:1: a NUL"):
        reading.norm_of("a\0", known())


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="a document takes 2000000"):
        reading.norm_of("x" * (MOST_SOURCE_BYTES + 1), known())


def test_what_has_no_place_is_listed_with_its_line() -> None:
    norm = reading.norm_of("---\ntitle: T\ncolour: blue\n---\n\n<b>x</b> ![y](z.png)\n", known())
    listed = [(each["line"], each["words"]) for each in reading.unplaced(norm)]
    assert (3, "colour: blue") in listed
    assert len(listed) == 2


def test_a_clause_keeps_its_sentences_and_quantities() -> None:
    norm = reading.norm_of(BASE + '\n- [ ] ID-3 Do it. {evidence="a list"}\n', known())
    first, _second, step = reading.clause_facts(norm)
    assert (first.modality, first.quantities[0]["unit"], first.requirements[0]["line"]) == ("shall", "days", 3)
    assert (step.is_step, step.evidence, step.actor) == (True, "a list", "")
