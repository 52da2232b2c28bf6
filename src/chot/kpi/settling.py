"""What other runs do to this one: the guarantee, differences of closed runs, claw-back, carry and the floor.

Order of publication: the plan's own lines, ``guarantee``, positive ``adjust`` lines, ``floor``, then
claw-backs. Only a commission is clawed back; every other negative difference is forgiven, and
a warning names those that mirror a positive one, as a gate's does when its items rise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from chot.core.money import exact_text, round_half_away
from chot.core.periods import Period, containing
from chot.kpi.pay import LineColumn
from chot.kpi.people import Span
from chot.kpi.plan import Plan
from chot.kpi.targets import Targets

if TYPE_CHECKING:
    from chot.kpi.run import Run

_MIRRORS = ("gate", "guarantee", "floor")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One published line of one agent, its value before rounding as numerator / denominator; ``note`` says why."""

    id: str
    kind: str
    amount: int
    numerator: int
    denominator: int = 1
    factor: Fraction | None = None
    note: str = ""
    corrects: Mapping[str, Any] = field(default_factory=dict)

    @property
    def exact(self) -> Fraction:
        """The value before rounding."""
        return Fraction(self.numerator, self.denominator)

    def document(self) -> dict[str, Any]:
        """The line as the published JSON."""
        found: dict[str, Any] = {"id": self.id, "kind": self.kind}
        if self.factor is not None:
            found["factor"] = exact_text(self.factor)
        found["amount_vnd"] = self.amount
        if self.note:
            found["reason"] = self.note
        return {**found, "corrects": dict(self.corrects)} if self.corrects else found


@dataclass(frozen=True, kw_only=True)
class ClosedRun:
    """A closed run as later runs see it: its plan and targets, its published document, its place in time."""

    run_id: str
    plan: Plan
    period: Period
    targets: Targets
    document: Mapping[str, Any]

    def entry(self, agent_id: str) -> Mapping[str, Any] | None:
        """The agent's part of the published document."""
        return next((each for each in self.document["agents"] if each["agent_id"] == agent_id), None)

    def before(self, runs: Iterable[ClosedRun]) -> list[ClosedRun]:
        """The runs that were closed history when this one was computed."""
        return [run for run in runs if run.period.last < self.period.first]


def statement_lines(
    plan: Plan, period: Period, members: Sequence[Span], columns: Sequence[LineColumn], closed: Sequence[ClosedRun]
) -> tuple[list[list[Line]], list[str]]:
    """Every agent's lines before settlement: the plan's own, then guarantee and floor."""
    warnings: list[str] = []
    by_column = [_column_lines(column) for column in columns]
    found = []
    for place, span in enumerate(members):
        lines = [line for column in by_column if (line := column[place])]
        if plan.guarantee and _guaranteed(plan, period):
            lines += _guarantee(plan, period, span, sum(line.amount for line in lines), closed, warnings)
        found.append(_with_floor(lines))
    return found, warnings


def _column_lines(column: LineColumn) -> list[Line | None]:
    """One line of the plan for every agent; None where it is not published."""
    notes: Mapping[int, str] = {} if column.kind == "gate" else column.notes
    cells = zip(column.amount.tolist(), column.exact.n.tolist(), column.exact.d.tolist(), column.published.tolist(), strict=True)
    return [
        Line(id=column.id, kind=column.kind, amount=amount, numerator=n, denominator=d, factor=column.factor, note=notes.get(place, ""))
        if published
        else None
        for place, (amount, n, d, published) in enumerate(cells)
    ]


def _guaranteed(plan: Plan, period: Period) -> bool:
    first = containing(plan.starts, plan.period)
    return plan.guarantee is not None and any(first.shifted(step) == period for step in range(plan.guarantee.periods))


def _guarantee(plan: Plan, period: Period, span: Span, earned: int, closed: Sequence[ClosedRun], warnings: list[str]) -> list[Line]:
    assert plan.guarantee is not None
    past = [
        pay
        for run in sorted(closed, key=lambda each: each.period.last)
        if run.period.last < period.first
        for pay in _pay_per_full_share(run, span.agent_id)
    ][-plan.guarantee.lookback :]
    if not past:
        warnings.append(f"guarantee: {span.agent_id}: no closed run with a bonus share, so there is no guarantee line")
        return []
    promised = sum(past, Fraction(0)) / len(past) * span.bonus_share
    missing = promised - earned
    amount = round_half_away(missing, plan.rounding_unit_vnd)
    if amount <= 0:
        return []
    note = f"lifts variable pay to the average of {len(past)} closed run(s)"
    return [Line(id="guarantee", kind="guarantee", amount=amount, numerator=missing.numerator, denominator=missing.denominator, note=note)]


