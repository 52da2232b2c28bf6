"""The app ``quality``."""

from __future__ import annotations

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """Registered as ``quality``."""

    name = "chot.quality"
    label = "quality"
