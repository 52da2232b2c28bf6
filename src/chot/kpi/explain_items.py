"""One KPI of the statement, step by step: actual, target, attainment, payout, weight, amount."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from chot.core.errors import InternalError
from chot.core.money import exact_text
from chot.kpi.explain_inputs import Walker
from chot.kpi.explanation import LineExplanation, Step
from chot.kpi.figure_words import both, exact_percent, in_unit, money, number, percent
from chot.kpi.line_titles import line_title
from chot.kpi.metrics import Words
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, Scale
from chot.kpi.scoring import Scored
from chot.kpi.settling import Line
from chot.kpi.wording import measure_words, reason_words

_FORMULA = Words(vi="Thưởng × công tính thưởng × tỷ trọng × mức trả", en="Bonus × bonus share × weight × payout")
_LABELS = {
    "actual": Words(vi="Thực đạt", en="Actual"), "target": Words(vi="Chỉ tiêu", en="Target"),
    "attainment": Words(vi="Hoàn thành", en="Attainment"), "payout": Words(vi="Mức trả", en="Payout"),
    "bonus_vnd": Words(vi="Thưởng khi đạt 100 %", en="Bonus at 100 %"), "bonus_share": Words(vi="Công tính thưởng", en="Bonus share"),
    "effective_weight": Words(vi="Tỷ trọng", en="Weight"), "before_rounding": Words(vi="Thành tiền", en="Amount"),
}  # fmt: skip


def item(walker: Walker, line: Line) -> LineExplanation:
    """A line ``item:<metric>``. Raises ``InternalError`` when rows or steps give another figure than the run."""
    scored = next(each for each in walker.run.scored if f"item:{each.item.metric.id}" == line.id)
    rule = scored.item
    found = walker.input(rule.metric, rule.of, scored.value, where=line.id)
    return LineExplanation(
        line=line, title=line_title(walker.run.plan, line.id), formula=_FORMULA,
        steps=_steps(walker, scored), inputs=[found], remarks=[scale_words(rule.scale)],
        parameters={
            "scale": rule.scale.name, "scale_mode": rule.scale.mode,
            "scale_points": ", ".join(f"{exact_text(reached)}: {exact_text(pays)}" for reached, pays in rule.scale.points),
            "target": _target_kind(rule), "of": rule.of, "goal": rule.goal or walker.run.plan.goal, "weight": str(rule.weight),
            "min_sample": str(rule.min_sample), "unmeasured": rule.unmeasured, "direction": rule.direction,
            "plan_starts": str(walker.run.plan.starts), "plan_ends": str(walker.run.plan.ends),
        },
    )  # fmt: skip


def _steps(walker: Walker, scored: Scored) -> list[Step]:
    place, plan, rule = walker.place, walker.run.plan, scored.item
    unit, share, weight = rule.metric.unit, walker.span.bonus_share, scored.effective_weight[place] / 100
    measured, paid = bool(scored.measured[place]), not scored.unpaid[place]
    attained = scored.attainment[place] if measured else None
    payout = scored.payout[place] if paid else None
    product = plan.bonus_vnd * share * weight * scored.payout[place]
    if product != scored.exact[place]:
        raise InternalError(f"item:{rule.metric.id} of {walker.span.agent_id}: its steps give {product}, the run {scored.exact[place]}")
    own_weight = Fraction(rule.weight, 100)
    return [
        _step("actual", scored.value.exact[place] if scored.value.known[place] else None, unit, note=_unmeasured(walker, scored)),
        _step("target", scored.target[place], unit, note=_target_note(walker, scored)),
        _step("attainment", attained, "percent", note=_attainment_note(scored, place) if measured else None),
        _step("payout", payout, "percent", note=_payout_note(scored, place)),
        _step("bonus_vnd", Fraction(plan.bonus_vnd), "vnd", shown=False),
        _step("bonus_share", share, "percent", note=_days(walker.span.bonus_days, walker.span.working_days), shown=share != 1 and paid),
        _step("effective_weight", weight, "percent", note=_weight_note(own_weight, weight), shown=weight != own_weight and paid),
        _step("before_rounding", scored.exact[place], "vnd", shown=paid,
              note=_product(plan.bonus_vnd, share, weight, scored.payout[place])),
    ]  # fmt: skip


def _step(name: str, value: Fraction | None, unit: str, *, note: Words | None = None, shown: bool = True) -> Step:
    return Step(name=name, value=value, unit=unit, words=_LABELS[name], note=note, shown=shown)


def _unmeasured(walker: Walker, scored: Scored) -> Words | None:
    reason = scored.reason(walker.place)
    if not reason:
        return None
    titles = {**walker.titles, **sample_titles(scored.item)}
    heads = {"vi": "chưa đo được", "en": "not measured"}
    return both(lambda lang: f"{heads[lang]}: {reason_words(reason, lang, titles)}")


def sample_titles(rule: Item) -> dict[str, Words]:
    """The measures of an item's metric, by name, as reasons name them."""
    return {measure.name: measure_words(measure) for measure in rule.metric.measures}


