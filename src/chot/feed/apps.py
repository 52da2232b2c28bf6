"""The app ``feed``."""

from __future__ import annotations

from django.apps import AppConfig


class FeedConfig(AppConfig):
    """Registered as ``feed``."""

    name = "chot.feed"
    label = "feed"
