"""The words of the notifications about pay."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "pay.asked": _("%(name)s asks about the pay of %(period)s; an answer is due by %(due)s"),
    "pay.question_due": _("A question of %(name)s about the pay of %(period)s waits for an answer; it is due by %(due)s"),
    "pay.answered": _("Your question about the pay of %(period)s is answered"),
    "pay.handed_over": _("%(name)s has handed over the pay of %(period)s (%(plan)s) for review"),
    "pay.sent_back": _("%(name)s has sent back the pay of %(period)s (%(plan)s): %(reason)s"),
    "pay.closed": _("Your KPI payslip of %(period)s is there"),
    "pay.adjustment_proposed": _("%(name)s proposes an adjustment with the pay of %(period)s"),
    "pay.adjustment_decided": _("%(name)s has decided on your adjustment with the pay of %(period)s"),
}
