"""A time of day as people type it: 24 hours, whatever the browser's language."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

WRONG = _("Write the time as 08:30.")
PATTERN = r"\s*([01]?[0-9]|2[0-4])(?:\s*[:.hHgG]\s*([0-5][0-9])?|([0-5][0-9]))?(?::00)?\s*"
"""8:30, 08.30, 8h30, 8h, 8, 0830, 830, and 08:30:00 as programs write it; the page's script reads by it too."""


def clock_text(typed: str) -> str | None:
    """The time as ``HH:MM`` up to ``24:00``, the end of a day; None when it is none.

    >>> [clock_text(each) for each in ("8:30", "0830", "830", "8h30", "8h", " 17.05 ", "24:00")]
    ['08:30', '08:30', '08:30', '08:30', '08:00', '17:05', '24:00']
    >>> [clock_text(each) for each in ("", "25:00", "8:60", "24:01", "830pm")]
    [None, None, None, None, None]
    """
    found = re.fullmatch(PATTERN, typed, re.ASCII)
    if not found:
        return None
    text = f"{int(found[1]):02}:{found[2] or found[3] or '00'}"
    return text if text <= "24:00" else None


class ClockInput(forms.TextInput):
    """A text field for a time; ``frontend/src/times.ts`` brings what was typed to one form, and says in the page's words what is wrong."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        look = {"inputmode": "numeric", "pattern": PATTERN, "placeholder": "08:30", "maxlength": 8, "autocomplete": "off"}
        super().__init__({**look, "data-clock": WRONG, **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """``HH:MM``, without seconds."""
        return f"{value:%H:%M}" if isinstance(value, time) else super().format_value(value)


class ClockField(forms.Field):
    """A time of day."""

    widget = ClockInput

    def to_python(self, value: Any) -> time | None:
        """The time. Raises ``ValidationError`` for anything that is none."""
        if value in self.empty_values or isinstance(value, time):
            return value or None
        text = clock_text(str(value))
        if text is None or text == "24:00":
            raise ValidationError(WRONG)
        return time.fromisoformat(text)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether it is another time, however it is written."""
        try:
            return super().has_changed(self.to_python(initial), self.to_python(data))
        except ValidationError:
            return True


class EndOfDayField(ClockField):
    """A time of day as text, which may be 24:00."""

    def to_python(self, value: Any) -> str:  # type: ignore[override]
        """``HH:MM``, or nothing. Raises ``ValidationError`` for anything that is none."""
        text = "" if value in self.empty_values else clock_text(str(value))
        if text is None:
            raise ValidationError(WRONG)
        return text
