"""What the notifications of exams read like."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "exam.entered": _("Your result of the exam “%(name)s” of %(day)s is here."),
    "exam.corrected": _("Your result of the exam “%(name)s” of %(day)s was corrected."),
    "exam.removed": _("Your result of the exam “%(name)s” of %(day)s was removed."),
}
