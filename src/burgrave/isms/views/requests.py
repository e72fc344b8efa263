"""What is read from a request, parsed once."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest

FORM = ["GET", "HEAD", "POST"]
MOST_DIGITS = 9


def version_in(request: BurgraveRequest) -> int:
    """The version that the form was made from. Raises BadInput."""
    text = request.POST.get("version", "")
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise BadInput("the form names no version of what it changes", mend="Reload the page and try again.")
    return int(text)


def day_in(text: str) -> date | None:
    """The day of an address, None where it names none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def uuid_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
