"""The ledger shows kinds and fields in these words."""

from __future__ import annotations

from django.utils.translation import gettext_noop

RECORD_WORDS = (
    gettext_noop("Day sealed"),
    gettext_noop("Day expired"),
    gettext_noop("Retention changed"),
    gettext_noop("Sample left"),
    gettext_noop("Kept on"),
    gettext_noop("Events"),
    gettext_noop("Parts"),
    gettext_noop("Revision"),
    gettext_noop("Days"),
    gettext_noop("Before"),
)
