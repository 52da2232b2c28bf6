"""What a review suggests for a plan's next version: other targets and weights, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from chot.core.money import decimal_text
from chot.kpi.checks_plan import percent
from chot.kpi.findings import Thresholds
from chot.kpi.metrics import Words
from chot.kpi.plan import AbilityTarget, FixedTarget, Item, Plan

_STEP = Fraction(1, 10)  # of the quantile of a target by ability
_LOWEST, _HIGHEST = Fraction(1, 10), Fraction(9, 10)
_LEAST_WEIGHT, _MOVED = 15, 10  # a KPI under 15 % of the pay is ignored


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One change: of which item, which field, from what to what (as the plan writes it), and why.

    ``people`` multiplies everyone's own target by ``after``.
    """

    metric: str
    kind: Literal["target", "ability", "people", "weight"]
    before: Fraction
    after: Fraction
    why: Words

    @property
    def id(self) -> str:
        """A name for forms."""
        return f"{self.kind}:{self.metric}"

    def document(self) -> dict[str, Any]:
        """The change as JSON."""
        return {
            "id": self.id, "metric": self.metric, "kind": self.kind, "before": decimal_text(self.before, 6),
            "after": decimal_text(self.after, 6), "why": vars(self.why),
        }  # fmt: skip


def suggestions(plan: Plan, doc: Mapping[str, Any], *, unreliable: Collection[str] = (), limits: Thresholds) -> list[Suggestion]:
    """The changes that a review's document suggests; ``unreliable`` are metrics that chance moves more than people."""
    verdicts = {each["metric"]: each for each in doc["targets"]}
    found = [each for item in plan.items if (each := _target(item, verdicts[item.metric.id], limits))]
    return found + _weights(plan, doc, unreliable)


def _target(item: Item, verdict: Mapping[str, Any], limits: Thresholds) -> Suggestion | None:
    if verdict["verdict"] not in ("unrealistic", "too easy"):
        return None
    easier, share = verdict["verdict"] == "unrealistic", percent(Fraction(verdict["share_reaching"]))
    why = Words(
        vi=f"Chỉ {share} đạt: chỉ tiêu không thực tế" if easier else f"{share} đạt: chỉ tiêu quá dễ",
        en=f"Only {share} reached it: unrealistic" if easier else f"{share} reached it: too easy",
    )
    match item.target:
        case FixedTarget(value=value):
            return _changed(item, "target", value, Fraction(verdict["proposed"]), why)
        case AbilityTarget(quantile=share_of):
            moved = share_of - _STEP if easier else share_of + _STEP
            return _changed(item, "ability", share_of, min(max(moved, _LOWEST), _HIGHEST), why)
        case _:
            lower = easier == (item.direction == "higher")
            return _changed(item, "people", Fraction(1), 1 - limits.change_cap if lower else 1 + limits.change_cap, why)


def _changed(item: Item, kind: Any, before: Fraction, after: Fraction, why: Words) -> Suggestion | None:
    return Suggestion(metric=item.metric.id, kind=kind, before=before, after=after, why=why) if after != before else None


def _weights(plan: Plan, doc: Mapping[str, Any], unreliable: Collection[str]) -> list[Suggestion]:
    """Weight away from what says little about the people, to the heaviest KPI that does."""
    agents = max(len({each["agent_id"] for each in doc["points"]} | {each["agent_id"] for each in doc["misses"]}), 1)
    missing = {item.metric.id: sum(1 for each in doc["misses"] if _is_unmeasured(each, item)) for item in plan.items}
    weak = [item for item in plan.items if item.metric.id in unreliable or missing[item.metric.id] * 2 > agents]
    strong = [item for item in plan.items if item not in weak]
    found, moved = list[Suggestion](), 0
    for item in weak:
        step = min(_MOVED, item.weight - _LEAST_WEIGHT)
        if strong and step > 0:
            moved += step
            found.append(_weight(item, -step, _why_weak(item, missing[item.metric.id], agents, unreliable)))
    if moved:
        heir = max(strong, key=lambda item: item.weight)
        found.append(_weight(heir, moved, Words(vi="Nhận tỷ trọng của các chỉ số trên", en="Takes the weight of the KPIs above")))
    return found


def _is_unmeasured(miss: Mapping[str, Any], item: Item) -> bool:
    return bool(miss["metric"] == item.metric.id and miss["reason"] == "unmeasured")


def _weight(item: Item, step: int, why: Words) -> Suggestion:
    return Suggestion(metric=item.metric.id, kind="weight", before=Fraction(item.weight), after=Fraction(item.weight + step), why=why)


def _why_weak(item: Item, missing: int, agents: int, unreliable: Collection[str]) -> Words:
    if item.metric.id in unreliable:
        return Words(vi="Con số do may rủi nhiều hơn do người làm (K4)", en="Chance moves it more than people do (K4)")
    return Words(vi=f"Không đo được ở {missing}/{agents} người", en=f"Not measured for {missing} of {agents} people")


def by_id(found: Sequence[Suggestion], ids: Collection[str]) -> list[Suggestion]:
    """The suggestions that were chosen; weights only together, so that they still sum to 100."""
    weights = [each for each in found if each.kind == "weight"]
    whole = all(each.id in ids for each in weights)
    return [each for each in found if each.id in ids and (each.kind != "weight" or whole)]
