"""Processes that belong together: one that dies is started again, and none outlives the one that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_LIFELINE = "CHOT_LIFELINE"
_LOOK_S = 0.3
_STOP_S = 10
_SOON_S = 5.0
"""A process that lived for less is not started again at once: it would fail in the same way."""


def default_web_processes() -> int:
    """Two for each core, so that a heavy page does not hold up the others; at most four."""
    return min(4, 2 * (os.cpu_count() or 1))


@dataclass
class Kept:
    """One process that has to run."""

    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    not_before: float = 0.0


@dataclass
class Supervisor:
    """Keeps ``commands`` running until it is told to stop; ``mend`` is called each time around, for what else must run.

    ``listening`` sockets are inherited: while a web process is started again, the others or the queue of the socket take
    what comes, and nobody is refused.
    """

    commands: Mapping[str, Sequence[str]]
    listening: Sequence[socket.socket] = ()
    mend: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda text: None
    stopping: bool = field(default=False, init=False)

    def run(self, ready: Callable[[], object] = lambda: None) -> None:
        """Start everything, call ``ready``, and keep it running; returns after SIGINT or SIGTERM, with everything stopped."""
        lifeline, held = os.pipe()
        environment = {**os.environ, _LIFELINE: str(lifeline)}
        passed = [lifeline, *(each.fileno() for each in self.listening)]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        kept = {name: Kept(command) for name, command in self.commands.items()}
        for each in kept.values():
            _start(each, environment, passed)
        ready()
        while not self.stopping:
            self.mend()
            for name, each in kept.items():
                self._look_after(name, each, environment, passed)
            time.sleep(_LOOK_S)
        _stop_all([each.process for each in kept.values() if each.process])
        os.close(held)

    def _stop(self, number: int, frame: object) -> None:
        self.stopping = True

    def _look_after(self, name: str, kept: Kept, environment: Mapping[str, str], passed: Sequence[int]) -> None:
        now = time.monotonic()
        if kept.process and kept.process.poll() is not None and not self.stopping:
            self.say(f"{name} ended with code {kept.process.returncode} and is started again")
            kept.not_before = now + (0 if now - kept.started > _SOON_S else 1)
            kept.process = None
        if kept.process is None and now >= kept.not_before and not self.stopping:
            _start(kept, environment, passed)


def _start(kept: Kept, environment: Mapping[str, str], passed: Sequence[int]) -> None:
    kept.process = subprocess.Popen(kept.command, env=environment, pass_fds=passed)
    kept.started = time.monotonic()


def _stop_all(running: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in running:
        process.terminate()
    give_up = time.monotonic() + _STOP_S
    for process in running:
        try:
            process.wait(max(0.1, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def follow_the_starter() -> None:
    """In a process that a supervisor started: end when it is gone, however it ended."""
    given = os.environ.pop(_LIFELINE, "")
    if given:
        os.set_inheritable(int(given), False)
        threading.Thread(target=_wait_for_the_end, args=[int(given)], daemon=True, name="lifeline").start()


def _wait_for_the_end(lifeline: int) -> None:
    os.read(lifeline, 1)  # nothing is ever written: it returns when the other end is closed
    print("chot: the process that started this one is gone", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_S)
    os._exit(1)
