"""A browser takes a day only as 2026-01-31, whatever the language of the page: no form may print it otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django import forms
from django.urls import get_resolver
from django.utils import translation

NATIVE = {"date": "%Y-%m-%d", "datetime-local": "%Y-%m-%dT%H:%M"}


def every_form(kind: type[forms.BaseForm]) -> Iterator[type[forms.BaseForm]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("burgrave."):
            yield each
        yield from every_form(each)


def test_days_and_times_are_printed_as_the_browser_reads_them() -> None:
    _ = get_resolver().url_patterns  # every page is known, and with it every form
    wrong: list[str] = []
    found = 0
    for form in set(every_form(forms.BaseForm)):
        for name, each in getattr(form, "base_fields", {}).items():
            if not isinstance(each.widget, forms.DateInput | forms.DateTimeInput):
                continue
            found += 1
            wanted = NATIVE.get(str(each.widget.input_type))
            if wanted and not str(each.widget.format).startswith(wanted):
                wrong.append(f"{form.__module__}.{form.__name__}.{name}: {each.widget.format}")
    assert wrong == []
    assert found > 10, "no form with a day was found, so nothing was looked at"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_planted_day_without_its_format_is_printed_otherwise_in_chinese(language: str) -> None:
    """What the test above guards against does happen."""
    with translation.override(language):
        printed = forms.DateInput(attrs={"type": "date"}).format_value(date(2026, 1, 31))
    assert printed == {"en": "2026-01-31", "zh-hans": "2026/01/31"}[language]
