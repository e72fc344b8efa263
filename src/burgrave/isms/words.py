"""Codes in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, gettext_noop, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from burgrave.isms.forms.choices import DIRECTIONS, EFFECTS, ORIGINS, RELATIONS, TOPICS
from burgrave.isms.terms import Bearer, Duty, Kind, StatementState
from burgrave.isms.terms.rows import Gap, Standing
from burgrave.web.terms import State, Tone, Words

__all__ = ["DIRECTIONS", "EFFECTS", "ORIGINS", "RELATIONS", "TOPICS"]
KINDS: Mapping[Kind, Words] = {
    Kind.ISSUE: _("Issue"),
    Kind.PARTY: _("Interested party"),
    Kind.SCOPE: _("Scope"),
    Kind.OBJECTIVE: _("Objective"),
    Kind.INDICATOR: _("Indicator"),
    Kind.PROCESS: _("Process"),
}
ADD: Mapping[Kind, Words] = {
    Kind.ISSUE: _("Add an issue"),
    Kind.PARTY: _("Add an interested party"),
    Kind.SCOPE: _("Write a scope"),
    Kind.OBJECTIVE: _("Set an objective"),
    Kind.INDICATOR: _("Add an indicator"),
    Kind.PROCESS: _("Add a process"),
}
CLAUSES: Mapping[Kind, str] = {
    Kind.ISSUE: "4.1",
    Kind.PARTY: "4.2",
    Kind.SCOPE: "4.3",
    Kind.OBJECTIVE: "6.2",
    Kind.INDICATOR: "9.1",
    Kind.PROCESS: "5.3",
}
"""The clause of ISO/IEC 27001:2022 that asks for each."""
STATES: Mapping[StatementState, State] = {
    StatementState.DRAFT: State(word=pgettext_lazy("state of a statement", "Draft"), tone=Tone.GOING),
    StatementState.CHANGED: State(word=_("Changed since approval"), tone=Tone.WARN),
    StatementState.APPROVED: State(word=pgettext_lazy("state of a statement", "Approved"), tone=Tone.GOOD),
    StatementState.RETIRED: State(word=pgettext_lazy("state of a statement", "Retired"), tone=Tone.IDLE),
}
STANDINGS: Mapping[Standing, State] = {
    Standing.MET: State(word=_("Met"), tone=Tone.GOOD),
    Standing.MISSED: State(word=_("Missed"), tone=Tone.ACT),
    Standing.STALE: State(word=_("Reading is overdue"), tone=Tone.WARN),
    Standing.UNREAD: State(word=_("Never read"), tone=Tone.IDLE),
}
DUTIES: Mapping[Duty, Words] = {
    Duty.ACCOUNTABLE: _("Accountable"),
    Duty.RESPONSIBLE: _("Responsible"),
    Duty.CONSULTED: _("Consulted"),
    Duty.INFORMED: _("Informed"),
}


def bearer(which: Bearer, name: str) -> str:
    """A role in the reader's language, or a person by name."""
    if which.role:
        return str(gettext(name)) if name else which.role
    return name or gettext("somebody who is unknown")


def gap(which: Gap, name: str) -> str:
    """What is missing, as a sentence."""
    if which.bearer is None:
        return gettext("Nobody is accountable") if which.duty is Duty.ACCOUNTABLE else gettext("Nobody is responsible")
    said = {"who": bearer(which.bearer, name), "duty": str(DUTIES[which.duty])}
    if which.bearer.role:
        return gettext("Nobody holds the role %(who)s (%(duty)s)") % said
    return gettext("%(who)s has left (%(duty)s)") % said


RECORD_WORDS = (
    gettext_noop("Statement written"),
    gettext_noop("Statement approved"),
    gettext_noop("Statement reviewed"),
    gettext_noop("Statement retired"),
    gettext_noop("Reading taken"),
    gettext_noop("Reading withdrawn"),
    gettext_noop("Statement id"),
    gettext_noop("Statement kind"),
    gettext_noop("Digest"),
    gettext_noop("Reading id"),
    gettext_noop("On"),
    gettext_noop("Value"),
    gettext_noop("Sample size"),
    gettext_noop("Source"),
)
"""The ledger shows kinds and fields in these words."""
