"""Reads: pay runs with their people, the run before, warnings and adjustments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import ChotError
from chot.core.periods import parse
from chot.kpi.plan import Plan
from chot.kpi.wording import reason_words
from chot.pay.core_words import core_words, reader
from chot.pay.models import PayAdjustment, PayEntry, PayRun
from chot.people.models import Role, User
from chot.people.queries import rows_on, team_of
from chot.people.templatetags.figures import period as period_words
from chot.performance.models import PlanVersion, Result, Run
from chot.performance.queries_missing import in_period, words
from chot.performance.workplace import read_plan

KINDS = ("bonus", "gate", "commission", "formula", "pool", "guarantee", "adjust", "floor")
"""The kinds of line, in the order in which pay is built up."""

Visible = frozenset[str] | None
"""The agents whose pay a person sees; None = all of them."""


def visible_agents(user: User) -> Visible:
    """Whose pay ``user`` sees among that of others: a leader the own team's, the office everyone's."""
    if user.role != Role.LEADER:
        return None
    team = team_of(user.agent_id)
    own = {user.agent_id} if user.agent_id else set()
    return frozenset(own | set(rows_on(clock.today()).filter(team_id=team).values_list("agent_id", flat=True)) if team else own)


@dataclass(kw_only=True)
class Listed:
    """One pay run in the list; ``before_vnd`` is the total of the plan's period before, None without one."""

    run: PayRun
    people: int
    total_vnd: int
    before_vnd: int | None
    changed: bool
    adjusted_vnd: int = 0

    @property
    def difference_vnd(self) -> int | None:
        """Against the period before."""
        return None if self.before_vnd is None else self.total_vnd - self.before_vnd

    @property
    def change(self) -> Fraction | None:
        """The difference as a share of the period before."""
        return Fraction(self.total_vnd - self.before_vnd, self.before_vnd) if self.before_vnd else None


def listed_runs(visible: Visible) -> list[Listed]:
    """The pay runs that pay somebody visible, the latest period first, in a fixed number of queries."""
    results, entries = Result.objects.all(), PayEntry.objects.order_by()
    if visible is not None:
        results, entries = results.filter(agent_id__in=visible), entries.filter(agent_id__in=visible)
    computed = _summed(results.order_by().values("run__plan_id", "run__plan__plan_id", "run__period", "run__run_id"))
    closed = {each["run_id"]: each for each in _summed(entries.values("run_id"))}
    open_ = {(each["run__plan_id"], each["run__period"]): each for each in computed}
    totals = {(each["run__plan__plan_id"], each["run__period"]): each["total"] for each in computed}
    runs = list(PayRun.objects.select_related("plan", "prepared_by", "closed_by").order_by("-period", "plan__title", "pk"))
    beside = _seen(PayAdjustment.objects.order_by().filter(state=PayAdjustment.State.APPROVED), visible).values_list("run_id")
    adjusted = dict(beside.annotate(total=Sum("amount_vnd")))
    totals |= {(run.plan.plan_id, run.period): closed[run.pk]["total"] for run in runs if run.pk in closed}
    found = []
    for run in runs:
        figures = closed.get(run.pk) if run.state == PayRun.State.CLOSED else open_.get((run.plan_id, run.period))
        if not figures and visible is not None:
            continue
        before = totals.get((run.plan.plan_id, str(parse(run.period).shifted(-1))))
        found.append(
            Listed(
                run=run, people=figures["people"] if figures else 0, total_vnd=figures["total"] if figures else run.total_vnd,
                before_vnd=before, changed=run.state != PayRun.State.CLOSED and (not figures or figures["run__run_id"] != run.run_id),
                adjusted_vnd=adjusted.get(run.pk, 0),
            )
        )  # fmt: skip
    return found


def _summed(groups: Any) -> list[dict[str, Any]]:
    """People and pay of each group."""
    return list(groups.annotate(people=Count("pk"), total=Sum("variable_vnd")))


@dataclass(frozen=True)
class Offer:
    """A period whose pay can be prepared."""

    plan: PlanVersion
    period: str

    def lacking(self) -> list[str]:
        """Who has no target of the own that the plan asks for; without it the period cannot be computed."""
        found = in_period(read_plan(self.plan.text), parse(self.period))
        return [f"{period_words(self.period)}: {words(each, self.plan.title)}" for each in found]


