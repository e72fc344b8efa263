"""Evidence as a list of the kit. It has no acts on many: evidence never changes."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from burgrave.assurance.queries import listing
from burgrave.assurance.terms import READ
from burgrave.lists.terms import ListSpec

EVIDENCE = ListSpec(
    name="assurance.evidence",
    label=_("Evidence"),
    url_name="assurance:evidence",
    permission=READ,
    columns=listing.EVIDENCE_COLUMNS,
    ids=listing.evidence_ids,
    rows=listing.evidence_cells,
)
