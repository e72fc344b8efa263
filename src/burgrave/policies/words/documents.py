"""What the pages of the domain say, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language, gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.engines.norms import (
    BlockKind,
    ChangeKind,
    ClauseChange,
    Finding,
    Language,
    Modality,
    Piece,
    Severity,
    Shown,
)
from burgrave.policies.rules.saying import said
from burgrave.policies.terms import DocumentState, LinkKind, Verdict, VersionState
from burgrave.policies.terms.drafts import DocumentRow
from burgrave.policies.words.duties import KINDS
from burgrave.web.terms import State, Tone, Words

LANGUAGES: Mapping[Language, str] = {Language.ENGLISH: "English", Language.CHINESE: "中文"}
"""Each in itself."""
STATES: Mapping[DocumentState, State] = {
    DocumentState.NEW: State(_("Not in force yet"), Tone.IDLE),
    DocumentState.IN_FORCE: State(_("In force"), Tone.GOOD),
    DocumentState.RETIRED: State(_("Retired"), Tone.IDLE),
}
STAGES: Mapping[VersionState, State] = {
    VersionState.DRAFT: State(pgettext_lazy("state of a version", "Draft"), Tone.IDLE),
    VersionState.IN_REVIEW: State(_("In review"), Tone.GOING),
    VersionState.APPROVED: State(_("Approved"), Tone.GOING),
    VersionState.PUBLISHED: State(_("In force"), Tone.GOOD),
    VersionState.SUPERSEDED: State(_("Superseded"), Tone.IDLE),
    VersionState.RETIRED: State(_("Retired"), Tone.IDLE),
}
WAITING = State(_("Published, not in force yet"), Tone.GOING)
NEVER_HELD = State(_("Superseded before it was in force"), Tone.IDLE)
MODALITIES: Mapping[Modality, Words] = {
    Modality.SHALL: pgettext_lazy("modality", "shall"),
    Modality.SHALL_NOT: pgettext_lazy("modality", "shall not"),
    Modality.SHOULD: pgettext_lazy("modality", "should"),
    Modality.SHOULD_NOT: pgettext_lazy("modality", "should not"),
    Modality.MAY: pgettext_lazy("modality", "may"),
    Modality.INSTRUCTION: pgettext_lazy("modality", "step"),
    Modality.NONE: "",
}
LINKS: Mapping[LinkKind, Words] = {
    LinkKind.IMPLEMENTS: _("implements"),
    LinkKind.REFERS_TO: _("refers to"),
    LinkKind.SUPERSEDES: _("supersedes"),
}
VERDICTS: Mapping[Verdict, State] = {
    Verdict.APPROVED: State(_("Approved"), Tone.GOOD),
    Verdict.REJECTED: State(_("Sent back"), Tone.WARN),
}
SEVERITIES: Mapping[Severity, State] = {
    Severity.ERROR: State(_("Error"), Tone.ACT),
    Severity.WARNING: State(_("Warning"), Tone.WARN),
    Severity.ADVICE: State(_("Advice"), Tone.IDLE),
}
CHANGES: Mapping[ChangeKind, State] = {
    ChangeKind.SAME: State(_("Unchanged"), Tone.IDLE),
    ChangeKind.CHANGED: State(pgettext_lazy("change of a clause", "Changed"), Tone.GOING),
    ChangeKind.MOVED: State(_("Moved"), Tone.IDLE),
    ChangeKind.ADDED: State(_("Added"), Tone.GOOD),
    ChangeKind.REMOVED: State(_("Removed"), Tone.WARN),
}
FINDINGS: Mapping[str, Words] = {
    "vague-word": _("A vague word"),
    "missing-actor": _("Nobody is named who acts"),
    "missing-evidence": _("Nothing shows that it is done"),
    "missing-measure": _("Nothing can be measured"),
    "weak-modality": _("Asks less than it seems"),
    "ambiguous-may-not": _("May not can be read in two ways"),
    "will-for-shall": _("Will says what happens, shall what is asked"),
    "instruction": _("An instruction without somebody"),
    "two-requirements": _("Two requirements in one clause"),
    "long-sentence": _("A long sentence"),
    "unfinished": _("Unfinished text"),
    "hidden-character": _("A hidden character"),
    "unnamed-clause": _("A clause without a name of its own"),
    "duplicate-identifier": _("An identifier stands twice"),
    "unknown-variable": _("A variable has no value"),
    "unused-variable": _("A variable is used nowhere"),
    "missing-fact": _("The head lacks a fact"),
    "review-overdue": _("The review is overdue"),
    "no-requirement": _("Nothing is asked of anybody"),
    "unplaced": _("Something has no place in a norm"),
    "unused-allowance": _("An allowance allows nothing"),
    "allowance-without-reason": _("An allowance without a reason"),
    "dead-reference": _("A reference leads nowhere"),
    "orphan": _("A policy that no norm implements"),
    "no-parent": _("It implements nothing"),
    "unknown-parent": _("It implements what is not here"),
    "wrong-level": _("It implements what does not lie above it"),
    "contradicting-parameter": _("Two texts set one value differently"),
    "possible-contradiction": _("Two texts may contradict each other"),
    "unknown-parameter": _("A value that nobody sets"),
    "same-identifier": _("Two documents have one identifier"),
    "missing-parallel": _("A clause is missing in the other language"),
    "parallel-differs": _("The two languages ask different things"),
    "unreadable": _("The text cannot be read"),
}


def stage(state: VersionState, *, begins: date | None, ended: date | None, today: date) -> State:
    """How a version stands on a day: what is published may wait for its first day, and what is superseded hold on."""
    if state is VersionState.PUBLISHED and begins is not None and begins > today:
        return WAITING
    if state is VersionState.SUPERSEDED and ended is not None and ended > today and begins is not None:
        return NEVER_HELD if begins >= ended else STAGES[VersionState.PUBLISHED]
    return STAGES[state]


HEADINGS = ("h3", "h4", "h5")
"""Below the heading of the section in which a text stands, whatever levels the text itself begins with."""

RECORD_WORDS: tuple[str, ...] = (
    gettext_noop("Document added"),
    gettext_noop("Document edited"),
    gettext_noop("Draft begun"),
    gettext_noop("Draft saved"),
    gettext_noop("Draft discarded"),
    gettext_noop("Review requested"),
    gettext_noop("Review withdrawn"),
    gettext_noop("Approval given"),
    gettext_noop("Version rejected"),
    gettext_noop("Version published"),
    gettext_noop("Version took effect"),
    gettext_noop("Version superseded"),
    gettext_noop("Document retired"),
    gettext_noop("Document reviewed"),
    gettext_noop("Comment made"),
    gettext_noop("Comment resolved"),
    gettext_noop("Variables set"),
    gettext_noop("Documents imported"),
    gettext_noop("Sample left"),
    gettext_noop("Report made"),
    gettext_noop("Language"),
    gettext_noop("Format"),
    gettext_noop("Size bytes"),
    gettext_noop("Document id"),
    gettext_noop("Number"),
    gettext_noop("Document kind"),
    gettext_noop("Unit id"),
    gettext_noop("Title"),
    gettext_noop("Fields"),
    gettext_noop("Version id"),
    gettext_noop("Label"),
    gettext_noop("Edition"),
    gettext_noop("Languages"),
    gettext_noop("Sha256"),
    gettext_noop("Clauses"),
    gettext_noop("Round"),
    gettext_noop("Quorums"),
    gettext_noop("Approvers"),
    gettext_noop("Reason"),
    gettext_noop("Step"),
    gettext_noop("Approver id"),
    gettext_noop("Completes"),
    gettext_noop("Digest"),
    gettext_noop("Is major"),
    gettext_noop("Effective on"),
    gettext_noop("Key id"),
    gettext_noop("Signature"),
    gettext_noop("Successor id"),
    gettext_noop("Ended on"),
    gettext_noop("Due on"),
    gettext_noop("Note"),
    gettext_noop("Comment id"),
    gettext_noop("Clause"),
    gettext_noop("Text"),
    gettext_noop("Resolution"),
    gettext_noop("Names"),
    gettext_noop("New"),
    gettext_noop("Changed"),
    gettext_noop("Same"),
    gettext_noop("Refused"),
    gettext_noop("Documents"),
)
"""The ledger shows kinds and fields in these words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A piece of a text as the template draws it: one block, or the rows of a table."""

    kind: str
    block: Shown | None = None
    tag: str = "h5"
    rows: tuple[Shown, ...] = ()
    modality: Words = ""
    comments: int = 0


def parts(blocks: Iterable[Shown], comments: Mapping[str, int] | None = None) -> list[Part]:
    """The blocks of a text, rows of a table together. No heading is more than one level below the one before it."""
    shown = list(blocks)
    levels = sorted({each.level for each in shown if each.kind is BlockKind.HEADING})
    made: list[Part] = []
    depth = -1
    for each in shown:
        if each.kind is BlockKind.HEADING:
            depth = min(levels.index(each.level), depth + 1, len(HEADINGS) - 1)
        if each.kind is BlockKind.CELL and made and made[-1].kind == "table" and not each.is_head:
            made[-1] = Part(kind="table", rows=(*made[-1].rows, each))
        elif each.kind is BlockKind.CELL:
            made.append(Part(kind="table", rows=(each,)))
        else:
            made.append(
                Part(
                    kind=str(each.kind),
                    block=each,
                    tag=HEADINGS[max(depth, 0)],
                    modality=MODALITIES[each.modality] if each.clause else "",
                    comments=(comments or {}).get(each.clause, 0) if each.clause else 0,
                )
            )
    return made


def title(titles: Mapping[str, str], otherwise: str) -> str:
    """The title in the reader's language, or the one that there is."""
    return titles.get(get_language() or "", otherwise)


