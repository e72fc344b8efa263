"""What the pages of this domain share."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext as _

from burgrave.web.errors import BadInput
from burgrave.web.pages import BurgraveRequest
from burgrave.web.terms import Tab

PLACES: tuple[tuple[str, Callable[[], str]], ...] = (
    ("incidents:rules", lambda: _("Live rules")),
    ("detection:library", lambda: _("Rule library")),
    ("detection:trials", lambda: _("Trials of rules")),
    ("detection:exceptions", lambda: _("Exceptions to rules")),
    ("detection:placeholders", lambda: _("Placeholders of rules")),
    ("detection:health", lambda: _("Health of rules")),
    ("detection:coverage", lambda: _("Detection coverage")),
    ("detection:attack", lambda: _("ATT&CK coverage")),
    ("detection:batches", lambda: _("Imports of rules")),
    ("detection:switches", lambda: _("Switched off")),
)


def tabs(current: str) -> tuple[Tab, ...]:
    """The pages about rules, one beside the other."""
    return tuple(Tab(label=word(), href=reverse(name), current=name == current) for name, word in PLACES)


def version_in(request: BurgraveRequest) -> int:
    """The version that the form was made from. Raises BadInput."""
    raw = request.POST.get("version", "")
    if not (raw.isascii() and raw.isdigit() and len(raw) < 10):  # noqa: PLR2004 - more digits fit no column
        raise BadInput(
            _("The form does not say which version it was made from."),
            mend=_("Load the page again and repeat the act."),
        )
    return int(raw)
