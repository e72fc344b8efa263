"""A redline accounts for every clause and every word of both versions, and tells wording from force."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.norms import Norm, read
from burgrave.engines.norms.redline import ChangeKind, ClauseChange, Piece, is_major, pieces, redline

ADDED, REMOVED, CHANGED, MOVED, SAME = (
    ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED, ChangeKind.MOVED, ChangeKind.SAME,
)  # fmt: skip


def norm(*clauses: str) -> Norm:
    return read("# A\n\n" + "\n\n".join(clauses) + "\n", path="n.md")


def kinds(old: Norm, new: Norm) -> list[tuple[str, ChangeKind]]:
    return [(each.clause.identifier, each.kind) for each in redline(old, new)]


ONE, TWO, THREE = (f"AC-{n} The owner shall check list {n} within {n} days." for n in (1, 2, 3))


def test_nothing_changed_is_said_of_every_clause() -> None:
    changes = redline(norm(ONE, TWO), norm(ONE, TWO))
    assert [each.kind for each in changes] == [SAME, SAME]
    assert not is_major(changes)


def test_added_removed_and_moved_clauses_stand_where_a_reader_looks_for_them() -> None:
    assert kinds(norm(ONE, TWO, THREE), norm(ONE, THREE)) == [("AC-1", SAME), ("AC-2", REMOVED), ("AC-3", SAME)]
    assert kinds(norm(ONE, THREE), norm(ONE, TWO, THREE)) == [("AC-1", SAME), ("AC-2", ADDED), ("AC-3", SAME)]
    assert kinds(norm(ONE, TWO, THREE), norm(THREE, ONE, TWO)) == [("AC-3", MOVED), ("AC-1", SAME), ("AC-2", SAME)]
    assert kinds(norm(ONE), norm(TWO)) == [("AC-2", ADDED), ("AC-1", REMOVED)]


def test_words_are_marked_one_by_one() -> None:
    (change,) = redline(norm(ONE), norm(ONE.replace("within 1 days", "within 5 days")))
    assert change.kind is CHANGED
    assert change.pieces == (
        (Piece.KEPT, "AC-1 The owner shall check list 1 within "),
        (Piece.REMOVED, "1"),
        (Piece.ADDED, "5"),
        (Piece.KEPT, " days."),
    )
    assert list(pieces("用户应当签字", "用户必须签字")) == [
        (Piece.KEPT, "用户"), (Piece.REMOVED, "应当"), (Piece.ADDED, "必须"), (Piece.KEPT, "签字"),
    ]  # fmt: skip


def test_a_parameter_is_read_as_its_value_and_its_name_only_where_nothing_else_changed() -> None:
    clause = "AC-1 A password shall have [[password.length = 12 characters]]."
    (change,) = redline(norm(clause), norm(clause.replace("12", "14")))
    assert change.pieces == (
        (Piece.KEPT, "AC-1 A password shall have "), (Piece.REMOVED, "12"), (Piece.ADDED, "14"),
        (Piece.KEPT, " characters."),
    )  # fmt: skip
    (renamed,) = redline(norm(clause), norm(clause.replace("password.length", "secret.length")))
    assert renamed.kind is CHANGED
    assert (Piece.REMOVED, "password") in renamed.pieces
    (same,) = redline(norm(clause), norm(clause))
    assert same.pieces == ((Piece.KEPT, "AC-1 A password shall have 12 characters."),)
    (gone,) = redline(norm(clause), norm())
    assert gone.pieces == ((Piece.REMOVED, "AC-1 A password shall have 12 characters."),)


@pytest.mark.parametrize(
    ("new", "is_otherwise"),
    [
        ("AC-1 The owner shall check the list 1 within 1 days.", False),
        ("AC-1 The owner must check list 1 within 24 hours.", False),
        ("AC-1 The owner should check list 1 within 1 days.", True),
        ("AC-1 The owner shall check list 1 within 2 days.", True),
        ("AC-1 The auditor shall check list 1 within 1 days.", True),
        ("AC-1 If asked, the owner shall check list 1 within 1 days.", True),
        ("AC-1 The owner shall check list 1 within 1 days. Users shall wait.", True),
        ("AC-1 The owner shall check list 1 within 1 days. Users may wait.", False),
    ],
    ids=["wording", "the same in other units", "force", "number", "actor", "condition", "one more", "a permission"],
)
def test_a_change_of_what_is_asked_is_told_from_a_change_of_words(new: str, *, is_otherwise: bool) -> None:
    (change,) = redline(norm(ONE), norm(new))
    assert change.binds_otherwise is is_otherwise
    assert is_major([change]) is is_otherwise


def test_a_parameter_that_changed_asks_for_something_else() -> None:
    old = norm(
        "AC-1 Users shall use [[password.length = 12 characters]] or more.", "AC-2 Users shall use [[mode = strict]]."
    )
    new = norm(
        "AC-1 Users shall use [[password.length = 14 characters]] or more.", "AC-2 Users shall use [[mode = lax]]."
    )
    assert [each.binds_otherwise for each in redline(old, new)] == [True, True]


def test_evidence_that_changed_is_a_change() -> None:
    changes = redline(norm(ONE, "Evidence: list"), norm(ONE, "Evidence: register"))
    assert [(each.kind, each.binds_otherwise) for each in changes] == [(CHANGED, False)]


def test_unnamed_clauses_are_found_again_by_their_words() -> None:
    old = norm("Users shall lock the screen when they leave the desk.", "The owner shall count all keys.")
    new = norm(
        "Guests shall sign the book.",
        "Users shall lock the screen when they leave the room.",
        "The owner shall count all keys.",
    )
    assert [each.kind for each in redline(old, new)] == [ADDED, CHANGED, SAME]
    same = norm("Users shall sign.", "Users shall sign.")
    assert [each.kind for each in redline(same, same)] == [SAME, SAME]


def test_a_change_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="before or after"):
        _ = ClauseChange(kind=SAME, before=None, after=None, pieces=(), binds_otherwise=False).clause


sentences = st.sampled_from(
    [
        ONE,
        TWO,
        THREE,
        "Users shall sign the book.",
        "Users shall sign the paper.",
        "The board may vote.",
        "AC-9 用户应当签字。",
    ]
)


@given(st.lists(sentences, unique=True, max_size=6), st.lists(sentences, unique=True, max_size=6))
def test_every_clause_and_every_word_of_both_versions_is_accounted_for(before: list[str], after: list[str]) -> None:
    old, new = norm(*before), norm(*after)
    changes = redline(old, new)
    assert [each.after for each in changes if each.after] == list(new.clauses)
    assert sorted(each.before.identifier for each in changes if each.before) == sorted(
        each.identifier for each in old.clauses
    )
    for each in changes:
        told = {
            piece: "".join(text for kind, text in each.pieces if kind in {Piece.KEPT, piece})
            for piece in (Piece.REMOVED, Piece.ADDED)
        }
        assert told[Piece.REMOVED] == (each.before.text.value if each.before else "")
        assert told[Piece.ADDED] == (each.after.text.value if each.after else "")


@given(st.lists(sentences, unique=True, max_size=6))
def test_a_version_does_not_differ_from_itself(clauses: list[str]) -> None:
    assert {each.kind for each in redline(norm(*clauses), norm(*clauses))} <= {SAME}
