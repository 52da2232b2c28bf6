"""The cache of all processes, with what this one has read last beside it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from itertools import count
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

NEAR = 64
"""Values that a process keeps at hand: one can be the figures of everybody."""

_lock = threading.Lock()
_near: OrderedDict[str, tuple[float, Any]] = OrderedDict()


def program(package: Path) -> str:
    """A name for the program as it is installed: another one when any of its modules changes."""
    modules = sorted((path.relative_to(package).as_posix(), path.stat()) for path in package.rglob("*.py"))
    said = [(name, found.st_size, found.st_mtime_ns) for name, found in modules]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:12]


class NearCache(FileBasedCache):
    """Files that every process reads; a value once read is not read and unpickled again for the next page.

    Keys must say what the value is of (they carry the state of the facts): another process's newer value under the same key is seen only
    when this one has forgotten. Values are shared, so nobody changes them.
    """

    def __init__(self, folder: str, params: dict[str, Any]) -> None:
        super().__init__(folder, params)
        self._folder = folder

    def _name(self, key: str, version: int | None) -> str:
        return f"{self._folder} {self.make_key(key, version)}"

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """The value, from here or from its file."""
        name = self._name(key, version)
        with _lock:
            kept = _near.get(name)
            if kept and kept[0] > time.monotonic():
                _near.move_to_end(name)
                return kept[1]
        found = super().get(key, _MISSING, version)
        if found is _MISSING:
            return default
        _keep(name, found)
        return found

    def set(self, key: str, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        """Into its file, and kept here."""
        super().set(key, value, timeout, version)
        lasts = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        _keep(self._name(key, version), value, _AT_HAND_S if lasts is None else min(_AT_HAND_S, lasts))

    def _cull(self) -> None:
        """Room is made now and then: looking for it lists every file, which takes longer than writing one."""
        if next(_written) % _LOOKED_FOR_ROOM == 0:
            super()._cull()  # type: ignore[misc]  # not in the stubs

    def delete(self, key: str, version: int | None = None) -> bool:
        """Its file, and here."""
        with _lock:
            _near.pop(self._name(key, version), None)
        return super().delete(key, version)

    def clear(self) -> None:
        """Every file, and everything here."""
        with _lock:
            _near.clear()
        super().clear()


_MISSING = object()
_written = count()
_LOOKED_FOR_ROOM = 32
_AT_HAND_S = 600
"""After so long the file is looked at again, which may be gone."""


def _keep(name: str, value: Any, lasts_s: float = _AT_HAND_S) -> None:
    with _lock:
        _near[name] = time.monotonic() + lasts_s, value
        _near.move_to_end(name)
        while len(_near) > NEAR:
            _near.popitem(last=False)
