"""Leads from a file: each row's customer is found or made as the import of customers does it, and gets a lead, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from chot.core import clock
from chot.core.errors import Problem
from chot.core.text import key, unaccented
from chot.customers.actions_import import Step, checked, plan, value_of, write
from chot.customers.actions_work import FORWARD
from chot.customers.import_reading import LEADS, Given
from chot.customers.models import Customer, Lead, Note
from chot.people.actions_notifications import notify_agents
from chot.people.audit import record
from chot.people.models import User

OWN = ("agent", "title", "stage", "note", "lead_id")
"""The columns of the lead; ``source`` is the lead's and the new customer's, all others are the customer's."""


@dataclass(kw_only=True)
class LeadStep:
    """What a row does: a ``new`` lead, one that is ``known`` (``held``), stands ``twice`` in the file, or is ``wrong``."""

    line: int
    does: str
    customer: Step
    values: dict[str, Any] = field(default_factory=dict)
    held: Lead | None = None
    problems: list[Problem] = field(default_factory=list)

    @property
    def whose(self) -> Step:
        """The row that the customer comes from: an earlier one when the customer stands in several."""
        return self.customer.first or self.customer

    @property
    def spared(self) -> bool:
        """Whether a number of the row is on the do-not-call list."""
        return self.customer.spared


def plan_leads(rows: Sequence[Given], owners: Mapping[str, str]) -> list[LeadStep]:
    """What the rows would do; a row with any mistake, of the lead or of the customer, does nothing."""
    found = [_lead(row, owners) for row in rows]
    good = [step for step in found if step.does != "wrong"]
    people = plan([_customer(row) for row, step in zip(rows, found, strict=True) if step.does != "wrong"], {})
    for step, customer in zip(good, people, strict=True):
        step.customer = customer
        if customer.does == "wrong":
            step.does, step.problems = "wrong", customer.problems
    _tell_apart([step for step in good if step.does != "wrong"])
    return found


def _customer(row: Given) -> Given:
    return Given(line=row.line, cells={name: text for name, text in row.cells.items() if name not in OWN})


def _lead(row: Given, owners: Mapping[str, str]) -> LeadStep:
    values: dict[str, Any] = {}
    problems = []
    for name in (*OWN, "source"):
        if text := row.cells.get(name, ""):
            value, what = _stage(text) if name == "stage" else value_of("owner" if name == "agent" else name, text, owners)
            values[name] = value
            if what:
                problems.append(Problem(line=row.line, field=name, what=what))
    if not row.cells.get("agent") and not owners:
        problems.append(Problem(line=row.line, field="agent", what=_("there is nobody to whom you may give leads")))
    if not any(row.cells.get(name) for name in LEADS.needs):
        what = _("neither a number, an e-mail address nor a customer id")
        problems.append(Problem(line=row.line, field="phone", what=what))
    customer = Step(line=row.line, does="wrong")
    if problems:  # what is wrong with the customer's cells is told at once
        problems += [each for each in checked(_customer(row), {}).problems if each.field != "source"]
    return LeadStep(line=row.line, does="wrong" if problems else "new", customer=customer, values=values, problems=problems)


def _stage(text: str) -> tuple[str, str]:
    """A stage by its word, in any language of the pages, or by its key."""
    words = {stage.value: stage.value for stage in Lead.Stage}
    for language, _name in settings.LANGUAGES:
        with override(language):
            words |= {key(str(stage.label)): stage.value for stage in Lead.Stage}
    stage = words.get(key(text), "")
    return stage, "" if stage else _("“%(text)s” is no stage") % {"text": text[:30]}


