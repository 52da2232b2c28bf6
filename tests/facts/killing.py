"""An import that is killed (``kill -9``) right before its n-th change of the disk, in a process of its own.

Forcing to the disk is left out: it protects from a loss of power, not of a process.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = ("replace", "rename", "unlink", "mkdir", "rmdir")
"""The calls of ``os`` by which the store changes what others see."""

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["chot.facts.importing", "chot.facts.readers.table", "duckdb", "pyarrow.dataset", "tests.facts.killing"])


def _die_at(count: int) -> None:
    seen = 0

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def change(*args: Any, **options: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **options)

        return change

    os.fsync = lambda fd: None
    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))


def _import(source: Path, data: Path, table: str, count: int) -> None:
    from chot.facts.importing import import_file

    _die_at(count)
    import_file(source, data, format_name="table", table=table)


def killed_at(count: int, source: Path, data: Path, table: str) -> bool:
    """Import until the ``count``-th change; whether that many came and the process was killed."""
    process = _context.Process(target=_import, args=(source, data, table, count))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0
