"""What happened, as the fact tables of the contract: typed columns, only what lies in the kept months."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from chot.demo import calls as c
from chot.demo import orders, voices
from chot.demo.attendance import LEAVES
from chot.demo.calls import Ints
from chot.demo.care import QUEUES
from chot.demo.leads import CAMPAIGNS
from chot.demo.people import TEAMS, Person
from chot.demo.world import World
from chot.kpi.schema import OUTCOMES, STAGES, TABLES

_ZONE_S = 7 * 3600  # Asia/Ho_Chi_Minh has no summer time
_TYPES = {"int": pa.int64(), "bool": pa.bool_(), "time": pa.timestamp("us", tz="UTC"), "date": pa.date32()}


def schema(name: str) -> pa.Schema:
    """The Arrow schema of a fact table, with its derived columns."""
    table = TABLES[name]
    derived = [(column, pa.string() if column == "period" else pa.date32()) for column in table.derived]
    return pa.schema([*((column.name, _TYPES.get(column.type, pa.string())) for column in table.columns), *derived])


def tables(world: World) -> dict[str, Callable[[], pa.Table]]:
    """Every fact table by name, made when called."""
    ids = _call_ids(world)
    return {
        "agents": lambda: _agents(world), "calls": lambda: _calls(world, ids), "leads": lambda: _leads(world),
        "orders": lambda: _orders(world, ids), "tickets": lambda: _tickets(world), "surveys": lambda: _surveys(world, ids),
        "reviews": lambda: _reviews(world, ids), "exams": lambda: _exams(world), "workdays": lambda: _workdays(world),
    }  # fmt: skip


def _table(name: str, columns: dict[str, object]) -> pa.Table:
    """A table in the contract's columns, with local day and month worked out."""
    table, wanted = TABLES[name], schema(name)
    arrays = {column: pa.array(columns[column], type=wanted.field(column).type) for column in table.names}
    for column, source in table.days:
        arrays[column] = _local_day(arrays[source])
    if table.moment:
        arrays["local_date"] = _local_day(pc.coalesce(*(arrays[column] for column in table.moment)))
        days = arrays["local_date"].dictionary_encode()
        arrays["period"] = pc.strftime(days.dictionary, format="%Y-%m").take(days.indices)
    return pa.table([arrays[column] for column in wanted.names], schema=wanted)


def _local_day(moments: pa.Array) -> pa.Array:
    if pa.types.is_date(moments.type):
        return moments
    local = pc.add(moments.cast(pa.int64()), _ZONE_S * 1_000_000)
    return local.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)


def _time(local: Ints) -> pa.Array:
    """Local seconds as instants; 0 is empty."""
    return pa.array((local - _ZONE_S) * 1_000_000, mask=local == 0).cast(pa.timestamp("us", tz="UTC"))


def _named(codes: NDArray[np.generic], names: Sequence[str]) -> pa.Array:
    """The names at these places; -1 is empty."""
    places = np.asarray(codes, dtype=np.int64)
    return pa.array(names, pa.string()).take(pa.array(np.maximum(places, 0), mask=places < 0))


