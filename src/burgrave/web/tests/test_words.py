"""Numbers, durations and times in both languages; the catalogue's check; the joined files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polib
import pytest
from django.utils import timezone, translation
from pytest_django import Settings

from burgrave.web import bundle, messages, words
from burgrave.web.messages import Finding

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1234567, "1,234,567"), (-5, "−5"), (2.5, "2.50"), (3.0, "3"), (0.001, "0.00")]
)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_number_is_grouped_alike_in_both_languages(language: str, value: float, text: str) -> None:
    with translation.override(language):
        assert words.number(value) == text


@pytest.mark.parametrize(
    ("size_bytes", "text"), [(0, "0 B"), (1023, "1,023 B"), (1024, "1.0 KiB"), (4 * 1024**3, "4.0 GiB")]
)
def test_a_size_has_a_binary_unit(size_bytes: int, text: str) -> None:
    assert words.file_size(size_bytes).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.25, "250 ms"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (90_061, "1 day 1 h"),
        (-61, "−1 min 1 s"),
    ],
)
def test_a_duration_is_in_words(seconds: float, text: str) -> None:
    with translation.override("en"):
        assert words.duration(seconds) == text
        assert words.duration(timedelta(seconds=seconds)) == text


def test_a_time_shows_no_more_than_is_needed() -> None:
    with translation.override("en"), timezone.override(UTC):
        assert words.short(NOON, now=NOON + timedelta(hours=1)) == "12:00"
        assert words.short(NOON, now=NOON + timedelta(days=1)) == "5 Mar 12:00"
        assert words.short(NOON, now=NOON + timedelta(days=400)) == "5 Mar 2026 12:00"
        assert words.ago(NOON, now=NOON + timedelta(hours=5, minutes=3)) == "5 h ago"
        assert words.ago(NOON, now=NOON - timedelta(minutes=3)) == "in 3 min"
        assert words.ago(NOON, now=NOON + timedelta(seconds=3)) == "just now"


def test_a_time_is_in_the_readers_zone_and_says_which() -> None:
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        assert words.absolute(NOON) == "2026-03-05 20:00:00 Asia/Shanghai (UTC+08:00)"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A catalogue of a tiny package with two marked messages, none translated."""
    domain = tmp_path / "package" / "alerts"
    (domain / "templates").mkdir(parents=True)
    (domain / "apps.py").write_text("", "utf-8")
    (domain / "views.py").write_text('_("%(n)s alerts")\n', "utf-8")
    (domain / "templates" / "page.html").write_text("{% load i18n %}{% trans 'Close' %}", "utf-8")
    assert messages.extract(package=domain.parent) == 2
    return domain / messages.PLACE


def package_of(catalogue: Path) -> Path:
    return catalogue.parents[len(messages.PLACE.parts)]


def _open(path: Path) -> polib.POFile:
    return polib.pofile(str(path))


def change(path: Path, msgid: str, msgstr: str, *flags: str) -> None:
    file = _open(path)
    entry = next(each for each in file if each.msgid == msgid)
    entry.msgstr, entry.flags = msgstr, [*entry.flags, *flags]
    file.save(str(path))


def test_the_check_names_what_is_missing_wrong_fuzzy_or_unused(catalogue: Path) -> None:
    package = package_of(catalogue)
    assert {finding.kind for finding in messages.check(package=package)} == {"untranslated"}
    change(catalogue, "%(n)s alerts", "%(n)s 个告警")
    change(catalogue, "Close", "关闭")
    assert messages.check(package=package) == ()

    change(catalogue, "%(n)s alerts", "告警")
    change(catalogue, "Close", "关闭", "fuzzy")
    kinds = [finding.kind for finding in messages.check(package=package)]
    assert sorted(kinds) == ["fuzzy", "placeholders"]

    (package / "alerts" / "views.py").write_text('_("Something new")\n', "utf-8")
    findings = messages.check(package=package)
    assert Finding("missing", "Something new", "alerts") in findings
    assert Finding("unused", "%(n)s alerts", "alerts") in findings


def test_extracting_again_keeps_translations_and_drops_what_is_unused(catalogue: Path) -> None:
    package = package_of(catalogue)
    change(catalogue, "Close", "关闭")
    (package / "alerts" / "views.py").write_text('_("New")\n', "utf-8")
    assert messages.extract(package=package) == 2
    entries = {entry.msgid: entry.msgstr for entry in _open(catalogue)}
    assert entries == {"Close": "关闭", "New": ""}


def test_two_domains_say_one_message_alike_and_a_catalogue_without_messages_goes(catalogue: Path) -> None:
    package = package_of(catalogue)
    change(catalogue, "Close", "关闭")
    change(catalogue, "%(n)s alerts", "%(n)s 个告警")
    other = package / "cases"
    other.mkdir()
    (other / "apps.py").write_text("", "utf-8")
    (other / "views.py").write_text('_("Close")\n', "utf-8")
    assert messages.extract(package=package) == 3
    assert messages.check(package=package) == ()
    change(other / messages.PLACE, "Close", "结束")
    assert [finding.kind for finding in messages.check(package=package)] == ["two forms"]
    (other / "views.py").write_text("", "utf-8")
    assert messages.extract(package=package) == 2
    assert messages.catalogues(package) == (catalogue,)


def test_a_compiled_catalogue_speaks(catalogue: Path, tmp_path: Path) -> None:
    change(catalogue, "Close", "关闭")
    compiled = messages.compile_catalogue(tmp_path / "all.mo", package=package_of(catalogue))
    assert {entry.msgid: entry.msgstr for entry in polib.mofile(str(compiled))}["Close"] == "关闭"


def test_the_stylesheet_and_the_script_are_joined_from_every_source() -> None:
    css, js = bundle.stylesheet(), bundle.script()
    for path in (bundle.ASSETS / "css").glob("*.css"):
        assert path.read_text("utf-8") in css
    for path in (bundle.ASSETS / "js").glob("*.js"):
        assert path.read_text("utf-8") in js
    assert js.startswith("var htmx=")
    assert "eval(" not in js.split("\n{\n", 1)[1]


def test_the_finder_serves_both_files_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    settings.BURGRAVE_HOME = tmp_path
    finder = bundle.BundleFinder()
    assert Path(finder.find(bundle.STYLESHEET)).read_text("utf-8") == bundle.stylesheet()
    assert finder.find(bundle.SCRIPT, find_all=True) == [str(tmp_path / "cache/static" / bundle.SCRIPT)]
    assert finder.find("web/../../secret") == []
    assert [name for name, _ in finder.list(None)] == [bundle.STYLESHEET, bundle.SCRIPT]
    assert {path.name for path in (tmp_path / "cache/static/web").iterdir()} == {"burgrave.css", "burgrave.js"}
