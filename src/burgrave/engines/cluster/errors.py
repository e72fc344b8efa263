"""What running on a cluster refuses, each error named by the promise that was broken."""

from __future__ import annotations


class ClusterError(Exception):
    """The cluster cannot do what is asked; str() is fit to show to the person."""


class SparkMissing(ClusterError):
    """PySpark or Java is not on this machine."""


class RulesChanged(ClusterError):
    """The rules that reached an executor are not the ones that were handed over."""


class ForeignExecutor(ClusterError):
    """An executor runs other code than the driver, so that its answers could differ."""


class ForeignFrame(ClusterError):
    """A table is not shaped as events are handed over."""


class ForeignCheckpoint(ClusterError):
    """What a stream remembers was remembered for other correlations."""


class ClusterFailed(ClusterError):
    """Spark gave up: the cluster cannot be reached, or a task failed as often as it may."""
