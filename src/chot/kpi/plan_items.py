"""The items and scales of a plan, from document fields to frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

from chot.core.errors import InputError, Problem
from chot.core.money import decimal_text
from chot.core.periods import Kind
from chot.core.text import did_you_mean
from chot.kpi.catalogue import with_settings
from chot.kpi.document_fields import Fields, Number, WrittenWrongError, short, whole_of
from chot.kpi.formula import Formula, parse
from chot.kpi.metrics import Direction, Metric, Scope
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, PerAgentTargets, Scale, Unmeasured
from chot.kpi.target_files import TargetFile, beside, read_targets, targets_of

HUGE = 10  # a share above 1000 % that was written without % is worth a question


@dataclass
class Context:
    """What every part of a plan is checked against: the metrics, the period kind, the files that it names; and its warnings.

    ``files`` holds the text of target files by name; others lie in ``folder``.
    """

    metrics: Mapping[str, Metric]
    period: Kind
    folder: Path
    files: Mapping[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    target_files: dict[str, TargetFile] = field(default_factory=dict)

    def warn(self, fields: Fields, key: str, what: str, *, line: int | None = None, file: str = "") -> None:
        """Keep a warning with its place."""
        place = f"{fields.path}.{key}" if fields.path else key
        problem = Problem(file=file or fields.file, line=line or fields.line_of(key), field=place, what=what)
        self.warnings.append(str(problem))

    def metric(self, fields: Fields, key: str) -> Metric | None:
        """The metric that a required field names, which must exist for the plan's periods."""
        name = fields.text(key, required=True)
        if not name:
            return None
        metric = self.metrics.get(name)
        if metric is None:
            fields.problem(key, f"unknown metric {short(name)}", did_you_mean(name[:60], self.metrics))
        elif self.period not in metric.periods:
            fields.problem(key, *_wrong_period(metric))
        return metric

    def formula(self, fields: Fields, key: str) -> Formula | None:
        """The formula over metrics that a required field holds."""
        text = fields.text(key, required=True)
        if not text:
            return None
        units = {name: metric.unit for name, metric in self.metrics.items()}
        place = f"{fields.path}.{key}"
        try:
            formula = parse(text, names=units, file=fields.file, line=fields.line_of(key), field=place)
        except InputError as error:
            fields.problems.extend(error.problems)
            return None
        for name in sorted(formula.names):
            if self.period not in self.metrics[name].periods:
                fields.problem(key, *_wrong_period(self.metrics[name]))
        return formula


def _wrong_period(metric: Metric) -> tuple[str, str]:
    return f"{metric.id} exists for {' and '.join(metric.periods)} plans only", "Use another metric, or another period"


def read_scales(fields: Fields, context: Context) -> dict[str, Scale | None]:
    """Every scale by name; None for one with a problem."""
    return {name: _scale(name, each, context) for name, each in fields.by_name("scales").items()}


def _scale(name: str, fields: Fields, context: Context) -> Scale | None:
    before = len(fields.problems)
    mode = fields.choice("mode", ("linear", "step"))
    pairs = fields.pairs("points")
    for attainment, payout in pairs:
        if payout.value < 0:
            fields.problem("points", "a payout is below 0", line=payout.line)
        for number, what in ((attainment, "an attainment"), (payout, "a payout")):
            if number.value > HUGE and not number.percent:
                context.warn(fields, "points", forgotten(what, number), line=number.line)
    check_rising(fields, "points", [attainment for attainment, _ in pairs], "attainment")
    fields.done()
    if len(fields.problems) > before:
        return None
    points = tuple((attainment.value, payout.value) for attainment, payout in pairs)
    return Scale(name=name, mode="step" if mode == "step" else "linear", points=points)


def forgotten(what: str, number: Number) -> str:
    """The question about a share that looks like a percentage written without its sign."""
    return f"{what} of {decimal_text(number.value)} is {decimal_text(number.value * 100)} %: was % forgotten?"


def check_rising(fields: Fields, key: str, numbers: Sequence[Number], what: str) -> None:
    """Report every number that is not above the one before it."""
    for low, high in pairwise(numbers):
        if high.value <= low.value:
            fields.problem(key, f"every {what} must be above the one before it", line=high.line)


def read_items(fields: Fields, context: Context, scales: Mapping[str, Scale | None]) -> tuple[Item, ...]:
    """The items; their weights sum to 100 and no metric is named twice."""
    entries = fields.entries("items", required=True)
    items = [item for each in entries if (item := _item(each, context, scales))]
    lines: dict[str, int] = {}
    for each in entries:
        name = each.text("metric")
        if name and name in lines:
            each.problem("metric", f"{short(name)} is an item already, in line {lines[name]}", "Keep one item for each metric")
        lines.setdefault(name, each.line_of("metric"))
    total = _sum_of_weights(entries)
    if entries and total not in (None, 100):
        fields.problem("items", f"the weights sum to {total}", "Make them sum to 100")
    _warn_unused_targets(fields, context, items)
    return tuple(items)


def _sum_of_weights(entries: Sequence[Fields]) -> int | None:
    """The sum of the weights; None when one of them is no weight, which is reported there."""
    try:
        return sum(whole_of(each.text("weight"), low=1) for each in entries)
    except WrittenWrongError:
        return None


