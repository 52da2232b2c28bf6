"""Gates, commission, formula lines, pool, proration and guarantee of a plan, from document fields to frozen data."""

from __future__ import annotations

import re
from datetime import date
from typing import Literal, cast

from chot.core.money import decimal_text
from chot.kpi.document_fields import Fields, short
from chot.kpi.plan import Commission, FormulaLine, Gate, Guarantee, Pool, Proration
from chot.kpi.plan_items import Context, check_rising, forgotten
from chot.kpi.schema import TABLES

LEAVES = tuple(leave for leave in TABLES["workdays"].column("leave").values if leave != "none")
CALENDARS = ("mon-sat", "mon-fri", "roster")
_LINE_NAME = re.compile(r"[a-z0-9_]{1,60}")  # early_bird


def read_gates(fields: Fields, context: Context) -> tuple[Gate, ...]:
    """The gates, in the order written."""
    return tuple(gate for each in fields.entries("gates") if (gate := _gate(each, context)))


def _gate(fields: Fields, context: Context) -> Gate | None:
    when = context.formula(fields, "when")
    if when and when.kind != "condition":
        fields.problem("when", "is no condition", "Compare a metric, as in quality_score >= 60%")
    otherwise = fields.number("otherwise")
    if otherwise and not 0 <= otherwise.value <= 1:
        meant = not otherwise.percent and 1 < otherwise.value <= 100
        fix = f"Write {decimal_text(otherwise.value)}%" if meant else ""
        fields.problem("otherwise", "must lie between 0% and 100%", fix)
    min_sample = fields.whole("min_sample", default=0)
    if when and fields.given("min_sample") and all(context.metrics[name].always for name in when.names):
        context.warn(fields, "min_sample", "is ignored: sums and counts are always measured")
        min_sample = 0
    title = fields.text("title")
    fields.done()
    if when is None or otherwise is None:
        return None
    return Gate(when=when, otherwise=otherwise.value, min_sample=min_sample, title=title)


def read_commission(fields: Fields, context: Context) -> tuple[Commission, ...]:
    """The commission rules, in the order written."""
    return tuple(rule for each in fields.entries("commission") if (rule := _rule(each, context)))


def _rule(fields: Fields, context: Context) -> Commission | None:
    on = context.metric(fields, "on")
    if on and on.unit != "vnd":
        known = ", ".join(sorted(name for name, metric in context.metrics.items() if metric.unit == "vnd"))
        fields.problem("on", f"{on.id} is not in đồng", f"Metrics in đồng: {known}")
    mode = fields.choice("mode", ("marginal", "whole"), default="marginal")
    tiers = fields.pairs("tiers")
    for threshold, rate in tiers:
        if threshold.percent or threshold.value < 0:
            fields.problem("tiers", "a threshold is an amount in đồng, 0 or more", line=threshold.line)
        if rate.value < 0:
            fields.problem("tiers", "a rate is below 0", line=rate.line)
        if rate.value >= 1 and not rate.percent:
            context.warn(fields, "tiers", forgotten("a rate", rate), line=rate.line)
    check_rising(fields, "tiers", [threshold for threshold, _ in tiers], "threshold")
    gated, title = fields.yes("gated", default=False), fields.text("title")
    fields.done()
    if on is None:
        return None
    rates = tuple((threshold.value, rate.value) for threshold, rate in tiers)
    return Commission(on=on, mode=cast(Literal["marginal", "whole"], mode), tiers=rates, gated=gated, title=title)


def read_lines(fields: Fields, context: Context) -> tuple[FormulaLine, ...]:
    """The formula lines, each name once."""
    found: list[FormulaLine] = []
    lines: dict[str, int] = {}
    for each in fields.entries("lines"):
        name = each.text("name", required=True)
        if name and not _LINE_NAME.fullmatch(name):
            each.problem("name", f"{short(name)} is no line name", "Use small letters without accents, digits and _, as in early_bird")
        if name and name in lines:
            each.problem("name", f"{short(name)} is a line already, in line {lines[name]}", "Give every line its own name")
        lines.setdefault(name, each.line_of("name"))
        formula = context.formula(each, "formula")
        if formula and formula.kind not in ("vnd", "plain"):
            what = "is a condition" if formula.kind == "condition" else "gives seconds"
            each.problem("formula", f"{what}, and a line pays đồng", "Write an amount, as in 500000 if orders >= 40 else 0")
        gated, title = each.yes("gated", default=False), each.text("title")
        each.done()
        if formula:
            found.append(FormulaLine(name=name, formula=formula, gated=gated, title=title))
    return tuple(found)


def read_pool(fields: Fields, context: Context) -> Pool | None:
    """The pool; None when the plan has none."""
    inner = fields.inner("pool")
    if inner is None:
        return None
    vnd, by = inner.whole("vnd", low=1), context.metric(inner, "by")
    if by and by.direction == "lower":
        context.warn(inner, "by", f"lower is better for {by.id}, and the pool gives more to those with more of it")
    inner.done()
    return Pool(vnd=vnd, by=by) if by else None


def read_proration(fields: Fields) -> Proration:
    """Which leave counts and what a working day is; the contract's defaults where nothing is written."""
    default = Proration()
    inner = fields.inner("proration")
    if inner is None:
        return default
    proration = Proration(
        targets=_leaves(inner, "targets", default.targets),
        bonus=_leaves(inner, "bonus", default.bonus),
        joins=inner.yes("joins", default=default.joins),
        calendar=_calendar(inner),
        absent=cast(Literal["zero", "neutral"], inner.choice("absent", ("zero", "neutral"), default=default.absent)),
    )
    inner.done()
    return proration


def _leaves(fields: Fields, key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    found = fields.texts(key)
    for leave in found or ():
        if leave not in LEAVES:
            fields.problem(key, f"{short(leave)} is no kind of leave", f"Kinds of leave: {', '.join(LEAVES)}; write [] for none of them")
    return default if found is None else found


def _calendar(fields: Fields) -> Literal["mon-sat", "mon-fri", "roster"] | tuple[date, ...]:
    if not fields.is_listing("calendar"):
        return cast(Literal["mon-sat", "mon-fri", "roster"], fields.choice("calendar", CALENDARS, default="mon-sat"))
    nodes = fields.nodes("calendar", required=True)
    days = [day for node in nodes if (day := fields.read_day("calendar", node))]
    if len(set(days)) < len(days):
        fields.problem("calendar", "names a day twice")
    return tuple(sorted(days))


def read_guarantee(fields: Fields) -> Guarantee | None:
    """The guarantee; None when the plan has none."""
    inner = fields.inner("guarantee")
    if inner is None:
        return None
    guarantee = Guarantee(periods=inner.whole("periods", low=1), lookback=inner.whole("lookback", low=1))
    inner.done()
    return guarantee


def read_rounding(fields: Fields) -> int:
    """The unit in đồng to which every line is rounded."""
    inner = fields.inner("rounding")
    if inner is None:
        return 1
    unit = inner.whole("unit_vnd", low=1, default=1)
    inner.choice("mode", ("half_up",), default="half_up")
    inner.done()
    return unit
