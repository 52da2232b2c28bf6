"""Pay runs: the list, one run with everything that stands for or against it, and the steps of its closing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from chot.core.errors import ChotError, InputError
from chot.core.periods import parse
from chot.kpi.figure_words import number
from chot.kpi.plan import Plan
from chot.pay import actions, queries
from chot.pay.forms import Close, SendBack
from chot.pay.law_checks import LawCheck, law_checks
from chot.pay.models import PayRun
from chot.pay.queries import Person
from chot.people.models import User
from chot.people.origin import address_of
from chot.people.rules import allowed, closes_pay, sees_pay
from chot.performance.models import PlanVersion
from chot.performance.queries_records import consulted_on
from chot.performance.workplace import read_plan

_ROWS = 100
_BARS = 12
_MILLION = 1_000_000


@allowed(sees_pay)
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """Every pay run by period and plan, and the periods that wait for theirs."""
    assert isinstance(request.user, User)
    may_close = closes_pay(request.user)
    if may_close:
        actions.finish_closings()
    found = queries.listed_runs(queries.visible_agents(request.user))
    plan, state = request.GET.get("plan", ""), request.GET.get("state", "")
    plans = {each.run.plan.plan_id: each.run.plan.title for each in found}
    shown = [each for each in found if plan in ("", each.run.plan.plan_id) and state in ("", each.run.state)]
    context = {
        "page": Paginator(shown, 50).get_page(request.GET.get("page")), "plans": plans, "plan": plan, "state": state,
        "states": PayRun.State.choices, "any": bool(found), "offers": queries.offers() if may_close else [], "may_close": may_close,
        "query": _query(request),
    }  # fmt: skip
    return render(request, "pay/runs.html", context)


@allowed(sees_pay)
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One pay run: who gets what and why, and what has to be looked at before it is closed."""
    found = _run(pk)
    if found.state == PayRun.State.CLOSING and closes_pay(_user(request)):
        actions.finish_closings()
        found = _run(pk)
    return _page(request, found)


@allowed(closes_pay)
@require_POST
def prepare(request: HttpRequest) -> HttpResponse:
    """Compute a draft, of a new period or again."""
    plan = request.POST.get("plan", "")
    saved = get_object_or_404(PlanVersion.objects.exclude(state=PlanVersion.State.DRAFT), pk=plan if plan.isdigit() else None)
    try:
        made = actions.prepare(saved, request.POST.get("period", ""), by=_user(request), address=address_of(request))
    except ChotError as error:
        messages.error(request, str(error))
        return redirect("pay:runs")
    messages.success(request, _("The draft is computed on today's facts."))
    return redirect("pay:run", made.pk)


@allowed(closes_pay)
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand a draft over to the second person."""
    return _step(request, pk, actions.submit, _("Handed over. Somebody else from payroll reviews and closes it."))


@allowed(closes_pay)
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Back to a draft, with a reason."""
    form = SendBack(request.POST)
    if not form.is_valid():
        return _page(request, _run(pk), send_back=form, status=422)

    def step(found: PayRun, *, by: User, address: str | None) -> object:
        return actions.send_back(found, form.cleaned_data["reason"], by=by, address=address)

    return _step(request, pk, step, _("Sent back."))


@allowed(closes_pay)
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a draft up."""
    try:
        actions.discard(_run(pk), by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
        return redirect("pay:run", pk)
    messages.success(request, _("The draft is gone."))
    return redirect("pay:runs")


@allowed(closes_pay)
@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a reviewed run, or say what stands against it."""
    found, form = _run(pk), Close(request.POST)
    if not form.is_valid():
        return _page(request, found, close=form, status=422)
    ticked = frozenset(request.POST.getlist("adjust"))
    approval = actions.Approval(adjustments=ticked, note=form.cleaned_data["note"], rejects=form.accepted())
    try:
        actions.close_run(found, by=_user(request), approval=approval, address=address_of(request))
    except actions.RejectedRows as error:
        return _page(request, _run(pk), close=form, ticked=ticked, rejected=error, refusal=str(error), status=409)
    except InputError as error:
        return _page(request, _run(pk), close=form, ticked=ticked, refusal=str(error), status=409)
    messages.success(request, _("The period is closed."))
    return redirect("pay:run", pk)


def _step(request: HttpRequest, pk: int, step: Callable[..., object], done: str) -> HttpResponse:
    try:
        step(_run(pk), by=_user(request), address=address_of(request))
    except InputError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return redirect("pay:run", pk)


