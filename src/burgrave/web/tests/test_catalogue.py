"""The Chinese catalogue says everything that the sources say, and no page shows English that it knows in Chinese."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from burgrave.custody import commands as custody
from burgrave.incidents import models as incidents
from burgrave.incidents.errors import IncidentError
from burgrave.incidents.rules import cases as case_rules
from burgrave.incidents.terms import CaseState
from burgrave.incidents.tests.house import NOON, event_file, opened, raised
from burgrave.ledger.terms import ACTOR_NAME, Record, in_words
from burgrave.people.tests_cast import CastOrganisation
from burgrave.web import messages
from burgrave.web.errors import Said
from burgrave.web.templatetags.web import said, spoken
from burgrave.web.terms import Actor

ClientOf = Callable[[Actor], Client]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ASCII_PUNCTUATION = re.compile(r"[\u4e00-\u9fff][,;:!?]|[\u4e00-\u9fff]\.(?:\s|$)|\([\u4e00-\u9fff]")
BARE = re.compile(r"[A-Za-z][a-z]{2,}")
SPOKEN = re.compile(
    r"\b(?:label|title|lead|placeholder|aria-label|submit|confirm|help|kind|unit)=[\"']([^\"'{}]+)[\"']"
)
CODE = re.compile(
    r"{#.*?#}|{% comment %}.*?{% endcomment %}|<(script|style|code|kbd)\b.*?</\1>|<c-code\b.*?</c-code>", re.DOTALL
)
TAG = re.compile(r"{%.*?%}|{{.*?}}|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
BLOCK = re.compile(r"{% blocktranslate.*?{% endblocktranslate %}", re.DOTALL)
NAMES = {"Burgrave", "ATT&CK", "ATT&amp;CK", "SHA-256", "Enter", "Esc"}
SILENT = ("script", "style", "code", "pre", "kbd", "svg", "time", "option")


def entries() -> list[polib.POEntry]:
    return [entry for path in messages.catalogues() for entry in polib.pofile(str(path))]


def words_of(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.fixture
def chinese(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """The catalogue as it stands in the sources, compiled for this test alone."""
    folder = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES"
    messages.compile_catalogue(folder / "django.mo")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    with translation.override("zh-hans"):
        yield


def test_every_message_of_the_sources_is_translated() -> None:
    assert messages.check() == ()


def test_a_translation_uses_the_punctuation_of_its_language() -> None:
    said = [word for entry in entries() for word in words_of(entry)]
    assert [word for word in said if ASCII_PUNCTUATION.search(word)] == []


def test_a_sentence_stays_a_sentence() -> None:
    ends = [(entry.msgid_plural or entry.msgid, word) for entry in entries() for word in words_of(entry)]
    assert [pair for pair in ends if pair[0].endswith(".") and not pair[1].endswith("。")] == []
    assert [pair for pair in ends if pair[0].endswith("?") and pair[1].endswith((".", "。", "?"))] == []


def test_one_english_message_has_one_chinese_form() -> None:
    assert {len(entry.msgstr_plural) for entry in entries() if entry.msgid_plural} == {1}


def kinds_of_records() -> list[type[Record]]:
    for config in apps.get_app_configs():
        if config.name.startswith("burgrave."):
            __import__(f"{config.name}.terms")
    found, waiting = [], [Record]
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            module = child.__module__
            if module.startswith("burgrave.") and ".tests" not in module and vars(child).get("kind"):
                # A dataclass with slots is made twice; only the second stands in its module.
                found += [child] if getattr(sys.modules[module], child.__name__, None) is child else []
    return found


def test_the_ledger_names_every_kind_of_record_and_every_field_in_chinese() -> None:
    records = kinds_of_records()
    assert {record.kind.partition(".")[0] for record in records} >= {"ledger", "people", "assurance", "incidents"}
    shown = {in_words(ACTOR_NAME)}
    for record in records:
        shown.add(in_words(record.kind.partition(".")[2]))
        shown |= {in_words(field.name) for field in dataclasses.fields(record)}
    known = {entry.msgid for entry in entries() if not entry.msgctxt}
    assert sorted(shown - known) == []


def bare_words(text: str) -> list[str]:
    """English of a template that no tag marks for translation."""
    text = BLOCK.sub(" ", CODE.sub(" ", text))
    attributes = [word for word in SPOKEN.findall(text) if BARE.search(word)]
    plain = [piece.strip(" ·") for piece in TAG.sub("\n", text).split("\n")]
    return [piece for piece in [*attributes, *plain] if BARE.search(piece) and piece not in NAMES]


TEMPLATES = sorted(
    path
    for folder in messages.PACKAGE.glob("*/templates")
    for path in folder.rglob("*.html")
    if path.name != "gallery.html"  # shows components to those who build pages, in English
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path).split("/templates/", 1)[1])
def test_a_template_marks_its_words(path: Path) -> None:
    assert bare_words(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("<p>Close it</p>", ["Close it"]),
        ('<c-fact label="Size of it">{{ size }}</c-fact>', ["Size of it"]),
        ('<p class="help">{% trans "Close it" %} {{ name|default:"x" }}</p>', []),
        ("{% blocktranslate with n=n %}Close {{ n }}{% endblocktranslate %}<code>burgrave setup</code>", []),
        ("""<c-fact label="{% trans 'Size of it' %}">Burgrave</c-fact>""", []),
    ],
)
def test_the_search_for_bare_words_finds_what_it_should(planted: str, found: list[str]) -> None:
    assert bare_words(planted) == found


class Shown(HTMLParser):
    """The words of a page: its text outside code, and what its attributes say."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SILENT:
            self._silent.append(tag)
        said = {"aria-label", "placeholder", "title", "data-confirm"}
        self.words |= {value.strip() for name, value in attrs if name in said and value}

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.words.add(" ".join(data.split()))


