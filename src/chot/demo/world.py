"""Everything that happened in the demo company, before it is written down as facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chot.demo import gaming, voices
from chot.demo.attendance import Attendance, attend
from chot.demo.calendar import daytime
from chot.demo.calls import Book, Ints, timed
from chot.demo.care import Tickets, care
from chot.demo.leads import Leads, assign, work
from chot.demo.orders import Orders, order, settled
from chot.demo.people import Company, hire
from chot.demo.settings import Settings

Step = Callable[[str], None]
STEPS = ("people", "leads", "orders", "care", "times", "voices")


@dataclass(kw_only=True)
class TicketTimes:
    """When tickets were opened, due and done (local seconds; done 0 = still open)."""

    opened: Ints
    due: Ints
    done: Ints


@dataclass(kw_only=True)
class World:
    """The company with all that happened; ``calls`` are sorted by start, ``row`` leads from the book to them (-1: not kept).

    ``until`` in local seconds: nothing later is known.
    """

    company: Company
    attendance: Attendance
    calls: dict[str, Ints]
    row: Ints
    leads: Leads
    orders: Orders
    placed_at: Ints
    status: Ints
    status_at: Ints
    tickets: Tickets
    ticket_times: TicketTimes
    surveys: voices.Surveys
    reviews: voices.Reviews
    exams: voices.Exams
    until: int


def happen(settings: Settings, step: Step = lambda name: None) -> World:
    """Let the company work. The same settings give the same world; ``step`` hears the name of each of ``STEPS``."""
    step("people")
    company = hire(settings)
    attendance = attend(company)
    book = Book()
    step("leads")
    leads = assign(company, attendance)
    work(leads, company, attendance, book)
    step("orders")
    orders = gaming.pad(order(leads, company, attendance, book), company, attendance, book)
    step("care")
    tickets, upsold = care(company, attendance, orders, book)
    orders = orders.joined(upsold)
    book = gaming.game(company, book)
    step("times")
    drafts = timed(book, company, attendance, settings.generator("times"))
    until = settings.until_s
    calls, row = _kept(drafts, company, until)
    here = (row >= 0) | (drafts["day"] < company.begin)
    leads, orders, tickets = leads.known(here, until), orders.where(here[orders.call]), tickets.where(here[tickets.call])
    placed_at = drafts["end"][orders.call] - 20
    status, status_at = settled(orders, placed_at, until)
    ticket_times = _times(tickets, drafts, company, until)
    step("voices")
    return World(
        company=company, attendance=attendance, calls=calls, row=row, leads=leads, orders=orders, placed_at=placed_at, status=status,
        status_at=status_at, tickets=tickets, ticket_times=ticket_times, surveys=voices.surveys(calls, company, until),
        reviews=voices.reviews(calls, company, until), exams=voices.exams(company, attendance.portion, until), until=until,
    )  # fmt: skip


def _kept(drafts: dict[str, Ints], company: Company, until: int) -> tuple[dict[str, Ints], Ints]:
    """The calls from the first kept day on that were over at ``until``, by start, and where each draft went."""
    order = np.lexsort((np.arange(len(drafts["start"])), drafts["start"]))
    order = order[(drafts["day"][order] >= company.begin) & (drafts["end"][order] <= until)]
    row = np.full(len(drafts["start"]), -1, dtype=np.int64)
    row[order] = np.arange(len(order))
    return {name: column[order] for name, column in drafts.items()}, row


def _times(tickets: Tickets, drafts: dict[str, Ints], company: Company, until: int) -> TicketTimes:
    """Opened during the call, due at the end of the second working day after, done when the agent got round to it."""
    rng, days = company.settings.generator("tickets"), company.calendar
    call, second = tickets.call, tickets.second
    opened = drafts["answered"][call] + 10
    working = np.flatnonzero(days.opening)
    second_day = working[np.minimum(np.searchsorted(working, tickets.day, side="right") + 1, len(working) - 1)]
    due = np.where(second_day > tickets.day, days.midnight[second_day], days.midnight[tickets.day] + 2 * 86_400) + int(17.5 * 3600)
    last_end = np.where(second >= 0, drafts["end"][second], drafts["end"][call])
    late = daytime(np.maximum(due, last_end) + rng.integers(1800, 40 * 3600, len(call)))
    in_time = daytime(last_end + tickets.delay_s)
    in_time = np.where(in_time <= due, in_time, last_end)
    done = np.where(tickets.punctual, in_time, late)
    done = np.where(tickets.cancelled | (done >= until), 0, done)
    return TicketTimes(opened=opened, due=due, done=done)
