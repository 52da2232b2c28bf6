"""The people of a run as a table, as payroll software takes it, and what changed against another run, to file or to print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from chot.pay import queries
from chot.pay.models import PayAdjustment, PayRun
from chot.pay.queries import Person
from chot.pay.queries_compare import Change, Side
from chot.people.exports import Value
from chot.people.queries_teams import team_titles
from chot.people.templatetags.figures import count, period, vnd
from chot.performance.report_files import Column, Sheet

ON_PAPER = 500  # lines that changed; files have them all

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


def changes_sheet(run: PayRun, sides: tuple[Side, Side], found: Sequence[Change], *, against: str, most: int | None = None) -> Sheet:
    """The lines of two runs beside each other, at most ``most``; on paper with both sums and their difference."""
    before, after = sides
    moved = sum(each.difference_vnd for each in found)
    facts = [
        (_("Plan"), run.plan.title), (_("Period"), period(run.period)), (_("Compared with"), before.title),
        (_("Before"), vnd(before.total_vnd)), (_("Now"), vnd(after.total_vnd)), (_("Difference"), f"{signed(moved)} ₫"),
    ]  # fmt: skip
    if most is not None and len(found) > most:
        facts.append((_("Rows"), _("The first %(shown)s of %(all)s.") % {"shown": count(most), "all": count(len(found))}))
    titles = team_titles()
    rows: list[list[Value]] = [
        [
            each.agent_id, each.name, titles[each.team_id], each.line, each.label, each.before_vnd, each.after_vnd, each.difference_vnd,
            "; ".join(each.why),
        ]
        for each in found[:most]
    ]  # fmt: skip
    return Sheet(
        table="pay-changes", name=f"pay-{run.plan.plan_id}-{run.period}-against-{against}", title=_("What changed in the pay"), facts=facts,
        columns=changes_columns(), rows=rows, empty=_("No line differs."),
        total=[_("Total"), "", "", "", "", before.total_vnd, after.total_vnd, moved, ""] if most is not None else (),
    )  # fmt: skip


def changes_columns() -> list[Column]:
    """The columns of what changed."""
    return [
        Column(name="agent", title=_("Agent"), width=1), Column(name="name", title=_("Name"), width=2),
        Column(name="team", title=_("Team"), width=1.6), Column(name="line", title=_("Line"), on_paper=False),
        Column(name="title", title=_("Title"), width=2.2), Column(name="before", title=_("Before (₫)"), words=count, number=True),
        Column(name="now", title=_("Now (₫)"), words=count, number=True),
        Column(name="difference", title=_("Difference (₫)"), words=signed, number=True), Column(name="why", title=_("Why"), width=4),
    ]  # fmt: skip


def signed(amount: int) -> str:
    """An amount with its sign, also where it is more."""
    return f"+{count(amount)}" if amount > 0 else count(amount)
