"""Reads: a run beside another one, person by person and line by line, with what makes the difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from chot.core.periods import parse
from chot.kpi.plan import Plan
from chot.pay.core_words import reader
from chot.pay.models import PayDraft, PayRun
from chot.pay.queries import Visible, line_label
from chot.people.templatetags import figures
from chot.performance.models import PlanVersion, Result
from chot.performance.workplace import read_plan

_ROUNDING = Fraction(1, 200)
Agents = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two runs: its plan, and by agent ``name``, ``team_id``, ``variable_vnd``, ``lines``, ``items``."""

    title: str
    plan: PlanVersion
    period: str
    people: Agents

    @property
    def total_vnd(self) -> int:
        """Everyone's variable pay."""
        return sum(each["variable_vnd"] for each in self.people.values())


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of one person in both runs; an amount is None where there is no such line."""

    agent_id: str
    name: str
    team_id: str
    line: str
    label: str
    before_vnd: int | None
    after_vnd: int | None
    why: Sequence[str]

    @property
    def difference_vnd(self) -> int:
        """After less before; a missing line is 0."""
        return (self.after_vnd or 0) - (self.before_vnd or 0)


def now(run: PayRun, visible: Visible) -> Side:
    """The run as it stands."""
    return _computed(run.plan, run.period, visible, _("This run"))


def draft_before(run: PayRun, visible: Visible) -> Side | None:
    """The last draft of the period that said something else; of another version of the plan, too."""
    kept = PayDraft.objects.filter(plan__plan_id=run.plan.plan_id, period=run.period).exclude(run_id=run.run_id)
    found = kept.select_related("plan").first()
    if found is None:
        return None
    people = {agent: each for agent, each in found.people.items() if visible is None or agent in visible}
    return Side(title=_("Draft of %(at)s") % {"at": figures.moment(found.made_at)}, plan=found.plan, period=run.period, people=people)


def period_before(run: PayRun, visible: Visible) -> Side | None:
    """The plan's period before, under the version that pays it."""
    period = str(parse(run.period).shifted(-1))
    computed = PlanVersion.objects.filter(plan_id=run.plan.plan_id, runs__period=period)
    paid = PayRun.objects.filter(plan__plan_id=run.plan.plan_id, period=period).exclude(state=PayRun.State.DRAFT)
    plan = computed.filter(pk__in=paid.values("plan")).first() or computed.order_by("-created_at").first()
    return _computed(plan, period, visible, figures.period(period)) if plan else None


def _computed(plan: PlanVersion, period: str, visible: Visible, title: str) -> Side:
    results = Result.objects.filter(run__plan=plan, run__period=period).order_by("agent_id")
    if visible is not None:
        results = results.filter(agent_id__in=visible)
    fields = ("name", "team_id", "variable_vnd", "lines", "items")
    return Side(title=title, plan=plan, period=period, people={each.pop("agent_id"): each for each in results.values("agent_id", *fields)})


def changes(before: Side, after: Side, *, unchanged: bool = False) -> list[Change]:
    """Every line that differs (or every line), the largest difference first. The differences add up to that of the totals."""
    plans = read_plan(before.plan.text), read_plan(after.plan.text)
    found: list[Change] = []
    for agent_id in sorted({*before.people, *after.people}):
        found += _changes_of(agent_id, before, after, plans)
    if not unchanged:
        found = [each for each in found if each.difference_vnd]
    return sorted(found, key=lambda each: (-abs(each.difference_vnd), each.name, each.agent_id))


def _changes_of(agent_id: str, before: Side, after: Side, plans: tuple[Plan, Plan]) -> Iterator[Change]:
    was, now_ = before.people.get(agent_id), after.people.get(agent_id)
    person = now_ or was or {}
    lines = [{line["id"]: line for line in side["lines"]} if side else {} for side in (was, now_)]
    for line in dict.fromkeys([*lines[1], *lines[0]]):
        old, new = lines[0].get(line), lines[1].get(line)
        yield Change(
            agent_id=agent_id, name=person.get("name", ""), team_id=person.get("team_id", ""), line=line,
            label=line_label(plans[1] if new else plans[0], line), before_vnd=old and old["amount_vnd"],
            after_vnd=new and new["amount_vnd"], why=_why(line, was, now_, old, new, plans),
        )  # fmt: skip


