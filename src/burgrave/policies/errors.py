"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class PolicyError(Refusal):
    """Something about a policy, norm or procedure is not done as things stand."""


class SeparationOfDuties(PolicyError):
    """One person does not both write and approve (ISO/IEC 27001:2022, A.5.3)."""


class WrongState(PolicyError):
    """Each act belongs to a stage of the life cycle."""


class NumberTaken(PolicyError):
    """A number belongs to one document only."""


class NotAsked(PolicyError):
    """Only those decide whom the approval plan asks, and each when it is their turn."""


class PlanUnusable(PolicyError):
    """A version goes into review with a plan that can be fulfilled."""

    status = 422


class ReasonMissing(PolicyError):
    """Whoever sends a text back or takes it out of force says why."""

    status = 422


class TextUnreadable(PolicyError):
    """A text is kept only if it can be read into clauses."""

    status = 422


class LinkCycle(PolicyError):
    """No document implements itself, not even by a detour."""


class NothingAsked(PolicyError):
    """Somebody confirms what is asked of them, and nothing else."""


class AlreadyConfirmed(PolicyError):
    """A document is confirmed once for each version that asks for it."""


class DigestOutdated(PolicyError):
    """A person confirms exactly the text that they saw."""


class QuizUnanswered(PolicyError):
    """Every question is answered before any is marked."""

    status = 422


class QuizNotPassed(PolicyError):
    """Whoever does not know enough of a text has not confirmed it."""


class AttemptsUsedUp(PolicyError):
    """Questions are answered as often as their author allowed."""


class QuizInUse(PolicyError):
    """Questions that somebody answered stay as they were."""


class ExceptionStep(PolicyError):
    """An exception goes from state to state as its life cycle says."""


class ExceptionTooLong(PolicyError):
    """An exception ends: at most after the time that its risk allows."""

    status = 422


class OwnRequest(PolicyError):
    """Nobody decides on what they asked for themselves (ISO/IEC 27001:2022, A.5.3)."""


class UnknownClause(PolicyError):
    """An exception is from a clause that is in force."""

    status = 422


class RunStep(PolicyError):
    """A run goes on until every step is settled, and then stays as it is."""


class EvidenceMissing(PolicyError):
    """A step that asks for evidence is done when there is some."""


class NoSteps(PolicyError):
    """Only a published procedure with steps can be run."""


class TooManyRules(PolicyError):
    """An audience is a handful of rules that a person can read."""

    status = 422


class PersonsOnly(PolicyError):
    """An acknowledgement is the act of a person; a program cannot know a text."""

    status = 403


class VariableMissing(PolicyError):
    """What is published stands for itself: every variable in it has a value."""

    status = 422


class SampleStaysApart(PolicyError):
    """What is made up and what is real are never mixed: they would be taken for each other."""
