"""What axe finds wrong on a page, by the rules of WCAG 2.0 to 2.2 A and AA and its own best practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passed is not collected: describing every element of a long page takes longer than judging it.
OPTIONS = {"resultTypes": ["violations"], "reporter": "no-passes"}
# What a theme, a width or the length of words can break; the rest is the same in every dress.
OF_DRESS = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
SHELL = ["body > header", "#navigation"]
MOST = 3


def violations(page: Page, *, of_dress: bool = False, shell: bool = True) -> list[str]:
    """A line for each rule that the page breaks, with its impact and the first elements that break it.

    ``of_dress`` asks only what differs between themes, widths and languages. Without ``shell`` the header and the
    navigation, which are the same on every page, are left out.
    """
    lines: list[str] = []
    only = {"type": "rule", "values": OF_DRESS} if of_dress else {"type": "tag", "values": TAGS}
    where = None if shell else {"exclude": [[each] for each in SHELL]}
    for each in Axe().run(page, context=where, options=OPTIONS | {"runOnly": only}).response["violations"]:
        nodes = [node for node in each["nodes"] if each["id"] != "target-size" or not _is_in_chart(page, node)]
        if nodes:
            lines.append(f"{each['id']} ({each['impact']}): {[node['html'][:160] for node in nodes[:MOST]]}")
    return lines


def _is_in_chart(page: Page, node: dict[str, Any]) -> bool:
    """Points may lie close: criterion 2.5.8 excepts a link that the page has elsewhere, here in the table behind it."""
    return bool(
        page.evaluate("found => Boolean(document.querySelector(found)?.closest('svg.chart'))", node["target"][0])
    )