def _tell_apart(steps: Sequence[LeadStep]) -> None:
    """A lead is known by its id; without one by its customer, what it is about and where it came from, whatever became of it."""
    ids = [step.values["lead_id"] for step in steps if "lead_id" in step.values]
    customers = [step.whose.held.customer_id for step in steps if step.whose.held]
    held: dict[Any, Lead] = {}
    for lead in Lead.objects.filter(customer_id__in=customers).order_by("-pk"):
        held[lead.customer_id, unaccented(lead.title), unaccented(lead.source)] = lead
    held |= {lead.lead_id: lead for lead in Lead.objects.filter(lead_id__in=ids)}
    seen: dict[Any, int] = {}
    for step in steps:
        values, whose = step.values, step.whose
        words = unaccented(values.get("title", "")), unaccented(values.get("source", ""))
        mark = values.get("lead_id") or (whose.line, *words)
        step.held = held.get(values.get("lead_id") or (whose.held.customer_id if whose.held else "", *words))
        if mark in seen:
            step.does = "twice"
            step.problems = [Problem(line=step.line, field="", what=_("the same lead stands in line %(line)s") % {"line": seen[mark]})]
        elif step.held:
            step.does = "known"
        seen.setdefault(mark, step.line)


def customers_of(steps: Sequence[LeadStep]) -> list[Step]:
    """The customers that are written: those known, and the new ones of new leads."""
    needed = {step.whose.line for step in steps if step.does == "new"}
    return [step.customer for step in steps if step.does != "wrong" and (step.customer.does == "known" or step.customer.line in needed)]


@transaction.atomic
def write_leads(
    steps: Sequence[LeadStep], known: str, agents: Sequence[str], *, allowed: Sequence[str], source: str, by: User, address: str | None
) -> dict[str, int]:
    """Write new leads with their customers (those known ``skip``, ``fill`` or ``replace``, as in the import of customers).

    A lead without an agent goes to who looks after the customer, if it is one of ``allowed``, else to ``agents`` in turn.
    How many of each.
    """
    fresh = [step for step in steps if step.does == "new"]
    _give(fresh, agents, allowed)
    people = write(customers_of(steps), known, source=source, by=by, address=address)
    made = _create(fresh, by)
    given = Counter(lead.agent_id for lead in made)
    for agent, count in given.items():
        if agent != by.agent_id:
            notify_agents([agent], "leads.given", link="/leads?as=list&whose=mine", who=by.name, count=count)
    numbers = {
        "new": len(made), "known": sum(step.does == "known" for step in steps), "customers": people["new"], "changed": people["changed"],
        "consents": people["consents"],
    }  # fmt: skip
    numbers["left_out"] = len(steps) - numbers["new"] - numbers["known"]
    record("lead.imported", "leads", by=by, address=address, after={"file": source, **numbers, "agents": dict(given)})
    return numbers


def _give(steps: Sequence[LeadStep], agents: Sequence[str], allowed: Sequence[str]) -> None:
    """An agent for each lead, who looks after its customer too when that one is new."""
    turn = cycle(agents)
    for step in steps:
        whose = step.whose
        owner = (whose.held.owner if whose.held else whose.values.get("owner", "")) if whose.does in ("known", "new") else ""
        if "agent" not in step.values:
            step.values["agent"] = owner if owner in allowed else next(turn)
        if whose.does == "new":
            whose.values.setdefault("owner", step.values["agent"])


def _create(steps: Sequence[LeadStep], by: User) -> list[Lead]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_lead', 'id')) FROM generate_series(1, %s)", [len(steps)])
        keys = [row[0] for row in cursor.fetchall()]
    now, made, notes = clock.now(), [], []
    for pk, step in zip(keys, steps, strict=True):
        values, customer = step.values, step.whose.held
        assert isinstance(customer, Customer)
        stage = values.get("stage", Lead.Stage.NEW)
        lead = Lead(
            pk=pk, lead_id=values.get("lead_id") or f"ct-l{pk}", agent_id=values["agent"], customer_id=customer.customer_id,
            assigned_at=now, stage=stage, stage_at=now, best_stage=stage if stage in FORWARD else Lead.Stage.NEW,
            title=values.get("title", ""), source=values.get("source", ""),
        )  # fmt: skip
        made.append(lead)
        if values.get("note"):
            notes.append(Note(customer=customer, text=values["note"], by=by, at=now))
    Lead.objects.bulk_create(made, batch_size=1000)
    Note.objects.bulk_create(notes, batch_size=1000)
    return made
