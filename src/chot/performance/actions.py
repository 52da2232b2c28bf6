"""Writes: plans, announcements, acknowledgements, and computed runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import InputError, Problem
from chot.core.periods import containing
from chot.facts import runs
from chot.facts.opened_runs import open_run
from chot.kpi import explain as explaining
from chot.kpi.ability import members
from chot.kpi.explain_everyone import for_everyone
from chot.kpi.explanation import Opened
from chot.kpi.explanation_json import document as explanation_document
from chot.kpi.people import People
from chot.kpi.plan import Plan
from chot.kpi.run import Run as Computed
from chot.kpi.run import document, scorecard
from chot.kpi.source import Facts
from chot.people.actions_notifications import mark_read, notify, notify_agents
from chot.people.audit import record
from chot.people.models import Role, User
from chot.performance import held_runs, outlooks
from chot.performance.models import Acknowledgement, PlanVersion, Result, Run, Statement
from chot.performance.outlooks import plain
from chot.performance.target_sets import with_kept_files
from chot.performance.workplace import Workplace, data_folder, read_plan, workplace


@transaction.atomic
def save_plan(text: str, *, by: User | None, address: str | None = None) -> PlanVersion:
    """A version of a plan from its document; the same document twice is the same version.

    Raises ``InputError`` with every problem of the document.
    """
    plan = read_plan(text)
    text = with_kept_files(text, folder=data_folder() / "plans", plan_id=plan.id, by=by)
    saved, new = PlanVersion.objects.get_or_create(
        plan_id=plan.id,
        version=plan.version,
        defaults={
            "title": plan.title or plan.id, "text": text, "starts": plan.starts, "ends": plan.ends, "author": by,
            "created_at": clock.now(),
        },
    )  # fmt: skip
    if new:
        record("plan.saved", f"plan:{plan.id}:{plan.version}", by=by, address=address, after={"title": saved.title})
    return saved


@transaction.atomic
def announce(saved: PlanVersion, *, by: User | None, override: str = "", address: str | None = None) -> None:
    """Announce a draft to everyone whom the plan names; an earlier version of the plan retires. Twice is once."""
    saved = PlanVersion.objects.select_for_update().get(pk=saved.pk)
    if saved.state != PlanVersion.State.DRAFT:
        return
    PlanVersion.objects.filter(plan_id=saved.plan_id, state=PlanVersion.State.ANNOUNCED).update(state=PlanVersion.State.RETIRED)
    saved.state, saved.announced_at, saved.override = PlanVersion.State.ANNOUNCED, clock.now(), override
    saved.save()
    plan = read_plan(saved.text)
    with workplace() as work:
        everyone = named(plan, work.facts)
    Acknowledgement.objects.bulk_create(
        [Acknowledgement(plan=saved, agent_id=agent, sent_at=saved.announced_at) for agent in everyone], ignore_conflicts=True
    )
    notify_agents(
        everyone, "plan.sent", link=announcement_link(saved), key=f"plan.sent:{saved.pk}", title=saved.title, starts=str(saved.starts)
    )
    record(
        "plan.announced", f"plan:{saved.plan_id}:{saved.version}", by=by, address=address,
        after={"agents": len(everyone), "override": override},
    )  # fmt: skip


def announcement_link(saved: PlanVersion) -> str:
    """Where an agent reads an announced plan and answers."""
    return reverse("performance:announcement", args=[saved.pk])


def named(plan: Plan, facts: Facts) -> list[str]:
    """Whom the plan names while it runs, in order."""
    return sorted(members(plan, People(list(facts.agents()))))


@transaction.atomic
def acknowledge(given: Acknowledgement, *, by: User, question: str = "", address: str | None = None) -> None:
    """The agent has read the plan, or asks about it; a new question waits for a new answer. Acknowledging twice is once."""
    given = Acknowledgement.objects.select_for_update().get(pk=given.pk)
    if given.state == Acknowledgement.State.AGREED and not question:
        return
    before = {"state": given.state}
    given.state = Acknowledgement.State.ASKED if question else Acknowledgement.State.AGREED
    given.question, given.answered_at = question or given.question, clock.now()
    given.document_hash, given.address = given.plan.document_hash, address
    given.answer = "" if question else given.answer
    given.save()
    record(
        "plan.asked" if question else "plan.acknowledged", f"acknowledgement:{given.pk}", by=by, address=address, before=before,
        after={"state": given.state, "document": given.document_hash},
    )  # fmt: skip
    mark_read(by, link=announcement_link(given.plan))
    if question:
        asked = reverse("performance:plan_answers", args=[given.plan_id])
        notify(User.objects.filter(role=Role.MANAGER), "plan.question", link=asked, name=by.name, title=given.plan.title)


@transaction.atomic
def answer(given: Acknowledgement, text: str, *, by: User, address: str | None = None) -> None:
    """Answer an agent's question about a plan."""
    given = Acknowledgement.objects.select_for_update().get(pk=given.pk)
    before, given.answer = {"answer": given.answer}, text
    given.save(update_fields=["answer"])
    notify_agents([given.agent_id], "plan.answer", link=announcement_link(given.plan), title=given.plan.title)
    record("plan.answered", f"acknowledgement:{given.pk}", by=by, address=address, before=before, after={"answer": text})