def shown_on(html: str) -> set[str]:
    page = Shown()
    page.feed(html)
    return page.words - {""}


@pytest.fixture
def pages(
    organisation: CastOrganisation, alice: Actor, client_of: ClientOf, settings: Settings, tmp_path: Path
) -> list[str]:
    """The addresses of an organisation with alerts, a case, a bundle and a sealed ledger."""
    settings.BURGRAVE_HOME = tmp_path
    settings.BURGRAVE_BLOBS = tmp_path / "files"
    settings.BURGRAVE_RULES = tmp_path / "rules"
    unit = organisation.operations
    alerts = raised(unit, titles=("Credential dump", "Log cleared", "Shadow copies deleted"))
    case_id = opened(unit, alerts[0], actor=alice)
    case = f"/incidents/{incidents.Case.objects.values_list('number', flat=True).get(pk=case_id)}/"
    custody.ensure_log_key(home=tmp_path, passphrase=None)
    custody.seal_all(now=NOON)
    client = client_of(alice)
    assert client.post(f"{case}note/", {"text": "Seen."}).status_code == 302
    bundle = client.post(f"{case}bundle/").headers["Location"]
    draft = client.post("/incidents/new/").headers["Location"]
    person, grants = f"/people/{alice.person_id}/", "/people/units/"
    acts = [f"{case}{act}/" for act in ("edit", "close", "merge", "timeline")]
    steps = [f"{draft}{step}/" for step in ("facts", "lead", "check")]
    files = ["/events/", f"/events/{event_file(unit)}/", "/alerts/", *(f"/alerts/{each.pk}/" for each in alerts)]
    desk = ["/", *files, "/incidents/", case, *acts, "/incidents/new/", draft, *steps, "/rules/", "/rules/faults/"]
    desk.append("/rules/correlating/")
    shelf = ["/evidence/", "/evidence/bundles/", bundle, "/evidence/key/", "/ledger/", "/ledger/0/", "/ledger/?q=zzz"]
    people = ["/people/", "/people/add/", grants, f"{grants}add/", f"{grants}{unit}/", person, f"{person}edit/"]
    own = [f"{person}grant/", f"{person}deactivate/", "/me/", "/me/password/", "/accounts/logout/", "/no/such/page/"]
    return [*desk, *shelf, *people, *own]


