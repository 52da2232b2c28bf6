"""What a client may do: one scope for reading and one for writing each kind of facts, and one for corrections."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = ("orders", "leads", "tickets", "surveys", "exams", "workdays")
"""The fact tables that other systems send. Calls come from the exchange and from call logs, reviews from the quality pages."""

CORRECT = "facts:correct"

SCOPES = {
    "orders:read": _("read orders"), "orders:write": _("send orders"),
    "leads:read": _("read leads"), "leads:write": _("send leads"),
    "tickets:read": _("read tickets"), "tickets:write": _("send tickets"),
    "surveys:read": _("read surveys"), "surveys:write": _("send surveys"),
    "exams:read": _("read exams"), "exams:write": _("send exams"),
    "workdays:read": _("read workdays"), "workdays:write": _("send workdays"),
    CORRECT: _("correct and delete what was sent before"),
}  # fmt: skip
