"""The app ``switchboard``."""

from __future__ import annotations

from django.apps import AppConfig


class SwitchboardConfig(AppConfig):
    """Registered as ``switchboard``."""

    name = "chot.switchboard"
    label = "switchboard"