def _pay_per_full_share(run: ClosedRun, agent_id: str) -> list[Fraction]:
    entry = run.entry(agent_id)
    share = Fraction(entry["bonus_share"]) if entry else Fraction(0)
    if not entry or not share:
        return []
    guaranteed = sum(line["amount_vnd"] for line in entry["lines"] if line["kind"] == "guarantee")
    return [(entry["variable_vnd"] - guaranteed) / share]


def _with_floor(lines: list[Line]) -> list[Line]:
    total = sum(line.amount for line in lines)
    if total >= 0:
        return lines
    return [*lines, Line(id="floor", kind="floor", amount=-total, numerator=-total, note="variable pay is never below 0")]


def settle(run: Run, earlier: Sequence[ClosedRun], again: Mapping[str, Mapping[str, Sequence[Line]]]) -> Run:
    """The run with the differences of earlier closed runs of its plan as ``adjust`` lines.

    ``again`` holds, by run id, every agent's lines recomputed on today's facts.
    """
    if not earlier:
        return run
    lines, carry, forgiven = [], [], list[str]()
    for span, own in zip(run.spans, run.lines, strict=True):
        differences = [each for closed in earlier for each in _differences(closed, earlier, again[closed.run_id], span.agent_id)]
        settled, rest = _apply(list(own), differences)
        lines.append(settled)
        carry.append(rest)
        forgiven += _forgiven(differences, span.agent_id)
    present = {span.agent_id for span in run.spans}
    gone = [warning for closed in earlier for warning in _leavers(closed, earlier, again[closed.run_id], present)]
    return replace(run, lines=lines, carry=carry, warnings=[*run.warnings, *forgiven, *gone])


def _differences(closed: ClosedRun, earlier: Sequence[ClosedRun], again: Mapping[str, Sequence[Line]], agent_id: str) -> list[Line]:
    """What today's facts change in one closed run, less what later closed runs have already settled."""
    now = {line.id: line for line in again.get(agent_id, ())}
    entry = closed.entry(agent_id)
    paid = {line["id"]: line for line in entry["lines"] if line["kind"] != "adjust"} if entry else {}
    found = []
    for line_id in list(dict.fromkeys([*paid, *now])):
        before = (paid[line_id]["amount_vnd"] if line_id in paid else 0) + _settled(closed, earlier, agent_id, line_id)
        after = now[line_id].amount if line_id in now else 0
        if after != before:
            corrects = {"run_id": closed.run_id, "period": str(closed.period), "line": line_id, "before_vnd": before, "after_vnd": after}
            difference = after - before
            found.append(
                Line(id=f"adjust:{closed.run_id}:{line_id}", kind="adjust", amount=difference, numerator=difference, corrects=corrects)
            )
    return found


def _settled(closed: ClosedRun, earlier: Sequence[ClosedRun], agent_id: str, line_id: str) -> int:
    wanted = f"adjust:{closed.run_id}:{line_id}"
    return sum(line["amount_vnd"] for run in earlier if (entry := run.entry(agent_id)) for line in entry["lines"] if line["id"] == wanted)


def _apply(lines: list[Line], differences: Sequence[Line]) -> tuple[list[Line], int]:
    """The lines with the differences applied, and what is carried (0 or below)."""
    floor = [line for line in lines if line.kind == "floor"]
    lines = [line for line in lines if line.kind != "floor"]
    lines += [line for line in differences if line.amount > 0]
    lines = _with_floor(lines) if floor or sum(line.amount for line in lines) < 0 else lines
    available, carry = sum(line.amount for line in lines), 0
    for line in differences:
        if line.amount < 0 and _corrected_kind(line) == "commission":
            applied = -min(-line.amount, available)
            available, carry = available + applied, carry + line.amount - applied
            if applied:
                rest = "" if applied == line.amount else f"{line.amount - applied} VND are carried to the next period"
                lines.append(replace(line, amount=applied, note=rest))
    return lines, carry


def _forgiven(differences: Sequence[Line], agent_id: str) -> list[str]:
    """Warnings about negative gate, guarantee and floor differences beside positive ones of the same run: more is paid than is owed."""
    raised = {line.corrects["run_id"] for line in differences if line.amount > 0}
    return [
        f"{line.id}: {agent_id}: {line.amount:+d} VND is not taken back, because only a commission is"
        for line in differences
        if line.amount < 0 and _corrected_kind(line) in _MIRRORS and line.corrects["run_id"] in raised
    ]


def _corrected_kind(line: Line) -> str:
    return str(line.corrects["line"]).split(":", 1)[0]


def _leavers(closed: ClosedRun, earlier: Sequence[ClosedRun], again: Mapping[str, Sequence[Line]], present: set[str]) -> list[str]:
    agents = {entry["agent_id"] for entry in closed.document["agents"]} | set(again)
    return [
        f"{line.id}: {agent_id}: {line.amount:+d} VND is not settled here, because the agent is not in this run"
        for agent_id in sorted(agents - present)
        for line in _differences(closed, earlier, again, agent_id)
    ]
