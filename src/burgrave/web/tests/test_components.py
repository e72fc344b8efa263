"""Each component alone, and all of them inside the gallery page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import engines
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler

from burgrave.web.gallery import SampleJob
from burgrave.web.gallery_charts import charts
from burgrave.web.messages import PACKAGE
from burgrave.web.pages import facet
from burgrave.web.terms import Card, Link, Page, State, Step, Tab, Tone

pytestmark = pytest.mark.usefixtures("site")

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "path", "rect"}
MARKUP = {
    "crumb": '<c-crumb href="/x/">Alerts</c-crumb><c-crumb>One</c-crumb>',
    "record_header": '<c-record-header identifier="INC-1" name="A & B" :state="state">act</c-record-header>',
    "page_header": '<c-page-header title="Alerts" lead="What rules found.">act</c-page-header>',
    "section": '<c-section title="Notes" count="3">text</c-section>',
    "facts": '<c-facts><c-fact label="Events" why="/why/" unit="events" :at="noon" '
    'sample="2 files">7</c-fact></c-facts>',
    "state": '<c-state :of="state" />',
    "severity": '<c-severity level="high" />',
    "notice": '<c-notice tone="warn" title="Look">text</c-notice>',
    "empty": '<c-empty title="None yet">why<c-slot name="act">go</c-slot>'
    '<c-slot name="example">e.g.</c-slot></c-empty>',
    "button": '<c-button variant="primary" icon="check" name="act" value="0" hx-get="/x/">Close</c-button>',
    "button_link": '<c-button href="/x/">Open</c-button>',
    "menu": '<c-menu label="More"><a href="/x/">Export</a></c-menu>',
    "dialog": '<c-dialog id="d" title="Sure">text</c-dialog>',
    "tabs": '<c-tabs :tabs="tabs" label="Views" />',
    "cards": '<c-cards label="Figures"><c-card label="New" value="3" why="/why/" :at="noon" /></c-cards>',
    "timeline": '<c-timeline><c-event :at="noon" by="Bob" icon="flag">did</c-event></c-timeline>',
    "chain": '<c-chain :supported_by="links" :supports="()" />',
    "progress": '<c-progress id="p" :job="job" poll="/p/" cancel="/c/" label="File" unit="events" />',
    "guide": '<c-guide :steps="steps" title="Open">text</c-guide>',
    "workbench": '<c-workbench back="/x/" has_detail="1"><c-slot name="list"><c-work-item href="/1/">One</c-work-item>'
    '</c-slot><c-slot name="detail">text</c-slot></c-workbench>',
    "code": '<c-code label="Rule">a: &lt;b&gt;</c-code>',
    "json": '<c-json :value="body" label="Record" />',
    "time": '<c-time :at="noon" style="exact" />',
    "duration": '<c-duration :of="span" />',
    "digest": '<c-digest value="0123456789abcdef" />',
    "icon": '<c-icon name="check" label="Done" />',
    "list": '<c-list id="l" label="Alerts" :page="page" bulk_action="/b/">'
    '<c-slot name="head"><c-col sort="a">A</c-col></c-slot>'
    '<c-row value="1" label="One"><td>1</td></c-row><c-slot name="bulk"><c-button>Do</c-button></c-slot></c-list>',
    "table": '<c-table label="Sizes"><c-slot name="head"><c-col numeric="1">Bytes</c-col></c-slot>'
    "<tr><td>1</td></tr></c-table>",
    "chart": '<c-chart :figure="figure" sample="30 days" :at="noon" why="/why/" />',
    "report_menu": '<c-report-menu action="/x/" label="Register" />',
    "search": '<c-search target="l" label="Search alerts" />',
    "facets": '<c-facets :facets="facets" target="l" />',
    "pagination": '<c-pagination :page="page" target="l" />',
    "form": '<c-form submit="Save" cancel="/x/" draft="d" version="3" part="#p">'
    '<c-field label="Name" id="n"><input id="n"></c-field></c-form>',
    "drop_zone": '<c-drop-zone action="/x/" label="File" help="EVTX" accept=".evtx" multiple="1" max_bytes="10" />',
}


class Balance(HTMLParser):
    """Raises when tags are not closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for key, value in attrs if key == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for key, value in attrs if key == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag


def request_of(address: str) -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    return request