def _numbered(prefix: str, numbers: NDArray[np.generic], width: int) -> pa.Array:
    """Ids such as ``kh000123``; a negative number is empty."""
    whole = np.asarray(numbers, dtype=np.int64)
    digits = pc.utf8_lpad(pa.array(whole, mask=whole < 0).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def _call_ids(world: World) -> pa.Array:
    """``c2610-000123``: the month and a running number within it."""
    days = world.company.calendar
    month = days.month[world.calls["day"]]
    first = np.searchsorted(month, np.arange(len(days.months)))
    number = _numbered("", np.arange(len(month)) - first[month] + 1, 6)
    return pc.binary_join_element_wise(_named(month, [f"c{period.first:%y%m}-" for period in days.months]), number, "")


def _customers(numbers: NDArray[np.generic]) -> pa.Array:
    return _numbered("kh", numbers, 6)


def _people(world: World, places: NDArray[np.generic]) -> pa.Array:
    return _named(places, [person.agent_id for person in world.company.people])


def _agents(world: World) -> pa.Table:
    rows = [row for person in world.company.people for row in _agent_rows(person)]
    return _table("agents", {name: [row[name] for row in rows] for name in TABLES["agents"].names})


def _agent_rows(person: Person) -> list[dict[str, object]]:
    """One row per stretch of unchanged team, role and base pay."""
    pay = dict(person.pay)
    since = sorted({*pay, *(stint.since for stint in person.stints)})
    since = [day for day in since if person.left_on is None or day <= person.left_on]
    rows: list[dict[str, object]] = []
    for place, day in enumerate(since):
        stint = person.at(day)
        rows.append({
            "agent_id": person.agent_id, "name": person.name, "team_id": stint.team_id, "role": stint.role, "hired_on": person.hired_on,
            "left_on": person.left_on, "base_pay_vnd": pay[max(start for start in pay if start <= day)], "wage_region": person.region,
            "valid_from": day, "valid_to": since[place + 1] if place + 1 < len(since) else None,
        })  # fmt: skip
    return rows


def _calls(world: World, ids: pa.Array) -> pa.Table:
    calls = world.calls
    team = np.where(calls["person"] < 0, calls["team"], -1)
    known = calls["direction"] != c.INTERNAL
    return _table("calls", {
        "call_id": ids, "agent_id": _people(world, calls["person"]), "team_id": _named(team, TEAMS),
        "customer_id": _customers(calls["customer"]), "queue_id": _named(calls["queue"], QUEUES),
        "campaign_id": _named(calls["campaign"], CAMPAIGNS), "direction": _named(calls["direction"], c.DIRECTIONS),
        "started_at": _time(calls["start"]), "answered_at": _time(calls["answered"]), "ended_at": _time(calls["end"]),
        "ring_s": calls["ring"], "wait_s": calls["wait"], "talk_s": calls["talk"], "hold_s": calls["hold"], "wrap_s": calls["wrap"],
        "outcome": _named(calls["outcome"], OUTCOMES), "hangup_by": _named(calls["hangup"], c.HANGUPS),
        "disposition": _named(calls["disposition"], c.DISPOSITIONS), "charge_vnd": pa.array(calls["charge"], mask=~known),
        "fields_collected": pa.array(calls["fields"].astype(np.int64), mask=calls["fields"] < 0), "line_id": _named(calls["line"], c.LINES),
    })  # fmt: skip


def _leads(world: World) -> pa.Table:
    leads, ends = world.leads, np.r_[world.calls["end"], 0]
    rows = np.flatnonzero(leads.day >= world.company.begin)
    call = leads.call[rows]
    changed = np.where(call >= 0, ends[np.where(call >= 0, world.row[call], -1)], leads.handover[rows])
    return _table("leads", {
        "lead_id": _numbered("l", rows, 7), "agent_id": _people(world, leads.person[rows]), "customer_id": _customers(rows),
        "assigned_at": _time(leads.handover[rows]), "stage": _named(leads.stage[rows], STAGES), "stage_at": _time(changed),
        "best_stage": _named(leads.best[rows], STAGES),
    })  # fmt: skip


def _orders(world: World, ids: pa.Array) -> pa.Table:
    made = world.orders
    rows = np.flatnonzero(made.day >= world.company.begin)
    rows = rows[np.lexsort((rows, world.placed_at[rows]))]
    return _table("orders", {
        "order_id": _numbered("dh", np.arange(len(rows)) + 1, 6), "agent_id": _people(world, made.person[rows]),
        "customer_id": _customers(made.customer[rows]), "call_id": ids.take(pa.array(world.row[made.call[rows]])),
        "ordered_at": _time(world.placed_at[rows]), "status": _named(world.status[rows], orders.STATUSES),
        "status_at": _time(world.status_at[rows]), "amount_vnd": made.amount[rows], "quantity": made.quantity[rows],
        "product": _named(made.product[rows], [name for name, _ in orders.PRODUCTS]),
    })  # fmt: skip


def _tickets(world: World) -> pa.Table:
    tickets, times = world.tickets, world.ticket_times
    rows = np.flatnonzero(tickets.day >= world.company.begin)
    rows = rows[np.lexsort((rows, times.opened[rows]))]
    done, cancelled = times.done[rows], tickets.cancelled[rows]
    return _table("tickets", {
        "ticket_id": _numbered("p", np.arange(len(rows)) + 1, 6), "agent_id": _people(world, tickets.person[rows]),
        "customer_id": _customers(tickets.customer[rows]), "opened_at": _time(times.opened[rows]), "due_at": _time(times.due[rows]),
        "done_at": _time(done), "status": _named(np.select([cancelled, done > 0], [2, 1], 0), ("open", "done", "cancelled")),
        "reopened": tickets.reopened[rows] & (done > 0),
    })  # fmt: skip


def _surveys(world: World, ids: pa.Array) -> pa.Table:
    said, calls = world.surveys, world.calls
    order = np.lexsort((said.row, said.at))
    row = said.row[order]
    return _table("surveys", {
        "survey_id": _numbered("ks", np.arange(len(row)) + 1, 6), "agent_id": _people(world, calls["person"][row]),
        "customer_id": _customers(calls["customer"][row]), "call_id": ids.take(pa.array(row)),
        "kind": _named(said.kind[order], voices.KINDS), "score": said.score[order], "answered_at": _time(said.at[order]),
    })  # fmt: skip


def _reviews(world: World, ids: pa.Array) -> pa.Table:
    heard = world.reviews
    order = np.lexsort((heard.row, heard.at))
    row = heard.row[order]
    return _table("reviews", {
        "review_id": _numbered("cg", np.arange(len(row)) + 1, 5), "agent_id": _people(world, world.calls["person"][row]),
        "call_id": ids.take(pa.array(row)), "score_bp": heard.score_bp[order], "auto_fail": heard.auto_fail[order],
        "final": heard.final[order], "reviewed_at": _time(heard.at[order]),
    })  # fmt: skip


def _exams(world: World) -> pa.Table:
    exams, first = world.exams, int(world.company.calendar.midnight[world.company.begin])
    rows = np.flatnonzero(exams.at >= first)
    rows = rows[np.lexsort((rows, exams.at[rows]))]
    return _table("exams", {
        "exam_id": _numbered("kt", np.arange(len(rows)) + 1, 5), "agent_id": _people(world, exams.person[rows]),
        "taken_at": _time(exams.at[rows]), "score_bp": exams.score_bp[rows],
    })  # fmt: skip


def _workdays(world: World) -> pa.Table:
    roster, first, begin = world.attendance, world.company.calendar.first, world.company.begin
    person, day = np.nonzero(roster.scheduled[:, begin:] > 0)
    day = day + begin
    ahead = day > world.company.calendar.at(world.company.settings.last_worked)
    dates: list[date] = [first + timedelta(days=offset) for offset in range(len(world.company.calendar))]
    return _table("workdays", {
        "agent_id": _people(world, person), "date": pa.array(dates, pa.date32()).take(pa.array(day)),
        "scheduled_s": roster.scheduled[person, day], "worked_s": pa.array(roster.worked[person, day], mask=ahead),
        "pause_s": pa.array(roster.paused[person, day], mask=ahead),
        "leave": _named(roster.leave[person, day], LEAVES),
    })  # fmt: skip
