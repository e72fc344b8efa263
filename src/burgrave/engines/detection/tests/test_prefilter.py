"""What one look at a batch's bytes may leave out, and what it must not."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from burgrave.engines.detection import EventSource, RuleSet, compile_rules, planning, prefilter, scanning
from burgrave.engines.detection.expressions import Kind, Test
from burgrave.engines.detection.prefilter import Prefilter

from .conftest import Loader, rule_text

IMAGE = Test("Image", Kind.ENDS, ("\\evil.exe",))
USER = Test("User", Kind.EQUALS, ("bob",))
WORD = Test(None, Kind.CONTAINS, ("mimikatz",))


def table(**columns: list[str | None]) -> Any:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


@pytest.fixture(autouse=True)
def _hyperscan() -> None:
    pytest.importorskip("hyperscan", reason="hyperscan has no wheel for this processor")


def test_fields_are_looked_at_only_where_a_text_that_they_need_stands() -> None:
    anchors = Prefilter([IMAGE, USER, WORD], {})
    assert anchors.to_look_at(table(Image=["C:\\good.exe"], User=["ann"])) == ()
    assert anchors.to_look_at(table(Image=["C:\\EVIL.exe"], User=["ann"])) == ("Image",)
    assert set(anchors.to_look_at(table(Image=["a MimiKatz of Bob"]))) == {"User", None}


@pytest.mark.parametrize("text", ["\u212aerberos", "mi\u017fs"], ids=["Kelvin sign", "long s"])
def test_letters_that_fold_to_ascii_hide_nothing(text: str) -> None:
    anchors = Prefilter([Test("User", Kind.CONTAINS, ("kerberos",)), Test("User", Kind.CONTAINS, ("miss",))], {})
    assert anchors.to_look_at(table(User=[text])) == ("User",)


@pytest.mark.parametrize(
    "test",
    [
        Test("User", Kind.EQUALS, ("",)),
        Test("User", Kind.CONTAINS, ("x",)),
        Test("User", Kind.CONTAINS, ("\u00e9\u00e8",)),
        Test("User", Kind.NUMBER, ("5",)),
        Test("4688:User", Kind.CONTAINS, ("system",)),
        Test(None, Kind.CONTAINS, ("secur",)),
    ],
    ids=["empty", "one letter", "beyond ASCII", "number", "derived", "in a constant"],
)
def test_a_field_whose_bytes_do_not_tell_is_always_looked_at(test: Test) -> None:
    anchors = Prefilter([test, IMAGE], {"Channel": "Security"})
    assert anchors.to_look_at(table(User=["ann"])) == (test.field,)


def test_texts_beyond_ascii_are_sought_by_their_longest_run_of_ascii() -> None:
    anchors = Prefilter([Test("User", Kind.CONTAINS, ("\u00e9clairs",))], {})
    assert anchors.to_look_at(table(User=["eclair"])) == ()
    assert anchors.to_look_at(table(User=["\u00c9CLAIRS"])) == ("User",)


def test_dictionaries_are_always_looked_at() -> None:
    anchors = Prefilter([IMAGE], {})
    assert anchors.to_look_at(pa.table({"Image": pa.array(["x"]).dictionary_encode()})) == ("Image",)


def test_without_hyperscan_everything_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "_hyperscan", None)
    anchors = Prefilter([IMAGE, WORD], {})
    assert anchors.to_look_at(table(Image=["x"])) == ("Image", None)
    assert anchors.keyword_columns(table(Image=["x"]), ["Image"]) == ["Image"]


def test_a_pass_that_leaves_nothing_out_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefilter, "_TRIALS", 2)
    anchors = Prefilter([IMAGE], {})
    for _ in range(2):
        assert anchors.to_look_at(table(Image=["\\evil.exe"])) == ("Image",)
    assert not anchors.helps
    assert anchors.to_look_at(table(Image=["x"])) == ("Image",)


def test_keywords_are_sought_in_the_columns_that_hold_one() -> None:
    anchors = Prefilter([IMAGE, WORD], {})
    batch = table(Image=["x \\evil.exe"], User=["a mimikatz"])
    assert set(anchors.to_look_at(batch)) == {"Image", None}
    assert anchors.keyword_columns(batch, ["Image", "User", "Channel"]) == ["User"]


@pytest.mark.parametrize("small", [1_000_000, 0], ids=["small batches", "large batches"])
def test_every_way_gives_the_same_matches(load: Loader, monkeypatch: pytest.MonkeyPatch, small: int) -> None:
    monkeypatch.setattr(planning, "_SMALL", small)
    source = EventSource(channel="Security", event_id="4688")
    ruleset: RuleSet = load(
        rule_text("s: {Image|endswith: \\evil.exe}\ncondition: s"),
        rule_text("k: [mimikatz, secur]\ncondition: k"),
        rule_text("s: {User: 'NT AUTHORITY\\SYSTEM'}\ncondition: s"),
    )
    engine = compile_rules(ruleset)
    batch = table(NewProcessName=["c:\\Evil.EXE", "y"], SubjectUserSid=["S-1-5-18", None], Note=[None, "MIMIKATZ"])
    found = [(match.row, match.rule.path.name, sorted(match.fields)) for match in engine.match(batch, source=source)]
    assert found == [
        (0, "0.yml", ["NewProcessName"]),
        (0, "1.yml", ["Channel"]),
        (0, "2.yml", ["SubjectUserSid"]),
        (1, "1.yml", ["Channel", "Note"]),
    ]
    assert [(rule.path.name, rows.tolist()) for rule, rows in engine.hits(batch, source=source)] == [
        ("0.yml", [0]),
        ("1.yml", [0, 1]),
        ("2.yml", [0]),
    ]
