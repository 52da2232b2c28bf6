"""The registry of messages: each frozen, under its kind."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Value = TypeVar("Value")
COMMANDS: dict[str, type] = {}
FACTS: dict[str, type] = {}


def _registered(registry: dict[str, type], kind: str) -> Callable[[type[Value]], type[Value]]:
    def register(cls: type[Value]) -> type[Value]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        made.KIND = kind  # type: ignore[attr-defined]
        registry[kind] = made
        return made

    return register


@typing.dataclass_transform(frozen_default=True, kw_only_default=True)
def command(kind: str) -> Callable[[type[Value]], type[Value]]:
    """Register a command under its kind."""
    return _registered(COMMANDS, kind)


@typing.dataclass_transform(frozen_default=True, kw_only_default=True)
def fact(kind: str) -> Callable[[type[Value]], type[Value]]:
    """Register something that happened under its kind."""
    return _registered(FACTS, kind)
