"""Scores, lines and pay of one run, in the order in which the contract publishes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.oracle.facts import Facts, Folder, Period, period_called
from tests.oracle.formulas import UnmeasuredError, evaluate
from tests.oracle.groups import exact
from tests.oracle.metrics import METRICS, Reading
from tests.oracle.plan import (
    Item,
    Plan,
    agents_of,
    guaranteed,
    item_reading,
    number,
    own_reading,
    read_plan,
    share,
    target_of,
    whole,
)  # fmt: skip

Line = dict[str, Any]
Run = Mapping[str, Any]


@dataclass
class Scored:
    """One item of one agent; ``payout`` None means its weight went to the measured items."""

    item: Item
    actual: Fraction | None
    sample: int
    target: Fraction
    attainment: Fraction | None = None
    payout: Fraction | None = None
    effective_weight: Fraction = Fraction(0)

    @property
    def measured(self) -> bool:
        return self.attainment is not None


def round_to(amount: Fraction, unit: int) -> int:
    """"Each published line is rounded once, half away from zero, to `unit_vnd`" """
    units = int(abs(amount) / unit + Fraction(1, 2))
    return unit * units if amount >= 0 else -unit * units


# --- items -------------------------------------------------------------------------------------------------------------


def attainment_of(actual: Fraction, target: Fraction, *, lower: bool) -> Fraction:
    """"`attainment = actual / target` for `higher` (may be negative); `2 - actual / target`, not below 0, for `lower`.
    [...] a `lower` metric may have the target 0: then 100 % when the actual is 0, else 0." """
    if lower and target == 0:
        return Fraction(1 if actual == 0 else 0)
    if lower:
        return max(Fraction(0), 2 - actual / target)
    return actual / target


def payout_of(mode: str, points: Sequence[tuple[Fraction, Fraction]], attainment: Fraction) -> Fraction:
    """"linear: interpolate between points; step: the payout of the highest point reached. Below the first point 0, above
    the last the last payout (the cap)." """
    if attainment < points[0][0]:
        return Fraction(0)
    if attainment >= points[-1][0]:
        return points[-1][1]
    for (low, pays_low), (high, pays_high) in pairwise(points):
        if low <= attainment < high:
            if mode == "step":
                return pays_low
            return pays_low + (pays_high - pays_low) * (attainment - low) / (high - low)
    raise AssertionError("unreachable: points rise")


def score_item(plan: Plan, facts: Facts, agent_id: str, period: Period, item: Item, target_share: Fraction) -> Scored:
    """"Targets of sums and counts are multiplied by the target share (ratios, averages and scores keep theirs)";
    min_sample: "on a sum or count it is ignored"; "With a target share of 0 every item is unmeasured" """
    reading = item_reading(plan, facts, agent_id, period, item)
    target = target_of(plan, facts, agent_id, item)
    if METRICS[item.metric].additive:
        target *= target_share
    scored = Scored(item, reading.value, reading.sample, target)
    if usable(reading, item.metric, item.min_sample) and target_share > 0:
        assert reading.value is not None
        scored.attainment = attainment_of(reading.value, target, lower=item.lower)
        scored.payout = payout_of(*plan.scales[item.scale], scored.attainment)
    return scored


def usable(reading: Reading, metric: str, min_sample: int) -> bool:
    """Measured, and not under its min_sample."""
    return reading.value is not None and (METRICS[metric].additive or reading.sample >= min_sample)


def weigh(plan: Plan, items: Sequence[Scored], target_share: Fraction) -> None:
    """"When at least `min_measured_weight` of the weight is measured, `redistribute` items pay nothing and their weight
    goes to the measured items in proportion to weight; otherwise `redistribute` items pay 100 % of their own weight.
    `neutral` items pay 100 % and `zero` items 0 of their own weight, always."; "With a target share of 0 every item
    [...] pays `absent` on its own weight: `zero` (default) or `neutral`." """
    measured = sum(each.item.weight for each in items if each.measured)
    redistributing = measured >= plan.min_measured_weight
    freed = sum(each.item.weight for each in items if not each.measured and each.item.unmeasured == "redistribute")
    for each in items:
        each.effective_weight = Fraction(each.item.weight)
        if target_share == 0:
            each.payout = Fraction(1 if plan.absent == "neutral" else 0)
        elif each.measured:
            if redistributing:
                each.effective_weight += Fraction(freed * each.item.weight, measured)
        elif each.item.unmeasured == "neutral":
            each.payout = Fraction(1)
        elif each.item.unmeasured == "zero":
            each.payout = Fraction(0)
        elif redistributing:
            each.effective_weight = Fraction(0)
        else:
            each.payout = Fraction(1)


