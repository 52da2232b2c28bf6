"""What the notifications of plans read like."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "plan.sent": _("“%(title)s” applies to you from %(starts)s. Please read and acknowledge it."),
    "plan.reminder": _("Please read and acknowledge “%(title)s”: it applies from %(starts)s."),
    "plan.question": _("%(name)s asks about “%(title)s”."),
    "plan.answer": _("Your question about “%(title)s” was answered."),
}
