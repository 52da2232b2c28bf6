"""The loop that moves operational rows into the facts and lets today's runs follow; one at a time, by a lease."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection

from chot.core import settings
from chot.core.errors import InputError
from chot.feed import actions
from chot.performance import live_runs
from chot.performance.workplace import data_folder

TICK_S = 0.5
AT_LEAST_S = 2.0
"""Between two computations of today's runs; more when they take long."""
REST = 4
"""So many times as long as they took is left for other work: today's runs are half a minute old in a company of 500 agents."""
OLDER_S, UPKEEP_S = 60.0, 600.0

log = structlog.get_logger()


def run(stopped: Callable[[], bool]) -> None:
    """Move until ``stopped``; whatever goes wrong is tried again, and nothing is lost by it."""
    while not stopped():
        try:
            with actions.lease() as held:
                if held:
                    _serve(stopped)
        except InputError as error:  # an import holds the folder, or something in it has to be put right
            log.warning("facts not moved", problem=str(error))
        except DatabaseError as error:
            log.warning("facts not moved", problem=str(error))
            connection.close()
        if not stopped():
            time.sleep(TICK_S * 4)


@dataclass
class _Due:
    """When something is to be done next, on the monotonic clock."""

    every_s: float
    at: float = 0.0

    def come(self) -> bool:
        return time.monotonic() >= self.at

    def done(self, rest_s: float = 0.0) -> None:
        self.at = time.monotonic() + max(self.every_s, rest_s)


def _say_what_waits() -> None:
    folder = data_folder()
    for name, error in actions.not_ours(folder, zone=settings.load(folder).timezone).items():
        log.warning("changes of this table wait", table=name, problem=str(error))


def _serve(stopped: Callable[[], bool]) -> None:
    follow, older, upkeep = _Due(AT_LEAST_S), _Due(OLDER_S), _Due(UPKEEP_S)
    dirty = True
    _say_what_waits()
    while not stopped():
        began = time.monotonic()
        dirty = actions.move(data_folder()) is not None or dirty
        if older.come():  # also when nothing was moved: imports change the facts, and so does midnight
            dirty = True
            live_runs.follow_older()
            older.done()
        if dirty and follow.come():
            start = time.monotonic()
            live_runs.follow()
            dirty = False
            follow.done(REST * (time.monotonic() - start))
        if upkeep.come():
            actions.forget_old()
            actions.report_rejects(data_folder())
            upkeep.done()
        time.sleep(max(0.0, TICK_S - (time.monotonic() - began)))
