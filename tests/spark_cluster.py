"""A real cluster on this machine: one master and two workers of Apache Spark, each a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from burgrave.engines.cluster.sessions import java, spark_home

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"
SECONDS_TO_START = 180


@dataclass
class Cluster:
    """``url`` is what a program gives as its master."""

    folder: Path
    url: str = ""
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, workers: int, cores: int = 1, memory: str = "1g") -> None:
        port = free_port()
        self.url = f"spark://{HOST}:{port}"
        self._run("master", "master.Master", "--host", HOST, "--port", str(port), "--webui-port", "0")
        self._wait("master", "Starting Spark master")
        for number in range(workers):
            self.add_worker(f"worker-{number}", cores, memory)
        for number in range(workers):
            self._wait(f"worker-{number}", "Successfully registered with master")

    def add_worker(self, name: str, cores: int = 1, memory: str = "1g") -> None:
        self._run(
            name, "worker.Worker", "--host", HOST, "--webui-port", "0", "--cores", str(cores), "--memory", memory,
            "--work-dir", str(self.folder / name), self.url,
        )  # fmt: skip

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """A worker and its executors are gone at once, as on a machine that loses power."""
        for pid in [*_below(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.poll() is None:
                self.kill(process)

    def _run(self, name: str, main: str, *arguments: str) -> None:
        java()
        environment = {
            **os.environ, "SPARK_HOME": str(spark_home()), "SPARK_LOCAL_IP": HOST, "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable,
        }  # fmt: skip
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(
                    ["bash", str(spark_home() / "bin" / "spark-class"), f"org.apache.spark.deploy.{main}", *arguments],
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=environment,
                )
            )

    def _wait(self, name: str, word: str) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        log = self.folder / f"{name}.log"
        while word not in log.read_text(errors="replace"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} did not say {word!r}:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as door:
        door.bind((HOST, 0))
        return int(door.getsockname()[1])


def _below(pid: int) -> list[int]:
    """All processes that a process started, and those that these started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                found += [int(child), *_below(int(child))]
    return found


@contextlib.contextmanager
def standalone_cluster(workers: int = 2) -> Iterator[Cluster]:
    with tempfile.TemporaryDirectory(prefix="burgrave-spark-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.start(workers)
            yield cluster
        finally:
            cluster.stop()
