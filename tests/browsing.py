"""A real browser for tests: one for each file of them, windows that are signed in, and what is wrong with a page."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from django.test import Client
    from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS: Final = ("--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update")
WIDE: Final[ViewportSize] = {"width": 1280, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DRESSES: Final = (
    ("light", WIDE, "en"),
    ("dark", PHONE, "en"),
    ("dark", WIDE, "zh-hans"),
    ("light", PHONE, "zh-hans"),
)
"""Theme, window and language: each two of them stand together once."""
DRESSED: Final = ("light-wide-en", "dark-phone-en", "dark-wide-zh-hans", "light-phone-zh-hans")
IN_BROWSER: Final = (
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
)
"""The marks of a file of such tests."""
_STICKS_OUT: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def chromium() -> Iterator[Browser]:
    """A Chromium runs, and meanwhile Django takes this thread for one that may ask the database."""
    from playwright.sync_api import sync_playwright  # the driver loads slowly, and this file with every run of tests

    # The synchronous driver runs its own event loop in this thread; Django would take that for asynchronous code.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def said() -> list[str]:
    """What the browser's console said, and every error that a script raised."""
    return []


def window(browser: Browser, url: str, *, client: Client | None = None, **wishes: Any) -> BrowserContext:
    """A wide context at this address, signed in as the client is; ``wishes`` are Playwright's."""
    context = browser.new_context(**{"viewport": WIDE, "base_url": url, **wishes})
    if client is not None:
        wear(context, url, {name: morsel.value for name, morsel in client.cookies.items()})
    return context


def wear(context: BrowserContext, url: str, cookies: Mapping[str, str]) -> None:
    """The context has these cookies at the address."""
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])


def look(*, theme: str = "", language: str = "") -> dict[str, str]:
    """The cookies of a theme and a language, where they are given."""
    chosen = {"burgrave_theme": theme, "django_language": language}
    return {name: value for name, value in chosen.items() if value}


def listen(page: Page, said: list[str]) -> Page:
    """From now on what the console says, and every error of a script, is added to ``said``."""
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(f"error: {error}"))
    return page


def faults_of(page: Page, name: str) -> list[str]:
    """What axe finds wrong on the page, and by how much it is wider than the screen."""
    from accessibility import violations  # loads the driver

    found = [f"{name}: {fault}" for fault in violations(page)]
    sticks_out = page.evaluate(_STICKS_OUT)
    return found + ([f"{name}: {sticks_out} px wider than the screen"] if sticks_out > 0 else [])


def keep(page: Page, name: str) -> None:
    """The page is kept as a picture where ``BURGRAVE_SCREENSHOTS`` names a folder."""
    if folder := os.environ.get("BURGRAVE_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def faults_of_all(page: Page, addresses: Mapping[str, str], *, picture: str) -> list[str]:
    """The faults of each of the pages, by their names; ``picture`` ends the name of each that is kept."""
    faults: list[str] = []
    for name, address in addresses.items():
        answer = page.goto(address, wait_until="load")
        if answer is None or answer.status != 200:
            faults.append(f"{name}: {answer.status if answer else 'no answer'}")
        faults += faults_of(page, name)
        keep(page, f"{name}-{picture}")
    return faults
