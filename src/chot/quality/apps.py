"""The app ``quality``."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    """Registered as ``quality``."""

    name = "chot.quality"
    label = "quality"

    def ready(self) -> None:
        """Survey answers are part of a customer's course, and name customers."""
        from chot.customers import references, timeline
        from chot.quality.customer_course import surveys
        from chot.quality.models import Survey

        timeline.register("survey", _("Surveys"), surveys)
        references.register(Survey)
