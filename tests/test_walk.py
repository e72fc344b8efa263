"""The sample enterprise, walked through in a real browser: every kind of page, in both languages, themes and widths."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import live
import walk
from browsing import IN_BROWSER
from burgrave.engines.attack.tests.bundles import bundle

pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]

LEAST_KINDS = 40


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Installation]:
    """The sample in Chinese, whose words are the shortest and the widest, for both walks."""
    home = tmp_path_factory.mktemp("home")
    live.set_up(home)
    loaded = live.run(home, "sample", "load", "--language", "zh-hans", timeout=300)
    assert loaded.returncode == 0, loaded.stderr
    _with_attack(home)
    installation = live.start(home)
    try:
        installation.wait_until_up()
        yield installation
    finally:
        installation.stop()


def _with_attack(home: Path) -> None:
    """A small release of ATT&CK and a layer, so that their pages are walked too."""
    release, plan = home / "enterprise-attack.json", home / "plan.json"
    release.write_bytes(bundle())
    techniques = [{"techniqueID": each, "score": 1, "color": "#e60d0d"} for each in ("T1059", "T1490")]
    whole = {"name": "Plan", "versions": {"layer": "4.5"}, "domain": "enterprise-attack", "techniques": techniques}
    plan.write_text(json.dumps(whole))
    for words in (("attack", str(release)), ("layer", str(plan))):
        done = live.run(home, "rules", *words, "--as", live.ADMIN)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("language", "theme", "width", "of_dress"),
    [("en", "light", 1280, False), ("zh-hans", "dark", 390, True)],
    ids=["English, light and wide", "Chinese, dark and on a phone"],
)
def test_every_kind_of_page_opens_without_a_fault(
    browser: Browser, running: live.Installation, language: str, theme: str, width: int, *, of_dress: bool
) -> None:
    """The other six combinations are walked by tools/walk.py, which takes some minutes."""
    found = walk.walk(
        browser,
        running.base,
        email=live.ADMIN,
        password=live.PASSWORD,
        language=language,
        theme=theme,
        width=width,
        of_dress=of_dress,
    )
    assert found.faults == []
    assert len(found.seen) >= LEAST_KINDS, sorted(found.seen)
