"""How every process writes its log: one JSON object a line, without personal data."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from chot.core.log_privacy import remove_personal_data


def processors() -> list[Processor]:
    """From an entry to its line."""
    return [
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
        remove_personal_data,
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def configure() -> None:
    """Let ``structlog`` write so from now on."""
    structlog.configure(processors=[structlog.processors.add_log_level, *processors()])


def _json(entry: Any, **_options: Any) -> str:
    return orjson.dumps(entry, default=str).decode()
