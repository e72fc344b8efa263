"""What the pages of this domain share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest


def version_in(request: BurgraveRequest) -> int:
    """The version that the form was made from. Raises BadInput."""
    raw = request.POST.get("version", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):  # noqa: PLR2004 - more digits fit no column
        raise BadInput(
            _("The form does not say which version it was made from."),
            mend=_("Load the page again and repeat the act."),
        )
    return int(raw)
