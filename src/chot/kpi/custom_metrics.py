"""A company's own metrics, from YAML: formulas over measures and other metrics, written out to measures alone.

A metric inside a formula is replaced by its own formula when the file is read, so a custom metric is
computed like a built-in one. Where the inner metric would be unmeasured the outer one is too: unless its
formula already divides by its sample, the inner formula is multiplied and divided by ``max(sample, 0)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from chot.core.errors import InputError, Problem
from chot.kpi.custom_measures import counting, read_id, read_measure
from chot.kpi.document import read_document
from chot.kpi.document_fields import Fields, short
from chot.kpi.formula import Formula, Kind, kind_of_measure, kind_of_unit, parse
from chot.kpi.formula_parser import PARTS, FormulaError, tree_of
from chot.kpi.formula_tree import Name, Node, names_in, render, walk
from chot.kpi.measures import Measure
from chot.kpi.metric_expansion import adds_and_multiplies, certain_divisors, divisors, inner_tree, size_written_out, written_out
from chot.kpi.metrics import Direction, Metric, Unit, Words

_UNITS = ("vnd", "count", "seconds", "ratio", "score")
_ADDED_UP = ("vnd", "count", "seconds")  # units of sums and counts, which are always measured


@dataclass(frozen=True)
class _Written:
    """A metric as written, its formula checked but still over metrics."""

    fields: Fields
    metric: Metric  # title, unit and so on; formula, measures and sample are still to come
    formula: Formula
    sample: str

    @property
    def refers(self) -> frozenset[str]:
        return self.formula.names | ({self.sample} if self.sample else set())


def load_custom_metrics(path: Path, builtin: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics of a company's file, by id; ``builtin`` are those that their formulas may name.

    Raises ``InputError`` with every problem, cycles included.
    """
    problems: list[Problem] = []
    fields = Fields(read_document(path), file=str(path), problems=problems)
    measures = {measure.name: measure for metric in builtin.values() for measure in metric.measures}
    for each in fields.entries("measures"):
        measure = read_measure(each, [*builtin, *measures])
        if measure:
            measures[measure.name] = measure
    written = _written(fields, measures, builtin)
    fields.done()
    found = {} if problems else _resolved(written, measures, builtin)
    if problems:
        raise InputError(sorted(dict.fromkeys(problems), key=lambda each: each.line or 0))
    return found


def _written(fields: Fields, measures: Mapping[str, Measure], builtin: Mapping[str, Metric]) -> dict[str, _Written]:
    """Every metric as written; the names are read first, so that formulas may refer to later ones."""
    kinds: dict[str, Kind] = {name: kind_of_measure(measure) for name, measure in measures.items()}
    kinds |= {name: kind_of_unit(metric.unit) for name, metric in builtin.items()}
    ids: dict[str, Fields] = {}
    for each in fields.entries("metrics"):
        name = read_id(each, [*builtin, *measures, *ids])
        ids[name or f" {len(ids)}"] = each
        if name:
            kinds[name] = kind_of_unit(each.text("unit"))
    titles = {name: metric.title for name, metric in builtin.items()}
    titles |= {name: _words(each, "title", Words(vi=name, en=name)) for name, each in ids.items()}
    found = {name: _one(name, each, kinds, titles) for name, each in ids.items()}
    return {name: each for name, each in found.items() if each}


def _one(name: str, fields: Fields, kinds: Mapping[str, Kind], titles: Mapping[str, Words]) -> _Written | None:
    unit = cast(Unit, fields.choice("unit", _UNITS))
    if not fields.given("title"):
        fields.missing("title", "Write title: {vi: …, en: …}")
    formula = _formula(fields, unit, kinds)
    sample = fields.text("sample")
    if sample and sample not in kinds:
        fields.problem("sample", f"unknown name {short(sample)}", "Write the id of the measure that counts the cases")
    about = _about(formula, titles, kind_of_unit(unit)) if formula else Words(vi="", en="")
    metric = Metric(
        id=name, version=fields.whole("version", low=1, default=1), title=titles[name], about=_words(fields, "about", about),
        unit=unit, direction=cast(Direction, fields.choice("direction", ("higher", "lower"), default="higher")),
        formula="", measures=(), sample="", influence=_words(fields, "influence", Words(vi="chưa nêu", en="not stated")),
        source=fields.text("source") or "company metric",
    )  # fmt: skip
    fields.done()
    return _Written(fields, metric, formula, sample) if formula else None


def _formula(fields: Fields, unit: Unit, kinds: Mapping[str, Kind]) -> Formula | None:
    text = fields.text("formula", required=True)
    if not text:
        return None
    try:
        formula = parse(text, names=kinds, file=fields.file, line=fields.line_of("formula"), field=f"{fields.path}.formula")
    except InputError as error:
        fields.problems.extend(error.problems)
        return None
    if formula.kind not in ("plain", kind_of_unit(unit)):
        said = {"vnd": "đồng", "seconds": "seconds", "condition": "a condition"}[formula.kind]
        fields.problem("formula", f"gives {said}, but the unit is {unit}", "Change the unit or the formula")
    if not formula.names:
        fields.problem("formula", "reads no measure and no metric")
    return formula


