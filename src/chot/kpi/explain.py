"""Walking a line back: formula, inputs with their values, parameters, rounding, and the rows behind each input.

``explain`` computes every explained number a second time, from rows; an explanation that does not
re-add to its line is an ``InternalError``, never a statement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from chot.core.errors import InputError, InternalError, Problem
from chot.core.money import exact_text, round_half_away
from chot.core.text import did_you_mean
from chot.kpi.evidence import Evidence, Whose, checked, evidence, row_id
from chot.kpi.formula import parse
from chot.kpi.measures import Measured
from chot.kpi.metrics import Metric, Words
from chot.kpi.people import Day, outside_days
from chot.kpi.plan import AbilityTarget, FixedTarget, Plan
from chot.kpi.run import Run
from chot.kpi.scoring import Scored
from chot.kpi.settling import Line
from chot.kpi.source import Facts, Row


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a calculation: what it is, and its exact value in its unit."""

    name: str
    value: Fraction | None
    unit: str
    words: Words


@dataclass(frozen=True, kw_only=True)
class Input:
    """A metric that a line reads, with its measures and their rows."""

    metric: Metric
    value: Fraction | None
    sample: int
    formula: Words
    evidence: Sequence[Evidence]
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class LineExplanation:
    """One published line, opened."""

    line: Line
    title: Words
    formula: Words
    steps: Sequence[Step]
    inputs: Sequence[Input]
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One agent's statement, every line opened."""

    run_id: str
    plan: Plan
    period: str
    agent_id: str
    agent_name: str
    team_id: str
    working_days: int
    target_days: Fraction
    bonus_days: Fraction
    reduced: Sequence[Day]
    lines: Sequence[LineExplanation]
    variable_vnd: int
    carry_vnd: int
    base_pay_vnd: int | None
    warnings: Sequence[str]


def explain(run: Run, run_id: str, facts: Facts, *, agent_id: str, line_id: str | None = None) -> Explanation:
    """The agent's lines (or the one called ``line_id``), each walked back to its rows.

    Raises ``InputError`` for an agent or line that the run does not have.
    """
    place = run.place(agent_id)
    if place is None:
        known = [span.agent_id for span in run.spans]
        raise InputError(Problem(field="--agent", what=f"agent {agent_id!r} is not in this run", fix=did_you_mean(agent_id, known)))
    lines = [line for line in run.lines[place] if line_id in (None, line.id)]
    if not lines:
        ids = [line.id for line in run.lines[place]]
        raise InputError(Problem(field="--line", what=f"agent {agent_id} has no line {line_id!r}", fix=did_you_mean(line_id or "", ids)))
    walker = _Walker(run, facts, place)
    span = run.spans[place]
    row = run.people.on(agent_id, span.days[-1])
    return Explanation(
        run_id=run_id, plan=run.plan, period=str(run.period), agent_id=agent_id, agent_name=row.name if row else "", team_id=span.team_id,
        working_days=span.working_days, target_days=span.target_days, bonus_days=span.bonus_days, reduced=span.reduced,
        lines=[walker.line(line) for line in lines], variable_vnd=run.variable_vnd(place), carry_vnd=run.carry[place],
        base_pay_vnd=row.base_pay_vnd if row else None,
        warnings=[warning for warning in run.warnings if f": {agent_id}:" in warning],
    )