def shown_row(row: DocumentRow, *, today: date) -> dict[str, Any]:
    """A row of the list."""
    return {
        "row": row,
        "title": title(row.titles, row.title),
        "kind": KINDS[row.kind],
        "state": STATES[row.state],
        "stage": STAGES[row.stage] if row.stage else None,
        "languages": ", ".join(LANGUAGES[each] for each in row.languages),
        "overdue": row.review_due_on is not None and row.review_due_on < today and row.state is DocumentState.IN_FORCE,
    }


def shown_finding(each: Finding, href: str = "") -> dict[str, Any]:
    """A finding of the linter, in the reader's language."""
    return {
        "finding": each,
        "message": said(each.message),
        "mend": said(each.mend),
        "severity": SEVERITIES[each.severity],
        "title": FINDINGS.get(each.code, each.code),
        "href": href,
    }


def shown_unplaced(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What could not be placed, each with its reason in the reader's language."""
    return [{**each, "reason": _again(str(each.get("reason", "")))} for each in rows]


def _again(reason: str) -> str:
    return gettext(reason) if reason else ""


def shown_change(each: ClauseChange) -> dict[str, Any]:
    """A clause of a redline: its words, each kept, added or removed."""
    return {
        "change": each,
        "identifier": each.clause.identifier,
        "state": CHANGES[each.kind],
        "pieces": [
            {"is_added": kind is Piece.ADDED, "is_removed": kind is Piece.REMOVED, "text": text}
            for kind, text in each.pieces
        ],
    }
