"""What the notifications of exams and reviews read like."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "exam.entered": _("Your result of the exam “%(name)s” of %(day)s is here."),
    "exam.corrected": _("Your result of the exam “%(name)s” of %(day)s was corrected."),
    "exam.removed": _("Your result of the exam “%(name)s” of %(day)s was removed."),
    "review.given": _("Your call of %(day)s was reviewed by the form “%(form)s”."),
    "review.removed": _("A review of one of your calls, of %(day)s, was removed."),
}