class _Walker:
    """Opens the lines of one agent of one run; each metric's rows are read once."""

    def __init__(self, run: Run, facts: Facts, place: int) -> None:
        self.run, self.facts, self.place = run, facts, place
        self.span = run.spans[place]
        self._inputs: dict[tuple[str, str, str], Input] = {}

    def line(self, line: Line) -> LineExplanation:
        """One line, opened by its kind."""
        opened = {
            "bonus": self._item, "gate": self._gate, "commission": self._commission, "formula": self._formula, "pool": self._pool,
        }.get(line.kind, self._settled)(line)
        if round_half_away(line.exact, self._unit(line)) != line.amount and line.kind not in ("gate", "adjust", "pool"):
            raise InternalError(f"{line.id} of {self.span.agent_id}: {line.exact} does not round to {line.amount}")
        return opened

    def _unit(self, line: Line) -> int:
        return 1 if line.kind == "floor" else self.run.plan.rounding_unit_vnd

    def _item(self, line: Line) -> LineExplanation:
        place, scored = self.place, next(each for each in self.run.scored if f"item:{each.item.metric.id}" == line.id)
        item = scored.item
        found = self._input(item.metric, item.of)
        if scored.value.known[place] and found.value != scored.value.exact[place]:
            raise InternalError(f"{line.id} of {self.span.agent_id}: its rows give {found.value}, the run {scored.value.exact[place]}")
        return LineExplanation(
            line=line, title=_title(item.title, item.metric.title), formula=_ITEM, steps=self._item_steps(scored), inputs=[found],
            parameters={
                "scale": f"{item.scale.name} ({item.scale.mode}): " + ", ".join(f"{_percent(x)} → {_percent(y)}" for x, y in item.scale.points),
                "target": _target_words(item.target), "of": item.of, "goal": item.goal or self.run.plan.goal,
                "min_sample": str(item.min_sample), "plan_starts": str(self.run.plan.starts),
            },
        )

    def _item_steps(self, scored: Scored) -> list[Step]:
        place, plan, metric = self.place, self.run.plan, scored.item.metric
        measured = bool(scored.measured[place])
        known = bool(scored.value.known[place])
        steps = [
            Step(name="actual", value=scored.value.exact[place] if known else None, unit=metric.unit, words=_STEPS["actual"]),
            Step(name="target", value=scored.target[place], unit=metric.unit, words=_STEPS["target"]),
            Step(name="attainment", value=scored.attainment[place] if measured else None, unit="percent", words=_STEPS["attainment"]),
            Step(name="payout", value=None if scored.unpaid[place] else scored.payout[place], unit="percent", words=_STEPS["payout"]),
            Step(name="bonus_vnd", value=Fraction(plan.bonus_vnd), unit="vnd", words=_STEPS["bonus_vnd"]),
            Step(name="bonus_share", value=self.span.bonus_share, unit="percent", words=_STEPS["bonus_share"]),
            Step(name="effective_weight", value=scored.effective_weight[place] / 100, unit="percent", words=_STEPS["effective_weight"]),
            Step(name="before_rounding", value=scored.exact[place], unit="vnd", words=_STEPS["before_rounding"]),
        ]
        product = plan.bonus_vnd * self.span.bonus_share * scored.effective_weight[place] / 100 * scored.payout[place]
        if product != scored.exact[place]:
            raise InternalError(f"item:{metric.id} of {self.span.agent_id}: its steps give {product}, the run {scored.exact[place]}")
        return steps

    def _gate(self, line: Line) -> LineExplanation:
        gate = self.run.plan.gates[int(line.id.split(":")[1]) - 1]
        inputs = [self._input(self.run.plan.metrics[name], "own") for name in sorted(gate.when.names)]
        factor = _percent(gate.otherwise)
        words = Words(
            vi=f"Điều kiện «{gate.when.words('vi', self._titles)}» không đạt: tổng thưởng còn {factor}",
            en=f"The condition «{gate.when.words('en', self._titles)}» is not met: the gated sum is multiplied by {factor}",
        )
        steps = [Step(name="after_gate", value=line.exact, unit="vnd", words=_STEPS["after_gate"])]
        return LineExplanation(line=line, title=_title(gate.title, _KINDS["gate"]), formula=words, steps=steps, inputs=inputs,
                               parameters={"otherwise": factor, "min_sample": str(gate.min_sample)})

    def _commission(self, line: Line) -> LineExplanation:
        rule = self.run.plan.commission[int(line.id.split(":")[1]) - 1]
        found = self._input(rule.on, "own")
        tiers = ", ".join(f"≥ {threshold}: {_percent(rate)}" for threshold, rate in rule.tiers)
        words = _MODES[rule.mode]
        steps = [
            Step(name="base", value=found.value, unit="vnd", words=rule.on.title),
            Step(name="before_rounding", value=line.exact, unit="vnd", words=_STEPS["before_rounding"]),
        ]
        return LineExplanation(line=line, title=_title(rule.title, _KINDS["commission"]), formula=words, steps=steps, inputs=[found],
                               parameters={"mode": rule.mode, "tiers": tiers})

    def _formula(self, line: Line) -> LineExplanation:
        rule = next(each for each in self.run.plan.lines if f"line:{each.name}" == line.id)
        inputs = [self._input(self.run.plan.metrics[name], "own") for name in sorted(rule.formula.names)]
        words = Words(**{lang: rule.formula.words(lang, self._titles, unit="vnd") for lang in ("vi", "en")})
        steps = [Step(name="before_rounding", value=line.exact, unit="vnd", words=_STEPS["before_rounding"])]
        return LineExplanation(line=line, title=_title(rule.title, Words(vi=rule.name, en=rule.name)), formula=words, steps=steps,
                               inputs=inputs, parameters={"formula": rule.formula.text})

    def _pool(self, line: Line) -> LineExplanation:
        assert self.run.plan.pool
        metric = self.run.plan.pool.by
        everyone = self.run.own[metric.id]
        total = sum((max(value, Fraction(0)) for value, known in zip(everyone.exact, everyone.measured, strict=True) if known), Fraction(0))
        steps = [
            Step(name="pool", value=Fraction(self.run.plan.pool.vnd), unit="vnd", words=_KINDS["pool"]),
            Step(name="all", value=total, unit=metric.unit, words=_STEPS["all"]),
            Step(name="before_rounding", value=line.exact, unit="vnd", words=_STEPS["before_rounding"]),
        ]
        return LineExplanation(line=line, title=_KINDS["pool"], formula=_POOL, steps=steps, inputs=[self._input(metric, "own")])

    def _settled(self, line: Line) -> LineExplanation:
        steps = [
            Step(name=name, value=Fraction(line.corrects[name]), unit="vnd", words=_STEPS[name])
            for name in ("before_vnd", "after_vnd") if name in line.corrects
        ]
        corrects = {key: str(value) for key, value in line.corrects.items()}
        return LineExplanation(line=line, title=_KINDS[line.kind], formula=_FORMULAS[line.kind], steps=steps, inputs=[], parameters=corrects)

    @property
    def _titles(self) -> Mapping[str, Words]:
        return {name: metric.title for name, metric in self.run.plan.metrics.items()}

    def _input(self, metric: Metric, scope: str) -> Input:
        key = (metric.id, metric.formula, scope)
        if key not in self._inputs:
            self._inputs[key] = self._open(metric, scope)
        return self._inputs[key]

    def _open(self, metric: Metric, scope: str) -> Input:
        run, plan = self.run, self.run.plan
        whose = Whose(plan=plan, people=run.people, scope=scope, agent_id=self.span.agent_id, team_id=self.span.team_id)
        found = [evidence(measure, run.period, self.facts, whose) for measure in metric.measures]
        if scope == "own":
            measured: Measured = self.facts.measure(metric.measures, run.period, outside=outside_days(run.people, plan))
            group = self.span.agent_id
        else:
            measured = self.facts.measure(metric.measures, run.period, grain="team" if scope == "team" else "company")
            group = self.span.team_id if scope == "team" else "company"
        for each in found:
            checked(each, measured.get(group, each.measure.name), who=group)
        values = {each.measure.name: each.value for each in found}
        units = dict.fromkeys(values, "plain")
        sample = parse(metric.sample, names=units).evaluate(lambda name: Fraction(values[name]))
        formula = parse(metric.formula, names=units)
        value = Fraction(formula.evaluate(lambda name: Fraction(values[name]))) if metric.always or sample > 0 else None
        return Input(metric=metric, value=value, sample=int(sample), formula=metric.about, evidence=found)


