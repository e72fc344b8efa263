"""The sample enterprise, walked through in a real browser: every kind of page, in both languages, themes and widths."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import live
import walk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine"),
]

LEAST_KINDS = 40


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=walk.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["en", "zh-hans"])
def enterprise(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of an installation with the sample in this language, and the language."""
    home: Path = tmp_path_factory.mktemp("home")
    live.set_up(home)
    loaded = live.run(home, "sample", "load", "--language", request.param, timeout=300)
    assert loaded.returncode == 0, loaded.stderr
    running = live.start(home)
    try:
        running.wait_until_up()
        yield running.base, request.param
    finally:
        running.stop()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)], ids=["wide and light", "phone and dark"])
def test_every_kind_of_page_opens_without_a_fault(
    chromium: Browser, enterprise: tuple[str, str], theme: str, width: int
) -> None:
    base, language = enterprise
    found = walk.walk(
        chromium, base, email=live.ADMIN, password=live.PASSWORD, language=language, theme=theme, width=width
    )
    assert found.faults == []
    assert len(found.seen) >= LEAST_KINDS, sorted(found.seen)
