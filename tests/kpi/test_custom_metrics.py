"""A company's own metrics: checked, written out to measures, unmeasured where what they read is unmeasured."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chot.core.errors import InputError
from chot.kpi.catalogue import METRICS
from chot.kpi.custom_metrics import load_custom_metrics
from chot.kpi.formula import NotMeasurable, parse
from chot.kpi.measures import Condition, Measure
from chot.kpi.metrics import Metric, Words

CORPUS = Path(__file__).with_name("corpus") / "metrics"

COMPANY = """
measures:
  - {id: long_calls, table: calls, where: {outcome: answered, talk_s: ">= 300"}}
  - {id: sold, table: orders, sum: quantity, where: {status: completed}}
  - {id: longest, table: calls, max: talk_s, where: {direction: out, outcome: answered}}
  - {id: late, table: tickets, count: rows, day: due_at, where: {reopened: true, done_at: known, opened_at: <= due_at, status: done}}
  - {id: buyers, table: orders, distinct: customer_id}
  - {id: three_fields, table: calls, count: disposition, where: {fields_collected: 3, hangup_by: [agent, customer]}}
metrics:
  - id: long_call_rate
    version: 2
    title: {vi: Tỷ lệ cuộc gọi dài, en: Long call rate}
    about: {vi: Dài, en: Long}
    unit: ratio
    formula: long_calls / calls_answered
    influence: {vi: nhân viên, en: the agent}
    source: sales handbook
  - {id: net_sales, title: Doanh thu ròng, unit: vnd, formula: revenue - call_charge}
  - {id: net_per_order, title: Ròng mỗi đơn, unit: vnd, formula: net_sales / orders, direction: lower}
  - {id: units, title: Units, unit: count, formula: sold}
  - {id: mixed, title: Mixed, unit: ratio, formula: 60% * quality_score + 40% * exam_score}
  - {id: guarded, title: Guarded, unit: ratio, formula: exam_score + 1}
  - {id: best, title: Best, unit: seconds, formula: longest}
  - {id: growth_twice, title: G, unit: ratio, formula: 2 * revenue_growth_mom}
  - {id: per_hour, title: H, unit: count, formula: orders / talk_time * 3600}
  - {id: capped, title: C, unit: vnd, formula: "min(revenue, 5000000) if close_rate >= 8% else 0"}