def compute_run(saved: PlanVersion, period_name: str, *, told: Callable[[str, Workplace], None] = lambda step, work: None) -> Run:
    """Compute the plan's run of a period on today's facts and store it whole; the later facts win.

    ``told`` hears of each step as it begins: ``computing``, ``saving``. Raises ``InputError`` when the plan does not pay that period.
    """
    plan = read_plan(saved.text)
    period = plan.period_of(period_name)
    with workplace() as work:
        told("computing", work)
        computed, name = runs.current(work.archive, plan, period, work.facts)
        told("saving", work)
        names = {row.agent_id: row.name for row in work.facts.agents()}
        outlook = outlooks.outlook(plan, period, work)
        opened = Opened(run=computed, run_id=name, facts=work.facts)
        heads = _heads(opened)
        held_runs.hold(opened, work)
    stored = _store(saved, document(computed, name), scorecard(computed), computed, names, outlook, heads)
    held_runs.let_go()
    return stored


def _heads(opened: Opened) -> dict[str, dict[str, Any]]:
    """What stands above the lines of each agent's statement: known with the run, while the statement has to read every row."""
    found = {span.agent_id: explanation_document(explaining.head(opened, agent_id=span.agent_id)) for span in opened.run.spans}
    return {agent: {name: plain(doc[name]) for name in ("target_days", "reduced_days", "gates")} for agent, doc in found.items()}


@transaction.atomic
def _store(
    saved: PlanVersion, doc: Mapping[str, Any], card: Mapping[str, Any], computed: Computed, names: Mapping[str, str], outlook: Any,
    heads: Mapping[str, Any],
) -> Run:  # fmt: skip
    with connection.cursor() as cursor:  # one writer for each plan and period
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{saved.pk} {doc['period']}"])
    run, _new = Run.objects.update_or_create(
        plan=saved, period=doc["period"],
        defaults={
            "run_id": doc["run_id"], "document": {**doc, "agents": []}, "scorecard": {**card, "agents": []},
            "forecast": {**outlook, "agents": []} if outlook else None, "computed_at": clock.now(),
        },
    )  # fmt: skip
    teams = {span.agent_id: span.team_id for span in computed.spans}
    ends = {agent["agent_id"]: agent for agent in outlook["agents"]} if outlook else {}
    run.results.all().delete()
    Result.objects.bulk_create(
        Result(
            run=run, agent_id=agent["agent_id"], name=names.get(agent["agent_id"], ""), team_id=teams.get(agent["agent_id"], ""),
            variable_vnd=agent["variable_vnd"], carry_vnd=agent["carry_vnd"], attainment=weighted(agent["items"]), items=agent["items"],
            lines=agent["lines"], head=heads.get(agent["agent_id"]), forecast=ends.get(agent["agent_id"]),
        )
        for agent in doc["agents"]
    )  # fmt: skip
    return run


def weighted(items: Sequence[Mapping[str, Any]]) -> float | None:
    """The attainment of all measured items together, by weight; None when nothing is measured. For sorting and drawing only."""
    measured = [(Fraction(item["weight"]), Fraction(item["attainment"])) for item in items if item["attainment"] is not None]
    total = sum(weight for weight, _value in measured)
    return float(sum(weight * value for weight, value in measured) / total) if total else None


def statement_document(result: Result, line_id: str = "") -> Mapping[str, Any]:
    """The agent's statement for a page: a stored one whole; of a run that is held all lines without rows, or one line with its rows.

    Raises ``InputError`` as ``statement`` does.
    """
    stored = Statement.objects.filter(run_id=result.run.run_id, agent_id=result.agent_id).first()
    found = stored.document if stored else held_runs.document(result, line_id)
    return statement(result.run, result.agent_id).document if found is None else found


def statement(run: Run, agent_id: str) -> Statement:
    """The agent's explained run, computed once for each run id; of a period that still runs, as of now.

    Raises ``InputError`` for someone who is not in it, and when the facts of a period that is over have changed since.
    """
    found = Statement.objects.filter(run_id=run.run_id, agent_id=agent_id).first()
    if found:
        return found
    plan = read_plan(run.plan.text)
    with workplace() as work, open_run(work.archive, work.facts, plan, plan.period_of(run.period)) as opened:
        doc = explanation_document(explaining.explain(opened, agent_id=agent_id))
        name = opened.run_id  # another one when facts arrived since the run was computed
        if name != run.run_id and clock.today() not in plan.period_of(run.period):
            raise InputError(Problem(what=_("the facts have changed since this was computed"), fix=_("Compute the run again.")))
    Statement.objects.bulk_create([Statement(run_id=name, agent_id=agent_id, document=plain(doc))], ignore_conflicts=True)
    return Statement.objects.get(run_id=name, agent_id=agent_id)


def explain_everyone(run: Run) -> int:
    """The statements of all agents of a run that are not there yet; how many were made."""
    plan = read_plan(run.plan.text)
    done = set(Statement.objects.filter(run_id=run.run_id).values_list("agent_id", flat=True))
    waiting = [agent for agent in run.results.values_list("agent_id", flat=True) if agent not in done]
    with workplace() as work, open_run(work.archive, work.facts, plan, plan.period_of(run.period)) as opened:
        if opened.run_id != run.run_id:
            return 0
        everyone = for_everyone(opened) if waiting else opened
        for agent_id in waiting:
            doc = explanation_document(explaining.explain(everyone, agent_id=agent_id))
            Statement.objects.bulk_create([Statement(run_id=run.run_id, agent_id=agent_id, document=plain(doc))], ignore_conflicts=True)
    return len(waiting)


def periods_of(saved: PlanVersion) -> list[str]:
    """The plan's periods up to today's, the latest first."""
    plan = read_plan(saved.text)
    found, period = [], containing(plan.starts, plan.period)
    last = min(plan.ends, clock.today())
    while period.first <= last:
        found.append(str(period))
        period = period.shifted(1)
    return found[::-1]