def _words(fields: Fields, key: str, default: Words) -> Words:
    """A sentence in both languages: ``{vi: …, en: …}``, or one text for both."""
    if not fields.is_mapping(key):
        text = fields.text(key)
        return Words(vi=text, en=text) if text else default
    inner = fields.inner(key)
    assert inner is not None
    words = Words(vi=inner.text("vi", required=True), en=inner.text("en", required=True))
    inner.done()
    return words


def _about(formula: Formula, titles: Mapping[str, Words], unit: Kind) -> Words:
    vi, en = (formula.words(lang, titles, unit=unit) for lang in ("vi", "en"))
    return Words(vi=vi[:1].upper() + vi[1:], en=en[:1].upper() + en[1:])


def _resolved(written: Mapping[str, _Written], measures: Mapping[str, Measure], builtin: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics over measures alone, inner ones first; what is left over refers to itself."""
    known = dict(builtin)
    waiting = dict(written)
    while ready := [name for name, each in waiting.items() if not each.refers & waiting.keys()]:
        for name in ready:
            metric = _Writer(waiting.pop(name), measures, known).metric()
            if metric is None:
                return {}
            known[name] = metric
    if waiting:
        cycle = _cycle(waiting)
        first = waiting[cycle[0]].fields
        first.problem("formula", f"refers to itself: {' -> '.join(cycle)}", "Remove one of these references")
        return {}
    return {name: known[name] for name in written}


def _cycle(waiting: Mapping[str, _Written]) -> list[str]:
    path = [next(iter(waiting))]
    while (following := min(waiting[path[-1]].refers & waiting.keys())) not in path:
        path.append(following)
    return [*path[path.index(following) :], following]


class _Writer:
    """Writes one metric out over measures; every metric it refers to is in ``known`` already."""

    def __init__(self, written: _Written, measures: Mapping[str, Measure], known: Mapping[str, Metric]) -> None:
        self._written, self._known = written, known
        self._inner = {name: known[name] for name in sorted(written.formula.names) if name in known}
        self._trees = {name: inner_tree(metric) for name, metric in self._inner.items()}
        self._measures = dict(measures) | {each.name: each for inner in self._inner.values() for each in inner.measures}

    def metric(self) -> Metric | None:
        """The metric, complete; None when it is too long, which is then among the problems."""
        fields, metric, tree = self._written.fields, self._written.metric, self._written.formula.tree
        if size_written_out(tree, self._trees) > PARTS:
            fields.problem("formula", f"has more than {PARTS} parts once the metrics inside it are written out", "Use measures instead")
            return None
        always = self._always(tree)
        text, sample = render(written_out(tree, self._trees)), self._sample(tree, always=always)
        try:
            read = sorted(names_in(tree_of(text)) | names_in(tree_of(sample)))
        except FormulaError:
            fields.problem("formula", "is too long once the metrics inside it are written out", "Use measures instead")
            return None
        measures = tuple(self._measures[name] for name in read)
        return replace(
            metric, formula=text, measures=measures, sample=sample, always=always, periods=self._periods(measures),
            employed=any(inner.employed for inner in self._inner.values()),
        )  # fmt: skip

    def _periods(self, measures: Iterable[Measure]) -> tuple[str, ...]:
        every = [inner.periods for inner in self._inner.values()]
        every += [("month",) for measure in measures if measure.window != "period"]
        return tuple(kind for kind in ("month", "quarter", "week") if all(kind in periods for periods in every))

    def _always(self, tree: Node) -> bool:
        """Whether the metric is a sum or a count: no division by data, no maximum, and all inside is always measured."""
        names = names_in(tree)
        is_sum = self._written.metric.unit in _ADDED_UP and not any(divisors(tree))
        is_sum = is_sum and all(self._measures[name].kind != "max" for name in names - self._inner.keys())
        return is_sum and all(inner.always for inner in self._inner.values())

    def _sample(self, tree: Node, *, always: bool) -> str:
        """The sample: as written; else the first divisor; else that of the first metric, or the rows of the first measure."""
        if self._written.sample:
            return self._cases(self._written.sample)
        for divisor in () if always else certain_divisors(tree):
            if isinstance(divisor, Name) and divisor.name in self._known:
                return self._cases(divisor.name)
            out = written_out(divisor, self._trees)
            if adds_and_multiplies(out):
                return render(out)
        unsure = [name for name, inner in self._inner.items() if not inner.always]
        return self._cases(unsure[0] if unsure else next(node.name for node in walk(tree) if isinstance(node, Name)))

    def _cases(self, name: str) -> str:
        """The sample of a metric, or the measure that counts the rows of a measure."""
        if name in self._known:
            self._measures |= {each.name: each for each in self._known[name].measures}
            return self._known[name].sample
        rows = counting(self._measures[name], self._measures.values())
        self._measures[rows.name] = rows
        return rows.name
