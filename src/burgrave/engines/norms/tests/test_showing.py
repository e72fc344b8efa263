"""A document is shown as words with a look; no text brings markup along."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.engines.norms import BlockKind, Modality, Span, filled, read, shown, unknown_variables
from burgrave.engines.norms.showing import spans

NORM = """---
id: NRM-06
title: Passwords
variables: {organisation: Example Company}
---

# Passwords of {{organisation}}

ID-03 Users **shall** choose at least [[password.length = 14 characters]]. {satisfies="ISO27001:A.5.17"}

Evidence: export of the settings

- Keep [the list](nrm-07.md#CR-01) and *read* `{{organisation}}`.
- See [the web](https://example.org/a?b=1) and {{nobody}}, for [[password.length]].

| what | how long |
|---|---|
| logs | 180 days |

| other |
|---|
| table |

```
rm -rf {{organisation}}
```
"""


def plain(text: str) -> list[Span]:
    (block,) = shown(read(text, path="x.md"))
    return list(block.spans)


def test_a_document_is_shown_block_by_block() -> None:
    blocks = shown(read(NORM, path="x.md"))
    assert [each.kind for each in blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
        BlockKind.ITEM,
        BlockKind.ITEM,
        BlockKind.CELL,
        BlockKind.CELL,
        BlockKind.CELL,
        BlockKind.CELL,
        BlockKind.CODE,
    ]
    heading, clause, evidence, item, other, head, row, _second, _row, code = blocks
    assert (heading.words, heading.anchor) == ("Passwords of Example Company", "passwords-of-organisation")
    assert (clause.clause, clause.anchor, clause.modality) == ("ID-03", "ID-03", Modality.SHALL)
    assert [(span.text, span.is_strong, span.parameter) for span in clause.spans] == [
        ("ID-03 Users ", False, ""),
        ("shall", True, ""),
        (" choose at least ", False, ""),
        ("14 characters", False, "password.length"),
        (".", False, ""),
    ]
    assert clause.satisfies[0].reference == "A.5.17"
    assert evidence.is_evidence
    assert Span(text="the list", reference="nrm-07.md#CR-01") in item.spans
    assert Span(text="read", is_emphasis=True) in item.spans
    assert Span(text="Example Company", is_code=True) in item.spans
    assert Span(text="the web", href="https://example.org/a?b=1") in other.spans
    assert Span(text="{{nobody}}", is_unknown=True) in other.spans
    assert Span(text="password.length", parameter="password.length") in other.spans
    assert (head.is_head, row.is_head, row.words) == (True, False, "logs | 180 days")
    assert [each.is_head for each in blocks if each.kind is BlockKind.CELL] == [True, False, True, False]
    assert code.words == "rm -rf Example Company"


def test_a_break_within_a_paragraph_is_a_space() -> None:
    assert plain("one  \ntwo") == [Span(text="one two")]


@pytest.mark.parametrize(
    "target",
    ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://evil.example", "file:///etc/passwd"],
)
def test_nothing_but_the_web_becomes_an_address(target: str) -> None:
    assert not any(span.href for span in plain(f"[press]({target})"))


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '<img src="https://evil.example/x.png" onerror="alert(1)">', "a <b>bold</b> word"],
)
def test_markup_stays_words(text: str) -> None:
    assert "".join(span.text for span in plain(text)) == text


def test_nothing_is_shown_as_nothing() -> None:
    assert list(spans("", {})) == []
    assert list(spans("{{a}}", {"a": "1"})) == [Span(text="1")]


def test_a_picture_is_its_words() -> None:
    assert plain("see ![the plan](https://evil.example/x.png) and ![](y.png)") == [Span(text="see the plan and y.png")]


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_no_span_has_an_address_that_is_no_web_address(text: str) -> None:
    for block in shown(
        read(text.replace("\0", ""), path="x.md") if not text.startswith("---") else read("x", path="x")
    ):
        for span in block.spans:
            assert not span.href or span.href.lower().startswith(("https://", "http://"))


def test_variables_are_filled_and_missing_ones_named() -> None:
    norm = read("# {{ a }}\n\n{{b}} and {{ a }} and {{b}} and {{#section}}", path="x.md")
    assert unknown_variables(norm, {}) == ("a", "b")
    assert unknown_variables(norm, {"a": "1"}) == ("b",)
    assert filled("{{ a }} {{b}}", {"a": "{{b}}"}) == "{{b}} {{b}}"
