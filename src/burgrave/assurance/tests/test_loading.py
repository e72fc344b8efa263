"""A framework from a file is read whole, or refused with the line that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assurance.errors import AssuranceError
from burgrave.assurance.rules.loading import MOST_BYTES, Named, parse
from burgrave.assurance.terms import FrameworkOrigin
from burgrave.engines.norms import Modality
from burgrave.web.errors import BadInput

NAMED = Named(identifier="MINE", title="My list", version="2")


def test_a_csv_may_have_further_columns_and_stands_for_an_outside_framework() -> None:
    rows = "\ufeffIdentifier, Title ,satisfies,modality,binding,note\r\nA,Do,ISO:1 ISO:2,should,no,x\r\nB,Be,,,,\r\n"
    draft = parse(rows.encode(), name="a.csv", named=NAMED)
    first, second = draft.requirements
    assert (draft.identifier, draft.version, draft.origin) == ("MINE", "2", FrameworkOrigin.EXTERNAL)
    assert (first.satisfies, first.modality, first.binding) == ((("ISO", "1"), ("ISO", "2")), Modality.SHOULD, False)
    assert (second.identifier, second.modality, second.binding) == ("B", Modality.SHALL, True)


def test_a_toml_says_itself_what_it_is() -> None:
    text = """
        identifier = "T"
        title = "Two"
        version = "1"
        [[requirements]]
        identifier = "1"
        title = "One"
        satisfies = ["ISO:1"]
    """
    draft = parse(text.encode(), name="T.TOML")
    assert (draft.identifier, draft.title, draft.requirements[0].satisfies) == ("T", "Two", (("ISO", "1"),))


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"x" * (MOST_BYTES + 1), "a.csv", "has 8388609 bytes"),
        (b"identifier,title\n\xff,x\n", "a.csv", "byte 17 cannot be read"),
        (b"", "a.csv", "no columns identifier and title, got nothing"),
        (b"a,b\n", "a.csv", "got a, b"),
        (b"identifier,title\nA,Do,more\n", "a.csv", "a.csv:2: this row has more fields"),
        (b"identifier,title,modality\nA,Do,\nB,Be,often\n", "a.csv", "a.csv:3: often is no modality"),
        (b"identifier,title,satisfies\nA,Do,ISO\n", "a.csv", "a.csv:2: ISO names no requirement"),
        (b"identifier,title\n,Do\n", "a.csv", "a.csv:2: the identifier of a requirement has 1 to 80"),
        (b'identifier,title\n"A,Do\n', "a.csv", "this is no CSV"),
        (b"identifier,title\n" + b"A,Do\n" * 20_001, "a.csv", "more than 20000 requirements"),
        (b"identifier,title\nA,Do\nA,Be\n", "a.csv", "names the requirement A more than once"),
        (b"identifier = ", "a.toml", "this is no TOML"),
        (b'identifier = "T"\ntitle = "T"\nrequirements = 3\n', "a.toml", r"tables \[\[requirements\]\]"),
        (b'identifier = "T"\ntitle = "T"\nrequirements = [3]\n', "a.toml", r"\[\[requirements\]\] 1: this row"),
        (b'identifier = "T"\ntitle = "T"\n[[requirements]]\nx = 3\n', "a.toml", "fields that nobody knows"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_line(content: bytes, name: str, sentence: str) -> None:
    with pytest.raises((AssuranceError, BadInput), match=sentence):
        parse(content, name=name, named=NAMED)


def test_a_csv_alone_does_not_say_what_it_is() -> None:
    with pytest.raises(BadInput, match="needs the identifier and the title"):
        parse(b"identifier,title\n", name="a.csv")


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)), st.sampled_from(["a.csv", "a.toml"]))
def test_whatever_comes_only_named_errors_come_out(content: bytes, name: str) -> None:
    try:
        parse(content, name=name, named=NAMED)
    except (AssuranceError, BadInput):
        return