def offers() -> list[Offer]:
    """The periods that have ended and have no pay run yet, the latest first; the announced version of a plan before retired ones."""
    taken = set(PayRun.objects.values_list("plan__plan_id", "period"))
    announced = PlanVersion.State.ANNOUNCED
    versions = PlanVersion.objects.exclude(state=PlanVersion.State.DRAFT).order_by("-announced_at", "-pk")
    found: dict[tuple[str, str], Offer] = {}
    for saved in sorted(versions, key=lambda each: each.state != announced):
        for period in _ended(saved):
            if (saved.plan_id, period) not in taken:
                found.setdefault((saved.plan_id, period), Offer(saved, period))
    return sorted(found.values(), key=lambda each: (-parse(each.period).last.toordinal(), each.plan.title))


def _ended(saved: PlanVersion) -> list[str]:
    from chot.performance.actions import periods_of

    try:
        return [name for name in periods_of(saved) if parse(name).last < clock.today()]
    except ChotError:  # its metrics or targets are gone: nothing of it can be computed
        return []


@dataclass(kw_only=True)
class Person:
    """One agent's pay in a run; ``before_vnd`` is the agent's pay in the run before, None without one.

    ``adjustments`` are the approved ones beside the KPI lines, ``base_vnd`` the monthly base pay on the last day of the period.
    """

    agent_id: str
    name: str
    team_id: str
    lines: Sequence[Mapping[str, Any]]
    variable_vnd: int
    carry_vnd: int | None
    attainment: float | None = None
    before_vnd: int | None = None
    adjustments: list[PayAdjustment] = field(default_factory=list)
    base_vnd: int | None = None
    kinds: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.kinds = by_kind(self.lines)

    @property
    def adjusted_vnd(self) -> int:
        """The approved adjustments beside the KPI lines."""
        return sum(each.amount_vnd for each in self.adjustments)

    @property
    def paid_vnd(self) -> int:
        """What is paid out: variable pay and the adjustments beside it."""
        return self.variable_vnd + self.adjusted_vnd

    def adjusted(self, kind: str) -> int:
        """The approved adjustments of one kind."""
        return sum(each.amount_vnd for each in self.adjustments if each.kind == kind)

    @property
    def difference_vnd(self) -> int | None:
        """Against the run before."""
        return None if self.before_vnd is None else self.variable_vnd - self.before_vnd


