"""Walk through every kind of page of a running Burgrave in a browser: look for faults, and keep pictures.

Usage: walk.py ADDRESS EMAIL [FOLDER] [--language en|zh-hans] [--theme light|dark] [--width N]. The password is read
from standard input. From the first page on, one page of each kind that a link leads to is opened. Printed is a line
for each fault; exit code 1 if there is any. With FOLDER a picture of each page is kept there, for the documentation.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Response, sync_playwright

from accessibility import violations

ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
HEIGHT = 900
NO_PAGES = re.compile(
    r"/api/|/logout/|/download|/export|\.csv$|/token/|/leaf|/proof$|checkpoint$|/tile/|/key/\w+/|/palette/"
)
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?:SAMPLE|INC)-\d+-\d+|(?<=/)\d+(?=/)")
NAMED = re.compile(r"(?<=^/operations/schedules/)[^/]+|(?<=^/people/roles/)[^/]+")


@dataclass(kw_only=True)
class Walk:
    """One walk by one person in one dress. ``faults`` has a line for each fault, ``seen`` the kinds of pages."""

    base: str
    page: Page
    language: str
    theme: str
    width: int
    of_dress: bool = False
    folder: Path | None = None
    faults: list[str] = field(default_factory=list)
    seen: dict[str, str] = field(default_factory=dict)
    here: str = ""

    def listen(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.fault(f"script: {error}"))
        self.page.on("response", self._answered)

    def fault(self, sentence: str) -> None:
        self.faults.append(f"{self.here} ({self.language}, {self.theme}, {self.width} px): {sentence}")

    def sign_in(self, email: str, password: str) -> None:
        self.page.context.add_cookies(
            [
                {"name": "burgrave_theme", "value": self.theme, "url": self.base},
                {"name": "django_language", "value": self.language, "url": self.base},
            ]
        )
        self.page.goto(f"{self.base}/accounts/login/")
        # Who types before the page put the cursor there keeps it from doing so, and the console says it.
        self.page.fill("[name=login]:focus", email)
        self.page.fill("[name=password]", password)
        self.page.locator("[name=password]").press("Enter")
        self.page.wait_for_load_state("load")

    def everywhere(self, *, most: int = 200) -> None:
        """From the first page on, one page of each kind."""
        waiting = ["/"]
        while waiting and len(self.seen) < most:
            path = waiting.pop(0)
            kind = kind_of(path)
            if kind in self.seen:
                continue
            self.seen[kind] = path
            self.look_at(path)
            waiting += [link for link in self._links() if kind_of(link) not in self.seen]

    def look_at(self, path: str) -> None:
        """The page is opened, and every fault that shows is noted."""
        self.here = path
        try:
            answer = self.page.goto(self.base + path, wait_until="load")
        except Error as error:
            if "Download is starting" in str(error):
                return  # a file, not a page
            raise
        if answer is None or answer.status != 200:
            self.fault(f"answers {answer.status if answer else 'nothing'}")
            return
        for violation in violations(self.page, of_dress=self.of_dress, shell=len(self.seen) == 1):
            self.fault(f"axe {violation}")
        too_wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if too_wide > 0:
            self.fault(f"is {too_wide} px wider than the window")
        if self.folder:
            name = re.sub(r"[^a-z0-9]+", "-", kind_of(path).replace("…", "one").lower()).strip("-") or "home"
            self.page.screenshot(path=str(self.folder / f"{name}.png"), full_page=True)

    def _links(self) -> Iterator[str]:
        for href in self.page.eval_on_selector_all("a[href]", "found => found.map(each => each.getAttribute('href'))"):
            parts = urlsplit(urljoin(self.base + self.here, href))
            if f"{parts.scheme}://{parts.netloc}" == self.base and not NO_PAGES.search(parts.path):
                yield parts.path

    def _said(self, message: ConsoleMessage) -> None:
        if message.type != "verbose":  # advice that no console shows unless asked
            self.fault(f"console {message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500 or not response.url.startswith(self.base):
            self.fault(f"{response.status} {response.url}")


def kind_of(path: str) -> str:
    """The path without what differs from one object to the next."""
    return NAMED.sub("…", VARYING.sub("…", path))


def walk(
    browser: Browser,
    base: str,
    *,
    email: str,
    password: str,
    language: str,
    theme: str,
    width: int,
    of_dress: bool = False,
    folder: Path | None = None,
) -> Walk:
    """A person walked everywhere; what was found stands in the answer.

    ``of_dress`` asks of the pages only what differs between dresses: for a second walk.
    """
    context = browser.new_context(viewport={"width": width, "height": HEIGHT})
    one = Walk(
        base=base,
        page=context.new_page(),
        language=language,
        theme=theme,
        width=width,
        of_dress=of_dress,
        folder=folder,
    )
    one.listen()
    one.sign_in(email, password)
    one.everywhere()
    context.close()
    return one


def main() -> int:
    """Walk once, and print what was found. Returns the exit code."""
    asked = argparse.ArgumentParser(description="Walk through every kind of page.")
    asked.add_argument("address")
    asked.add_argument("email")
    asked.add_argument("folder", nargs="?", type=Path)
    asked.add_argument("--language", default="en")
    asked.add_argument("--theme", default="light")
    asked.add_argument("--width", type=int, default=1280)
    given = asked.parse_args()
    if given.folder:
        given.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        found = walk(
            browser,
            given.address.rstrip("/"),
            email=given.email,
            password=sys.stdin.readline().strip(),
            language=given.language,
            theme=given.theme,
            width=given.width,
            folder=given.folder,
        )
        browser.close()
    for fault in found.faults:
        print(fault)
    print(f"{len(found.seen)} kinds of pages, {len(found.faults)} faults", file=sys.stderr)
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
