"""Targets by ability: the grid over a draft, changes in bulk and from a file, and making them part of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text
from chot.people.exports import csv_response, xlsx_response
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.queries import agent_names
from chot.people.rates import limited
from chot.people.rules import allowed, sees_company, sees_plans, sets_goals
from chot.performance import actions_targets
from chot.performance.models import PlanVersion
from chot.performance.queries_plans import own_team
from chot.performance.queries_targets import Grid, grid, reach
from chot.performance.target_rows import ORIGINS, headings, live, rows, sent, title_of
from chot.performance.target_uploads import LARGEST, read_upload
from chot.performance.workplace import read_plan

PAGE = 50
SHOWN = 30


@allowed(sees_plans)
@require_http_methods(["GET", "POST"])
def targets(request: HttpRequest, pk: int) -> HttpResponse:
    """Everyone's targets of a plan; a manager changes those of a draft."""
    saved = get_object_or_404(PlanVersion, pk=pk)
    if request.method == "POST":
        return _saved(request, saved)
    return _page(request, saved)


def _saved(request: HttpRequest, saved: PlanVersion) -> HttpResponse:
    assert isinstance(request.user, User)
    if not sets_goals(request.user):
        return HttpResponse(status=403)
    posted = request.POST.dict()
    wanted, wrong = sent(_grid(saved), posted)
    problems: tuple[Problem, ...] = ()
    if wrong:
        problems = tuple(Problem(what=_("“%(text)s” is no number") % {"text": text}) for text in wrong.values())
    else:
        try:
            number = actions_targets.change_targets(
                saved, wanted, reason=posted.get("reason", ""), by=request.user, address=address_of(request)
            )
        except InputError as error:
            problems = error.problems
        else:
            return _back(request, saved, number)
    return _page(request, saved, given=posted, wrong=wrong, problems=problems)


def _back(request: HttpRequest, saved: PlanVersion, number: int) -> HttpResponse:
    if number:
        messages.success(request, _("%(number)s targets are changed.") % {"number": number})
    else:
        messages.info(request, _("Nothing was different, so nothing has changed."))
    response = redirect("performance:plan_targets", pk=saved.pk)
    team = request.POST.get("team", "")
    response["Location"] += f"?team={team}&page={request.POST.get('page', '1')}" if team.isalnum() or request.POST.get("page") else ""
    return response


def _grid(saved: PlanVersion) -> Grid:
    return grid(saved, read_plan(saved.text))


def _page(
    request: HttpRequest, saved: PlanVersion, *, given: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None,
    problems: tuple[Problem, ...] = (), upload: tuple[Problem, ...] = (),
) -> HttpResponse:  # fmt: skip
    assert isinstance(request.user, User)
    asked = request.POST if given else request.GET
    try:
        found = _grid(saved)
    except InputError as error:
        return render(request, "performance/targets.html", {"plan": saved, "broken": error.problems})
    seen = None if sees_company(request.user) else own_team(request.user)
    people = [each for each in found.people if seen is None or each[0] in seen]
    teams, team = sorted({own for _agent, own in people}), asked.get("team", "")
    page = Paginator([each for each in people if team in ("", each[1])], PAGE).get_page(asked.get("page"))
    names = agent_names()
    context = {
        "plan": saved, "edits": sets_goals(request.user) and saved.state == PlanVersion.State.DRAFT, "heads": headings(found), "page": page,
        "rows": rows(found, list(page), names, given=given or {}, wrong=wrong or {}), "teams": teams, "team": team,
        "reach": [each for each in reach(found) if seen is None or each["team"] in teams], "live": live(found),
        "reason": (given or {}).get("reason", ""), "problems": problems, "upload": upload,
        "changes": _changes(saved, found, names, seen), "people": len(people),
    }  # fmt: skip
    return render(request, "performance/targets.html", context, status=422 if problems or upload else 200)


