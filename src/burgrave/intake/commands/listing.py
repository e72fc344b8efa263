"""The register as a list that the kit knows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.intake.queries import listing
from burgrave.intake.terms import READ
from burgrave.lists.terms import ListSpec

LIST = ListSpec(
    name="intake.log_sources",
    label=_("Log sources"),
    url_name="intake:log_sources",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
)
