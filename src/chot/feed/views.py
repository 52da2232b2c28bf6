"""From the application into the facts: how fresh they are, what they cannot hold and why, and what was proved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import InputError
from chot.feed import actions_rejected, queries
from chot.feed.models import RejectedRow
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, imports_facts, sees_company, sees_facts
from chot.people.templatetags.figures import core_words

PAGE = 50
TITLES: dict[str, Any] = {
    "agents": gettext_lazy("Agents"), "calls": gettext_lazy("Calls"), "leads": gettext_lazy("Leads"), "orders": gettext_lazy("Orders"),
    "tickets": gettext_lazy("Tickets"), "surveys": gettext_lazy("Surveys"), "reviews": gettext_lazy("Reviews"),
    "exams": gettext_lazy("Exams"), "workdays": gettext_lazy("Workdays"),
}  # fmt: skip
_ADVICE: dict[str, Any] = {
    "agents": gettext_lazy("Correct the person under People."),
    "calls": gettext_lazy("Correct the outcome of the call. What the exchange itself wrote wrong is a fault: report it with the key."),
    "workdays": gettext_lazy("Correct the shift or the leave of that day, or have the system that sent the times send them again."),
}
_BY_PAGE = gettext_lazy("Correct it on its page, or have the system that sent it send it again.")
_BY_SYSTEM = gettext_lazy("Have the system that sent it send it again, corrected.")


def advice(table: str) -> Any:
    """What to do about a rejected row of a table."""
    return _ADVICE.get(table) or (_BY_PAGE if table in ("leads", "orders", "tickets") else _BY_SYSTEM)


@allowed(sees_facts)
@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """Freshness, rejected rows, and proofs."""
    assert isinstance(request.user, User)
    away = request.GET.get("show") == "dismissed"
    page = Paginator(queries.rejected(dismissed=away), PAGE).get_page(request.GET.get("page"))
    waiting, dismissed = queries.rejected_numbers()
    context = {
        "fresh": queries.freshness(), "moves": queries.moves(), "page": page, "rows": _shown(request.user, list(page)), "away": away,
        "waiting": waiting, "dismissed": dismissed, "proofs": queries.proofs(), "repairs": queries.repairs(), "titles": TITLES,
        "acts": imports_facts(request.user), "late_s": queries.LATE_S,
    }  # fmt: skip
    return render(request, "feed/feed.html", context)


def _shown(user: User, rows: Sequence[RejectedRow]) -> list[dict[str, Any]]:
    pages = queries.pages_of(rows)
    found = []
    for each in rows:
        name, argument = pages.get(each.pk, ("", ""))
        opens = name and (name.startswith("people:") or sees_company(user))
        found.append({"row": each, "title": TITLES[each.fact_table], "advice": advice(each.fact_table), "key": _key(each),
                      "url": reverse(name, args=[argument]) if opens else ""})  # fmt: skip
    return found


def _key(row: RejectedRow) -> str:
    return row.key.replace("\x1f", " · ")


@allowed(sees_facts)
@require_GET
@limited("export")
def rejected_export(request: HttpRequest, form: str) -> HttpResponse:
    """Every rejected row with its reason and what to do, as a file."""
    if form not in SHEETS:
        raise Http404
    heads = [_("Table"), _("Key"), _("Column"), _("Value"), _("Reason"), _("What to do"), _("Since"), _("Left out on purpose"), _("Why")]
    return sheet_response(form, "rejected-rows", heads, _cells())


def _cells() -> Iterator[list[Value]]:
    for away in (False, True):
        for each in queries.rejected(dismissed=away):
            by = each.dismissed_by.name if each.dismissed_by else ""
            yield [each.fact_table, _key(each), each.column, each.value, core_words(each.reason), str(advice(each.fact_table)), each.at, by,
                   each.dismissed_because]  # fmt: skip


def _chosen(request: HttpRequest) -> list[int]:
    if request.POST.get("all"):
        return list(queries.rejected(dismissed=False).values_list("pk", flat=True))
    return [int(each) for each in request.POST.getlist("row") if each.isdecimal() and len(each) < 19]


@allowed(imports_facts)
@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """Try the chosen rows again."""
    assert isinstance(request.user, User)
    number = actions_rejected.retry(_chosen(request), by=request.user, address=address_of(request))
    if number:
        said = ngettext("%(number)s row is tried again within seconds.", "%(number)s rows are tried again within seconds.", number)
        messages.success(request, said % {"number": number})
    else:
        messages.error(request, _("Nothing was done: choose at least one row."))
    return redirect("feed:feed")


@allowed(imports_facts)
@require_POST
def dismiss(request: HttpRequest) -> HttpResponse:
    """Leave the chosen rows out on purpose."""
    assert isinstance(request.user, User)
    given = request.POST
    try:
        number = actions_rejected.dismiss(_chosen(request), reason=given.get("reason", ""), by=request.user, address=address_of(request))
    except InputError:
        messages.error(request, _("Nothing was done: say why these rows may stay out of every figure and out of pay."))
        return redirect("feed:feed")
    if number:
        said = ngettext("%(number)s row is left out of the facts.", "%(number)s rows are left out of the facts.", number)
        messages.success(request, said % {"number": number})
    else:
        messages.error(request, _("Nothing was done: choose at least one row."))
    return redirect("feed:feed")


@allowed(imports_facts)
@require_POST
def prove(request: HttpRequest) -> HttpResponse:
    """Have the facts proved now."""
    assert isinstance(request.user, User)
    if actions_rejected.ask_for_proof(by=request.user, address=address_of(request)):
        messages.success(request, _("The worker proves the facts now. The result stands on this page when it is through."))
    else:
        messages.info(request, _("A proof is waiting or running already."))
    return redirect("feed:feed")
