"""Carriers' reports: a file is read after its columns are named, then laid beside what was asked for."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.charges import actions_reports, queries_reports
from chot.charges.carrier_files import FIELDS, read_report
from chot.charges.forms_prices import FileForm
from chot.charges.models import CarrierReport
from chot.charges.rules import manages_prices, sees_prices
from chot.core.errors import InputError
from chot.people.exports import SHEETS, Value, sheet_response
from chot.people.kept_files import KeptFiles
from chot.people.masking import masked
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed

_FILES = KeptFiles(name="report", folder="carrier-reports", salt="carrier-report")
ROWS = 100


@allowed(sees_prices)
@require_http_methods(["GET", "POST"])
def reports_page(request: HttpRequest) -> HttpResponse:
    """The reports that were read; a new file comes in."""
    assert isinstance(request.user, User)
    manages = manages_prices(request.user)
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and not manages:
        return render(request, "charges/reports.html", {"reports": [], "manages": False}, status=403)
    if request.method == "POST" and form.is_valid():
        try:
            token = _FILES.keep(form.cleaned_data["file"], request.user)
        except InputError as error:
            form.add_error("file", " ".join(str(each) for each in error.problems))
        else:
            return redirect("charges:report_look", token=token)
    shown = {"reports": queries_reports.reports(), "manages": manages, "form": form}
    return render(request, "charges/reports.html", shown, status=422 if form.errors else 200)


@allowed(manages_prices)
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest, token: str) -> HttpResponse:
    """Which column is what; sent with ``does=write``, the rows are kept beside the calls."""
    assert isinstance(request.user, User)
    path, about = _FILES.opened(token, request.user)
    given = {name[4:]: value for name, value in request.POST.items() if name.startswith("map.") and isinstance(value, str)}
    read = read_report(path, given or None)
    if request.method == "POST" and request.POST.get("does") == "write" and read.rows:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            made = actions_reports.take_report(read.rows, digest, about["name"], by=request.user, address=address_of(request))
        except InputError as error:
            messages.error(request, " ".join(str(each) for each in error.problems))
            return redirect("charges:reports")
        shutil.rmtree(path.parent, ignore_errors=True)
        return redirect("charges:report", pk=made.pk)
    columns = [(name, label, read.mapping.get(name, "")) for name, label in FIELDS.items()]
    shown: dict[str, Any] = {
        "read": read, "columns": columns, "name": about["name"], "first": [(row, masked(row.number)) for row in read.rows[:10]],
        "problems": read.problems[:100],
    }  # fmt: skip
    return render(request, "charges/report_look.html", shown)


@allowed(sees_prices)
@require_GET
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Requested beside reported, with the differences."""
    assert isinstance(request.user, User)
    found = get_object_or_404(CarrierReport, pk=pk)
    show = request.GET.get("show", "all")
    page = Paginator(queries_reports.lines(found, show), ROWS).get_page(request.GET.get("page"))
    shown = {
        "report": found, "totals": queries_reports.totals(found), "page": page, "query": f"{urlencode({'show': show})}&",
        "show": show, "manages": manages_prices(request.user),
        "rows": [(line, masked(line.number)) for line in page],
    }  # fmt: skip
    return render(request, "charges/report.html", shown)


@allowed(sees_prices)
@require_GET
@limited("export")
def report_export(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The same as a file; numbers stay masked."""
    found = get_object_or_404(CarrierReport, pk=pk)
    if kind not in SHEETS:
        raise Http404
    heads = [
        _("Line"), _("Number called"), _("Began at"), _("Number asked for"), _("Number shown"), _("Brand name asked for"),
        _("Brand name shown"), _("Our seconds"), _("Carrier’s seconds"), _("Our charge (₫)"), _("Carrier’s charge (₫)"),
        _("Difference (₫)"),
    ]  # fmt: skip
    rows: list[list[Value]] = []
    for line in queries_reports.lines(found, request.GET.get("show", "all")).iterator(chunk_size=2000):
        call = line.call
        ours: list[Value] = [call.caller_id, call.brand, call.seconds, call.charge_vnd] if call else [None] * 4
        rows.append(
            [
                line.line, masked(line.number), line.started_at, ours[0], line.shown, ours[1], line.brand, ours[2], line.seconds,
                ours[3], line.charge_vnd, line.charge_vnd - ((call.charge_vnd or 0) if call else 0),
            ]
        )  # fmt: skip
    return sheet_response(kind, f"carrier-report-{found.pk}", heads, rows)


@allowed(manages_prices)
@require_POST
def report_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget what a carrier said."""
    assert isinstance(request.user, User)
    get_object_or_404(CarrierReport, pk=pk)
    actions_reports.delete_report(pk, by=request.user, address=address_of(request))
    messages.success(request, _("Deleted."))
    return redirect("charges:reports")
