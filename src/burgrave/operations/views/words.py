"""Kinds, states and times in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext_lazy

from burgrave.jobs.terms import AttemptEnd, CatchUp, JobState, Outcome, Overlap, Timing, WorkerState
from burgrave.operations.terms import KIND_WORDS as KINDS
from burgrave.web import words
from burgrave.web.terms import State, Tab, Tone

KIND_WORDS = (
    gettext_noop("Job retried"),
    gettext_noop("Job cancelled"),
    gettext_noop("Jobs retried"),
    gettext_noop("Schedule changed"),
    gettext_noop("Schedule paused"),
    gettext_noop("Schedule resumed"),
    gettext_noop("Schedule run by hand"),
)
FIELD_WORDS = (
    gettext_noop("Job number"),
    gettext_noop("Job numbers"),
    gettext_noop("Job kind"),
    gettext_noop("Schedule"),
    gettext_noop("From code"),
    gettext_noop("Cron"),
    gettext_noop("Every seconds"),
    gettext_noop("Time zone"),
)
"""The ledger shows kinds and fields in these words."""

KINDS_OF_JOBS = (
    gettext_noop("Tell whose asset reviews are due"),
    gettext_noop("Remove stored files that nothing refers to"),
    gettext_noop("Read an event file"),
    gettext_noop("Weigh alerts anew"),
    gettext_noop("Load the sample"),
    gettext_noop("Remove the sample"),
    gettext_noop("Remove jobs that ended long ago"),
    gettext_noop("Tell whose role ends within a week"),
    gettext_noop("Pass on urgent news that nobody took care of"),
    gettext_noop("Gather digests"),
    gettext_noop("Remove old news"),
    gettext_noop("Send a message"),
    gettext_noop("Send to a webhook"),
    gettext_noop("Watch for dead letters and silent workers"),
    gettext_noop("Forget kept answers of the API"),
)
"""What `terms.kinds` names, marked where Django is known."""

JOB_STATES: Mapping[JobState, State] = {
    JobState.QUEUED: State(gettext_lazy("Waiting"), Tone.IDLE),
    JobState.RUNNING: State(gettext_lazy("Running"), Tone.GOING),
    JobState.DONE: State(gettext_lazy("Done"), Tone.GOOD),
    JobState.FAILED: State(gettext_lazy("Failed"), Tone.ACT),
    JobState.CANCELLED: State(gettext_lazy("Cancelled"), Tone.IDLE),
}
ATTEMPT_ENDS: Mapping[AttemptEnd, State] = {
    AttemptEnd.UNDER_WAY: State(gettext_lazy("Under way"), Tone.GOING),
    AttemptEnd.DONE: State(gettext_lazy("Done"), Tone.GOOD),
    AttemptEnd.FAILED: State(gettext_lazy("Failed"), Tone.WARN),
    AttemptEnd.CANCELLED: State(gettext_lazy("Cancelled"), Tone.IDLE),
    AttemptEnd.GIVEN_BACK: State(gettext_lazy("Given back"), Tone.IDLE),
    AttemptEnd.LOST: State(gettext_lazy("Worker lost"), Tone.WARN),
}
WORKER_STATES: Mapping[WorkerState, State] = {
    WorkerState.ALIVE: State(gettext_lazy("Alive"), Tone.GOOD),
    WorkerState.SILENT: State(gettext_lazy("Silent"), Tone.ACT),
    WorkerState.STOPPED: State(gettext_lazy("Stopped"), Tone.IDLE),
}
OUTCOMES: Mapping[Outcome, State] = {
    Outcome.FIRED: State(gettext_lazy("Begun"), Tone.GOOD),
    Outcome.BY_HAND: State(gettext_lazy("Begun by hand"), Tone.GOOD),
    Outcome.MISSED: State(gettext_lazy("Missed"), Tone.WARN),
    Outcome.SKIPPED: State(gettext_lazy("Passed over"), Tone.IDLE),
}
CATCH_UPS: Mapping[CatchUp, Any] = {
    CatchUp.SKIP: gettext_lazy("What was missed is not made up for."),
    CatchUp.ONCE: gettext_lazy("Of what was missed, the newest is made up for."),
    CatchUp.EACH: gettext_lazy("Each missed time is made up for."),
}
OVERLAPS: Mapping[Overlap, Any] = {
    Overlap.SKIP: gettext_lazy("While the last run goes on, a due time is passed over."),
    Overlap.ALLOW: gettext_lazy("While the last run goes on, the next is queued beside it."),
}
PAUSED = State(pgettext_lazy("state of a schedule", "Paused"), Tone.WARN)
RUNS = State(pgettext_lazy("state of a schedule", "Active"), Tone.GOOD)


def kind(code: str) -> str:
    """What a job of this kind does; its code where no words are known."""
    known = KINDS.get(code)
    return _(known) if known else code


def timing(given: Timing) -> str:
    """When a schedule is due: cron with its zone, or the interval in words."""
    if given.every is not None:
        return _("every %(duration)s") % {"duration": words.duration(given.every)}
    return f"{given.cron} · {given.zone}"


def tabs(current: str) -> tuple[Tab, ...]:
    places = (
        ("overview", _("Overview"), reverse("operations:overview")),
        ("jobs", _("Jobs"), reverse("operations:jobs")),
        ("dead", _("Dead letters"), reverse("operations:jobs") + "?state=failed"),
        ("schedules", _("Schedules"), reverse("operations:schedules")),
    )
    return tuple(Tab(href=href, label=label, current=name == current) for name, label, href in places)
