"""A real Spark standalone cluster from pyspark's own package: one master, two workers, on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

_HOME = Path(pyspark.__file__).parent
_PATIENCE_S = 60


@contextmanager
def standalone(folder: Path, *, workers: int = 2) -> Iterator[str]:
    """The address of a master with its workers; all end with the block."""
    port = _free_port()
    master = f"spark://127.0.0.1:{port}"
    common = ["--host", "127.0.0.1", "--webui-port", "0"]
    started = [_start(folder, "master", "org.apache.spark.deploy.master.Master", *common, "--port", str(port))]
    try:
        _wait_for(folder / "master.log", "New state: ALIVE")
        for number in range(workers):
            size = ["--cores", "1", "--memory", "600m", "--work-dir", str(folder / f"work-{number}")]
            started.append(_start(folder, f"worker-{number}", "org.apache.spark.deploy.worker.Worker", *common, *size, master))
        for number in range(workers):
            _wait_for(folder / f"worker-{number}.log", "Successfully registered with master")
        yield master
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(timeout=_PATIENCE_S)


def _start(folder: Path, name: str, *command: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SPARK_HOME": str(_HOME), "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOCAL_IP": "127.0.0.1"}
    environment["SPARK_DAEMON_JAVA_OPTS"] = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([str(_HOME / "bin" / "spark-class"), *command], stdout=log, stderr=log, env=environment)


def _wait_for(log: Path, text: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        if text in log.read_text(errors="replace"):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{log.name} never said {text!r}:\n{log.read_text(errors='replace')[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