"""


def load(tmp_path: Path, text: str) -> dict[str, Metric]:
    path = tmp_path / "metrics.yaml"
    path.write_text(text, encoding="utf-8")
    return load_custom_metrics(path, METRICS)


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    return load(tmp_path_factory.mktemp("company"), COMPANY)


def value(metric: Metric, **measured: int) -> Fraction | str:
    """The metric by its own formula; the reason where it has no value. Measures not given are 0."""
    formula = parse(metric.formula, names={measure.name: "count" for measure in metric.measures})
    try:
        return Fraction(formula.evaluate(lambda name: measured.get(name, 0)))
    except NotMeasurable as error:
        return str(error)


def test_only_the_companys_own_metrics_come_back(company: dict[str, Metric]) -> None:
    assert list(company) == [
        "long_call_rate", "net_sales", "net_per_order", "units", "mixed", "guarded", "best", "growth_twice", "per_hour", "capped",
    ]  # fmt: skip
    assert all(metric.id == name for name, metric in company.items())


def test_every_field_of_a_metric(company: dict[str, Metric]) -> None:
    metric = company["long_call_rate"]
    assert (metric.version, metric.unit, metric.direction, metric.always) == (2, "ratio", "higher", False)
    assert metric.title == Words(vi="Tỷ lệ cuộc gọi dài", en="Long call rate")
    assert metric.about == Words(vi="Dài", en="Long")
    assert (metric.influence, metric.source) == (Words(vi="nhân viên", en="the agent"), "sales handbook")
    assert (metric.formula, metric.sample) == ("long_calls / answered_calls", "answered_calls")
    assert [measure.name for measure in metric.measures] == ["answered_calls", "long_calls"]
    assert (metric.periods, metric.employed, metric.tables) == (("month", "quarter", "week"), False, ("calls",))


def test_what_is_not_written_is_filled_in(company: dict[str, Metric]) -> None:
    metric = company["net_sales"]
    assert (metric.version, metric.direction, metric.source) == (1, "higher", "company metric")
    assert metric.title == Words(vi="Doanh thu ròng", en="Doanh thu ròng")
    assert metric.about == Words(vi="Doanh thu − cước gọi", en="Revenue − call charge")
    assert company["net_per_order"].direction == "lower"


def test_measures_become_conditions_on_the_tables(company: dict[str, Metric], tmp_path: Path) -> None:
    text = COMPANY[: COMPANY.index("metrics:")] + "metrics:\n  - {id: top, title: T, unit: seconds, formula: longest}\n"
    text += "  - {id: all, title: A, unit: count, formula: long_calls + sold + buyers + three_fields + late}\n"
    found = load(tmp_path, text)
    measures = {measure.name: measure for metric in found.values() for measure in metric.measures}
    customers = Condition("direction", "in", ("in", "out"))
    answered = Condition("outcome", "in", ("answered",))
    assert measures["long_calls"] == Measure(name="long_calls", table="calls", where=(customers, answered, Condition("talk_s", ">=", 300)))
    completed = (Condition("status", "in", ("completed",)),)
    assert measures["sold"] == Measure(name="sold", table="orders", kind="sum", column="quantity", where=completed)
    outbound = (Condition("direction", "in", ("out",)), answered)
    assert measures["longest"] == Measure(name="longest", table="calls", kind="max", column="talk_s", where=outbound)
    assert measures["buyers"] == Measure(name="buyers", table="orders", kind="distinct", column="customer_id")
    assert measures["late"] == Measure(
        name="late", table="tickets", day="due_date",
        where=(
            Condition("reopened", "in", (True,)), Condition("done_at", "known"), Condition("opened_at", "<= column", "due_at"),
            Condition("status", "in", ("done",)),
        ),
    )  # fmt: skip
    assert measures["three_fields"].where == (
        customers, Condition("fields_collected", ">=", 3), Condition("fields_collected", "<=", 3),
        Condition("hangup_by", "in", ("agent", "customer")), Condition("disposition", "known"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sample", "always"),
    [
        ("long_call_rate", "answered_calls", False),  # the sample of the metric it divides by
        ("net_sales", "counted_orders", True),  # a sum: the rows of the first metric
        ("net_per_order", "counted_orders", False),
        ("units", "sold_rows", True),  # a sum over a measure: its rows
        ("mixed", "scored_exams", False),  # the first metric inside that may be unmeasured
        ("best", "longest_rows", False),  # a maximum of nothing is no measurement
        ("growth_twice", "revenue_previous_month", False),
        ("per_hour", "answered_calls", False),
        ("capped", "answered_calls", False),
    ],
)
def test_samples(company: dict[str, Metric], name: str, sample: str, always: object) -> None:
    assert (company[name].sample, company[name].always) == (sample, always)


def test_the_rows_of_a_sum_and_of_a_maximum_are_counted(company: dict[str, Metric]) -> None:
    rows = {measure.name: measure for name in ("units", "best") for measure in company[name].measures}
    assert rows["sold_rows"] == Measure(name="sold_rows", table="orders", where=rows["sold"].where)
    assert rows["longest_rows"] == Measure(
        name="longest_rows", table="calls", where=(*rows["longest"].where, Condition("talk_s", "known"))
    )


def test_rows_that_a_measure_counts_already_are_not_counted_again(tmp_path: Path) -> None:
    text = "measures:\n  - {id: sold, table: orders, sum: quantity, where: {status: [confirmed, completed]}}\n"
    found = load(tmp_path, text + "metrics:\n  - {id: units, title: U, unit: count, formula: sold}\n")
    assert found["units"].sample == "counted_orders"


def test_inner_metrics_are_written_out(company: dict[str, Metric]) -> None:
    assert company["net_per_order"].formula == "(counted_amount - outbound_charge) / counted_orders"
    assert value(company["net_per_order"], counted_amount=1000, outbound_charge=100, counted_orders=4) == 225


def test_where_an_inner_metric_is_unmeasured_the_outer_one_is(company: dict[str, Metric]) -> None:
    # Without an exam the best score adds up to 0, which is no measurement.
    assert value(company["guarded"], best_exam_bp=8000, scored_exams=2) == Fraction(9, 5)
    assert value(company["guarded"]) == "division by zero: max(scored_exams, 0) is 0"
    mixed = company["mixed"]
    assert value(mixed, review_points=9000, scored_reviews=1, best_exam_bp=8000, scored_exams=1) == Fraction(86, 100)
    assert isinstance(value(mixed, review_points=9000, scored_reviews=1), str)
    assert isinstance(value(mixed, best_exam_bp=8000, scored_exams=1), str)
    # A base below 0 leaves growth unmeasured, and so what is made of it.
    growth = company["growth_twice"]
    assert value(growth, counted_amount=300, revenue_previous_month=200) == 1
    assert isinstance(value(growth, counted_amount=300, revenue_previous_month=-200), str)


def test_months_and_employment_are_inherited(company: dict[str, Metric]) -> None:
    assert (company["growth_twice"].periods, company["growth_twice"].employed) == (("month",), True)


def test_metrics_may_refer_to_later_ones(tmp_path: Path) -> None:
    first, second = "{id: a, title: A, unit: count, formula: b + 1}", "{id: b, title: B, unit: count, formula: orders * 2}"
    found = load(tmp_path, f"metrics:\n  - {first}\n  - {second}\n")
    assert found["a"].formula == "counted_orders * 2 + 1"


def test_a_long_chain_of_references_needs_no_recursion(tmp_path: Path) -> None:
    lines = [f"  - {{id: m{number}, title: M, unit: count, formula: m{number + 1}}}\n" for number in range(150)]
    found = load(tmp_path, "metrics:\n" + "".join(lines) + "  - {id: m150, title: M, unit: count, formula: orders}\n")
    assert {metric.formula for metric in found.values()} == {"counted_orders"}


def test_an_empty_file_holds_no_metrics(tmp_path: Path) -> None:
    assert load(tmp_path, "") == {}


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_problem_of_a_bad_file_is_named(path: Path) -> None:
    heads = [line[3:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#! ")]
    expected = [each.groups() for head in heads if (each := re.fullmatch(r"(\S+) (\S+): (.*)", head))]
    with pytest.raises(InputError) as caught:
        load_custom_metrics(path, METRICS)
    assert [(str(each.line or "-"), each.field or "-", each.what) for each in caught.value.problems] == expected
    assert {each.file for each in caught.value.problems} == {str(path)}


PIECES = st.sampled_from(
    ["", " ", "\n  ", ":", "[", "}", ",", "0", "known", ">= 1", "<= due_at", "revenue", "units", "net_sales", "calls", "sum",
     "/ 0", "* revenue", "min(", "long_calls", "&a ", "\t"]
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, len(COMPANY)), st.integers(0, 10), PIECES), min_size=1, max_size=3))
@settings(max_examples=120, deadline=None)
def test_a_damaged_file_is_loaded_or_refused(tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, str]]) -> None:
    text = COMPANY
    for place, cut, put in edits:
        text = text[:place] + put + text[place + cut :]
    try:
        found = load(tmp_path_factory.getbasetemp(), text)
    except InputError as error:
        assert error.problems  # noqa: PT017
        return
    for metric in found.values():
        names = {measure.name: "count" for measure in metric.measures}
        assert parse(metric.formula, names=names).names | parse(metric.sample, names=names).names == set(names)


NAMES = st.sampled_from(["orders", *"abcdef"])


@given(st.lists(st.tuples(st.sampled_from("abcdef"), NAMES, NAMES), max_size=6))
@settings(max_examples=60, deadline=None)
def test_references_resolve_or_name_a_cycle(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]) -> None:
    written = {name: (one, two) for name, one, two in rows}
    known = {"orders"}
    while more := {name for name, parts in written.items() if name not in known and set(parts) <= known}:
        known |= more
    text = "metrics:\n" + "".join(
        f"  - {{id: {name}, title: T, unit: count, formula: {one} + {two}}}\n" for name, (one, two) in written.items()
    )
    try:
        found = load(tmp_path_factory.getbasetemp(), text if written else "")
    except InputError as error:
        missing = {part for parts in written.values() for part in parts} - set(written) - {"orders"}
        said = "unknown name" if missing else "refers to itself"
        assert all(problem.what.startswith(said) for problem in error.problems)  # noqa: PT017
        assert not set(written) <= known
        return
    assert set(found) == set(written) <= known


def test_the_example_of_the_reference_loads(tmp_path: Path) -> None:
    text = Path(__file__).parents[2].joinpath("docs", "formula.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml metrics\n(.*?)```", text, re.DOTALL)
    assert list(load(tmp_path, example)) == ["long_call_rate", "units", "net_per_order"]
