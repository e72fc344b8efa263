"""Parts, pages, order, facets, refusals, appearance: answers of the small site and pure helpers."""

from __future__ import annotations

import pytest
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import translation
from django_htmx.middleware import HtmxDetails
from pytest_django import Settings

from burgrave.web import pages, shell
from burgrave.web.middleware import RefusalMiddleware
from burgrave.web.shell import NavEntry, shell_of
from burgrave.web.terms import Actor

HTMX = {"HX-Request": "true"}


def asked(address: str, headers: dict[str, str] | None = None) -> HttpRequest:
    request = RequestFactory().get(address, headers=headers)
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]  # the middleware of django-htmx sets it
    return request


@pytest.mark.parametrize(
    ("raw", "number"), [("", 1), ("3", 3), ("0", 1), ("-2", 1), ("x", 1), ("٣", 1), ("9" * 40, 1), ("1e3", 1)]
)
def test_an_absurd_page_number_means_the_first_page(raw: str, number: int) -> None:
    assert pages.page_number(asked(f"/?page={raw}")) == number


@pytest.mark.parametrize(("raw", "size"), [("", 50), ("25", 25), ("100", 100), ("1000000", 50), ("x", 50)])
def test_only_three_page_sizes_are_given(raw: str, size: int) -> None:
    assert pages.page_size(asked(f"/?size={raw}")) == size


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", ("-at", "-id")),
        ("sort=time", ("at", "id")),
        ("sort=-time", ("-at", "-id")),
        ("sort=level", ("level",)),
        ("sort=-down", ("level",)),
        ("sort=password", ("-at", "-id")),
        ("sort=--time", ("-at", "-id")),
    ],
)
def test_the_address_orders_only_by_known_columns(query: str, fields: tuple[str, ...]) -> None:
    columns = {"time": "at id", "level": "level", "down": "-level"}
    assert pages.sort_of(asked(f"/?{query}"), columns, default="-time") == fields


def test_a_facet_puts_its_value_into_the_address_and_takes_it_out_again() -> None:
    request = asked("/alerts/?q=mimi&level=high&page=4")
    facet = pages.facet(request, name="level", label="Severity", options=[("high", "High", 3), ("low", "Low", None)])
    high, low = facet.options
    assert (high.chosen, low.chosen) == (True, False)
    assert high.href == "/alerts/?q=mimi"
    assert low.href == "/alerts/?q=mimi&level=high&level=low"
    assert facet.chosen == (high,)


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
    ids=["plain", "htmx", "boosted", "history"],
)
def test_only_an_own_request_of_htmx_wants_a_part(headers: dict[str, str], wanted: bool) -> None:  # noqa: FBT001 - a table of answers
    assert pages.wants_part(asked("/", headers)) is wanted


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_no_cell_of_an_export_is_a_formula(value: str) -> None:
    assert pages.csv_safe(value).startswith("'")
    assert pages.csv_safe("plain") == "plain"


@pytest.mark.parametrize(
    ("kind", "status"), [("conflict", 409), ("forbidden", 403), ("unseen", 404), ("unreadable", 422)]
)
def test_a_refusal_raised_in_a_view_is_a_page_with_its_status(reader: Client, kind: str, status: int) -> None:
    answer = reader.get(f"/refuse/{kind}/")
    assert answer.status_code == status
    assert f'<p class="status-number">{status}</p>' in answer.content.decode()
    assert "<html" in answer.content.decode()


def test_a_refusal_asked_for_by_htmx_is_a_notice_put_into_the_notice_region(reader: Client) -> None:
    answer = reader.get("/refuse/conflict/", headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "The incident is closed." in text
    assert "Open it again first." in text
    assert "<html" not in text


def test_an_unknown_address_and_a_failure_are_told_in_house_words(reader: Client) -> None:
    missing, failed = reader.get("/no/such/page/"), reader.get("/fail/")
    assert missing.status_code == 404
    assert "nothing at this address" in missing.content.decode()
    assert failed.status_code == 500
    assert "Nothing of this act was saved" in failed.content.decode()


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 500, 503])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_status_has_a_sentence_and_a_mend(status: int, language: str) -> None:
    with translation.override(language):
        refusal = pages.refusal_of_status(status)
    assert str(refusal)
    assert refusal.mend
    assert refusal.status == status


def test_a_form_that_was_open_too_long_is_refused_kindly(site: None) -> None:
    answer = Client(enforce_csrf_checks=True).post("/appearance/", {"theme": "dark"})
    assert answer.status_code == 403
    assert "open too long" in answer.content.decode()


def test_a_body_that_is_too_large_is_answered_413(site: None) -> None:
    middleware = RefusalMiddleware(lambda _: pages.refresh())
    answer = middleware.process_exception(asked("/"), RequestDataTooBig("too big"))
    assert answer is not None
    assert answer.status_code == 413
    assert middleware.process_exception(asked("/"), ValueError("something else")) is None


def test_the_chosen_theme_and_language_hold_and_lead_back(reader: Client) -> None:
    answer = reader.post("/appearance/", {"theme": "dark", "language": "zh-hans", "next": "/design/?size=25"})
    assert answer.headers["Location"] == "/design/?size=25"
    page = reader.get("/design/").content.decode()
    assert '<html lang="zh-Hans" data-theme="dark">' in page


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:x"])
def test_the_way_back_never_leaves_the_site(reader: Client, target: str) -> None:
    assert reader.post("/appearance/", {"theme": "dark", "next": target}).headers["Location"] == "/"


def test_an_unknown_theme_is_not_kept(reader: Client) -> None:
    answer = reader.post("/appearance/", {"theme": '"><script>', "language": "xx"})
    assert not answer.cookies


def test_the_gallery_is_closed_in_production(reader: Client, settings: Settings) -> None:
    settings.WEB_GALLERY = False
    assert reader.get("/design/").status_code == 404


def test_the_navigation_shows_what_the_reader_may_open_and_where_they_are(reader: Client) -> None:
    page = reader.get("/design/").content.decode()
    assert "Not for Alice" not in page
    assert "Nowhere" not in page
    assert page.count('aria-current="page" data-go="d"') == 1
    assert 'aria-current="page" data-go="h"' not in page


def test_a_row_of_tabs_is_found_by_any_of_its_pages(site: None, settings: Settings) -> None:
    assert shell.tabs("web:design") == ()
    settings.WEB_TABS = ((("web:design", "Design"), ("web:appearance", "Looks")), (("design-home", "Home"),))
    assert [(tab.label, tab.href, tab.current) for tab in shell.tabs("web:appearance")] == [
        ("Design", "/design/", False),
        ("Looks", "/appearance/", True),
    ]
    assert shell.tabs("elsewhere") == ()


def test_a_stranger_sees_no_navigation(site: None, settings: Settings) -> None:
    settings.WEB_NAV = (NavEntry("Home", "design-home", "house"),)
    request = asked("/")
    request.actor = Actor(person_id=None, label="people.nobody", name="Nobody")  # type: ignore[attr-defined]  # a middleware sets it
    assert shell_of(request).nav == ()


def test_every_answer_forbids_what_is_inline(reader: Client) -> None:
    policy = reader.get("/design/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_a_wrong_form_lists_its_errors_and_ties_them_to_the_fields(reader: Client) -> None:
    page = reader.get("/design/?wrong=1").content.decode()
    assert 'class="error-summary"' in page
    assert 'href="#sample-title"' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="sample-title_helptext sample-title_error"' in page
    assert 'id="sample-title_error"' in page