def _changes(saved: PlanVersion, found: Grid, names: Mapping[str, str], seen: set[str] | None) -> list[dict[str, Any]]:
    """The latest changes with their reasons."""
    titles = {column.item.metric.id: (title_of(column.item), column.item.metric.unit) for column in found.columns}
    listed = saved.target_changes.select_related("by")
    listed = listed if seen is None else listed.filter(agent_id__in=seen)
    return [
        {"change": each, "name": names.get(each.agent_id, each.agent_id), "title": titles[each.metric][0], "unit": titles[each.metric][1]}
        for each in listed[:SHOWN]
        if each.metric in titles
    ]


@allowed(sets_goals)
@require_POST
def targets_bulk(request: HttpRequest, pk: int) -> HttpResponse:
    """Raise or lower one item for everyone or a team, or go back to the proposals."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    found, metric, team = _grid(saved), request.POST.get("metric", ""), request.POST.get("team", "")
    agents = [agent for agent, own in found.people if team in ("", own)]
    share = request.POST.get("share", "").replace(",", ".").removesuffix("%").strip()
    does = request.POST.get("does", "")
    wanted: dict[tuple[str, str], Fraction | None]
    if does == "proposal":
        wanted = {(agent, metric): None for agent in agents}
    elif not share.replace(".", "", 1).isdecimal() or not 0 < Fraction(share) <= 50:
        return _page(request, saved, problems=(Problem(what=_("Write by how many per cent, from 0.1 to 50.")),), given={"team": team})
    else:
        factor = 1 + Fraction(share) / 100 * (1 if does == "raise" else -1)
        wanted = actions_targets.scaled(found, metric, agents, factor)
    try:
        number = actions_targets.change_targets(
            saved, wanted, reason=request.POST.get("reason", ""), by=request.user, address=address_of(request)
        )
    except InputError as error:
        return _page(request, saved, problems=error.problems, given={"team": team})
    return _back(request, saved, number)


@allowed(sets_goals)
@require_POST
def targets_upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Targets from a file: all of its rows, or none when one is wrong."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    file = request.FILES.get("file")
    if not isinstance(file, UploadedFile):
        return _page(request, saved, upload=(Problem(what=_("Choose a file first.")),))
    read = read_upload(file.name or "", file.read(LARGEST + 1), _grid(saved))
    if read.problems:
        return _page(request, saved, upload=tuple(read.problems))
    reason = request.POST.get("reason", "")
    try:
        number = actions_targets.change_targets(saved, read.targets, reason=reason, by=request.user, address=address_of(request))
    except InputError as error:
        return _page(request, saved, upload=error.problems)
    return _back(request, saved, number)


@allowed(sets_goals)
@require_POST
def targets_publish(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the targets of the chosen items part of the draft."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    try:
        saved = actions_targets.publish_targets(saved, request.POST.getlist("metrics"), by=request.user, address=address_of(request))
    except InputError as error:
        return _page(request, saved, problems=error.problems, given={"team": ""})
    messages.success(request, _("The targets are part of the plan now: version %(version)s.") % {"version": saved.version[:8]})
    return redirect("performance:plan", pk=saved.pk)


@allowed(sees_plans)
@require_GET
@limited("export")
def targets_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The targets as they stand, as the file that the command line reads; a workbook has names and figures beside them."""
    assert isinstance(request.user, User)
    saved = get_object_or_404(PlanVersion, pk=pk)
    found = _grid(saved)
    seen = None if sees_company(request.user) else own_team(request.user)
    cells = [cell for column in found.columns for cell in column.cells.values() if seen is None or cell.agent_id in seen]
    name = f"{saved.plan_id}-targets"
    if kind == "csv":
        return csv_response(name, ["agent_id", "metric", "target"], [[each.agent_id, each.metric, _plain(each.target)] for each in cells])
    names = agent_names()
    heads = ["agent_id", "metric", "target", _("Name"), _("Proposed"), _("Median of past periods"), _("Probability"), _("Comes from")]
    listed = [
        [
            each.agent_id, each.metric, _number(each.target), names.get(each.agent_id, ""), _number(each.proposed),
            None if each.usual is None else _number(each.usual),
            None if each.probability is None else round(each.probability, 2), str(ORIGINS[each.origin]),
        ]
        for each in cells
    ]  # fmt: skip
    return xlsx_response(name, heads, listed)


def _plain(value: Fraction) -> str:
    return decimal_text(value, 6)


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
