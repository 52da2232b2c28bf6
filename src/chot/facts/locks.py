"""Who may do what in a data folder at once: one writer, any number of readers, and no file removed under a reader."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chot.core.errors import InputError, Problem

WRITER = ".lock"
READERS = ".readers"


@contextmanager
def writer(data: Path, *, patience_s: float) -> Iterator[None]:
    """Be the one writer of the folder ``data``, made when missing.

    Raises ``InputError`` when another one works for longer than ``patience_s`` seconds, or when the folder
    cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        (data / READERS).touch()
        lock = os.open(data / WRITER, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        what = f"the data folder cannot be written ({error.strerror})"
        raise InputError(Problem(file=str(data), what=what, fix="Name a folder of your own with --data DIR.")) from None
    try:
        _wait_for(lock, data, patience_s)
        yield
    finally:
        os.close(lock)


def _wait_for(lock: int, data: Path, patience_s: float) -> None:
    give_up = time.monotonic() + patience_s
    while not _locked(lock):
        if time.monotonic() > give_up:
            fix = "Wait until it has finished, then start again."
            raise InputError(Problem(file=str(data), what="another import is writing to this folder", fix=fix))
        time.sleep(0.05)


def reader(data: Path) -> int | None:
    """Hold the files of ``data`` until the descriptor is closed; None when no writer has ever been there."""
    try:
        lock = os.open(data / READERS, os.O_RDONLY)
    except OSError:
        return None
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Hold the files of ``folder``, made with its lock when missing."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / READERS).touch()
    lock = reader(folder)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


@contextmanager
def unread(data: Path) -> Iterator[bool]:
    """Whether nobody reads the folder; when so, no reader can begin inside the block."""
    lock = os.open(data / READERS, os.O_RDONLY)
    try:
        yield _locked(lock)
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
