"""The whole chain in a real browser: from the set-up link over a dropped file to a bundle that an outsider verifies.

With ``BURGRAVE_SCREENSHOTS`` naming a folder, every page is kept there as a picture, in both themes, wide and phone,
in both languages.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response

import live
from accessibility import violations
from browsing import IN_BROWSER
from burgrave.sample.rules.events import workday

pytestmark = [
    *IN_BROWSER,
    pytest.mark.slow,
]

ROOT = Path(__file__).resolve().parent.parent
ATTACKS = (
    "Lateral Movement/LM_Remote_Service02_7045.evtx",
    "Credential Access/sysmon_10_11_lsass_memdump.evtx",
    "Execution/temp_scheduled_task_4698_4699.evtx",
)


@dataclass
class Watched:
    """A page whose console and answers are kept."""

    page: Page
    base: str
    noise: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.noise.append(f"script: {error}"))
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type != "verbose":  # advice that no console shows unless asked
            self.noise.append(f"console {message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or not response.url.startswith(self.base):
            self.noise.append(f"{response.status} {response.url}")

    def go(self, path: str) -> Page:
        self.page.goto(self.base + path, wait_until="load")
        return self.page

    def press(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).first.click()
        self.page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def unset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Installation]:
    home = tmp_path_factory.mktemp("chain")
    running = live.start(home)
    try:
        running.wait_until_answering()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Recorded attacks where they are at hand, and the made-up working day anywhere."""
    folder = tmp_path_factory.mktemp("files")
    day = folder / "workday.jsonl"
    damaged = b'{"Event": {"System": \n' + b"not json at all\n"
    day.write_bytes(workday(begins=datetime(2026, 3, 2, 8, tzinfo=UTC), seed=7) + damaged)
    shared = Path(os.environ.get("BURGRAVE_SHARED_DATA") or ROOT.parent / "shared" / "data") / "evtx"
    return [day, *[shared / name for name in ATTACKS if (shared / name).exists()]]


@pytest.fixture(scope="module")
def chain(browser: Browser, unset: live.Installation) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB", accept_downloads=True)
    watched = Watched(context.new_page(), unset.base)
    yield watched
    context.close()


def test_1_the_printed_link_sets_the_organisation_up(chain: Watched, unset: live.Installation) -> None:
    page = chain.go("/events/")
    assert "/setup/" in page.url
    link = re.search(r"http://\S+/setup/\S+/", unset.log.read_text())
    assert link
    page.goto(link.group(0))
    page.fill("[name=organisation]:focus", "Lindenau Logistics")
    page.fill("[name=name]", "Ada Brandt")
    page.fill("[name=email]", live.ADMIN)
    page.fill("[name=password]", live.PASSWORD)
    page.fill("[name=again]", live.PASSWORD)
    chain.press("Set up")
    if "/login/" in page.url:
        page.fill("[name=login]:focus", live.ADMIN)
        page.fill("[name=password]", live.PASSWORD)
        chain.press("Sign in")
    assert page.url == f"{chain.base}/"
    # The link is dead after its use.
    assert page.goto(link.group(0)).status in {404, 409, 410}  # type: ignore[union-attr]  # a page was loaded
    assert [line for line in chain.noise if "Failed to load resource" not in line] == []
    chain.noise.clear()


def test_2_dropped_files_are_read_and_become_alerts(chain: Watched, files: list[Path]) -> None:
    page = chain.go("/events/")
    page.set_input_files("input[type=file]", [str(path) for path in files])
    chain.press("Send and read")
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        chain.go("/events/")
        states = page.locator("#files tbody tr").all_inner_texts()
        if len(states) == len(files) and all("Read" in row.split("\t")[1] for row in states):
            break
        time.sleep(0.5)
    assert len(states) == len(files), states
    page.get_by_role("link", name="workday.jsonl").first.click()
    page.wait_for_load_state("networkidle")
    text = page.locator("main").inner_text()
    assert "Unreadable records" in text
    assert page.locator("#unreadable tbody tr").count() == 2
    assert chain.noise == []


def test_3_triage_by_keyboard_and_an_incident_from_chosen_alerts(chain: Watched) -> None:
    page = chain.go("/alerts/")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    page.wait_for_selector("#detail h1, #detail h2")
    chain.press("Acknowledge: it is mine")
    chain.go("/incidents/new/")
    if page.locator("input[name=selected]").count() == 0:
        chain.press("Begin")
    for box in page.locator("input[name=selected]").all():
        box.check()
    chain.press("Keep and go on")
    page.fill("[name=title]", "Credential theft and lateral movement")
    page.select_option("[name=severity]", "critical")
    page.fill("[name=summary]", "A document started a script; credentials were taken.")
    chain.press("Keep and go on")
    page.select_option("[name=lead]", label="Ada Brandt")
    chain.press("Keep and go on")
    chain.press("Open the incident")
    assert re.fullmatch(rf"{chain.base}/incidents/INC-\d{{4}}-0001/", page.url)
    assert chain.noise == []


