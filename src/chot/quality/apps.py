"""The app ``quality``."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class QualityConfig(AppConfig):
    """Registered as ``quality``."""

    name = "chot.quality"
    label = "quality"

    def ready(self) -> None:
        """Survey answers are part of a customer's course, and name customers; what notifications about exams say."""
        from chot.customers import references, timeline
        from chot.people.notices import words
        from chot.quality.customer_course import surveys
        from chot.quality.models import Survey
        from chot.quality.notices import WORDS

        timeline.register("survey", _("Surveys"), surveys)
        references.register(Survey)
        words(WORDS)