def _target_note(walker: Walker, scored: Scored) -> Words | None:
    rule, place, unit = scored.item, walker.place, scored.item.metric.unit
    index = next(number for number, each in enumerate(walker.run.scored) if each is scored)
    full = walker.run.targets[index][walker.span.agent_id]
    match rule.target:
        case FixedTarget():
            origin = Words(vi="", en="")
        case AbilityTarget():
            origin = Words(vi="theo năng lực", en="by ability")
        case _:
            origin = Words(vi="riêng của bạn", en="your own")
    shares = walker.span
    if scored.target[place] == full:
        return origin if origin.vi else None
    days = _days(shares.target_days, shares.working_days)
    return Words(
        vi=f"{in_unit(full, unit, 'vi')} × {days.vi}" + (f", {origin.vi}" if origin.vi else ""),
        en=f"{in_unit(full, unit, 'en')} × {days.en}" + (f", {origin.en}" if origin.en else ""),
    )


def _days(counted: Fraction, working: int) -> Words:
    return Words(vi=f"{number(counted, 'vi')}/{working} ngày công", en=f"{number(counted, 'en')} of {working} working days")


def _attainment_note(scored: Scored, place: int) -> Words | None:
    actual, target, unit = scored.value.exact[place], scored.target[place], scored.item.metric.unit
    if not target:
        return Words(vi="chỉ tiêu 0: đạt khi thực đạt bằng 0", en="target 0: reached when the actual is 0")
    parts = both(lambda lang: f"{_plain(actual, unit, lang)} ÷ {_plain(target, unit, lang)}")
    if scored.item.direction == "higher":
        return parts
    return Words(vi=f"càng thấp càng tốt: 2 − {parts.vi}, không dưới 0", en=f"lower is better: 2 − {parts.en}, not below 0")


def _plain(value: Fraction, unit: str, lang: str) -> str:
    return percent(value, lang) if unit == "ratio" else number(value, lang, 4 if unit == "score" else 2)


def _payout_note(scored: Scored, place: int) -> Words | None:
    if scored.unpaid[place]:
        return Words(vi="tỷ trọng chuyển cho các chỉ số đo được", en="its weight goes to the measured KPIs")
    if not scored.measured[place]:
        return Words(vi="theo quy định của kế hoạch khi chưa đo được", en="what the plan pays while it is not measured")
    points, attained = scored.item.scale.points, scored.attainment[place]
    first, last = points[0], points[-1]
    if attained < first[0]:
        return both(lambda lang: (f"dưới mức tối thiểu {percent(first[0], lang)} nên trả 0 %" if lang == "vi"
                                  else f"below the minimum of {percent(first[0], lang)}, so 0 %"))  # fmt: skip
    if attained >= last[0]:
        return both(lambda lang: ("mức cao nhất, từ " if lang == "vi" else "the cap, from ") + percent(last[0], lang))
    low, high = next(pair for pair in pairwise(points) if pair[0][0] <= attained < pair[1][0])
    if scored.item.scale.mode == "step":
        return both(lambda lang: f"bậc hoàn thành từ {percent(low[0], lang)}" if lang == "vi" else f"the step from {percent(low[0], lang)}")
    if attained == low[0]:
        return None
    return both(lambda lang: (
        f"{percent(low[1], lang)} + ({percent(attained, lang)} − {percent(low[0], lang)}) ÷ ({percent(high[0], lang)} − "
        f"{percent(low[0], lang)}) × ({percent(high[1], lang)} − {percent(low[1], lang)})"
    ))


def _weight_note(own: Fraction, effective: Fraction) -> Words | None:
    if own == effective or not effective:
        return None
    return both(lambda lang: (f"{percent(own, lang)}, thêm {percent(effective - own, lang)} của chỉ số chưa đo được" if lang == "vi"
                              else f"{percent(own, lang)}, plus {percent(effective - own, lang)} of KPIs not measured"))  # fmt: skip


def _product(bonus: int, share: Fraction, weight: Fraction, payout: Fraction) -> Words:
    return both(lambda lang: " × ".join(
        [money(bonus, lang), *(exact_percent(factor, lang) for factor in ((share, weight) if share != 1 else (weight,))),
         exact_percent(payout, lang)]))  # fmt: skip


def scale_words(scale: Scale) -> Words:
    """A scale in words: what each attainment pays."""
    points = both(lambda lang: "; ".join(
        f"{percent(reached, lang)} {'trả' if lang == 'vi' else 'pays'} {percent(pays, lang)}" for reached, pays in scale.points
    ))
    tail = Words(vi="theo bậc", en="in steps")
    if scale.mode == "linear":
        tail = Words(vi="ở giữa theo tỷ lệ", en="in proportion between them")
    return Words(vi=f"Thang thưởng: đạt {points.vi}; {tail.vi}", en=f"Scale: {points.en}; {tail.en}")


def _target_kind(rule: Item) -> str:
    match rule.target:
        case FixedTarget(value=value):
            return exact_text(value)
        case AbilityTarget(quantile=share):
            return f"ability {exact_text(share)}"
        case _:
            return f"per agent ({rule.target.path})"
