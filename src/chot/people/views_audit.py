"""The audit trail: searched, opened, taken along, and checked for tampering."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from chot.people.audit import cut_off, first_broken
from chot.people.exports import csv_response
from chot.people.forms import AuditFilter
from chot.people.models import AuditEntry
from chot.people.queries_audit import actions_in_use, changes, page_of
from chot.people.queries_audit import entries as find
from chot.people.rates import limited
from chot.people.rules import allowed, reads_audit

MOST_ROWS = 100_000
"""What one file holds; Excel takes ten times as much."""


def _filtered(request: HttpRequest) -> tuple[AuditFilter, QuerySet[AuditEntry]]:
    form = AuditFilter(request.GET, actions=actions_in_use())
    return form, find(**form.cleaned_data) if form.is_valid() else AuditEntry.objects.none()


@allowed(reads_audit)
@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """What everyone did, the latest first."""
    form, found = _filtered(request)
    before = request.GET.get("before", "")
    page = page_of(found, int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None)
    query = request.GET.copy()
    query.pop("before", None)
    return render(request, "people/audit.html", {"form": form, "page": page, "query": query.urlencode(), "first": not before})


@allowed(reads_audit)
@require_GET
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry with what it changed."""
    found = get_object_or_404(AuditEntry.objects.select_related("user"), pk=pk)
    return render(request, "people/audit_entry.html", {"entry": found, "changes": changes(found)})


@allowed(reads_audit)
@require_GET
@limited("export")
def export(request: HttpRequest) -> HttpResponse:
    """The entries that match, as CSV."""
    _form, found = _filtered(request)
    if found[MOST_ROWS : MOST_ROWS + 1].exists():
        messages.warning(request, _("These are too many entries for one file. Choose fewer days."))
        return redirect(f"{reverse('people:audit')}?{request.GET.urlencode()}")
    headings = [
        _("Number"), _("When"), _("By whom"), _("Sign-in name"), _("What"), _("To what"), _("Before"), _("After"), _("From where"),
        _("Seal"),
    ]  # fmt: skip
    rows = (
        [
            each.pk, each.at, each.user.name if each.user else "", each.user.username if each.user else "", each.action, each.subject,
            _text(each.before), _text(each.after), each.address, each.seal,
        ]
        for each in found
    )  # fmt: skip
    return csv_response("audit", headings, rows)


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


@allowed(reads_audit)
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """Whether the trail is whole: every seal follows from the one before it."""
    broken = first_broken()
    latest = AuditEntry.objects.first()
    shown = {"broken": broken, "latest": latest, "total": AuditEntry.objects.count(), "cut": 0 if broken else cut_off()}
    return render(request, "people/audit_check.html", shown)
