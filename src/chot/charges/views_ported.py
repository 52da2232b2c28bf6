"""Numbers that moved to another operator: seen, changed, from and into files."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.charges import actions_ported, ported_files, queries_ported
from chot.charges.forms_ported import PortedForm
from chot.charges.forms_prices import FileForm
from chot.charges.models import PortedNumber
from chot.charges.rules import manages_prices, sees_prices
from chot.charges.uploads import uploaded
from chot.core import clock
from chot.core.phones import national
from chot.people.audit import record
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.kept_files import KeptFiles
from chot.people.masking import masked
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed

_FILES = KeptFiles(name="ported", folder="ported-imports", salt="ported-import")
_ROWS = 50


@allowed(sees_prices)
@require_GET
def ported_page(request: HttpRequest) -> HttpResponse:
    """The moves that are known, the latest first, found by digits and by operator. Who does not keep them sees numbers masked."""
    assert isinstance(request.user, User)
    text, operator = request.GET.get("q", "")[:40], request.GET.get("operator", "")[:40]
    manages, today = manages_prices(request.user), clock.today()
    page = Paginator(queries_ported.ported(text, operator), _ROWS).get_page(request.GET.get("page"))
    rows = [
        {
            "row": each, "number": national(each.number) if manages else masked(each.number), "given": queries_ported.given_to(each.number),
            "state": "coming" if each.since > today else "over" if each.replaced else "now",  # type: ignore[attr-defined]
        }
        for each in page
    ]  # fmt: skip
    query = urlencode({name: value for name, value in (("q", text), ("operator", operator)) if value})
    shown = {
        "rows": rows, "page": page, "query": f"{query}&" if query else "", "q": text, "operator": operator, "manages": manages,
        "operators": queries_ported.known_operators(), "file_form": FileForm(),
    }  # fmt: skip
    return render(request, "charges/ported.html", shown)


@allowed(manages_prices)
@require_GET
@limited("export")
def ported_export(request: HttpRequest, kind: str) -> HttpResponse:
    """The moves as a file that can be read in again; noted, for it has whole numbers."""
    assert isinstance(request.user, User)
    if kind not in SHEETS:
        raise Http404
    found = queries_ported.ported(request.GET.get("q", "")[:40], request.GET.get("operator", "")[:40])
    rows: list[list[Value]] = [[national(each.number), each.operator, each.since, each.source] for each in found]
    record("ported.exported", "ported", by=request.user, address=address_of(request), after={"rows": len(rows)})
    return sheet_response(kind, "ported-numbers", ported_files.COLUMNS.headings(), rows)


@allowed(manages_prices)
@require_POST
def ported_import(request: HttpRequest) -> HttpResponse:
    """Moves from a file: all of it, or none with the reasons."""
    assert isinstance(request.user, User)
    if found := uploaded(request, _FILES, ported_files.read_ported):
        rows, source = found
        new, changed = actions_ported.import_ported(rows, source=source, by=request.user, address=address_of(request))
        messages.success(request, _("%(new)s numbers are new, %(changed)s were replaced.") % {"new": new, "changed": changed})
    return redirect("charges:ported")


@allowed(manages_prices)
@require_http_methods(["GET", "POST"])
def ported_one(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """A move, or a new one."""
    assert isinstance(request.user, User)
    found = get_object_or_404(PortedNumber, pk=pk) if pk else PortedNumber(since=clock.today())
    form = PortedForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions_ported.save_ported(form.save(commit=False), by=request.user, address=address_of(request))
        messages.success(request, _("Saved. It holds for the next call."))
        return redirect("charges:ported")
    shown = {
        "form": form, "title": _("Ported number") if pk else _("New ported number"), "pk": pk, "back": _("Ported numbers"),
        "back_url": reverse("charges:ported"), "delete_url": reverse("charges:ported_delete", args=[pk]) if pk else "",
    }  # fmt: skip
    return render(request, "charges/price_edit.html", shown, status=422 if form.errors else 200)


@allowed(manages_prices)
@require_POST
def ported_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a move."""
    assert isinstance(request.user, User)
    actions_ported.delete_ported(pk, by=request.user, address=address_of(request))
    messages.success(request, _("Deleted."))
    return redirect("charges:ported")
