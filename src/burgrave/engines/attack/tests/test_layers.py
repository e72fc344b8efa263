"""Layers of the Navigator: what is read, and what is refused with which sentence."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from burgrave.engines.attack.errors import AttackFileError
from burgrave.engines.attack.layers import MOST_LAYER_BYTES, MOST_MARKS, read_layer
from burgrave.engines.attack.terms import Gradient, Mark


def written(*techniques: Any, **more: Any) -> bytes:
    whole = {
        "name": "Plan",
        "versions": {"attack": "17", "navigator": "5.1.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "techniques": list(techniques),
        **more,
    }
    return json.dumps(whole).encode()


def test_a_layer_gives_scores_comments_and_colours() -> None:
    layer = read_layer(
        written(
            {
                "techniqueID": "t1059.001",
                "tactic": "defense-evasion",
                "score": 3,
                "color": "#E60D0D80",
                "comment": " x ",
            },
            {"techniqueID": "T1003", "score": "", "color": "", "enabled": False},
            {"techniqueID": "T1003", "color": "#abc", "score": 1.5},
            {"techniqueID": "mimikatz"},
            {"techniqueID": "mimikatz"},
            {"techniqueID": 5},
            description="d",
            gradient={"colors": ["#000000", "#ffffffff"], "minValue": 0, "maxValue": 10},
        )
    )
    assert (layer.name, layer.description, layer.attack_version, layer.format_version) == ("Plan", "d", "17", "4.5")
    assert layer.marks == (
        Mark(technique="T1059.001", tactic="defense evasion", score=3.0, colour="#e60d0d", comment="x"),
        Mark(technique="T1003", is_enabled=False),
        Mark(technique="T1003", colour="#aabbcc", score=1.5),
    )
    assert layer.malformed == ("MIMIKATZ", "–")
    assert [layer.colour(mark) for mark in layer.marks] == ["#e60d0d", "", "#aabbcc"]
    assert layer.colour(Mark(technique="T1003", score=5)) == "#808080"


def test_the_old_name_of_the_domain_a_mark_of_order_and_a_list_of_one_are_read() -> None:
    inner = json.loads(written({"techniqueID": "T1003"}, domain="mitre-enterprise"))
    assert read_layer(b"\xef\xbb\xbf" + json.dumps([inner]).encode()).marks == (Mark(technique="T1003"),)


@pytest.mark.parametrize(
    ("gradient", "score", "colour"),
    [
        (Gradient(colours=("#ff0000", "#00ff00", "#0000ff"), low=0, high=100), 50, "#00ff00"),
        (Gradient(colours=("#ff0000", "#00ff00", "#0000ff"), low=0, high=100), 100, "#0000ff"),
        (Gradient(colours=("#ff0000", "#0000ff"), low=0, high=100), -7, "#ff0000"),
        (Gradient(colours=("#ff0000",), low=0, high=100), 5, "#ff0000"),
        (Gradient(colours=("#ff0000", "#0000ff"), low=4, high=4), 5, "#ff0000"),
        (Gradient(colours=(), low=0, high=1), 5, ""),
    ],
    ids=["middle", "end", "below", "one colour", "no width", "no colour"],
)
def test_a_score_has_the_colour_of_its_place(gradient: Gradient, score: float, colour: str) -> None:
    assert gradient.at(score) == colour


@pytest.mark.parametrize(
    "gradient",
    [
        None,
        {"colors": "red"},
        {"colors": [], "minValue": 0, "maxValue": 1},
        {"colors": ["red"], "minValue": 0, "maxValue": 1},
        {"colors": ["#000000"], "minValue": "a", "maxValue": 1},
        {"colors": ["#000000"], "minValue": 0, "maxValue": 10**400},
    ],
    ids=["none", "no list", "empty", "no colour", "no number", "too large"],
)
def test_a_gradient_that_cannot_be_drawn_gives_no_colour(gradient: object) -> None:
    layer = read_layer(written({"techniqueID": "T1003", "score": 1}, gradient=gradient))
    assert (layer.gradient, layer.colour(layer.marks[0])) == (None, "")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff", "no UTF-8 text: byte 1"),
        (b"{", "no JSON: line 1, column 2"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"techniques": [NaN]}', "a number that is none"),
        (b'{"techniques": [' + b"1" * 5_000 + b"]}", "a number that is none"),
        (b"[]", "holds 0 layers"),
        (b"7", "names no techniques"),
        (b"{}", "names no techniques"),
        (written(versions=3), "format –, expected 4.0"),
        (written(versions={"layer": "3.0"}), "format 3.0, expected 4.0"),
        (written(version="2.1", versions=None), "format 2.1, expected"),
        (written(domain="ics-attack"), "domain ics-attack, expected enterprise-attack"),
        (written(domain=None), "domain –, expected"),
        (written(techniques={}), "no list of objects"),
        (written("T1003"), "no list of objects"),
        (written(*[{}] * (MOST_MARKS + 1)), "at most 10,000 techniques, this one 10,001"),
        (written({"techniqueID": "T1003", "score": "high"}), "technique 1 of the layer has the score 'high'"),
        (written({"techniqueID": "T1003", "score": True}), "has the score True"),
        (written({"techniqueID": "T1003", "score": 10**400}), "expected a number"),
        (written({"techniqueID": "T1003", "color": "red"}), "the colour 'red', expected one such as"),
        (b" " * (MOST_LAYER_BYTES + 1), "at most 2,097,152 bytes"),
    ],
    ids=str,
)
def test_a_bad_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(AttackFileError, match=sentence):
        read_layer(content)


_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just("T1003") | st.just("4.5"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["techniqueID", "score", "color", "layer", "colors", "enabled"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@settings(max_examples=40)
@given(st.dictionaries(st.sampled_from(["name", "versions", "techniques", "gradient", "domain"]), _values))
def test_whatever_a_layer_holds_only_the_named_error_comes_out(document: dict[str, object]) -> None:
    good: dict[str, object] = {"versions": {"layer": "4.5"}, "domain": "enterprise-attack", "techniques": []}
    with suppress(AttackFileError):
        layer = read_layer(json.dumps(good | document).encode())
        assert "\0" not in layer.name
        assert layer.name.encode().decode() == layer.name
