"""What a statement calls its lines."""

from __future__ import annotations

from collections.abc import Sequence

from chot.kpi.metrics import Words
from chot.kpi.plan import Item, Plan

_FIXED = {
    "pool": Words(vi="Quỹ thưởng chung", en="Bonus pool"), "guarantee": Words(vi="Bù bảo đảm thu nhập", en="Guarantee"),
    "floor": Words(vi="Bù về 0", en="Floor"),
}  # fmt: skip


def titled(own: str, usual: Words) -> Words:
    """The title that the plan gives, else the usual one."""
    return Words(vi=own, en=own) if own else usual


def line_title(plan: Plan, line_id: str) -> Words:
    """The title of a line of the plan's runs, corrections apart; its id where the plan has no such line."""
    kind, _colon, name = line_id.partition(":")
    match kind:
        case "item":
            items = [item for item in plan.items if item.metric.id == name]
            return _of_item(items[0]) if items else _as_it_is(line_id)
        case "gate":
            return gate_title(plan, int(name) - 1) if _within(name, plan.gates) else _as_it_is(line_id)
        case "commission":
            usual = Words(vi="Hoa hồng", en="Commission")
            return titled(plan.commission[int(name) - 1].title, usual) if _within(name, plan.commission) else _as_it_is(line_id)
        case "line":
            rules = [rule for rule in plan.lines if rule.name == name]
            return titled(rules[0].title, _as_it_is(name)) if rules else _as_it_is(line_id)
        case _:
            return _FIXED.get(line_id, _as_it_is(line_id))


def gate_title(plan: Plan, index: int) -> Words:
    """The title of the gate at ``index``, from 0."""
    return titled(plan.gates[index].title, Words(vi=f"Điều kiện {index + 1}", en=f"Gate {index + 1}"))


def _of_item(item: Item) -> Words:
    return titled(item.title, item.metric.title)


def _within(number: str, rules: Sequence[object]) -> bool:
    return number.isdigit() and 1 <= int(number) <= len(rules)


def _as_it_is(name: str) -> Words:
    return Words(vi=name, en=name)