def item_amount(plan: Plan, scored: Scored, bonus_share: Fraction) -> Fraction:
    """"item payout = bonus_vnd x effective weight/100 x payout", with "`bonus_vnd` [multiplied] by the bonus share" """
    return plan.bonus_vnd * bonus_share * scored.effective_weight / 100 * (scored.payout or 0)


# --- gates, commission, formulas, pool ----------------------------------------------------------------------------------


def commission_amount(raw: Mapping[str, Any], base: Fraction) -> Fraction:
    """"a tier is reached at >=; below the first tier 0; `whole` pays the reached tier's rate on everything; never
    prorated; a negative base pays 0" """
    tiers = [(number(start), number(rate)) for start, rate in raw["tiers"]]
    reached = [(start, rate) for start, rate in tiers if base >= start]
    if base <= 0 or not reached:
        return Fraction(0)
    if raw["mode"] == "whole":
        return base * reached[-1][1]
    ends = [start for start, _ in reached[1:]] + [base]
    return sum(((end - start) * rate for (start, rate), end in zip(reached, ends, strict=True)), Fraction(0))


def gate_passes(plan: Plan, facts: Facts, agent_id: str, period: Period, gate: Mapping[str, Any]) -> bool | None:
    """None: "a gate whose metric is unmeasured or under its min_sample does not apply" """

    def look_up(name: str) -> Fraction:
        reading = own_reading(plan, facts, agent_id, period, name)
        if not usable(reading, name, whole(gate.get("min_sample", "0"))):
            raise UnmeasuredError(name)
        assert reading.value is not None
        return reading.value

    try:
        return bool(evaluate(gate["when"], look_up))
    except UnmeasuredError:
        return None


def gate_lines(plan: Plan, facts: Facts, agent_id: str, period: Period, sum_exact: Fraction, published: int) -> list[Line]:
    """"Gates apply in the order written to the sum of item payouts (and of commission and lines that say `gated: true`).
    A gate line is `round(exact sum after this gate) - what has been published of it`; a gate that passes publishes no
    line" """
    lines = []
    for place, gate in enumerate(plan.gates, start=1):
        if gate_passes(plan, facts, agent_id, period, gate) is False:
            factor = number(gate["otherwise"])
            sum_exact *= factor
            amount = round_to(sum_exact, plan.unit_vnd) - published
            published += amount
            lines.append({"id": f"gate:{place}", "kind": "gate", "factor": exact(factor), "amount_vnd": amount})
    return lines


def formula_amount(plan: Plan, facts: Facts, agent_id: str, period: Period, formula: str) -> Fraction:
    """"an unmeasured name or a division by a zero that comes from data makes that agent's line 0 with the reason" """

    def look_up(name: str) -> Fraction:
        value = own_reading(plan, facts, agent_id, period, name).value
        if value is None:
            raise UnmeasuredError(name)
        return value

    try:
        return Fraction(evaluate(formula, look_up))
    except UnmeasuredError:
        return Fraction(0)


def pool_parts(plan: Plan, facts: Facts, agent_ids: Sequence[str], period: Period) -> list[int]:
    """"`pool` is split by largest remainder in proportion to the metric (negative = 0) in units of unit_vnd, ties by
    agent_id; when all are 0 nobody gets any" """
    assert plan.pool is not None
    values = [own_reading(plan, facts, agent_id, period, plan.pool["by"]).value for agent_id in agent_ids]
    weights = [max(value or Fraction(0), Fraction(0)) for value in values]
    if sum(weights) == 0:
        return [0] * len(agent_ids)
    units = whole(plan.pool["vnd"]) // plan.unit_vnd
    exact_parts = [units * weight / sum(weights) for weight in weights]
    parts = [int(part) for part in exact_parts]
    by_remainder = sorted(range(len(parts)), key=lambda place: (parts[place] - exact_parts[place], agent_ids[place]))
    for place in by_remainder[: units - sum(parts)]:
        parts[place] += 1
    return [part * plan.unit_vnd for part in parts]


