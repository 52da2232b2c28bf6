"""The page of one pay run: who gets what, and what stands for or against closing it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from chot.core.periods import parse
from chot.kpi.figure_words import number
from chot.kpi.plan import Plan
from chot.pay import law_checks, queries
from chot.pay.actions_closing import RejectedRows, approved
from chot.pay.core_words import core_words, reader
from chot.pay.forms import Close, SendBack
from chot.pay.models import PayRun
from chot.pay.pay_sheets import people_columns
from chot.pay.queries import Person
from chot.pay.queries_disputes import open_disputes
from chot.pay.queries_jobs import last_slips, open_job
from chot.pay.run_columns import KindColumns, kind_columns
from chot.people.models import User
from chot.people.queries import agent_names
from chot.people.rules import closes_pay
from chot.performance import queries_missing
from chot.performance.report_files import choice
from chot.performance.workplace import read_plan

_ROWS = 100
_BARS = 12
_MILLION = 1_000_000


def run_page(
    request: HttpRequest, found: PayRun, *, close: Close | None = None, send_back: SendBack | None = None,
    ticked: frozenset[str] = frozenset(), rejected: RejectedRows | None = None, refusal: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a run; with what was sent in when that was refused."""
    user = _user(request)
    visible = queries.visible_agents(user)
    people = queries.people_of(found, visible)
    if not people and visible is not None:
        raise PermissionDenied
    context = {
        **_paid(request, found, people), **_stands_against(found, user, visible, people),
        "run": found, "is_open": found.state != PayRun.State.CLOSED, "may_close": closes_pay(user),
        "is_mine": found.prepared_by_id == user.pk,
        "job": open_job(found.plan_id, found.period), "slips": last_slips(found), "ticked": ticked,
        "rejected": rejected or _rejected(found), "refusal": refusal,
        "choice": choice(user, "pay", people_columns(people)),
        "close": close or Close(), "send_back": send_back or SendBack(), "me": user,
    }  # fmt: skip
    return render(request, "pay/run.html", context, status=status)


def _paid(request: HttpRequest, found: PayRun, people: Sequence[Person]) -> dict[str, Any]:
    """Who gets what."""
    shown, sort, team = _chosen(request, people)
    columns = kind_columns(people)
    return {
        "people": people, "shown": Paginator(shown, _ROWS).get_page(request.GET.get("page")), "sort": sort, "team": team,
        "teams": sorted({person.team_id for person in people if person.team_id}),
        "columns": columns, "rest": {person.agent_id: columns.rest(person) for person in shown}, "sums": _sums(shown, columns),
        "figures": _figures(people), "previous": str(parse(found.period).shifted(-1)), "chart": _chart(people), "bars": _bars(people),
        "names": {person.agent_id: person.name for person in people} | agent_names(), "query": _query(request),
    }  # fmt: skip


def _stands_against(found: PayRun, user: User, visible: queries.Visible, people: Sequence[Person]) -> dict[str, Any]:
    """What has to be looked at before it is closed."""
    plan, computed = read_plan(found.plan.text), queries.computed_run(found)
    is_open, lines = found.state != PayRun.State.CLOSED, {person.agent_id: person.lines for person in people}
    law = law_checks.found_in(found, plan, {person.agent_id: person.variable_vnd for person in people if person.lines}, lines)
    manual = found.adjustments.select_related("proposed_by", "decided_by", "corrects")
    return {
        "computed": computed, "changed": is_open and (computed is None or computed.run_id != found.run_id),
        "adjustments": queries.adjustments(people, plan), "law": law, "law_stops": any(each.severity == "error" for each in law),
        "missing": _lacking(found, plan, visible) if is_open else [],
        "warnings": queries.warnings_of(computed) if visible is None else [], "disputes": open_disputes(found, visible),
        "approved": approved(found) if visible is None and not is_open else {},
        "manual": list(manual if visible is None else manual.filter(agent_id__in=visible)),
        "problem": core_words([_(found.problem)])[0] if found.problem and is_open else "",
    }  # fmt: skip


def _lacking(found: PayRun, plan: Plan, visible: queries.Visible) -> list[str]:
    """Who is under the plan in the period and has no target of the own."""
    lacking = queries_missing.in_period(plan, parse(found.period))
    return [queries_missing.words(each, found.plan.title) for each in lacking if visible is None or each.agent_id in visible]


def _rejected(found: PayRun) -> RejectedRows | None:
    """The rows left out, to be seen before anybody closes."""
    return RejectedRows(core_words(found.rejected["rows"]), found.rejected["count"]) if found.rejected else None


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


def _sums(people: Sequence[Person], columns: KindColumns) -> dict[str, Any]:
    """The last row of the table."""
    both = [person for person in people if person.before_vnd is not None]
    known = [person.carry_vnd for person in people if person.carry_vnd is not None]
    return {
        "kinds": {kind: sum(person.kinds.get(kind, 0) for person in people) for kind, _title in columns.own},
        "rest": sum(map(columns.rest, people)),
        "variable": sum(person.variable_vnd for person in people), "adjusted": sum(person.adjusted_vnd for person in people),
        "paid": sum(person.paid_vnd for person in people), "carry": sum(known) if known else None,
        "difference": sum(person.difference_vnd or 0 for person in both) if both else None,
    }  # fmt: skip


def _figures(people: Sequence[Person]) -> dict[str, Any]:
    """The figures at the head of the page."""
    total = sum(person.variable_vnd for person in people)
    before = [person.before_vnd for person in people if person.before_vnd is not None]
    pays = sorted(person.variable_vnd for person in people)
    middle = (pays[len(pays) // 2] + pays[(len(pays) - 1) // 2]) // 2 if pays else None
    nothing = sum(not pay for pay in pays)
    adjusted = [each.amount_vnd for person in people for each in person.adjustments]
    return {
        "people": len(people), "total": total, "adjusted": sum(adjusted) if adjusted else None, "paid": total + sum(adjusted),
        "median": middle, "nothing": nothing, "before": sum(before) if before else None,
    }  # fmt: skip


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
    lang = reader()
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


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
