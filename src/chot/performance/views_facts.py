"""Facts: what the company's figures stand on, and files on their way in."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import InputError, Problem
from chot.facts.drafted_words import in_words
from chot.kpi.schema import TABLES
from chot.people.exports import csv_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rates import limited
from chot.people.rules import allowed, imports_facts, sees_facts
from chot.people.templatetags.figures import core_words
from chot.performance.actions_uploads import TABLE, discard, look_later, prepare, receive, repairs_of, rows_of, start
from chot.performance.models import Upload
from chot.performance.queries_uploads import TITLES, columns_read, preview, rejected, tables, uploads

INLINE = 5_000_000
"""Files of up to so many bytes are looked at in the request; larger ones by the worker."""
_SHOWN = 200


@allowed(sees_facts)
@require_GET
def facts(request: HttpRequest) -> HttpResponse:
    """Every table with its rows and days, and the latest uploads."""
    return _facts(request)


def _facts(request: HttpRequest, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    assert isinstance(request.user, User)
    troubles: tuple[Problem, ...] = ()
    try:
        views, notes = tables()
    except InputError as error:
        views, notes, troubles = [], [], error.problems
    page = Paginator(uploads(), 20).get_page(request.GET.get("page"))
    imports = imports_facts(request.user)
    context = {
        "tables": views, "titles": TITLES, "notes": notes, "troubles": troubles, "page": page,
        "noted": any(each.duplicates or each.orphans for each in views), "imports": imports, "problems": problems,
    }  # fmt: skip
    return render(request, "performance/facts.html", context, status=422 if problems else 200)


@allowed(imports_facts)
@require_POST
def facts_receive(request: HttpRequest) -> HttpResponse:
    """A file comes in; what is in it is confirmed on its own page."""
    return _received(request)


@allowed(imports_facts)
@require_POST
def facts_repair(request: HttpRequest, pk: int) -> HttpResponse:
    """The corrected rows of an earlier upload come in, and are read as the first file was."""
    return _received(request, repairs=get_object_or_404(Upload, pk=pk, state=Upload.State.DONE))


def _received(request: HttpRequest, *, repairs: Upload | None = None) -> HttpResponse:
    assert isinstance(request.user, User)
    file = request.FILES.get("file")
    address = address_of(request)
    try:
        if not isinstance(file, UploadedFile):
            raise InputError(Problem(field="file", what=_("no file was chosen")))
        upload = receive(file, by=request.user, repairs=repairs, address=address)
        if repairs or upload.size <= INLINE:
            upload = prepare(upload)
        else:
            look_later(upload)
        if repairs:
            start(upload, mapping=upload.mapping, by=request.user, address=address)
    except InputError as error:
        return _facts(request, error.problems)
    return redirect("performance:facts_upload", pk=upload.pk)


@allowed(sees_facts)
@require_GET
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: how it is read, how far it is, and what became of its rows."""
    return _upload(request, get_object_or_404(uploads(), pk=pk))


def _upload(request: HttpRequest, found: Upload, problems: tuple[Problem, ...] = ()) -> HttpResponse:
    assert isinstance(request.user, User)
    context: dict[str, Any] = {"imports": imports_facts(request.user), "problems": problems, **_progress(found)}
    if found.state == Upload.State.WAITING and found.format == TABLE:
        context |= {"columns": columns_read(found), "preview": preview(found), "tables": [(name, TITLES[name]) for name in TABLES]}
        context["mapping"] = in_words(found.mapping, get_language() or "vi")
    if found.state == Upload.State.DONE:
        context |= {"rejects": list(islice(rejected(found), _SHOWN)), "rows_file": rows_of(repairs_of(found) or found)}
    return render(request, "performance/upload.html", context, status=422 if problems else 200)


def _progress(found: Upload) -> dict[str, Any]:
    waits = found.state == Upload.State.WAITING and found.format == "auto"
    share = min(found.done_bytes / found.size, 1) if found.size else 0
    return {"upload": found, "looking": waits, "running": waits or found.state == Upload.State.READING, "share": share}


@allowed(sees_facts)
@require_GET
def upload_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the worker is, asked for by the page every second; when it is through, the page loads anew."""
    context = _progress(get_object_or_404(uploads(), pk=pk))
    answer = render(request, "performance/upload.html#progress", context)
    if not context["running"]:
        answer.headers["HX-Refresh"] = "true"
    return answer


@allowed(imports_facts)
@require_POST
def upload_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft anew for another table, or take the file in as the mapping says."""
    assert isinstance(request.user, User)
    found = get_object_or_404(Upload, pk=pk)
    if found.state != Upload.State.WAITING:
        return redirect("performance:facts_upload", pk=pk)
    table, mapping = request.POST.get("table", ""), request.POST.get("mapping", found.mapping).replace("\r\n", "\n")
    if request.POST.get("does") == "draft":
        prepare(found, table=table if table in TABLES else None)
        return redirect("performance:facts_upload", pk=pk)
    try:
        start(found, mapping=mapping, by=request.user, address=address_of(request))
    except InputError as error:
        found.mapping = mapping
        return _upload(request, found, error.problems)
    return redirect("performance:facts_upload", pk=pk)


@allowed(imports_facts)
@require_POST
def upload_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a file that was not taken in."""
    assert isinstance(request.user, User)
    if not discard(get_object_or_404(Upload, pk=pk), by=request.user, address=address_of(request)):
        raise PermissionDenied
    messages.success(request, _("The file is removed."))
    return redirect("performance:facts")


@allowed(sees_facts)
@require_GET
@limited("export")
def upload_rejects(request: HttpRequest, pk: int) -> HttpResponse:
    """Why each row was left out, as CSV."""
    found = get_object_or_404(Upload, pk=pk)
    headings = [_("Line of the file"), _("Column"), _("Value"), _("Reason")]
    rows = ((int(row["line"]), row["column"], row["value"], core_words(row["reason"])) for row in rejected(found))
    return csv_response(f"rejects-{found.pk}", headings, rows)


@allowed(sees_facts)
@require_GET
@limited("export")
def upload_rows(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as they stood in the file, to be corrected and uploaded again."""
    found = get_object_or_404(Upload, pk=pk)
    place = rows_of(repairs_of(found) or found)
    if place is None:
        raise Http404
    name = f"rows-{found.pk}{place.suffix}"
    return FileResponse(place.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")
