"""Hunting as the kit of lists knows it: views are saved hunts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.events.queries import listing
from burgrave.events.terms import HUNT
from burgrave.lists.terms import ListSpec

LIST = ListSpec(
    name="events.hunts",
    label=_("Hunting"),
    url_name="events:hunting",
    permission=HUNT,
    columns=listing.COLUMNS,
    ids=listing.ids_of,
    rows=listing.rows_of,
    whole=_("Every event"),
)
