"""Gates, commission, formula lines, pool, guarantee and floor, each computed a second time from what it read."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from chot.core.errors import InternalError
from chot.core.money import exact_text, round_half_away, share_out
from chot.kpi.explain_inputs import Walker
from chot.kpi.explanation import GateCheck, Input, LineExplanation, Step
from chot.kpi.figure_words import both, exact_percent, money, number, percent, period_name
from chot.kpi.line_titles import gate_title, line_title
from chot.kpi.metrics import Words
from chot.kpi.plan import Commission, Gate
from chot.kpi.settling import Line


def _vnd(name: str, value: Fraction | int, words: Words, note: Words | None = None) -> Step:
    return Step(name=name, value=Fraction(value), unit="vnd", words=words, note=note)


def gate(walker: Walker, line: Line) -> LineExplanation:
    """A line ``gate:<n>``: the exact sum before and after it, less what is published of it."""
    plan, index = walker.run.plan, int(line.id.split(":")[1]) - 1
    rule = plan.gates[index]
    gated = [walker.lines[line_id] for line_id in _gated(walker)]
    exact, published = sum((each.exact for each in gated), Fraction(0)), sum(each.amount for each in gated)
    for place, earlier in enumerate(plan.gates[:index], start=1):
        if f"gate:{place}" in walker.lines:
            exact, published = exact * earlier.otherwise, published + walker.lines[f"gate:{place}"].amount
    after = exact * rule.otherwise
    rounded = round_half_away(after, plan.rounding_unit_vnd)
    if after != line.exact or rounded - published != line.amount:
        raise InternalError(f"{line.id} of {walker.span.agent_id}: {after} less {published} is not {line.amount}")
    condition = gate_condition(walker, rule)
    words = both(lambda lang: (
        f"Không đạt điều kiện {condition.vi}: phần thưởng chịu điều kiện còn {percent(rule.otherwise, lang)}" if lang == "vi"
        else f"The condition {condition.en} is not met: {percent(rule.otherwise, lang)} of the gated sum remains"
    ))
    steps = [
        _vnd("before", exact, Words(vi="Trước điều kiện", en="Before the gate")),
        _vnd("after", after, Words(vi="Sau điều kiện", en="After the gate"),
             _times(exact, rule.otherwise)),
        _vnd("published", published, Words(vi="Đã kê ở trên", en="Listed above")),
        _vnd("difference", line.amount, Words(vi="Chênh lệch", en="Difference"),
             both(lambda lang: f"{money(rounded, lang)} − {money(published, lang)}")),
    ]  # fmt: skip
    return LineExplanation(
        line=line, title=line_title(plan, line.id), formula=words, steps=steps,
        inputs=[walker.own(name) for name in sorted(rule.when.names)],
        parameters={"when": rule.when.text, "otherwise": exact_text(rule.otherwise), "min_sample": str(rule.min_sample)},
    )  # fmt: skip


def _gated(walker: Walker) -> list[str]:
    plan = walker.run.plan
    found = [f"item:{item.metric.id}" for item in plan.items]
    found += [f"commission:{number}" for number, rule in enumerate(plan.commission, start=1) if rule.gated]
    return found + [f"line:{rule.name}" for rule in plan.lines if rule.gated]


def gate_condition(walker: Walker, rule: Gate) -> Words:
    """The condition of a gate in words."""
    return Words(vi=rule.when.words("vi", walker.titles), en=rule.when.words("en", walker.titles))


def gate_checks(walker: Walker) -> list[GateCheck]:
    """How every gate of the plan came out for the agent, also those that publish no line."""
    agent, found = walker.span.agent_id, []
    for index, rule in enumerate(walker.run.plan.gates, start=1):
        head = f"gate:{index}: {agent}: does not apply: "
        reason = next((each.removeprefix(head) for each in walker.run.warnings if each.startswith(head)), "")
        state = "failed" if f"gate:{index}" in walker.lines else "not applied" if reason else "passed"
        columns = [(walker.run.plan.metrics[name], walker.run.own[name]) for name in sorted(rule.when.names)]
        values = [(metric, column.exact[walker.place] if column.known[walker.place] else None) for metric, column in columns]
        found.append(GateCheck(
            id=f"gate:{index}", title=gate_title(walker.run.plan, index - 1),
            condition=gate_condition(walker, rule), state=state, values=values, reason=reason,
        ))
    return found


_MODES = {
    "marginal": Words(vi="Mỗi bậc trả tỷ lệ riêng trên phần doanh số nằm trong bậc đó", en="Each tier pays its own rate on its own band"),
    "whole": Words(vi="Bậc đạt được trả tỷ lệ trên toàn bộ doanh số", en="The tier reached pays its rate on the whole"),
}


def commission(walker: Walker, line: Line) -> LineExplanation:
    """A line ``commission:<n>``, tier by tier."""
    rule = walker.run.plan.commission[int(line.id.split(":")[1]) - 1]
    found = walker.own(rule.on.id)
    known = bool(walker.run.own[rule.on.id].measured[walker.place])
    base = found.value if known and found.value is not None else None
    parts = _tiers(rule, base) if base is not None and base >= 0 else []
    total = sum((on * rate for _, on, rate in parts), Fraction(0))
    if total != line.exact:
        raise InternalError(f"{line.id} of {walker.span.agent_id}: its tiers give {total}, the run {line.exact}")
    steps = [Step(name="base", value=base, unit="vnd", words=rule.on.title, note=_below(rule, base))]
    steps += [
        _vnd(f"tier:{place}", on * rate, _band(*band), _times(on, rate)) for place, (band, on, rate) in enumerate(parts, start=1)
    ]
    if len(parts) > 1:
        steps.append(_vnd("sum", total, Words(vi="Cộng", en="Sum")))
    return LineExplanation(
        line=line, title=line_title(walker.run.plan, line.id), formula=_MODES[rule.mode], steps=steps, inputs=[found],
        remarks=[_tier_words(rule)],
        parameters={"mode": rule.mode, "on": rule.on.id, "gated": str(rule.gated).lower(),
                    "tiers": ", ".join(f"{exact_text(threshold)}: {exact_text(rate)}" for threshold, rate in rule.tiers)},
    )  # fmt: skip


_Band = tuple[Fraction, Fraction | None]


def _times(amount: Fraction | int, rate: Fraction) -> Words:
    return both(lambda lang: f"{money(amount, lang)} × {exact_percent(rate, lang)}")


def _tiers(rule: Commission, base: Fraction) -> list[tuple[_Band, Fraction, Fraction]]:
    """The bands that the base reaches: from and to, the amount that earns, and its rate."""
    found = []
    ends: list[Fraction | None] = [*(threshold for threshold, _ in rule.tiers[1:]), None]
    for (threshold, rate), end in zip(rule.tiers, ends, strict=True):
        if base < threshold:
            break
        on = base if rule.mode == "whole" else min(base, end if end is not None else base) - threshold
        found.append(((threshold, end), on, rate))
    return found[-1:] if rule.mode == "whole" else found


def _band(low: Fraction, high: Fraction | None) -> Words:
    if high is None:
        return both(lambda lang: f"Từ {money(low, lang)}" if lang == "vi" else f"From {money(low, lang)}")
    return both(lambda lang: (f"Từ {number(low, lang)} đến {money(high, lang)}" if lang == "vi"
                              else f"From {number(low, lang)} to {money(high, lang)}"))  # fmt: skip


def _below(rule: Commission, base: Fraction | None) -> Words | None:
    first = rule.tiers[0][0]
    if base is None:
        return Words(vi="chưa đo được", en="not measured")
    if base < 0:
        return Words(vi="âm nên hoa hồng bằng 0", en="negative, so the commission is 0")
    if base < first:
        return both(lambda lang: ("chưa đến bậc đầu " if lang == "vi" else "below the first tier of ") + money(first, lang))
    return None


def _tier_words(rule: Commission) -> Words:
    return both(lambda lang: ("Các bậc: " if lang == "vi" else "Tiers: ") + "; ".join(
        f"từ {money(threshold, lang)} trả {percent(rate, lang)}" if lang == "vi" else f"from {money(threshold, lang)} {percent(rate, lang)}"
        for threshold, rate in rule.tiers
    ))  # fmt: skip


def formula(walker: Walker, line: Line) -> LineExplanation:
    """A line ``line:<name>``: its formula in words, and with the agent's figures in it."""
    rule = next(each for each in walker.run.plan.lines if f"line:{each.name}" == line.id)
    inputs = [walker.own(name) for name in sorted(rule.formula.names)]
    figures = {each.metric.id: both(partial(_figure, each)) for each in inputs}
    filled = Words(vi=rule.formula.words("vi", figures, unit="vnd"), en=rule.formula.words("en", figures, unit="vnd"))
    words = Words(vi=rule.formula.words("vi", walker.titles, unit="vnd"), en=rule.formula.words("en", walker.titles, unit="vnd"))
    note = None if line.note or not inputs else filled
    return LineExplanation(
        line=line, title=line_title(walker.run.plan, line.id), formula=words,
        steps=[_vnd("before_rounding", line.exact, Words(vi="Thành tiền", en="Amount"), note)], inputs=inputs,
        parameters={"formula": rule.formula.text, "gated": str(rule.gated).lower()},
    )  # fmt: skip


