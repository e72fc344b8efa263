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
