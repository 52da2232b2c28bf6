"""What notifications about people say."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "handover.received": _("You take over from %(name)s: %(count)s things in hand"),
    "handover.open": _("%(name)s has left, and %(count)s things in hand wait for a successor"),
    "leave.asked": _("%(name)s asks for leave from %(first)s to %(last)s"),
    "leave.approved": _("Your leave from %(first)s to %(last)s is approved by %(by)s"),
    "leave.refused": _("Your leave from %(first)s to %(last)s is refused by %(by)s"),
    "leave.entered": _("%(by)s entered leave for you from %(first)s to %(last)s"),
    "leave.taken_back": _("%(by)s took back your leave from %(first)s to %(last)s"),
}