def _figure(found: Input, lang: str) -> str:
    """The value of a metric inside a formula: ratios in percent, the rest as plain numbers."""
    if found.value is None:
        return "?"
    return percent(found.value, lang) if found.metric.unit == "ratio" else number(found.value, lang)


def pool(walker: Walker, line: Line) -> LineExplanation:
    """The line ``pool``: the agent's part of what everyone has."""
    plan, run = walker.run.plan, walker.run
    assert plan.pool
    found, everyone = walker.own(plan.pool.by.id), run.own[plan.pool.by.id]
    weights = [max(value, Fraction(0)) if known else Fraction(0) for value, known in zip(everyone.exact, everyone.measured, strict=True)]
    total, own = sum(weights, Fraction(0)), weights[walker.place]
    exact = plan.pool.vnd * own / total if total else Fraction(0)
    share = share_out(plan.pool.vnd, weights, plan.rounding_unit_vnd)[walker.place]
    if exact != line.exact or share != line.amount:
        raise InternalError(f"pool of {walker.span.agent_id}: {share} is not {line.amount}")
    unit, vnd = plan.pool.by.unit, plan.pool.vnd
    steps = [
        _vnd("pool", vnd, Words(vi="Quỹ thưởng", en="The pool")),
        Step(name="own", value=own, unit=unit, words=Words(vi="Của bạn", en="Yours")),
        Step(name="all", value=total, unit=unit, words=Words(vi="Của mọi người", en="Everyone's")),
        _vnd("before_rounding", exact, Words(vi="Phần của bạn", en="Your part"), both(lambda lang: (
            f"{money(vnd, lang)} × {number(own, lang)} ÷ {number(total, lang)}"))),
    ]  # fmt: skip
    words = Words(
        vi=f"Quỹ chia theo tỷ lệ {plan.pool.by.title.vi.lower()}; phần lẻ cho người có số dư lớn nhất",
        en=f"The pool in proportion to {plan.pool.by.title.en.lower()}, by largest remainder",
    )
    return LineExplanation(line=line, title=line_title(plan, line.id), formula=words, steps=steps, inputs=[found],
                           parameters={"vnd": str(vnd), "by": plan.pool.by.id})  # fmt: skip


