"""The menu: what the signed-in person may open, in the order of a working day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from chot.people import rules


@dataclass(frozen=True)
class Place:
    """One entry of the menu; ``area`` is the first part of the URL names that belong to it."""

    title: Any
    url_name: str
    allowed: rules.Predicate
    group: Any = ""


PLACES = (
    Place(_("My KPI"), "performance.mine", rules.is_agent),
    Place(_("Team"), "performance.team", rules.sees_teams),
    Place(_("Goals"), "performance.goals", rules.sees_plans),
    Place(_("Plans"), "performance.plans", rules.sees_plans),
    Place(_("Pay"), "pay.runs", rules.sees_pay),
    Place(_("Questions"), "pay.disputes", rules.anyone_signed_in),
    Place(_("Facts"), "performance.facts", rules.sees_facts, _("Set-up")),
    Place(_("People"), "people.list", rules.sees_people, _("Set-up")),
    Place(_("Audit trail"), "people.audit", rules.reads_audit, _("Set-up")),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The menu for templates; ``here`` marks where the person is."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": []}
    match = getattr(request, "resolver_match", None)
    here = (match.view_name or "").replace(":", ".") if match else ""
    found = [
        {
            "title": place.title, "group": place.group, "url": reverse(place.url_name.replace(".", ":", 1)),
            "here": here.split(".")[:2] == place.url_name.split(".")[:2] or here.startswith(f"{place.url_name}_"),
        }
        for place in PLACES
        if place.allowed(user)
    ]  # fmt: skip
    return {"menu": found}