def drawn(markup: str, address: str = "/alerts/", **more: object) -> str:
    request = request_of(address)
    context: dict[str, object] = {
        "noon": NOON,
        "span": timedelta(hours=30),
        "state": State("Open", Tone.ACT),
        "tabs": (Tab(href="/x/", label="All", current=True, count=3),),
        "links": (Link(href="/x/", label="File", state=State("Verified", Tone.GOOD), note="kept"),),
        "steps": (Step(label="One", state="done", href="/1/"), Step(label="Two", state="current")),
        "job": SampleJob(state="running", done=5, total=10, rate_per_second=2.5, seconds_left=2),
        "figure": charts()[0],
        "body": {"a": "<b>", "n": None, "x": [1, 2.5]},
        "page": Page(rows=(1,), number=2, size=25, total=60),
        "facets": (facet(request, name="level", label="Severity", options=[("high", "High", 3)]),),
        # Names that a page may well use: no component may mistake them for its own.
        "label": "LEAK",
        "title": "LEAK",
        "name": "LEAK",
        "href": "LEAK",
        "unit": "LEAK",
        "id": "LEAK",
        "why": "LEAK",
        **more,
    }
    template = engines["django"].from_string(CottonCompiler().process(markup))
    return template.render(context, request)


@pytest.mark.parametrize("markup", MARKUP.values(), ids=MARKUP.keys())
def test_a_component_renders_alone_as_balanced_markup_and_takes_nothing_from_the_page(markup: str) -> None:
    html = drawn(markup)
    parser = Balance()
    parser.feed(html)
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))
    assert "LEAK" not in html


def test_every_component_is_drawn_by_a_test_and_described() -> None:
    files = {path.stem for path in (PACKAGE / "web/templates/cotton").glob("*.html")}
    used = {name.replace("-", "_") for markup in MARKUP.values() for name in re.findall(r"<c-([a-z-]+)", markup)}
    readme = (PACKAGE / "web/README.md").read_text("utf-8")
    described = {name.replace("-", "_") for name in re.findall(r"`c-([a-z-]+)`", readme)}
    assert files - used == {"refusal"}
    assert files - described == set()
    assert described - files == set()


def test_the_home_page_draws_each_figure_as_a_link_to_its_why() -> None:
    cards = (Card(label="New alerts", value="7", why="/alerts/?state=new", tone=Tone.ACT, sample="7 days", at=NOON),)
    html = get_template("web/home.html").render({"title": "Today", "lead": "", "cards": cards}, request_of("/"))
    assert '<a href="/alerts/?state=new" title="Why?">7</a>' in html
    assert "7 days" in html


def test_the_gallery_shows_every_component(reader: Client) -> None:
    parser = Balance()
    parser.feed(reader.get("/design/").content.decode())
    assert parser.open == []
    assert len(parser.ids) == len(set(parser.ids))


def test_text_is_escaped_in_every_place() -> None:
    html = drawn('<c-record-header identifier="{{ evil }}" name="{{ evil }}" />{{ body|json_view }}', evil="<script>")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>" not in html


def test_a_running_job_is_polled_and_a_finished_one_is_not() -> None:
    assert 'hx-trigger="every 1s"' in drawn(MARKUP["progress"])
    assert "hx-trigger" not in drawn(MARKUP["progress"], job=SampleJob(state="done", done=10, total=10))
    assert "about" in drawn(MARKUP["progress"])


def test_a_sorted_column_says_so_and_turns_round() -> None:
    html = drawn('<c-col sort="time">Time</c-col>', "/alerts/?sort=time&q=x&page=3")
    assert 'aria-sort="ascending"' in html
    assert "sort=-time" in html
    assert "q=x" in html
    assert "page" not in html


def test_an_empty_list_teaches_and_a_narrowed_one_says_that_nothing_matches() -> None:
    markup = '<c-list id="l" label="A" :page="none"><c-slot name="empty">first act</c-slot></c-list>'
    none: Page[object] = Page(rows=(), number=1, size=50, total=0)
    assert "first act" in drawn(markup, none=none)
    html = drawn(markup, "/alerts/?q=zzz", none=none)
    assert "first act" not in html
    assert "Nothing matches" in html


def test_the_search_field_keeps_the_other_filters() -> None:
    html = drawn(MARKUP["search"], "/alerts/?q=mimi&level=high&level=low&page=4&sort=-time")
    assert 'value="mimi"' in html
    assert html.count('name="level"') == 2
    assert 'name="sort"' in html
    assert 'name="page"' not in html


@pytest.mark.parametrize(("language", "word"), [("en", "5 Mar 2026 12:00:00"), ("zh-hans", "2026年3月5日 12:00:00")])
def test_a_time_is_written_as_each_language_writes_it(language: str, word: str) -> None:
    with translation.override(language):
        html = drawn('{% load web %}{% when noon style="exact" %}')
    assert word in html
    assert 'datetime="2026-03-05T12:00:00+00:00"' in html
    assert 'title="2026-03-05 12:00:00 UTC (UTC+00:00)"' in html