def test_no_page_shows_english_that_the_catalogue_knows_in_chinese(
    chinese: None, pages: list[str], alice: Actor, client_of: ClientOf
) -> None:
    apps.get_model("people", "Person").objects.update(language="zh-hans")
    known = {
        entry.msgid for entry in entries() if not CHINESE.search(entry.msgid) and entry.msgid not in words_of(entry)
    }
    reader = client_of(alice)
    left = {}
    for address in pages:
        answer = reader.get(address)
        assert answer.status_code in {200, 404}, address
        words = shown_on(answer.content.decode())
        assert any(CHINESE.search(word) for word in words), address
        if english := words & known:
            left[address] = sorted(english)
    assert left == {}


def test_a_stranger_reads_the_sign_in_pages_in_chinese(chinese: None, organisation: CastOrganisation) -> None:
    known = {entry.msgid for entry in entries()}
    for address in ("/accounts/login/", "/accounts/password/reset/"):
        page = Client().get(address, headers={"accept-language": "zh-CN"}).content.decode()
        assert 'lang="zh-Hans"' in page
        assert shown_on(page) & known == set()


def test_a_sentence_written_out_where_something_is_refused_is_extracted() -> None:
    source = """
def act():
    raise CaseClosed("the case is closed", mend="Open it again.")
    raise CaseClosed(f"{label} is closed", mend=MEND)
    raise ValueError("no page shows this")
    step(act=Said("notes are added"))
"""
    assert sorted(messages.refusals(source)) == ["Open it again.", "notes are added", "the case is closed"]


def test_a_refusal_is_said_in_the_language_of_the_reader(
    chinese: None, charlie: Actor, alice: Actor, client_of: ClientOf
) -> None:
    apps.get_model("people", "Person").objects.update(language="zh-hans")
    page = client_of(charlie).get("/ledger/")
    assert page.status_code == 403
    assert "Charlie Cordes 无权执行此操作：缺少权限 ledger.read" in page.content.decode()
    page = client_of(alice).get(f"/alerts/{charlie.person_id}/")
    assert page.status_code == 404
    assert "没有此告警，或您无权查看" in page.content.decode()


def test_a_refused_step_names_the_states_in_the_language_of_the_reader(
    chinese: None,
) -> None:
    with pytest.raises(IncidentError) as refused:
        case_rules.step("INC-2026-0001", CaseState.OPEN, CaseState.RECOVERED, reason="")
    assert str(refused.value) == "INC-2026-0001 is open and cannot become recovered; it can become contained"
    assert spoken(refused.value) == "INC-2026-0001 的状态是“待处置”，不能改为“已恢复”；可改为：已遏制"
    with pytest.raises(IncidentError) as refused:
        case_rules.step("INC-2026-0001", CaseState.ERADICATED, CaseState.CLOSED, reason="")
    assert spoken(refused.value).endswith("可改为：已恢复或已遏制或待处置")


def test_what_people_wrote_is_not_translated(chinese: None) -> None:
    assert said("closed") == "closed"
    assert said(Said("closed")) == "已关闭"


def test_a_case_tells_its_figures_and_its_alerts_in_the_language_of_the_reader(
    chinese: None, organisation: CastOrganisation, alice: Actor, client_of: ClientOf
) -> None:
    apps.get_model("people", "Person").objects.update(language="zh-hans")
    unit = organisation.operations
    case_id = opened(unit, raised(unit, titles=("Credential dump",))[0], actor=alice)
    number = incidents.Case.objects.values_list("number", flat=True).get(pk=case_id)
    page = client_of(alice).get(f"/incidents/{number}/").content.decode()
    assert "Credential dump（WS-7.corp）：2 次匹配中的首次" in page
    assert "未知：安全事件尚未关闭" in page
    assert "（攻击的首个日志事件）到 " in page
    assert "（首条告警产生）" in page