# --- the run -----------------------------------------------------------------------------------------------------------


def pay(
    plan_dict: Mapping[str, Any], folder: Folder, period: str, *, history: Sequence[Run] = (), files: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON of `kpi pay` without run_id, plan_version and warnings. ``history``: the closed runs (their JSON with
    run_id), oldest first; ``files``: the files beside the plan, by name."""
    plan, facts, when = read_plan(plan_dict, files), Facts(folder), period_called(period)
    before = [run for run in history if period_called(run["period"]).last < when.first]
    entries = earned(plan, facts, when, before)
    for entry in entries:
        settle(entry, corrections(plan, facts, entry["agent_id"], before))
    total = sum(entry["variable_vnd"] for entry in entries)
    return {"plan": plan.name, "period": period, "currency": "VND", "agents": entries, "total_variable_vnd": total}


def earned(plan: Plan, facts: Facts, period: Period, before: Sequence[Run]) -> list[dict[str, Any]]:
    """Everyone's lines up to the guarantee."""
    agent_ids = agents_of(plan, facts, period)
    entries = [entry_of(plan, facts, agent_id, period) for agent_id in agent_ids]
    if plan.pool is not None:
        for entry, part in zip(entries, pool_parts(plan, facts, agent_ids, period), strict=True):
            entry["lines"].append({"id": "pool", "kind": "pool", "amount_vnd": part})
    if guaranteed(plan, period):
        for entry in entries:
            lift = guarantee_lift(plan, entry, before)
            if lift > 0:
                entry["lines"].append({"id": "guarantee", "kind": "guarantee", "amount_vnd": lift})
    return entries


def entry_of(plan: Plan, facts: Facts, agent_id: str, period: Period) -> dict[str, Any]:
    """One agent's items, gates, commission and formula lines."""
    target_share = share(plan, facts, agent_id, period, plan.target_leaves)
    bonus_share = share(plan, facts, agent_id, period, plan.bonus_leaves)
    items = [score_item(plan, facts, agent_id, period, item, target_share) for item in plan.items]
    weigh(plan, items, target_share)

    lines: list[Line] = []
    amounts: list[tuple[Line, Fraction, bool]] = []
    for each in items:
        amounts.append((line(f"item:{each.item.metric}", "bonus"), item_amount(plan, each, bonus_share), True))
    for place, raw in enumerate(plan.commission, start=1):
        base = own_reading(plan, facts, agent_id, period, raw["on"]).value
        amount = commission_amount(raw, base if base is not None else Fraction(0))
        amounts.append((line(f"commission:{place}", "commission"), amount, raw.get("gated") == "true"))
    for raw in plan.lines:
        amount = formula_amount(plan, facts, agent_id, period, raw["formula"])
        amounts.append((line(f"line:{raw['name']}", "formula"), amount, raw.get("gated") == "true"))

    for each_line, amount, _ in amounts:
        each_line["amount_vnd"] = round_to(amount, plan.unit_vnd)
    sum_exact = sum((amount for _, amount, gated in amounts if gated), Fraction(0))
    published = sum(each_line["amount_vnd"] for each_line, _, gated in amounts if gated)
    gates = gate_lines(plan, facts, agent_id, period, sum_exact, published)
    lines = [each_line for each_line, _, _ in amounts]
    return {
        "agent_id": agent_id, "target_share": exact(target_share), "bonus_share": exact(bonus_share),
        "items": [item_json(each, paid["amount_vnd"]) for each, paid in zip(items, lines[: len(items)], strict=True)],
        "lines": lines[: len(items)] + gates + lines[len(items) :],
    }  # fmt: skip


def line(line_id: str, kind: str) -> Line:
    return {"id": line_id, "kind": kind, "amount_vnd": 0}


def item_json(scored: Scored, amount_vnd: int) -> dict[str, Any]:
    """"An unmeasured item has `status` `unmeasured` [...], its actual where there is one, attainment null, payout null
    (`redistribute`), `1/1` (`neutral`, or redistribute below min_measured_weight) or `0/1` (`zero`)" """
    return {
        "metric": scored.item.metric, "actual": exact(scored.actual), "target": exact(scored.target),
        "attainment": exact(scored.attainment), "payout": exact(scored.payout), "weight": scored.item.weight,
        "effective_weight": exact(scored.effective_weight), "amount_vnd": amount_vnd, "sample": scored.sample,
        "status": "measured" if scored.measured else "unmeasured",
    }  # fmt: skip


def guarantee_lift(plan: Plan, entry: Mapping[str, Any], before: Sequence[Run]) -> int:
    """"a line lifts variable pay to the average variable pay (without guarantee lines) of the agent's last `lookback`
    closed runs of any plan, over those that exist, each divided by its bonus share, times this bonus share. Runs with a
    bonus share of 0 are skipped." """
    assert plan.guarantee is not None
    full_pay = []
    for run in before:
        for past in run["agents"]:
            if past["agent_id"] == entry["agent_id"] and Fraction(past["bonus_share"]) > 0:
                lifted = sum(each["amount_vnd"] for each in past["lines"] if each["kind"] == "guarantee")
                full_pay.append((past["variable_vnd"] - lifted) / Fraction(past["bonus_share"]))
    last = full_pay[-whole(plan.guarantee["lookback"]) :]
    if not last:
        return 0
    floor = sum(last, Fraction(0)) / len(last) * Fraction(entry["bonus_share"])
    return round_to(floor - sum(each["amount_vnd"] for each in entry["lines"]), plan.unit_vnd)


def corrections(plan: Plan, facts: Facts, agent_id: str, before: Sequence[Run]) -> list[tuple[str, str, int]]:
    """"when the next period of the plan is run, the closed ones are recomputed with today's facts and each difference
    becomes a line `adjust:<run>:<line>`" — (line id, kind of the corrected line, what is still to be corrected)"""
    found = []
    mine = [run for run in before if run["plan"] == plan.name]
    for place, run in enumerate(mine):
        earlier = [each for each in before if period_called(each["period"]).last < period_called(run["period"]).first]
        fresh = earned(plan, facts, period_called(run["period"]), earlier)
        for entry in fresh:
            settle(entry, [])
        then, now = amounts_of(run["agents"], agent_id), amounts_of(fresh, agent_id)
        for line_id in [*then, *(each for each in now if each not in then)]:
            kind = (now.get(line_id) or then[line_id])[0]
            name = f"adjust:{run['run_id']}:{line_id}"
            applied = sum(amounts_of(later["agents"], agent_id, kept="adjust").get(name, ("", 0))[1] for later in mine[place + 1 :])
            rest = now.get(line_id, ("", 0))[1] - then.get(line_id, ("", 0))[1] - applied
            if rest:
                found.append((name, kind, rest))
    return found


def amounts_of(entries: Sequence[Mapping[str, Any]], agent_id: str, *, kept: str = "") -> dict[str, tuple[str, int]]:
    """An agent's lines by id: without adjustments, or only these."""
    lines = [each for entry in entries if entry["agent_id"] == agent_id for each in entry["lines"]]
    return {each["id"]: (each["kind"], each["amount_vnd"]) for each in lines if (each["kind"] == "adjust") == (kept == "adjust")}


def settle(entry: dict[str, Any], adjustments: Sequence[tuple[str, str, int]]) -> None:
    """"Positive differences are paid; negative ones apply to commission only, last, down to variable pay 0, and the rest
    is carried (`carry_vnd`)."; "If it is below 0, a line `floor` brings it to 0." """
    lines = entry["lines"]
    for name, _, amount in adjustments:
        if amount > 0:
            lines.append({"id": name, "kind": "adjust", "amount_vnd": amount})
    variable = sum(each["amount_vnd"] for each in lines)
    if variable < 0:
        lines.append({"id": "floor", "kind": "floor", "amount_vnd": -variable})
        variable = 0
    carry = 0
    for name, kind, amount in adjustments:
        if amount < 0 and kind == "commission":
            taken = max(amount, -variable)
            if taken:
                lines.append({"id": name, "kind": "adjust", "amount_vnd": taken})
            variable += taken
            carry += amount - taken
    entry["variable_vnd"], entry["carry_vnd"] = variable, carry
