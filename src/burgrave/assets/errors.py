"""What the domain refuses, named by the promise that would be broken."""

from __future__ import annotations

from burgrave.web.errors import Refusal


class AssetError(Refusal):
    """Something about assets is not done as things stand."""


class ReferenceTaken(AssetError):
    """A reference belongs to one asset only."""


class SelfDependency(AssetError):
    """An asset does not depend on itself."""


class ContainmentCycle(AssetError):
    """Nothing consists of itself or lies within itself, not even by a detour."""


class SampleStaysApart(AssetError):
    """What is made up and what is real are never mixed: they would be taken for each other."""


class MergeRefused(AssetError):
    """Two records of one thing become one only where nothing is lost or weakened by it."""


class DependencyExists(AssetError):
    """A dependency of one kind between two assets is noted once."""


class LifecycleStep(AssetError):
    """An asset goes from phase to phase as a thing does; what is disposed of stays so."""


class ReasonMissing(AssetError):
    """Whoever decides against the rule says why."""

    status = 422


class LevelInUse(AssetError):
    """A level that assets are classified by stays in the scheme."""


class SchemeUnusable(AssetError):
    """A scheme has two to six levels, each with a name of its own."""

    status = 422