def test_4_the_incident_is_worked_on_and_closed(chain: Watched) -> None:
    page = chain.page
    case = page.url.removeprefix(chain.base)
    page.fill("#notes textarea", "Called the owner of WS-0142; the machine is off the network.")
    chain.press("Add the note")
    chain.go(case + "timeline/")
    page.fill("[name=at]", "2026-03-02T11:05:00")
    page.fill("[name=text]", "Network port of WS-0142 shut.")
    page.locator("main form.form button.primary").click()
    page.wait_for_load_state("networkidle")
    chain.go(case)
    for box in page.locator("#alerts input[name=selected]").all():
        box.check()
    chain.press("Confirm the chosen")
    chain.go(case)
    for word in ("Contained", "Eradicated", "Recovered"):
        page.locator("main .record-header form button.primary").first.click()
        page.wait_for_load_state("networkidle")
        assert word in page.locator(".record-header .state").first.inner_text()
    chain.go(case + "close/")
    page.fill("[name=cause]", "Macros from the internet were allowed.")
    page.fill("[name=impact]", "Two machines, one service account.")
    page.fill("[name=lessons]", "Block macros; separate the service account.")
    page.locator("main form.form button.primary").click()
    page.wait_for_load_state("networkidle")
    assert page.url == chain.base + case
    assert "Closed" in page.locator(".record-header").inner_text()
    assert chain.noise == []


def test_5_the_bundle_convinces_an_outsider_and_no_byte_of_it_can_change(chain: Watched, tmp_path: Path) -> None:
    page = chain.page
    chain.press("Sign an evidence bundle")
    with page.expect_download() as download:
        page.locator("main a[href$='/download/'], main a[download]").first.click()
    bundle = tmp_path / "bundle.zip"
    download.value.save_as(bundle)
    found = re.search(r"SHA256:[A-Za-z0-9+/]{43}", page.locator("main").inner_text())
    assert found
    fingerprint = found.group(0)

    sound = verify(bundle, fingerprint)
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "NOT VERIFIED" not in sound.stdout
    assert sound.stdout.count("verified") > 10

    content = bytearray(bundle.read_bytes())
    for at in (0, len(content) // 3, len(content) // 2, len(content) - 1):
        forged = tmp_path / "forged.zip"
        changed = bytearray(content)
        changed[at] ^= 1
        forged.write_bytes(changed)
        refused = verify(forged, fingerprint)
        assert refused.returncode == 1, refused.stdout
        assert "NOT VERIFIED" in refused.stdout
    assert chain.noise == []


def verify(bundle: Path, fingerprint: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "burgrave.engines.evidence", str(bundle), "--key", fingerprint],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def paths(chain: Watched) -> list[str]:
    """Every kind of page, with a real object on each."""
    page, found = (
        chain.page,
        ["/", "/events/", "/alerts/", "/incidents/", "/incidents/new/", "/rules/", "/rules/faults/"],
    )
    found += ["/ledger/", "/evidence/", "/people/", "/people/add/", "/people/units/", "/me/", "/me/password/"]
    for start, pattern in [
        ("/events/", r"^/events/[0-9a-f-]{36}/$"),
        ("/alerts/?state=escalated", r"^/alerts/[0-9a-f-]{36}/"),
        ("/incidents/?state=closed", r"^/incidents/INC-\d+-\d+/$"),
        ("/rules/", r"^/rules/[0-9a-f-]{36}/$"),
        ("/ledger/", r"^/ledger/\d+/$"),
        ("/evidence/", r"^/evidence/[0-9a-f-]{36}/$"),
        ("/people/", r"^/people/[0-9a-f-]{36}/$"),
        ("/people/units/", r"^/people/units/[0-9a-f-]{36}/$"),
    ]:
        chain.go(start)
        links = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.getAttribute('href'))")
        matching = [link.split("?")[0] for link in links if re.match(pattern, link.split("?")[0])]
        assert matching, (start, links)
        found.append(matching[0])
    return found


# The two dresses in which tests/test_walk.py does not go everywhere; all eight when pictures are asked for.
VARIANTS = (
    list(itertools.product(("light", "dark"), ("wide", "phone"), ("en", "zh-hans")))
    if os.environ.get("BURGRAVE_SCREENSHOTS")
    else [("dark", "wide", "en"), ("light", "phone", "zh-hans")]
)


@pytest.mark.parametrize(("theme", "width", "language"), VARIANTS, ids=["-".join(variant) for variant in VARIANTS])
def test_6_every_page_is_accessible_and_quiet(
    chain: Watched, browser: Browser, paths: list[str], theme: str, width: str, language: str
) -> None:
    context = browser.new_context(
        storage_state=chain.page.context.storage_state(),
        viewport={"width": 1440, "height": 900} if width == "wide" else {"width": 390, "height": 844},
        color_scheme=theme,  # type: ignore[arg-type]  # one of the two that are listed above
        has_touch=width == "phone",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": chain.base}])
    watched = Watched(context.new_page(), chain.base)
    faults: list[str] = []
    for path in paths:
        page = watched.go(path)
        assert page.locator("html").get_attribute("lang") == {"en": "en", "zh-hans": "zh-Hans"}[language]
        faults += [f"{path}: {fault}" for fault in violations(page)]
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if overflow > 0:
            faults.append(f"{path}: the page is {overflow} px wider than the screen")
        folder = os.environ.get("BURGRAVE_SCREENSHOTS")
        if folder:
            name = path.strip("/").replace("/", "_") or "home"
            page.screenshot(path=Path(folder) / f"{name}-{theme}-{width}-{language}.png", full_page=True)
    context.close()
    assert faults == []
    assert watched.noise == []
