"""A session with a cluster, or a sentence that says what is missing on this machine."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from burgrave.engines.cluster.errors import ClusterFailed, SparkMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import SparkSession

_RAISED: Final = re.compile(r"(?:: |Caused by: )?((?:[\w$]+\.)*[\w$]+(?:Exception|Error): .+)")
_SETTINGS: Final = {
    "spark.sql.caseSensitive": "true",  # fields whose names differ only by letter case are two fields
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.showConsoleProgress": "false",
}


def java() -> str:
    """The Java that Spark would start. Raises SparkMissing."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin"))) if home else shutil.which("java")
    if found is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise SparkMissing(
            f"running on Apache Spark needs Java 17 or newer, and there is no java {where}. "
            "On Debian and Ubuntu: apt-get install openjdk-17-jre-headless"
        )
    return found


def spark_home() -> Path:
    """The folder of PySpark, which has all of Spark in it. Raises SparkMissing."""
    try:
        import pyspark
    except ImportError as failure:
        raise SparkMissing(
            "running on Apache Spark needs PySpark, which is not installed. "
            "Install it with: pip install 'burgrave[spark]' (in a checkout: make setup-spark)"
        ) from failure
    return Path(str(pyspark.__file__)).parent


def spark_session(master: str, *, name: str = "burgrave", settings: Mapping[str, str] | None = None) -> SparkSession:
    """A session with the cluster. Executors run the Python at the path of this one unless PYSPARK_PYTHON names another.

    Raises SparkMissing, or ClusterFailed when the cluster does not take the program.
    """
    spark_home()
    java()
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the only place where PySpark looks for it
    wanted = {**_SETTINGS, **(settings or {})}
    builder = SparkSession.builder.master(master).appName(name)
    for key, value in wanted.items():
        builder = builder.config(key, value)
    try:
        return builder.getOrCreate()
    except failures() as failure:
        raise ClusterFailed(f"the cluster at {master} did not take the program: {sentence_of(failure)}") from failure


def failures() -> tuple[type[Exception], ...]:
    """What PySpark raises when the cluster refuses or gives up. Raises SparkMissing."""
    spark_home()
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    return PySparkException, Py4JError


def sentence_of(failure: BaseException) -> str:
    """What a failure of Spark says: of many lines, the error that was raised there."""
    lines = [line.strip() for line in str(failure).splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("burgrave.engines.")]
    if told:
        return told[-1].partition(": ")[2]
    raised = [found[1] for line in lines if (found := _RAISED.match(line))]
    return (raised or lines or [type(failure).__name__])[0]
