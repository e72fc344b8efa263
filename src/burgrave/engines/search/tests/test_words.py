from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.search import MOST_WORDS, folded, question, tokens


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Web server", ("web", "server")),
        ("VPC控制", ("vpc", "控制", "制")),
        ("审计Foo", ("审计", "计", "foo")),
        ("ISO-27001", ("iso", "27001")),
        ("ＷＥＢ０１", ("web01",)),
        ("工资系统", ("工资", "资系", "系统", "统")),
        ("密", ("密",)),
        ("Straße", ("strasse",)),
        ("a_b", ("a", "b")),
        ("一致 一致", ("一致", "致")),
        ("x" * 100, ("x" * 60,)),
        ("--- !", ()),
    ],
)
def test_text_becomes_tokens(text: str, found: tuple[str, ...]) -> None:
    assert tokens(text) == found


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("web ser", ("web*", "ser*")),
        ("密", ("密*",)),
        ("工资系统", ("工资", "资系", "系统")),
        ("web-01", ("web*", "01*")),
        ("web web", ("web*",)),
        ("---", ()),
        ("", ()),
    ],
)
def test_a_question_asks_for_beginnings_and_pairs(text: str, asked: tuple[str, ...]) -> None:
    assert question(text).tokens == asked
    assert bool(question(text)) == bool(asked)


def test_a_question_is_bounded() -> None:
    assert len(question("a b c d e f g h i j k").words) == MOST_WORDS
    assert len(question("x" * 100_000).words[0].text) == 200


def test_a_hit_is_read_again() -> None:
    assert question("资系 系统").stands_in(folded("工资系统"))
    assert not question("工资统").stands_in(folded("工资 资统"))


scripts = st.text(alphabet=st.sampled_from("abZ019 工资系统密キ-_ß\u3000ＡＢ"), max_size=30)


@given(scripts, st.data())
def test_whatever_stands_at_the_beginning_of_a_word_is_found(text: str, data: st.DataObject) -> None:
    """Every beginning of a word of the text, and every stretch of Chinese, is among what the index holds."""
    words = folded(text).split()
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    asked = question(word[: data.draw(st.integers(1, len(word)))])
    held = tokens(text)
    for token in asked.tokens:
        if token.endswith("*"):
            assert any(each.startswith(token[:-1]) for each in held)
        else:
            assert token in held
    assert asked.stands_in(folded(text))


@given(st.text())
def test_a_token_is_letters_and_digits_alone(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not set(token) & set(" '\"*\\_&|!():\x00")