def _title(own: str, usual: Words) -> Words:
    return Words(vi=own, en=own) if own else usual


def _percent(value: Fraction) -> str:
    number = value * 100
    return f"{number.numerator if number.denominator == 1 else float(number):g}%"


def _target_words(target: object) -> str:
    match target:
        case FixedTarget():
            return "fixed"
        case AbilityTarget(quantile=share):
            return f"ability {_percent(share)}"
        case _:
            return "per agent"


_ITEM = Words(vi="Thưởng × phần công × tỷ trọng × mức trả", en="Bonus × bonus share × weight × payout")
_POOL = Words(vi="Quỹ chia theo tỷ lệ của chỉ số, số dư lớn nhất trước", en="The pool in proportion to the metric, by largest remainder")
_MODES = {
    "marginal": Words(vi="Mỗi bậc trả tỷ lệ của bậc đó trên phần vượt", en="Each tier pays its own rate on its own band"),
    "whole": Words(vi="Bậc đạt được trả tỷ lệ trên toàn bộ", en="The tier reached pays its rate on the whole"),
}
_KINDS = {
    "gate": Words(vi="Điều kiện", en="Gate"), "commission": Words(vi="Hoa hồng", en="Commission"),
    "pool": Words(vi="Quỹ thưởng chung", en="Bonus pool"), "guarantee": Words(vi="Bù bảo đảm thu nhập", en="Guarantee"),
    "floor": Words(vi="Bù về 0", en="Floor"), "adjust": Words(vi="Điều chỉnh kỳ trước", en="Adjustment of a closed period"),
}
_FORMULAS = {
    "guarantee": Words(vi="Nâng lên mức trung bình các kỳ đã đóng", en="Lifts variable pay to the average of the closed runs"),
    "floor": Words(vi="Lương biến đổi không bao giờ âm", en="Variable pay is never below 0"),
    "adjust": Words(vi="Số đúng theo dữ liệu hôm nay trừ số đã trả", en="What today's facts give, less what was paid"),
}
_STEPS = {
    "actual": Words(vi="Thực đạt", en="Actual"), "target": Words(vi="Chỉ tiêu", en="Target"),
    "attainment": Words(vi="Mức hoàn thành", en="Attainment"), "payout": Words(vi="Mức trả", en="Payout"),
    "bonus_vnd": Words(vi="Thưởng khi đạt 100 %", en="Bonus at 100 %"), "bonus_share": Words(vi="Phần công tính thưởng", en="Bonus share"),
    "effective_weight": Words(vi="Tỷ trọng áp dụng", en="Effective weight"), "before_rounding": Words(vi="Trước làm tròn", en="Before rounding"),
    "after_gate": Words(vi="Tổng sau điều kiện", en="Sum after the gate"), "all": Words(vi="Tổng của mọi người", en="Everyone's total"),
    "before_vnd": Words(vi="Đã trả", en="Paid before"), "after_vnd": Words(vi="Tính lại", en="Computed again"),
}