def guarantee(walker: Walker, line: Line) -> LineExplanation:
    """The line ``guarantee``: the average of closed runs, and what is missing to it."""
    plan = walker.run.plan
    assert plan.guarantee
    ids = list(walker.lines)
    earned = sum(walker.lines[each].amount for each in ids[: ids.index(line.id)])
    promised = line.exact + earned
    steps = _past(walker)
    if steps:
        average = sum((step.value or Fraction(0) for step in steps), Fraction(0)) / len(steps)
        if average * walker.span.bonus_share != promised:
            raise InternalError(f"guarantee of {walker.span.agent_id}: closed runs average {average}, the run promised {promised}")
        share = walker.span.bonus_share
        steps.append(_vnd("average", average, Words(vi="Trung bình", en="Average")))
        if share != 1:
            steps.append(Step(name="bonus_share", value=share, unit="percent", words=Words(vi="Công tính thưởng", en="Bonus share")))
    steps += [
        _vnd("promised", promised, Words(vi="Mức bảo đảm", en="Guaranteed")),
        _vnd("earned", earned, Words(vi="Các dòng trên", en="Lines above")),
        _vnd("before_rounding", line.exact, Words(vi="Phần bù", en="Missing"),
             both(lambda lang: f"{money(promised, lang)} − {money(earned, lang)}")),
    ]  # fmt: skip
    periods, lookback = plan.guarantee.periods, plan.guarantee.lookback
    words = Words(
        vi=f"Trong {periods} kỳ đầu, lương biến đổi không thấp hơn trung bình của {lookback} kỳ đã đóng gần nhất (nếu có)",
        en=f"In the first {periods} periods variable pay is at least the average of the last {lookback} closed runs, where there are any",
    )
    return LineExplanation(line=line, title=line_title(plan, line.id), formula=words, steps=steps,
                           parameters={"periods": str(periods), "lookback": str(lookback)})  # fmt: skip


def _past(walker: Walker) -> list[Step]:
    """What each closed run paid for a full bonus share, guarantees left out."""
    assert walker.run.plan.guarantee
    found = []
    for closed in sorted(walker.opened.history, key=lambda each: each.period.last):
        entry = closed.entry(walker.span.agent_id)
        share = Fraction(entry["bonus_share"]) if entry else Fraction(0)
        if entry and share and closed.period.last < walker.run.period.first:
            pay = entry["variable_vnd"] - sum(line["amount_vnd"] for line in entry["lines"] if line["kind"] == "guarantee")
            label = both(lambda lang, period=closed.period: ("Kỳ " if lang == "vi" else "") + period_name(period, lang))  # type: ignore[misc]
            note = both(lambda lang, pay=pay, share=share: f"{money(pay, lang)} ÷ {exact_percent(share, lang)}")  # type: ignore[misc]
            found.append(_vnd(f"run:{closed.run_id}", Fraction(pay) / share, label, note if share != 1 else None))
    return found[-walker.run.plan.guarantee.lookback :]


def floor(walker: Walker, line: Line) -> LineExplanation:
    """The line ``floor``: what brings the lines before it to 0."""
    ids = list(walker.lines)
    before = sum(walker.lines[each].amount for each in ids[: ids.index(line.id)])
    if before + line.amount:
        raise InternalError(f"floor of {walker.span.agent_id}: {before} and {line.amount} are not 0")
    return LineExplanation(
        line=line, title=line_title(walker.run.plan, line.id),
        formula=Words(vi="Lương biến đổi không bao giờ âm", en="Variable pay is never below 0"),
        steps=[_vnd("before", before, Words(vi="Các dòng trên", en="Lines above"))],
    )  # fmt: skip
