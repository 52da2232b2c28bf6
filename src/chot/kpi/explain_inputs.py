"""The metrics behind a line, opened to their rows and checked against what the engine counted and the run used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from chot.core.errors import InternalError
from chot.kpi.evidence import Evidence, Whose, checked, evidence
from chot.kpi.explanation import Input, Opened
from chot.kpi.figure_words import both, number
from chot.kpi.formula import NotMeasurable, parse
from chot.kpi.measures import Measure, Measured
from chot.kpi.metrics import Metric, Scope, Words
from chot.kpi.pay import names_read
from chot.kpi.people import Span, outside_days
from chot.kpi.row_sources import RememberedRows
from chot.kpi.settling import Line
from chot.kpi.values import Column, measures_of
from chot.kpi.wording import measure_words


class Walker:
    """One agent of one run: where he stands in its columns, and each metric he needs, its rows read once.

    Without ``rows`` metrics have the run's figures, and no row is read.
    """

    def __init__(self, opened: Opened, place: int, *, rows: bool = True) -> None:
        self.opened, self.run, self.place, self.reads_rows = opened, opened.run, place, rows
        self.span: Span = opened.run.spans[place]
        self.lines: Mapping[str, Line] = {line.id: line for line in opened.run.lines[place]}
        self.titles: dict[str, Words] = {name: metric.title for name, metric in opened.run.plan.metrics.items()}
        self._inputs: dict[tuple[str, str, Scope], Input] = {}
        self._rows = RememberedRows(opened.rows or opened.facts)

    def own(self, name: str) -> Input:
        """A metric of the plan over the agent's own facts, as gates, commission, lines and the pool read it."""
        return self.input(self.run.plan.metrics[name], "own", self.run.own[name], where=name)

    def input(self, metric: Metric, scope: Scope, used: Column, *, where: str) -> Input:
        """A metric whose values the run ``used``, opened to its rows.

        Raises ``InternalError`` when they do not add up to what the engine counted, or give another value than the run used.
        """
        value = used.exact[self.place] if used.known[self.place] else None
        if not self.reads_rows:
            reason = "" if value is not None else used.reasons.get(self.place, "")
            sample = int(used.sample[self.place])
            return Input(metric=metric, scope=scope, group=self._group(scope), value=value, sample=sample, reason=reason)
        key = (metric.id, metric.formula, scope)
        if key not in self._inputs:
            self._inputs[key] = self._open(metric, scope)
        found = self._inputs[key]
        if value is not None and found.value != value:
            raise InternalError(f"{where} of {self.span.agent_id}: its rows give {found.value}, the run used {value}")
        return found

    def count(self) -> None:
        """Everything that the engine counts for checks of the rows, of everyone at once."""
        self._measured("own", ())
        for item in self.run.plan.items:
            self._measured(item.of, item.metric.measures)

    def _group(self, scope: Scope) -> str:
        return {"own": self.span.agent_id, "team": self.span.team_id, "company": "company"}[scope]

    def _measured(self, scope: Scope, measures: Sequence[Measure]) -> Measured:
        """The measures of a metric by group; of the agents' own facts every one that the plan reads, in one scan."""
        if scope != "own":
            return self.opened.measured(measures, grain=scope)
        plan = self.run.plan
        metrics = [item.metric for item in plan.items if item.of == "own"] + [plan.metrics[name] for name in names_read(plan)]
        return self.opened.measured(measures_of(metrics), outside=outside_days(self.run.people, plan))

    def _open(self, metric: Metric, scope: Scope) -> Input:
        run, plan = self.run, self.run.plan
        whose = Whose(plan=plan, people=run.people, scope=scope, agent_id=self.span.agent_id, team_id=self.span.team_id)
        measured = self._measured(scope, metric.measures)
        group = self._group(scope)
        found = [_checked(evidence(measure, run.period, self._rows, whose), measured, group) for measure in metric.measures]
        return _input(metric, scope, group, found)


def _checked(found: Evidence, measured: Measured, group: str) -> Evidence:
    return checked(found, measured.get(group, found.measure.name), who=group)


def _input(metric: Metric, scope: Scope, group: str, found: list[Evidence]) -> Input:
    values = {each.measure.name: Fraction(each.value) for each in found}
    names = dict.fromkeys(values, "plain")
    sample = int(parse(metric.sample, names=names).evaluate(lambda name: values[name]))
    formula = parse(metric.formula, names=names)
    value, reason = None, "" if metric.always or sample > 0 else f"no {metric.sample}"
    if not reason:
        try:
            value = Fraction(formula.evaluate(lambda name: values[name]))
        except NotMeasurable as error:
            reason = str(error)
    titles = {each.measure.name: measure_words(each.measure) for each in found}
    figures = {name: both(lambda lang, figure=figure: number(figure, lang)) for name, figure in values.items()}  # type: ignore[misc]
    calculation = None
    if metric.formula not in values:
        said = [Words(vi=formula.words("vi", parts), en=formula.words("en", parts)) for parts in (titles, figures)]
        calculation = (said[0], said[1])
    return Input(metric=metric, scope=scope, group=group, value=value, sample=sample, reason=reason,
                 calculation=calculation, evidence=found)  # fmt: skip