def _item(fields: Fields, context: Context, scales: Mapping[str, Scale | None]) -> Item | None:
    before = len(fields.problems)
    metric = context.metric(fields, "metric")
    weight = fields.whole("weight", low=1, high=100)
    scale = _named_scale(fields, scales)
    settings = _settings(fields, metric)
    direction = fields.choice("direction", ("higher", "lower"), default=metric.direction if metric else "higher")
    unmeasured = fields.choice("unmeasured", ("redistribute", "neutral", "zero"), default="redistribute")
    of = fields.choice("of", ("own", "team", "company"), default="own")
    min_sample = fields.whole("min_sample", default=0)
    goal, title = fields.text("goal"), fields.text("title")
    if metric:
        metric = replace(with_settings(metric, settings), direction=cast(Direction, direction))
        if metric.always and fields.given("min_sample"):
            context.warn(fields, "min_sample", f"is ignored: {metric.id} is a sum or a count, and those are always measured")
            min_sample = 0
    target = _target(fields, metric, context)
    fields.done()
    if metric is None or target is None or scale is None or len(fields.problems) > before:
        return None
    return Item(
        metric=metric, weight=weight, target=target, scale=scale, min_sample=min_sample,
        unmeasured=cast(Unmeasured, unmeasured), of=cast(Scope, of), goal=goal, title=title,
    )  # fmt: skip


def _named_scale(fields: Fields, scales: Mapping[str, Scale | None]) -> Scale | None:
    name = fields.text("scale", required=True)
    if name and name not in scales:
        fix = did_you_mean(name[:60], scales) or "Describe it under scales:"
        fields.problem("scale", f"there is no scale {short(name)}", fix)
    return scales.get(name)


def _settings(fields: Fields, metric: Metric | None) -> dict[str, int]:
    inner = fields.inner("settings")
    if inner is None or metric is None:
        return {}
    if not metric.settings:
        fields.problem("settings", f"{metric.id} has no settings")
        return {}
    found = {name: inner.whole(name, default=default) for name, default in metric.settings.items()}
    inner.done()
    return found


def _target(fields: Fields, metric: Metric | None, context: Context) -> FixedTarget | AbilityTarget | PerAgentTargets | None:
    if not fields.is_mapping("target"):
        number = fields.number("target")
        if number is None or metric is None or not check_target(fields, number, metric, context):
            return None
        return FixedTarget(value=number.value)
    inner = fields.inner("target")
    if inner is None:
        return None
    ability, per_agent = inner.number("ability", required=False), inner.text("per_agent")
    inner.done()
    if inner.given("ability") == inner.given("per_agent"):
        fields.problem("target", "needs a number, {ability: 0.40} or {per_agent: targets.csv}")
        return None
    if ability:
        if not 0 < ability.value < 1:
            inner.problem("ability", "must lie between 0 and 1", "Write 0.40 for a target that about 60 % reach")
        return AbilityTarget(quantile=ability.value)
    return _per_agent(inner, per_agent, metric, context) if per_agent and metric else None


def check_target(fields: Fields, number: Number, metric: Metric, context: Context, *, file: str = "") -> bool:
    """Whether a target fits its metric; a problem otherwise, and a warning for a ratio that looks like a percentage."""
    what = fix = ""
    if number.percent and metric.unit != "ratio":
        what, fix = f"{metric.id} is no ratio, so its target takes no %", "Write a plain number"
    elif number.value < 0 or (number.value == 0 and metric.direction == "higher"):
        what = "a target must be above 0" if metric.direction == "higher" else "a target cannot be below 0"
    elif metric.unit == "ratio" and number.value > 1 and not number.percent:
        context.warn(fields, "target", forgotten("a target", number), line=number.line, file=file)
    if what:
        place = f"{fields.path}.target" if not file else "target"
        fields.problems.append(Problem(file=file or fields.file, line=number.line, field=place, what=what, fix=fix))
    return not what


def _per_agent(fields: Fields, name: str, metric: Metric, context: Context) -> PerAgentTargets | None:
    found = _target_file(fields, name, context)
    if found is None:
        return None
    rows = found.rows.get(metric.id, [])
    if not rows and not found.problems:
        fields.problem("per_agent", f"{short(name)} has no targets for {metric.id}")
    by_agent: dict[str, Fraction] = {}
    for row in rows:
        if check_target(fields, row.number, metric, context, file=found.file):
            by_agent[row.agent_id] = row.number.value
    return PerAgentTargets(path=name, by_agent=by_agent, source=found.text)


def _target_file(fields: Fields, name: str, context: Context) -> TargetFile | None:
    """The file of that name, read once for all items; None with a problem."""
    if name in context.target_files:
        return context.target_files[name]
    path = beside(context.folder, name)
    if path is None:
        fields.problem("per_agent", f"{short(name)} does not lie beside the plan", "Write a file name inside the plan's folder")
        return None
    if name in context.files:
        found = targets_of(context.files[name], file=name, metrics=context.metrics)
    elif path.is_file():
        found = read_targets(path, metrics=context.metrics)
    else:
        fields.problem("per_agent", f"there is no file {short(name)} beside the plan")
        return None
    fields.problems.extend(found.problems)
    context.target_files[name] = found
    return found


def _warn_unused_targets(fields: Fields, context: Context, items: Sequence[Item]) -> None:
    used = {(item.target.path, item.metric.id) for item in items if isinstance(item.target, PerAgentTargets)}
    for name, found in context.target_files.items():
        for metric in sorted(found.rows):
            if (name, metric) not in used:
                context.warn(fields, "items", f"{name} has targets for {metric} that no item uses")
