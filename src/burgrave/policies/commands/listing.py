"""The library as a list that the kit knows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.lists.terms import ListSpec
from burgrave.policies.queries import listing
from burgrave.policies.terms import READ

LIST = ListSpec(
    name="policies.documents",
    label=_("Policies and norms"),
    url_name="policies:documents",
    permission=READ,
    columns=listing.COLUMNS,
    ids=listing.listed_ids,
    rows=listing.listed_rows,
)
