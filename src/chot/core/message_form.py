"""The one form of messages as JSON: dataclasses as objects, times with offset, tuples as lists."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from chot.core.errors import ChotError

Value = TypeVar("Value")


class MessageError(ChotError):
    """A message that this version cannot read."""


def encode(value: Any) -> Any:
    """A value as JSON: dataclasses as objects, times with offset, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def decode(cls: type[Value], data: object) -> Value:
    """The value of type ``cls`` in JSON. Raises ``MessageError`` naming the field that does not fit."""
    return typing.cast("Value", _decode(cls, data, cls.__name__))


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _decode(hint: Any, data: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        inner = next(each for each in arguments if each is not type(None))
        return None if data is None else _decode(inner, data, where)
    if origin is tuple:
        if not isinstance(data, list):
            raise MessageError(f"{where}: a list is expected")
        return tuple(_decode(arguments[0], item, where) for item in data)
    if dataclasses.is_dataclass(hint):
        return _decode_fields(typing.cast("type", hint), data, where)
    if hint is datetime:
        return _decode_time(data, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if type(data) is not hint:
        raise MessageError(f"{where}: {hint.__name__} is expected, not {data!r}")
    return data


def _decode_fields(cls: type, data: Any, where: str) -> Any:
    if not isinstance(data, Mapping):
        raise MessageError(f"{where}: an object is expected")
    hints = _hints(cls)
    names = {field.name for field in dataclasses.fields(cls)}
    given = {name: _decode(hints[name], data[name], f"{where}.{name}") for name in names & set(data)}
    required = {each.name for each in dataclasses.fields(cls) if each.default is each.default_factory is dataclasses.MISSING}
    if missing := sorted(required - set(given)):
        raise MessageError(f"{where}: {', '.join(missing)} is missing")
    return cls(**given)


def _decode_time(data: Any, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(data)
    except (TypeError, ValueError):
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MessageError(f"{where}: a time with offset is expected, not {data!r}")
    return moment
