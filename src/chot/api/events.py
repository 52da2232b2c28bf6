"""What other systems may be told: entries of the audit trail, by the names that outside systems know them under."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

EVENTS = {
    "plan.announced": _("a plan was announced"),
    "plan.acknowledged": _("somebody acknowledged a plan"),
    "pay.closed": _("a period was closed"),
    "pay.asked": _("somebody asked about their pay"),
    "pay.answered": _("a question about pay was answered"),
    "facts.import_done": _("a file was taken in"),
    "api.orders_written": _("orders came from another system"),
    "api.leads_written": _("leads came from another system"),
    "api.tickets_written": _("tickets came from another system"),
    "api.surveys_written": _("surveys came from another system"),
    "api.exams_written": _("exams came from another system"),
    "api.workdays_written": _("workdays came from another system"),
    "webhook.test": _("a test from the settings"),
}
