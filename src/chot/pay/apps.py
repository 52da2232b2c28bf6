"""The app ``pay``."""

from __future__ import annotations

from django.apps import AppConfig


class PayConfig(AppConfig):
    """Registered as ``pay``."""

    name = "chot.pay"
    label = "pay"
