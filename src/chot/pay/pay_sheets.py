"""The people of a run as a table, as payroll software takes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from chot.pay import queries
from chot.pay.models import PayAdjustment
from chot.pay.queries import Person
from chot.people.exports import Value
from chot.people.queries_teams import team_titles
from chot.performance.report_files import Column

BASIC = ("bonus", "gate", "commission", "adjust")
"""Kinds that have their column always, so that a layout fits every month."""


def _kinds(found: Sequence[Person]) -> tuple[list[str], list[tuple[str, str]]]:
    kinds = [kind for kind in queries.KINDS if kind in BASIC or any(person.kinds.get(kind) for person in found)]
    choices = [(str(kind), str(title)) for kind, title in PayAdjustment.Kind.choices]
    return kinds, [(kind, title) for kind, title in choices if any(person.adjusted(kind) for person in found)]


def people_columns(found: Sequence[Person]) -> list[Column]:
    """The columns: who, base pay, one for each kind of line and of adjustment, and the sums."""
    kinds, beside = _kinds(found)
    return [
        Column(name="agent", title=_("Agent")), Column(name="name", title=_("Name")), Column(name="team", title=_("Team")),
        Column(name="base", title=_("Base pay (₫)"), number=True),
        *(Column(name=f"kind:{kind}", title=queries.kind_name(kind), number=True) for kind in kinds),
        Column(name="variable", title=_("Variable pay"), number=True),
        *(Column(name=f"beside:{kind}", title=title, number=True) for kind, title in beside),
        Column(name="paid", title=_("To pay"), number=True), Column(name="carry", title=_("Carried over"), number=True),
    ]  # fmt: skip


def people_rows(found: Sequence[Person]) -> list[list[Value]]:
    """One row for each person; the sums in the last one."""
    (kinds, beside), titles = _kinds(found), team_titles()
    rows: list[list[Value]] = [
        [
            person.agent_id, person.name, titles[person.team_id], person.base_vnd, *(person.kinds.get(kind, 0) for kind in kinds),
            person.variable_vnd, *(person.adjusted(kind) for kind, _title in beside), person.paid_vnd, person.carry_vnd or 0,
        ]
        for person in found
    ]  # fmt: skip
    width = 4 + len(kinds) + 1 + len(beside) + 2
    return [*rows, [_("Total"), "", "", *(_sum(row[place] for row in rows) for place in range(3, width))]]


def _sum(cells: Iterable[Value]) -> int:
    return sum(each for each in cells if isinstance(each, int))
