"""The menu: what the signed-in person may open, in the order of a working day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from chot.calls.phone_words import phone_parts
from chot.calls.queries_exchange import phones_address
from chot.calls.rules import looks_after_messages, manages_outcomes, sees_wallboard
from chot.campaigns.rules import sees_campaigns
from chot.charges.rules import sees_quotas
from chot.customers.rules import sees_customers
from chot.people import rules
from chot.people.middleware import kept_out
from chot.people.queries_notifications import unread_count
from chot.people.queries_teams import team_titles
from chot.quality.rules import sees_exams
from chot.recordings.rules import hears_recordings
from chot.switchboard.rules import sees_lines
from chot.web.appearance import chosen_theme


@dataclass(frozen=True)
class Place:
    """One entry of the menu; ``also`` are the beginnings of further URL names that belong to it."""

    title: Any
    url_name: str
    allowed: rules.Predicate
    group: Any = ""
    also: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether the page of that URL name belongs here."""
        return name == self.url_name or name.startswith((f"{self.url_name}_", *self.also))


PLACES = (
    Place(_("Desk"), "calls.desk", rules.is_agent),
    Place(_("Messages"), "calls.messages", looks_after_messages),
    Place(_("My KPI"), "performance.mine", rules.is_agent, also=("performance.announcement", "performance.ranking")),
    Place(_("My shifts"), "people.my_shifts", rules.is_agent),
    Place(_("My pay"), "pay.mine", rules.is_agent),
    Place(_("Customers"), "customers.customers", sees_customers, also=("customers.",)),
    Place(_("Recordings"), "recordings.recordings", hears_recordings, also=("recordings.",)),
    Place(_("Quality"), "quality.reviews", sees_exams, also=("quality.",)),
    Place(_("Team"), "performance.team", rules.sees_teams, also=("performance.agent", "performance.statement", "performance.line")),
    Place(_("Wallboard"), "calls.wallboard", sees_wallboard, also=("calls.states",)),
    Place(_("Live board"), "performance.live", rules.sees_teams),
    Place(_("Reports"), "performance.report", rules.sees_teams, also=("performance.patterns", "performance.rows", "performance.campaigns")),
    Place(_("Campaigns"), "campaigns.campaigns", sees_campaigns, also=("campaigns.",)),
    Place(_("Call charges"), "charges.quotas", sees_quotas, also=("charges.",)),
    Place(_("Roster"), "people.roster", rules.sees_rosters, also=("people.leave", "people.annual")),
    Place(_("Goals"), "performance.goals", rules.sees_plans, also=("performance.goal",)),
    Place(_("Plans"), "performance.plans", rules.sees_plans, also=("performance.plan",)),
    Place(_("Pay"), "pay.runs", rules.sees_pay, also=("pay.run", "pay.slip", "pay.prepare", "pay.job", "pay.compare", "pay.adjustment")),
    Place(_("Questions"), "pay.disputes", rules.anyone_signed_in, also=("pay.dispute",)),
    Place(_("Desk settings"), "calls.settings", manages_outcomes, _("Set-up")),
    Place(_("Facts"), "performance.facts", rules.sees_facts, _("Set-up"), also=("feed.",)),
    Place(_("People"), "people.list", rules.sees_people, _("Set-up"), also=("people.person", "people.hand_over")),
    Place(_("Telephone lines"), "switchboard.lines", sees_lines, _("Set-up"), also=("switchboard.", "calls.phone")),
    Place(_("Other systems"), "connections.clients", rules.reads_audit, _("Set-up"), also=("connections.",)),
    Place(_("Audit trail"), "people.audit", rules.reads_audit, _("Set-up")),
)


_WORDS = {"people.list": "people", "quality.reviews": "v"}


def letters(places: Sequence[Place]) -> dict[str, str]:
    """The key of each place after ``g``, by URL name: the first letter of its last word that no place before it has."""
    found: dict[str, str] = {}
    for place in places:
        word = _WORDS.get(place.url_name, place.url_name.rpartition(".")[2])
        found[place.url_name] = next((each for each in f"{word}zxyw{ascii_lowercase}" if each.isalpha() and each not in found.values()), "")
    return found


LETTERS = letters(PLACES)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The menu for templates; ``here`` marks where the person is."""
    titles = SimpleLazyObject(team_titles)
    always = {"theme": chosen_theme(request), "incident": getattr(request, "incident", ""), "team_titles": titles}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"menu": [], **always}
    if kept_out(request):
        return {"menu": [], "kept_out": True, **always}
    match = getattr(request, "resolver_match", None)
    here = (match.view_name or "").replace(":", ".") if match else ""
    found = [
        {
            "title": place.title, "group": place.group, "url": reverse(place.url_name.replace(".", ":", 1)),
            "here": place.holds(here), "letter": LETTERS[place.url_name],
        }
        for place in PLACES
        if place.allowed(user)
    ]  # fmt: skip
    phone = SimpleLazyObject(lambda: {"exchange": phones_address(), **phone_parts()}) if user.agent_id else None
    return {"menu": found, "phone": phone, "unread": SimpleLazyObject(lambda: unread_count(user)), **always}
