"""The app ``calls``."""

from __future__ import annotations

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Registered as ``calls``."""

    name = "chot.calls"
    label = "calls"