def by_kind(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The sum of the lines of each kind that there is."""
    found: dict[str, int] = {}
    for line in lines:
        found[line["kind"]] = found.get(line["kind"], 0) + line["amount_vnd"]
    return found


def computed_run(run: PayRun) -> Run | None:
    """The computed run behind a pay run, as it stands now."""
    return Run.objects.filter(plan=run.plan_id, period=run.period).first()


def people_of(run: PayRun, visible: Visible) -> list[Person]:
    """Everyone visible in the run, by name: from its entries once closed, before that from what was computed."""
    results = list(_seen(Result.objects.filter(run__plan=run.plan_id, run__period=run.period), visible))
    if run.state == PayRun.State.CLOSED:
        reached = {each.agent_id: each.attainment for each in results}
        found = [
            Person(
                agent_id=each.agent_id, name=each.name, team_id=each.team_id, lines=each.lines, variable_vnd=each.variable_vnd,
                carry_vnd=each.carry_vnd, attainment=reached.get(each.agent_id),
            )
            for each in _seen(run.entries.all(), visible)
        ]  # fmt: skip
    else:
        found = [
            Person(
                agent_id=each.agent_id, name=each.name, team_id=each.team_id, lines=each.lines, variable_vnd=each.variable_vnd,
                carry_vnd=each.carry_vnd, attainment=each.attainment,
            )
            for each in results
        ]  # fmt: skip
    found += _beside(run, visible, {each.agent_id: each for each in found})
    before, base = pay_before(run, visible), base_pay_of(run.period, [person.agent_id for person in found])
    for person in found:
        person.before_vnd, person.base_vnd = before.get(person.agent_id), base.get(person.agent_id)
    return sorted(found, key=lambda each: (each.name, each.agent_id))


def _beside(run: PayRun, visible: Visible, known: Mapping[str, Person]) -> list[Person]:
    """Give everyone the approved adjustments; those whom the KPI plan does not pay, as people of their own."""
    more: dict[str, Person] = {}
    found = list(_seen(run.adjustments.filter(state=PayAdjustment.State.APPROVED).select_related("proposed_by", "decided_by"), visible))
    rows = {row.agent_id: row for row in rows_on(parse(run.period).last).filter(agent_id__in=[each.agent_id for each in found])}
    for each in found:
        person = known.get(each.agent_id) or more.get(each.agent_id)
        if person is None:
            row = rows.get(each.agent_id)
            person = more[each.agent_id] = Person(
                agent_id=each.agent_id, name=row.name if row else "", team_id=row.team_id if row else "", lines=[], variable_vnd=0,
                carry_vnd=0,
            )  # fmt: skip
        person.adjustments.append(each)
    return list(more.values())


def base_pay_of(period: str, agents: Sequence[str]) -> dict[str, int | None]:
    """The monthly base pay by agent, as it is on the last day of the period."""
    rows = rows_on(parse(period).last).filter(agent_id__in=agents)
    return dict(rows.values_list("agent_id", "base_pay_vnd"))


def items_of(run: PayRun, agent_id: str) -> dict[str, Mapping[str, Any]]:
    """The figures behind an agent's item lines, by metric."""
    found = Result.objects.filter(run__plan=run.plan_id, run__period=run.period, run__run_id=run.run_id, agent_id=agent_id).first()
    return {each["metric"]: each for each in found.items} if found else {}


def pay_before(run: PayRun, visible: Visible) -> dict[str, int]:
    """Everyone's variable pay in the plan's period before: as it was closed, else as it was last computed."""
    plan_id, period = run.plan.plan_id, str(parse(run.period).shifted(-1))
    closed = _seen(PayEntry.objects.filter(run__plan__plan_id=plan_id, run__period=period), visible)
    found = dict(closed.values_list("agent_id", "variable_vnd"))
    if found:
        return found
    computed = _seen(Result.objects.filter(run__plan__plan_id=plan_id, run__period=period), visible)
    return dict(computed.order_by("run__plan__created_at").values_list("agent_id", "variable_vnd"))


def _seen(rows: QuerySet[Any], visible: Visible) -> QuerySet[Any]:
    return rows if visible is None else rows.filter(agent_id__in=visible)


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A line that corrects a closed run; ``value`` names it in the form that ticks it off."""

    person: Person
    value: str
    amount_vnd: int
    label: str
    period: str
    before_vnd: int
    after_vnd: int
    run: PayRun | None
    claw_back: bool
    reason: str


def adjustments(people: Sequence[Person], plan: Plan) -> list[Adjustment]:
    """Every adjustment of a run with the closed run that it corrects, the largest first."""
    lines = [(person, line) for person in people for line in person.lines if line["kind"] == "adjust"]
    corrected = {run.run_id: run for run in PayRun.objects.filter(run_id__in={line["corrects"]["run_id"] for _person, line in lines})}
    language = reader()
    found = [
        Adjustment(
            person=person, value=f"{person.agent_id}|{line['id']}", amount_vnd=line["amount_vnd"],
            label=line_label(plan, line["corrects"]["line"]), period=line["corrects"]["period"], before_vnd=line["corrects"]["before_vnd"],
            after_vnd=line["corrects"]["after_vnd"], run=corrected.get(line["corrects"]["run_id"]), claw_back=line["amount_vnd"] < 0,
            reason=reason_words(line.get("reason", ""), language) if line.get("reason") else "",
        )
        for person, line in lines
    ]  # fmt: skip
    return sorted(found, key=lambda each: (-abs(each.amount_vnd), each.value))


def warnings_of(computed: Run | None) -> list[str]:
    """The warnings of a computed run in the reader's language."""
    return core_words(list(dict.fromkeys(computed.document.get("warnings", ())))) if computed else []


def kind_name(kind: str) -> str:
    """A kind of line, as the head of a column."""
    return {
        "bonus": _("KPI bonus"), "gate": _("Gates"), "commission": _("Commission"), "formula": _("Extra"), "pool": _("Pool"),
        "guarantee": _("Guarantee"), "adjust": _("Adjustments"), "floor": _("Lifted to 0"),
    }.get(kind, kind)  # fmt: skip


def line_label(plan: Plan, line: str) -> str:
    """A line of pay as people call it; ``total`` is all of it."""
    kind, _colon, rest = line.partition(":")
    vi = reader() == "vi"
    number = int(rest) - 1 if rest.isdigit() else -1
    if kind == "item":
        item = next((each for each in plan.items if each.metric.id == rest), None)
        return (item.title or (item.metric.title.vi if vi else item.metric.title.en)) if item else rest
    if kind == "gate":
        own = plan.gates[number].title if 0 <= number < len(plan.gates) else ""
        return own or _("Gate %(number)s") % {"number": rest}
    if kind == "commission":
        own = plan.commission[number].title if 0 <= number < len(plan.commission) else ""
        return own or _("Commission %(number)s") % {"number": rest}
    if kind == "line":
        return next((each.title for each in plan.lines if each.name == rest and each.title), rest)
    if kind == "adjust":
        return _("Adjustment: %(line)s") % {"line": line_label(plan, rest.partition(":")[2])}
    return {"pool": _("Pool"), "guarantee": _("Guarantee"), "floor": _("Lifted to 0"), "total": _("All of the pay")}.get(kind, line)
