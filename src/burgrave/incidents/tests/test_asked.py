"""What a correlation asks is said in the reader's language, from the same words wherever it is said."""

from __future__ import annotations

import pytest
from django.utils import translation

from burgrave.engines.detection.correlation_terms import OPERATORS, CorrelationType
from burgrave.incidents.terms.asked import holds_said, measured_said
from burgrave.web.templatetags.web import said


@pytest.mark.parametrize(
    ("bounds", "condition", "english", "chinese"),
    [
        ((("gte", "5"),), "", "at least 5", "至少 5"),
        ((("gte", "5"), ("lt", "9")), "", "at least 5 and less than 9", "至少 5 且少于 9"),
        ((), "a and not b", "a and not b", "a and not b"),
        ((), "", "all of them", "全部"),
    ],
    ids=["bound", "bounds", "condition", "all"],
)
def test_when_it_holds_is_said(bounds: tuple[tuple[str, str], ...], condition: str, english: str, chinese: str) -> None:
    holds = holds_said(bounds, condition=condition)
    assert said(holds) == english
    with translation.override("zh-hans"):
        assert said(holds) == chinese


def test_every_kind_and_every_operator_has_words() -> None:
    for kind in CorrelationType:
        measured = measured_said(kind.value, fields=("User", "100%"), percentile="99")
        assert measured is not None
        assert "%(" not in measured
    assert str(measured_said("value_percentile", fields=("a", "b"), percentile="99")) == "the percentile 99 of a, b"
    assert measured_said("something else", fields=(), percentile="") is None
    assert all(holds_said([(operator, "1")], condition="") for operator in OPERATORS)
