"""What a plan changes against the one that a person acknowledged before, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from django.utils.translation import gettext as _

from chot.kpi.figure_words import money, percent
from chot.kpi.plan import Item, Plan
from chot.people.templatetags.figures import day
from chot.performance.plan_reading import language, reading, said, target_words

Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One difference; ``before`` is empty where there was nothing."""

    kind: Kind
    what: str
    before: str = ""
    after: str = ""


def changes(before: Plan, after: Plan, *, agent_id: str = "") -> list[Change]:
    """Every difference that changes what somebody has to do or gets, the bonus first, then KPI by KPI, then the other rules."""
    found = [
        *_money(before, after),
        *_items(before, after, agent_id),
        *_rules(reading(before, names={}, goals={}, agent_id=agent_id), reading(after, names={}, goals={}, agent_id=agent_id)),
    ]
    return [each for each in found if each.before != each.after]


def _money(before: Plan, after: Plan) -> Iterator[Change]:
    lang = language()
    yield Change("changed", _("Bonus at 100 %"), money(before.bonus_vnd, lang), money(after.bonus_vnd, lang))
    yield Change("changed", _("Lowest weight that must be measured"), f"{before.min_measured_weight} %", f"{after.min_measured_weight} %")
    yield Change("changed", _("Applies from"), day(before.starts), day(after.starts))
    yield Change("changed", _("Applies until"), day(before.ends), day(after.ends))


def _items(before: Plan, after: Plan, agent_id: str) -> Iterator[Change]:
    old, new = ({each.metric.id: each for each in plan.items} for plan in (before, after))
    for name in [*new, *(name for name in old if name not in new)]:
        if name not in old:
            yield Change("added", _title(new[name]), after=_whole(new[name], agent_id))
        elif name not in new:
            yield Change("removed", _title(old[name]), before=_whole(old[name], agent_id))
        else:
            for part, was, now in _parts(old[name], new[name], agent_id):
                yield Change("changed", f"{_title(new[name])}: {part}", was, now)


def _title(item: Item) -> str:
    return item.title or said(item.metric.title)


def _whole(item: Item, agent_id: str) -> str:
    return _("weight %(weight)s %%, target %(target)s") % {"weight": item.weight, "target": target_words(item, agent_id)}


def _parts(old: Item, new: Item, agent_id: str) -> Iterator[tuple[str, str, str]]:
    scopes = {"own": _("own figures"), "team": _("the figures of the team"), "company": _("the figures of the company")}
    unmeasured = {
        "redistribute": _("its weight goes to the other KPIs"), "neutral": _("it pays as if the target were reached"),
        "zero": _("it pays nothing"),
    }  # fmt: skip
    yield _("weight"), f"{old.weight} %", f"{new.weight} %"
    yield _("target"), target_words(old, agent_id), target_words(new, agent_id)
    yield _("payout scale"), _points(old), _points(new)
    yield _("lowest number of cases"), str(old.min_sample), str(new.min_sample)
    yield _("when it is not measured"), unmeasured[old.unmeasured], unmeasured[new.unmeasured]
    yield _("whose figures"), scopes[old.of], scopes[new.of]
    yield _("settings of the measure"), _settings(old), _settings(new)


def _points(item: Item) -> str:
    lang = language()
    points = "; ".join(f"{percent(attained, lang)} → {percent(payout, lang)}" for attained, payout in item.scale.points)
    return f"{points} ({_('straight lines between the points') if item.scale.mode == 'linear' else _('steps')})"


def _settings(item: Item) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(item.metric.settings.items())) or "–"


def _rules(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    """Gates, commission, lines, pool, guarantee and days, each rule as one sentence."""
    for what, name, words in (
        (_("Condition"), "gates", gate_words), (_("Commission"), "commission", commission_words), (_("Further line"), "lines", line_words),
    ):  # fmt: skip
        was, now = [words(each) for each in old[name]], [words(each) for each in new[name]]
        yield from (Change("removed", what, before=each) for each in was if each not in now)
        yield from (Change("added", what, after=each) for each in now if each not in was)
    for what, name in ((_("Shared pool"), "pool"), (_("Guarantee"), "guarantee")):
        was_one, now_one = _one(name, old[name]), _one(name, new[name])
        kind: Kind = "changed" if was_one and now_one else "added" if now_one else "removed"
        yield Change(kind, what, was_one, now_one)
    yield Change("changed", _("Days that count"), " ".join(old["proration"]), " ".join(new["proration"]))


def gate_words(gate: Mapping[str, Any]) -> str:
    """A condition as a sentence."""
    lang = language()
    share = percent(Fraction(gate["otherwise"]), lang)
    sentence = _("when not “%(when)s”, the bonus counts %(share)s") % {"when": gate["when"], "share": share}
    if gate["min_sample"]:
        sentence += f" ({_('from %(number)s cases on') % {'number': gate['min_sample']}})"
    return f"{gate['title']}: {sentence}" if gate["title"] else sentence


def commission_words(rule: Mapping[str, Any]) -> str:
    """A commission as a sentence."""
    tiers = "; ".join(_("from %(above)s on %(rate)s") % tier for tier in rule["tiers"])
    how = _("on the part within each tier") if rule["marginal"] else _("on the whole amount")
    gated = f", {_('gated')}" if rule["gated"] else ""
    return f"{rule['title']} ({rule['on'][language()]}, {how}{gated}): {tiers}"


def line_words(line: Mapping[str, Any]) -> str:
    """A formula line as a sentence."""
    return f"{line['title']}: {line['words']}" + (f" ({_('gated')})" if line["gated"] else "")


def pool_words(pool: Mapping[str, Any]) -> str:
    """The shared pool as a sentence."""
    lang = language()
    return _("A pool of %(amount)s is shared out by %(by)s.") % {"amount": money(pool["vnd"], lang), "by": pool["by"][lang]}


def guarantee_words(rule: Any) -> str:
    """The guarantee as a sentence."""
    told = {"periods": rule.periods, "lookback": rule.lookback}
    return _("In the first %(periods)s periods nobody gets less than the average of the last %(lookback)s paid ones.") % told


def _one(name: str, rule: Any) -> str:
    if not rule:
        return ""
    return pool_words(rule) if name == "pool" else guarantee_words(rule)
