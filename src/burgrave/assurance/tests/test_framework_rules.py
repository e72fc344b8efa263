"""What changes when a framework is put anew, and what its digest depends on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from burgrave.assets.terms import AssetType, Need
from burgrave.assurance.rules import frameworks as rules
from burgrave.assurance.terms import FrameworkDraft, FrameworkOrigin, RequirementDraft, requirement_key, split_key
from burgrave.web.errors import BadInput


def need(identifier: str, title: str = "Title", **more: Any) -> RequirementDraft:
    return RequirementDraft(identifier=identifier, title=title, **more)


def framework(*requirements: RequirementDraft, **more: Any) -> FrameworkDraft:
    words: dict[str, Any] = {"identifier": "NRM-05", "title": "Access", "origin": FrameworkOrigin.INTERNAL, **more}
    return FrameworkDraft(requirements=requirements, **words)


def test_what_is_new_changed_gone_and_back_is_told_apart() -> None:
    known = {each.identifier: rules.content(each) for each in (need("A"), need("B"), need("C"), need("D"))}
    found = rules.difference(
        [need("A"), need("B", "Another"), need("D"), need("E")], known=known, withdrawn=frozenset({"D"})
    )
    named = {
        "added": [each.identifier for each in found.added],
        "changed": [each.identifier for each in found.changed],
        "returned": [each.identifier for each in found.returned],
        "withdrawn": list(found.withdrawn),
    }
    assert named == {"added": ["E"], "changed": ["B"], "returned": ["D"], "withdrawn": ["C"]}


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Other"},
        {"text": "Text"},
        {"binding": False},
        {"parameters": {"days": "30"}},
        {"applies_to_need": Need(integrity=2)},
        {"applies_to_types": (AssetType.SYSTEM,)},
    ],
    ids=lambda each: next(iter(each)),
)
def test_every_part_of_a_wording_changes_the_digest_and_the_content(other: dict[str, Any]) -> None:
    before, after = need("A"), replace(need("A"), **other)
    assert rules.content(before) != rules.content(after)
    assert rules.digest(framework(before)) != rules.digest(framework(after))


def test_a_link_changes_the_digest_and_not_the_wording() -> None:
    before, after = need("A"), need("A", satisfies=(("ISO27001", "A.5.1"),))
    assert rules.content(before) == rules.content(after)
    assert rules.digest(framework(before)) != rules.digest(framework(after))
    assert rules.digest(framework(before)) == rules.digest(framework(need("A", title=" Title ")))


@given(st.sets(st.sampled_from("ABCDEFG")), st.sets(st.sampled_from("ABCDEFG")), st.sets(st.sampled_from("ABCDEFG")))
def test_after_the_difference_exactly_what_was_put_is_in_force(
    before: set[str], withdrawn: set[str], put: set[str]
) -> None:
    known = {each: rules.content(need(each)) for each in before}
    gone = frozenset(withdrawn & before)
    found = rules.difference([need(each) for each in sorted(put)], known=known, withdrawn=gone)
    in_force = (before - gone - set(found.withdrawn)) | {each.identifier for each in (*found.added, *found.returned)}
    assert in_force == put
    assert not found.changed


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda: need(""), "1 to 80 characters"),
        (lambda: need(" A"), "without outer spaces"),
        (lambda: need("A", "x" * 301), "at most 300 characters"),
        (lambda: framework(identifier="a b"), "letters, digits"),
        (lambda: framework(identifier="a:b"), "letters, digits"),
        (lambda: framework(title=" "), "needs a title"),
        (lambda: framework(version="1" * 41), "a version of at most"),
        (lambda: framework(need("A"), need("A")), "names the requirement A more than once"),
        (lambda: framework(*[need(str(each)) for each in range(20_001)]), "at most 20000 are taken"),
        (lambda: split_key("ISO27001"), "framework:identifier"),
        (lambda: split_key(":A"), "framework:identifier"),
    ],
    ids=[
        "empty",
        "space",
        "long",
        "blank",
        "colon",
        "untitled",
        "version",
        "twice",
        "many",
        "no colon",
        "no framework",
    ],
)
def test_a_bad_draft_is_refused_with_a_sentence(made: Any, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        made()


def test_a_key_comes_back_as_it_was_written() -> None:
    assert split_key(requirement_key("ISO27001", "A.5.1")) == ("ISO27001", "A.5.1")
    assert split_key("X:a:b") == ("X", "a:b")
