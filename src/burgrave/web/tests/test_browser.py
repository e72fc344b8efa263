"""The gallery in a real browser: accessible, quiet in the console, and every key does what the help says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from accessibility import violations
from browsing import DRESSED, DRESSES, IN_BROWSER, PHONE, listen, look, wear, window

WIDE: ViewportSize = {"width": 1440, "height": 900}

pytestmark = [
    *IN_BROWSER,
]


@pytest.fixture
def page(browser: Browser, address: str, said: list[str]) -> Iterator[Page]:
    context = window(browser, address, viewport=WIDE)
    yield listen(context.new_page(), said)
    context.close()


@pytest.mark.parametrize(("theme", "viewport", "language"), DRESSES, ids=DRESSED)
def test_the_gallery_has_no_accessibility_violation_and_an_empty_console(
    page: Page, address: str, said: list[str], theme: str, viewport: ViewportSize, language: str
) -> None:
    wear(page.context, address, look(theme=theme, language=language))
    page.set_viewport_size(viewport)
    page.goto("/design/?wrong=1&size=25")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert said == []


@pytest.mark.parametrize("path", ["/no/such/page/", "/refuse/conflict/", "/fail/"])
def test_an_error_page_has_no_accessibility_violation(page: Page, path: str) -> None:
    page.goto(path)
    assert violations(page) == []


def test_the_first_paint_asks_for_one_stylesheet_and_one_script(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.resource_type))
    page.goto("/design/?size=25")
    page.wait_for_load_state("load")
    assert sorted(kind for kind in asked if kind != "xhr") == ["document", "script", "stylesheet"]


def test_slash_searches_question_mark_helps_and_escape_returns(page: Page) -> None:
    page.goto("/design/")
    page.keyboard.press("/")
    expect(page.locator("#alerts-search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#alerts-search")).not_to_be_focused()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_j_and_k_walk_the_rows_x_selects_and_enter_opens(page: Page) -> None:
    page.goto("/design/?size=25")
    for key in "jjjk":
        page.keyboard.press(key)
    rows = page.locator("#alerts tbody tr")
    expect(rows.nth(1)).to_have_attribute("data-at", "")
    page.keyboard.press("x")
    expect(rows.nth(1).locator("[data-pick]")).to_be_checked()
    expect(page.locator(".bulk-count")).to_have_text("1 selected")
    page.keyboard.press("Enter")
    page.wait_for_url("**/design/?detail=*")


def test_g_and_a_letter_goes_and_a_letter_typed_into_a_field_does_not(page: Page, address: str) -> None:
    page.goto("/design/")
    page.locator("#top-search").fill("")
    page.locator("#top-search").press_sequentially("gh")
    assert page.url == f"{address}/design/"
    page.locator("#top-search").blur()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{address}/")


def test_tab_reaches_the_skip_link_first_and_it_leads_to_the_content(page: Page) -> None:
    page.goto("/design/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_shift_selects_a_range_and_the_head_selects_all(page: Page) -> None:
    page.goto("/design/?size=25")
    picks = page.locator("#alerts [data-pick]")
    picks.nth(2).click()
    picks.nth(5).click(modifiers=["Shift"])
    expect(page.locator(".bulk-count")).to_have_text("4 selected")
    page.locator("[data-pick-all]").click()
    expect(page.locator(".bulk-count")).to_have_text("25 selected")


def test_searching_replaces_the_list_alone_and_the_address_says_so(page: Page) -> None:
    page.goto("/design/")
    page.evaluate("window.stayed = true")
    page.locator("#alerts-search").press_sequentially("nothing")
    page.wait_for_url("**/design/?*q=nothing*")
    expect(page.locator("#alerts")).to_contain_text("Nothing matches")
    assert page.evaluate("window.stayed")
    expect(page.locator("#alerts-search")).to_be_focused()
    expect(page.locator("#alerts-search")).to_have_value("nothing")


def test_a_facet_stays_open_while_values_are_chosen_and_pages_turn(page: Page) -> None:
    page.goto("/design/?size=25")
    page.locator("#alerts-facet-level summary").click()
    page.locator("#alerts-facet-level a", has_text="High").click()
    page.wait_for_url("**level=high*")
    expect(page.locator("#alerts-facet-level")).to_have_attribute("open", "")
    expect(page.locator("#alerts-facet-level summary")).to_contain_text("High")
    page.keyboard.press("Escape")
    page.locator("#alerts .pagination [rel=next]").click()
    page.wait_for_url("**page=2*")
    expect(page.locator("#alerts .range")).to_contain_text("26–50 of 137")


def test_what_was_typed_survives_leaving_the_page_and_can_be_thrown_away(page: Page) -> None:
    page.goto("/design/")
    page.locator("#sample-reason").fill("half a thought")
    page.goto("/design/?size=25")
    expect(page.locator("#sample-reason")).to_have_value("half a thought")
    page.get_by_role("button", name="Throw it away").click()
    expect(page.locator("#sample-reason")).to_have_value("")
    page.reload()
    expect(page.locator("#sample-reason")).to_have_value("")


@pytest.mark.parametrize(
    ("action", "kept"), [("/save/", ""), ("/refuse/conflict/", "my words"), ("/fail/", "my words")]
)
def test_what_was_sent_is_forgotten_only_when_it_was_accepted(page: Page, action: str, kept: str) -> None:
    page.goto("/design/")
    page.evaluate("action => { document.querySelector('[data-draft=\"design.form\"]').action = action }", action)
    page.locator("#sample-title").fill("my title")
    page.locator("#sample-reason").fill("my words")
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()
    page.goto("/design/?size=25")
    expect(page.locator("#sample-reason")).to_have_value(kept)


def test_what_was_typed_is_gone_after_signing_out(page: Page) -> None:
    page.goto("/design/")
    page.locator("#sample-reason").fill("for my eyes")
    page.evaluate(
        "() => { const form = document.createElement('form'); form.action = '/hidden/'; form.dataset.signOut = '';"
        " document.body.append(form); form.requestSubmit() }"
    )
    page.wait_for_url("**/hidden/**")
    page.goto("/design/?size=25")
    expect(page.locator("#sample-reason")).to_have_value("")


def test_a_file_is_sent_with_progress_and_the_answer_is_followed(page: Page, address: str) -> None:
    page.goto("/design/")
    point_the_drop_zone_at(page, "/accept/")
    page.set_input_files("#file-input", files=file_of("a.evtx", b"x" * 3000))
    expect(page.locator(".drop-chosen")).to_have_text("a.evtx, 2.9 KiB")
    page.get_by_role("button", name="Send the file").click()
    page.wait_for_url(f"{address}/design/?received=3000")


def test_a_refused_file_says_why_beside_the_drop_zone(page: Page) -> None:
    page.goto("/design/")
    point_the_drop_zone_at(page, "/accept/")
    page.set_input_files("#file-input", files=file_of("empty.evtx", b""))
    page.get_by_role("button", name="Send the file").click()
    expect(page.locator("[data-answer]")).to_contain_text("The file is empty.")
    expect(page.locator("[data-answer]")).to_contain_text("Choose another one.")


def test_a_file_that_is_too_large_is_not_even_sent(page: Page) -> None:
    page.goto("/design/")
    page.evaluate("document.querySelector('[data-drop]').dataset.maxBytes = '2'")
    page.set_input_files("#file-input", files=file_of("big.evtx", b"xxx"))
    expect(page.locator("[data-answer]")).to_contain_text("big.evtx is larger than 2 B")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Send the file").click()
    assert "POST" not in sent


def test_a_dialog_opens_from_its_button_and_the_focus_comes_back(page: Page) -> None:
    page.goto("/design/")
    opener = page.locator("[commandfor='close-case']")
    opener.click()
    expect(page.locator("#close-case")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#close-case")).to_be_hidden()
    expect(opener).to_be_focused()


def test_the_theme_changes_without_a_script(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/design/?size=25")
    page.locator(".topbar details.menu summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.url == f"{address}/design/?size=25"
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()


def test_on_a_phone_the_navigation_opens_and_the_workbench_shows_one_pane(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/design/?size=25")
    expect(page.locator("#navigation")).to_be_hidden()
    page.locator(".nav-button").click()
    expect(page.locator("#navigation")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".pane-detail")).to_be_hidden()
    page.locator("#workbench .work-item a").first.click()
    page.wait_for_url("**/design/?detail=*")
    expect(page.locator(".pane-detail")).to_be_visible()
    expect(page.locator(".pane-list")).to_be_hidden()


def test_an_opened_item_replaces_the_detail_alone_and_escape_leads_back(page: Page, address: str) -> None:
    page.goto("/design/?size=25")
    page.evaluate("window.stayed = true")
    page.locator("#workbench .work-item a").nth(1).click()
    page.wait_for_url("**/design/?detail=*")
    expect(page.locator("#detail code")).to_contain_text("00000002")
    expect(page.locator("#workbench .work-item a").nth(1)).to_have_attribute("aria-current", "true")
    assert page.evaluate("window.stayed")
    page.keyboard.press("Escape")
    page.wait_for_url(f"{address}/design/#workbench")


def test_every_target_is_large_enough_for_a_finger(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, viewport=PHONE, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto("/design/?size=25")
    small = page.evaluate(
        """() => [...document.querySelectorAll('.button, .switch button, .copy, .nav a, .search input, .tabs a')]
        .map(node => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
        .filter(([, box]) => box.height > 0 && box.height < 36).map(([html]) => html)"""
    )
    assert small == []
    context.close()


def file_of(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def point_the_drop_zone_at(page: Page, action: str) -> None:
    page.evaluate("action => { document.querySelector('[data-drop]').action = action }", action)


def test_a_chart_says_its_values_to_pointer_and_keys(page: Page, said: list[str]) -> None:
    page.goto("/design/#charts")
    chart, tip = page.locator("#chart-1 .chart"), page.locator(".chart-tip")
    chart.locator("[tabindex='0']").focus()
    expect(tip).to_contain_text("Found by rules · 2026-03-05 12:00: 20")
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("Found by rules · 2026-03-06")
    assert chart.locator("[tabindex='0']").count() == 1
    page.keyboard.press("End")
    expect(tip).to_contain_text("Reported by people")
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.locator("#chart-3 .ch-bar").nth(3).hover()
    expect(tip).to_contain_text("1 Mar · Low: 15")
    assert said == []


def test_the_table_behind_a_chart_is_saved_as_text_that_no_spreadsheet_evaluates(page: Page, said: list[str]) -> None:
    page.goto("/design/#charts")
    behind = page.locator("#chart-4 .chart-behind")
    behind.locator("summary").click()
    behind.locator("tbody td").first.evaluate("node => { node.textContent = '=1+1'; }")
    with page.expect_download() as caught:
        behind.get_by_role("button", name="Save as CSV").click()
    text = caught.value.path().read_text("utf-8-sig")
    assert text.splitlines()[:2] == ["Incident,Open for (days)", "'=1+1,12 days"]
    assert said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_drawing_wears_both_themes(page: Page, address: str, theme: str) -> None:
    wear(page.context, address, look(theme=theme, language="en"))
    page.goto("/design/#charts")
    colour = page.locator("#chart-1 .ch-line.ch-s1").first.evaluate("node => getComputedStyle(node).stroke")
    assert colour == {"light": "rgb(65, 73, 196)", "dark": "rgb(163, 171, 255)"}[theme]
