"""The app ``campaigns``."""

from __future__ import annotations

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Registered as ``campaigns``."""

    name = "chot.campaigns"
    label = "campaigns"
