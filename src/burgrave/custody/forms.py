"""What the addresses of custody say, parsed."""

from __future__ import annotations

from django.http import QueryDict
from django.utils.translation import gettext as _

from burgrave.ledger.terms import MAX_POSITION
from burgrave.web.errors import BadInput


def size_of(text: str) -> int | None:
    """How many records; None for what is no number."""
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) > len(str(MAX_POSITION)):
        return None
    return min(int(digits), MAX_POSITION)


def sizes_of(asked: QueryDict) -> tuple[int, int]:
    """The sizes of the smaller and the larger checkpoint. Raises BadInput."""
    old, new = size_of(asked.get("old", "")), size_of(asked.get("new", ""))
    if old is None or new is None:
        raise BadInput(
            _("comparing two checkpoints: two numbers of records are expected"),
            mend=_("Choose them in the list of checkpoints."),
        )
    return old, new