def _why(
    line: str, was: Mapping[str, Any] | None, now_: Mapping[str, Any] | None, old: Any, new: Any, plans: tuple[Plan, Plan]
) -> list[str]:
    """What is different behind a line, in words; empty when the line is the same."""
    if (old and old["amount_vnd"]) == (new and new["amount_vnd"]):
        return []
    if was is None:
        return [_("was not in that run")]
    if now_ is None:
        return [_("is no longer in the run")]
    kind, _colon, name = line.partition(":")
    found = [_("another version of the plan")] if plans[0].version != plans[1].version else []
    if kind == "item":
        changed = _item_changes(name, was, now_, plans[1]) + _days(name, was, now_, plans)
        return found + (changed or [_("the days that count")])
    if kind == "adjust":
        corrects = (new or old)["corrects"]
        return [_("facts of %(period)s that came after its closing") % {"period": figures.period(corrects["period"])}]
    if kind == "gate" and not (old and new):
        return [*found, _("the gate applies now") if new else _("the gate no longer applies")]
    if kind == "commission":
        metric = _commission_metric(plans[1], name)
        return found + (_item_changes(metric, was, now_, plans[1]) or [_("the facts behind it")])
    return found or [_("follows from the other lines") if kind in ("gate", "guarantee", "floor") else _("the facts behind it")]


def _commission_metric(plan: Plan, name: str) -> str:
    place = int(name) - 1 if name.isdigit() else -1
    return plan.commission[place].on.id if 0 <= place < len(plan.commission) else ""


def _item_changes(metric: str, was: Mapping[str, Any], now_: Mapping[str, Any], plan: Plan) -> list[str]:
    """Actual, target, weight and payout where they differ."""
    old, new = (next((each for each in side["items"] if each["metric"] == metric), None) for side in (was, now_))
    known = plan.metrics.get(metric)
    if not old or not new or known is None:
        return []
    unit, found = known.unit, []
    if old["actual"] != new["actual"]:
        title = known.title.vi if reader() == "vi" else known.title.en
        found.append(f"{title}: {figures.measured(old['actual'], unit)} → {figures.measured(new['actual'], unit)}")
    if old["target"] != new["target"]:
        found.append(
            _("target: %(before)s → %(after)s")
            % {"before": figures.measured(old["target"], unit), "after": figures.measured(new["target"], unit)}
        )
    if old["effective_weight"] != new["effective_weight"]:
        weights = {"before": figures.percent(_hundredth(old)), "after": figures.percent(_hundredth(new))}
        found.append(_("weight: %(before)s → %(after)s") % weights)
    return found


def _days(metric: str, was: Mapping[str, Any], now_: Mapping[str, Any], plans: tuple[Plan, Plan]) -> list[str]:
    """The share of the bonus by days, where it differs by more than the rounding of an amount can do."""
    shares = [_share(metric, side, plan) for side, plan in zip((was, now_), plans, strict=True)]
    if shares[0] is None or shares[1] is None or abs(shares[0] - shares[1]) < _ROUNDING:
        return []
    said = {"before": figures.percent(shares[0], 0), "after": figures.percent(shares[1], 0)}
    return [_("days that count: %(before)s → %(after)s") % said]


def _share(metric: str, side: Mapping[str, Any], plan: Plan) -> Fraction | None:
    """The bonus share, from what an item pays; None when it pays nothing."""
    item = next((each for each in side["items"] if each["metric"] == metric), None)
    if not item or not item["amount_vnd"] or not item["payout"]:
        return None
    full = plan.bonus_vnd * _hundredth(item) * Fraction(item["payout"])
    return Fraction(item["amount_vnd"]) / full if full else None


def _hundredth(item: Mapping[str, Any]) -> Fraction:
    return Fraction(item["effective_weight"]) / 100


def by_person(found: Iterable[Change]) -> dict[str, int]:
    """The difference of each person's variable pay."""
    sums: dict[str, int] = {}
    for each in found:
        sums[each.agent_id] = sums.get(each.agent_id, 0) + each.difference_vnd
    return sums
