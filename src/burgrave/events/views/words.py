"""Fields and spans of time in the reader's language, and the words of the ledger's records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from burgrave.engines.hunting.giving import FileFormat
from burgrave.events.terms import Span
from burgrave.web.terms import Words

SPANS: Final[Mapping[Span, Words]] = {
    Span.ALL: _("All times"),
    Span.HOUR: _("Last hour"),
    Span.DAY: _("Last 24 hours"),
    Span.WEEK: _("Last 7 days"),
    Span.MONTH: _("Last 30 days"),
    Span.OWN: _("From … until …"),
}
FORMS: Final[tuple[tuple[FileFormat, str], ...]] = (
    (FileFormat.JSONL, "JSON Lines"),
    (FileFormat.CSV, "CSV"),
    (FileFormat.PARQUET, "Parquet"),
)
FIELD_LABELS: Final[Mapping[str, Words]] = {
    "kind": _("Kind"),
    "host.name": _("Host"),
    "user.name": _("User"),
    "event.category": pgettext_lazy("of events", "Category"),
    "process.executable": pgettext_lazy("of events", "Process"),
    "destination.ip": _("To address"),
    "source.ip": _("From address"),
    "event.action": _("Action"),
}

RECORD_WORDS = (
    gettext_noop("Day sealed"),
    gettext_noop("Day expired"),
    gettext_noop("Retention changed"),
    gettext_noop("Segment days"),
    gettext_noop("Segments before"),
    gettext_noop("Sample left"),
    gettext_noop("Kept on"),
    gettext_noop("Events"),
    gettext_noop("Parts"),
    gettext_noop("Revision"),
    gettext_noop("Days"),
    gettext_noop("Before"),
    gettext_noop("Hunt downloaded"),
    gettext_noop("Language"),
    gettext_noop("Question"),
    gettext_noop("Since"),
    gettext_noop("Until"),
    gettext_noop("File format"),
    gettext_noop("Rows"),
    gettext_noop("Is cut"),
    gettext_noop("Size bytes"),
    gettext_noop("Sha256"),
)