def _page(
    request: HttpRequest, found: PayRun, *, close: Close | None = None, send_back: SendBack | None = None,
    ticked: frozenset[str] = frozenset(), rejected: actions.RejectedRows | None = None, refusal: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a run; with what was sent in when that was refused."""
    user = _user(request)
    visible = queries.visible_agents(user)
    people = queries.people_of(found, visible)
    if not people and visible is not None:
        raise PermissionDenied
    plan, computed = read_plan(found.plan.text), queries.computed_run(found)
    is_open = found.state != PayRun.State.CLOSED
    shown, sort, team = _chosen(request, people)
    columns = [kind for kind in queries.KINDS if any(kind in person.kinds for person in people)]
    context = {
        "run": found, "computed": computed, "people": people, "shown": Paginator(shown, _ROWS).get_page(request.GET.get("page")),
        "columns": [(kind, queries.kind_name(kind)) for kind in columns], "sums": _sums(shown, columns), "sort": sort, "team": team,
        "teams": sorted({person.team_id for person in people if person.team_id}), "figures": _figures(people),
        "previous": parse(found.period).shifted(-1), "changed": is_open and (computed is None or computed.run_id != found.run_id),
        "adjustments": queries.adjustments(people, plan), "ticked": ticked, "law": _law(found, plan, people),
        "warnings": queries.warnings_of(computed) if visible is None else [], "disputes": queries.open_disputes(found, visible),
        "approved": actions.approved(found) if visible is None and not is_open else {}, "rejected": rejected, "refusal": refusal,
        "chart": _chart(people), "bars": _bars(people), "may_close": closes_pay(user), "is_mine": found.prepared_by_id == user.pk,
        "problem": _(found.problem) if found.problem and is_open else "", "close": close or Close(), "send_back": send_back or SendBack(),
        "names": {person.agent_id: person.name for person in people}, "query": _query(request),
    }  # fmt: skip
    return render(request, "pay/run.html", context, status=status)


def _chosen(request: HttpRequest, people: Sequence[Person]) -> tuple[list[Person], str, str]:
    """The people asked for, in the order asked for."""
    sort, team = request.GET.get("sort", "name"), request.GET.get("team", "")
    found = [person for person in people if team in ("", person.team_id)]
    if sort == "change":
        found.sort(key=lambda each: (each.difference_vnd is None, -abs(each.difference_vnd or 0), each.name))
    elif sort == "pay":
        found.sort(key=lambda each: (-each.variable_vnd, each.name))
    elif sort == "team":
        found.sort(key=lambda each: (each.team_id, each.name))
    return found, sort, team


def _sums(people: Sequence[Person], columns: Sequence[str]) -> dict[str, Any]:
    """The last row of the table."""
    both = [person for person in people if person.before_vnd is not None]
    known = [person.carry_vnd for person in people if person.carry_vnd is not None]
    return {
        "kinds": {kind: sum(person.kinds.get(kind, 0) for person in people) for kind in columns},
        "variable": sum(person.variable_vnd for person in people), "carry": sum(known) if known else None,
        "difference": sum(person.difference_vnd or 0 for person in both) if both else None,
    }  # fmt: skip


def _figures(people: Sequence[Person]) -> dict[str, Any]:
    """The figures at the head of the page."""
    total = sum(person.variable_vnd for person in people)
    before = [person.before_vnd for person in people if person.before_vnd is not None]
    pays = sorted(person.variable_vnd for person in people)
    middle = (pays[len(pays) // 2] + pays[(len(pays) - 1) // 2]) // 2 if pays else None
    nothing = sum(not pay for pay in pays)
    return {"people": len(people), "total": total, "median": middle, "nothing": nothing, "before": sum(before) if before else None}


def _law(found: PayRun, plan: Plan, people: Sequence[Person]) -> list[LawCheck]:
    pay = {person.agent_id: person.variable_vnd for person in people}
    rows = queries.rows_of_period(found.period, pay)
    return law_checks(plan, parse(found.period), pay, rows, consulted=consulted_on(plan.id))


def _bars(people: Sequence[Person]) -> list[tuple[str, int]]:
    """How many people get how much, in at most a dozen equal steps."""
    if not people:
        return []
    top = max(person.variable_vnd for person in people)
    step = next((each for each in (_MILLION // 2, _MILLION, 2 * _MILLION, 5 * _MILLION) if top < each * _BARS), top // _BARS + 1)
    counts = [0] * (top // step + 1)
    for person in people:
        counts[max(person.variable_vnd, 0) // step] += 1
    return [(_span(place * step, (place + 1) * step), count) for place, count in enumerate(counts)]


def _span(low: int, high: int) -> str:
    from fractions import Fraction

    lang = queries.reader()
    return f"{number(Fraction(low, _MILLION), lang)}–{number(Fraction(high, _MILLION), lang)}"


def _chart(people: Sequence[Person]) -> dict[str, Any]:
    """The bars as ECharts draws them."""
    bars = _bars(people)
    return {
        "xAxis": {"type": "category", "data": [label for label, _count in bars], "name": _("million ₫"), "nameLocation": "end"},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"type": "bar", "name": _("People"), "data": [count for _label, count in bars], "barCategoryGap": "8%"}],
    }


def _query(request: HttpRequest) -> str:
    """The filter of the page, to stand before the number of another one."""
    asked = request.GET.copy()
    asked.pop("page", None)
    return asked.urlencode() + "&" if asked else ""


def _run(pk: int) -> PayRun:
    return get_object_or_404(PayRun.objects.select_related("plan", "prepared_by", "closed_by"), pk=pk)


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
