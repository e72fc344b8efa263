"""The left navigation: every heading stands once, every letter opens one place, every place exists."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from django.urls import reverse

from burgrave.site.navigation import WEB_NAV


def test_each_heading_stands_once() -> None:
    headings = [heading for heading, _ in groupby(str(entry.group) for entry in WEB_NAV)]
    assert [heading for heading, count in Counter(headings).items() if count > 1] == []


def test_a_letter_opens_one_place() -> None:
    letters = Counter(entry.key for entry in WEB_NAV if entry.key)
    assert [letter for letter, count in letters.items() if count > 1] == []


def test_every_place_has_an_address_of_its_own() -> None:
    addresses = [reverse(entry.url_name) for entry in WEB_NAV]
    assert len(set(addresses)) == len(addresses)