def as_json(explanation: Explanation) -> str:
    """The explanation as JSON; exact values as ``n/d``."""
    return json.dumps(_plain(explanation), ensure_ascii=False, indent=1) + "\n"


def _plain(explanation: Explanation) -> dict[str, Any]:
    return {
        "run_id": explanation.run_id, "plan": explanation.plan.id, "plan_version": explanation.plan.version, "period": explanation.period,
        "agent_id": explanation.agent_id, "working_days": explanation.working_days,
        "target_days": exact_text(explanation.target_days), "bonus_days": exact_text(explanation.bonus_days),
        "reduced_days": [
            {"date": day.date.isoformat(), "reason": day.reason, "for_target": exact_text(day.for_target), "for_bonus": exact_text(day.for_bonus)}
            for day in explanation.reduced
        ],
        "lines": [_plain_line(each) for each in explanation.lines],
        "variable_vnd": explanation.variable_vnd, "carry_vnd": explanation.carry_vnd, "warnings": list(explanation.warnings),
    }


def _plain_line(found: LineExplanation) -> dict[str, Any]:
    return {
        **found.line.document(), "exact": exact_text(found.line.exact), "title": asdict(found.title), "formula": asdict(found.formula),
        "steps": [
            {"name": step.name, "value": None if step.value is None else exact_text(step.value), "unit": step.unit} for step in found.steps
        ],
        "parameters": dict(found.parameters),
        "inputs": [_plain_input(each) for each in found.inputs],
    }


def _plain_input(found: Input) -> dict[str, Any]:
    return {
        "metric": found.metric.id, "version": found.metric.version, "formula": found.metric.formula, "words": asdict(found.formula),
        "value": None if found.value is None else exact_text(found.value), "sample": found.sample,
        "measures": [
            {
                "measure": each.measure.name, "table": each.measure.table, "value": each.value,
                "counted": [{"id": row_id(each.measure, row), "adds": added, **_cells(row)} for row, added in each.counted],
                "not_counted": [{"id": row_id(each.measure, row), "reason": asdict(reason), **_cells(row)} for row, reason in each.left_out],
            }
            for each in found.evidence
        ],
    }


def _cells(row: Row) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in row.items() if value is not None
    }
