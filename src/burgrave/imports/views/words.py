"""Words for people, said in their language where a page is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.urls import reverse
from django.utils.translation import get_language, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.imports.terms import ImportRow, ImportState, ImportTarget, Reads
from burgrave.web.terms import State, Step, Tone

STATES: Mapping[ImportState, State] = {
    ImportState.RECEIVED: State(_("To be checked"), Tone.WARN),
    ImportState.CHECKING: State(_("Being checked"), Tone.GOING),
    ImportState.FOUND_WRONG: State(_("Has faults"), Tone.ACT),
    ImportState.READY: State(_("Ready to be applied"), Tone.WARN),
    ImportState.APPLYING: State(_("Being applied"), Tone.GOING),
    ImportState.APPLIED: State(pgettext_lazy("state of an import", "Applied"), Tone.GOOD),
    ImportState.DISCARDED: State(_("Discarded"), Tone.IDLE),
}
FIGURE_WORDS = (
    gettext_noop("New dependencies"),
    gettext_noop("Passed over"),
    gettext_noop("New roles"),
    gettext_noop("New units"),
    gettext_noop("Deactivated"),
)
"""What targets count beside objects."""
RECORD_WORDS = (
    gettext_noop("File received"),
    gettext_noop("File checked"),
    gettext_noop("File applied"),
    gettext_noop("Import discarded"),
    gettext_noop("Mapping saved"),
    gettext_noop("Import id"),
    gettext_noop("Mapping id"),
    gettext_noop("Target"),
    gettext_noop("Faults"),
)
"""What the ledger calls the records and fields of this domain."""


class InTwoLanguages(Protocol):
    """Whatever has its words in both languages already, as targets and fields do."""

    @property
    def label(self) -> str: ...
    @property
    def label_zh(self) -> str: ...


def label_of(thing: InTwoLanguages) -> str:
    return thing.label_zh if is_chinese() and thing.label_zh else thing.label


def is_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def steps_of(row: ImportRow, target: ImportTarget, *, current: str) -> tuple[Step, ...]:
    """The steps of the guide. What is done or discarded leads to no earlier step any more."""
    open_again = row.state not in {
        ImportState.APPLIED,
        ImportState.DISCARDED,
        ImportState.CHECKING,
        ImportState.APPLYING,
    }
    names = [
        ("file", _("File"), ""),
        *(
            [("table", _("Table"), reverse("imports:table", args=[row.import_id]))]
            if target.reads is Reads.SHEET
            else []
        ),
        (
            "columns",
            _("Columns") if target.reads is Reads.SHEET else _("Choices"),
            reverse("imports:columns", args=[row.import_id]),
        ),
        ("check", _("Dry run"), reverse("imports:one", args=[row.import_id])),
        ("done", pgettext_lazy("step of an import", "Outcome"), ""),
    ]
    at = [name for name, _label, _href in names].index(current)
    return tuple(
        Step(
            label=label,
            state="done"
            if place < at or (current == "done" and row.state is ImportState.APPLIED)
            else "current"
            if place == at
            else "todo",
            href=href if open_again else "",
            note=row.name if name == "file" else "",
        )
        for place, (name, label, href) in enumerate(names)
    )
