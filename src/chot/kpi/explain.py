"""Walking a statement back: formulas, inputs with their values, parameters, rounding, and the rows behind each input.

``explain`` computes every explained number a second time, from rows; an explanation that does not
re-add to its line is an ``InternalError``, never a statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from chot.core.errors import InputError, InternalError, Problem
from chot.core.money import round_half_away
from chot.core.text import did_you_mean
from chot.kpi.explain_adjustments import adjustment
from chot.kpi.explain_inputs import Walker
from chot.kpi.explain_items import item
from chot.kpi.explain_lines import commission, floor, formula, gate, gate_checks, guarantee, pool
from chot.kpi.explanation import Explanation, GateCheck, LineExplanation, Opened, Stretch
from chot.kpi.metrics import Words
from chot.kpi.people import Day, working_days
from chot.kpi.settling import Line
from chot.kpi.wording import value_words

_KINDS: Mapping[str, Callable[[Walker, Line], LineExplanation]] = {
    "bonus": item, "gate": gate, "commission": commission, "formula": formula, "pool": pool, "guarantee": guarantee, "floor": floor,
}  # fmt: skip


def explain(opened: Opened, *, agent_id: str, line_id: str | None = None, rows: bool = True) -> Explanation:
    """The agent's lines (or the one called ``line_id``), each walked back to its rows.

    Without ``rows`` inputs have the values that the run used and no evidence, and corrections name no changed facts.
    Raises ``InputError`` for an agent or line that the run does not have, ``InternalError`` when rows, steps
    and lines do not add up.
    """
    walker = _walker(opened, agent_id, rows=rows)
    lines = [line for line in opened.run.lines[walker.place] if line_id in (None, line.id)]
    if line_id is not None and not lines:
        fix = did_you_mean(line_id, walker.lines) or "The run gives this agent no lines."
        raise InputError(Problem(field="--line", what=f"agent {agent_id} has no line {line_id!r} in this run", fix=fix))
    opened_lines = [open_line(walker, line) for line in lines]
    return _explanation(walker, opened_lines, list(_stretches(walker)), gate_checks(walker) if line_id is None else ())


def head(opened: Opened, *, agent_id: str) -> Explanation:
    """What stands above the lines: days, gates, warnings. It opens no line, so no row is read.

    Raises ``InputError`` for an agent that the run does not have.
    """
    walker = _walker(opened, agent_id)
    return _explanation(walker, [], [], gate_checks(walker))


def count(opened: Opened) -> None:
    """Let the engine count what rows are checked against: once, for all statements that are opened from ``opened``."""
    if opened.run.spans:
        Walker(opened, 0).count()


def _walker(opened: Opened, agent_id: str, *, rows: bool = True) -> Walker:
    place = opened.run.place(agent_id)
    if place is None:
        raise InputError(_not_in_run(opened, agent_id))
    return Walker(opened, place, rows=rows)


def _explanation(
    walker: Walker, lines: Sequence[LineExplanation], stretches: Sequence[Stretch], gates: Sequence[GateCheck]
) -> Explanation:
    opened, run, span, place = walker.opened, walker.run, walker.span, walker.place
    row = run.people.on(span.agent_id, span.days[-1])
    return Explanation(
        run_id=opened.run_id, closed=opened.closed, timezone=opened.timezone, plan=run.plan, period=run.period, agent_id=span.agent_id,
        agent_name=row.name if row else "", team_id=span.team_id, working_days=span.working_days, target_days=span.target_days,
        bonus_days=span.bonus_days, reduced=span.reduced, stretches=stretches, lines=lines, line_count=len(walker.lines), gates=gates,
        variable_vnd=run.variable_vnd(place), carry_vnd=run.carry[place], base_pay_vnd=row.base_pay_vnd if row else None,
        warnings=_warnings(walker),
    )  # fmt: skip


def open_line(walker: Walker, line: Line) -> LineExplanation:
    """One line, opened by its kind; ``InternalError`` when its exact value does not round to it."""
    if line.kind == "adjust":
        return adjustment(walker, line, open_line)
    unit = 1 if line.kind == "floor" else walker.run.plan.rounding_unit_vnd
    if line.kind not in ("gate", "pool") and round_half_away(line.exact, unit) != line.amount:
        raise InternalError(f"{line.id} of {walker.span.agent_id}: {line.exact} does not round to {line.amount}")
    return _KINDS[line.kind](walker, line)


def _not_in_run(opened: Opened, agent_id: str) -> Problem:
    run = opened.run
    rows = run.people.rows(agent_id)
    if not rows:
        known = [span.agent_id for span in run.spans]
        fix = did_you_mean(agent_id, known) or "The run has no agents."
        return Problem(field="--agent", what=f"there is no agent {agent_id!r}", fix=fix)
    wanted = "role " + ", ".join(run.plan.roles) if run.plan.roles else "team " + ", ".join(run.plan.teams)
    had = sorted({f"role {row.role}, team {row.team_id}" for row in rows if run.people.employed_days(agent_id, run.period)})
    why = f"in {run.period} {'; '.join(had)}" if had else f"not employed on any day of {run.period}"
    return Problem(field="--agent", what=f"agent {agent_id} is not in this run: {why}", fix=f"The plan pays {wanted}.")


def _warnings(walker: Walker) -> Sequence[str]:
    """What concerns the agent, and what concerns everyone; a gate that does not apply stands among the gates."""
    run, mine = walker.run, f": {walker.span.agent_id}: "
    general = {*run.plan.warnings, *walker.opened.facts.warnings}
    return [each for each in run.warnings if each in general or (mine in each and not each.startswith("gate:"))]


def _stretches(walker: Walker) -> Iterator[Stretch]:
    """The days that do not count in full, joined where no working day lies between them."""
    reasons = {day.date: _reason(walker, day) for day in walker.span.reduced}
    calendar = _calendar(walker)
    group: list[Day] = []
    for day in walker.span.reduced:
        if group and not _goes_on(group[-1], day, reasons, calendar):
            yield _stretch(group, reasons)
            group = []
        group.append(day)
    if group:
        yield _stretch(group, reasons)


def _goes_on(last: Day, day: Day, reasons: Mapping[date, Words], calendar: Sequence[date]) -> bool:
    alike = (last.for_target, last.for_bonus, reasons[last.date]) == (day.for_target, day.for_bonus, reasons[day.date])
    return alike and not any(last.date < each < day.date for each in calendar)


def _stretch(group: Sequence[Day], reasons: Mapping[date, Words]) -> Stretch:
    return Stretch(first=group[0], last=group[-1], count=len(group), reason=reasons[group[0].date])


def _calendar(walker: Walker) -> list[date]:
    plan, period = walker.run.plan, walker.run.period
    days = set(working_days(plan.proration, period)) | {day.date for day in walker.span.reduced}
    if plan.proration.calendar == "roster":
        days |= walker.opened.scheduled.get(walker.span.agent_id, set())
    return sorted(days)


def _reason(walker: Walker, day: Day) -> Words:
    if day.reason not in ("join", "other plan"):
        return value_words(day.reason)
    rows = walker.run.people.rows(walker.span.agent_id)
    if day.reason == "other plan":
        return Words(vi="thuộc vai trò hoặc nhóm khác", en="in another role or team")
    if all(row.hired_on and day.date < row.hired_on for row in rows):
        return Words(vi="chưa vào làm", en="not hired yet")
    if all(row.left_on and day.date > row.left_on for row in rows):
        return Words(vi="đã nghỉ việc", en="has left")
    return Words(vi="không có trong danh sách nhân viên", en="not on the list of agents")
