"""Questions as a person writes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.policies.rules.quizzes import parse, written
from burgrave.policies.terms.acknowledging import Question
from burgrave.web.errors import BadInput

TEXT = """How long is a password?
- 8 characters
+ 14 characters


What is reported at once?
+ A lost badge
+ A strange message
- The weather
"""
words = st.text("abcXYZ019é长口令.", min_size=1, max_size=20)
questions = st.lists(
    st.builds(
        lambda text, choices, right: Question(
            text=text, choices=tuple(choices), right=frozenset({right % len(choices)})
        ),
        words,
        st.lists(words, min_size=2, max_size=8),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=5,
).map(tuple)


def test_each_paragraph_is_a_question() -> None:
    one, other = parse(TEXT)
    assert (one.text, one.choices, one.right) == (
        "How long is a password?",
        ("8 characters", "14 characters"),
        frozenset({1}),
    )
    assert (other.right, other.has_several) == (frozenset({0, 1}), True)
    assert parse(" \n") == ()


@given(questions)
def test_what_was_written_is_read_again(found: tuple[Question, ...]) -> None:
    assert parse(written(found)) == found


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+ 14", "line 1: a choice stands before its question"),
        ("How long?\n14", r"line 2: a choice begins with \+"),
        ("\nHow long?\n+ 14", "line 2: a question has 2 to 8 choices"),
        ("How long?\n- 8\n- 9", "line 1: a question has at least one right choice"),
    ],
    ids=["no question", "no mark", "one choice", "none right"],
)
def test_a_fault_is_named_with_its_line(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse(text)
