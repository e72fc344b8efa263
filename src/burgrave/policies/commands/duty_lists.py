"""Exceptions and runs as lists that the kit knows."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.lists.terms import ListSpec
from burgrave.policies.queries import duty_listing as listing
from burgrave.policies.terms import READ

EXCEPTIONS = ListSpec(
    name="policies.exceptions",
    label=_("Exceptions"),
    url_name="policies:exceptions",
    permission=READ,
    columns=listing.EXCEPTION_COLUMNS,
    ids=listing.exception_ids,
    rows=listing.exception_rows,
)
RUNS = ListSpec(
    name="policies.runs",
    label=_("Procedure runs"),
    url_name="policies:runs",
    permission=READ,
    columns=listing.RUN_COLUMNS,
    ids=listing.run_ids,
    rows=listing.run_rows,
)
