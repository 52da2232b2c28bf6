"""What everyone reached in every month, for the targets of the example plans: the 40th percentile of the company's own past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chot.demo.attendance import NONE
from chot.demo.calendar import SUNDAY
from chot.demo.calls import ANSWERED, INBOUND, INTERNAL, OUTBOUND, Floats, Ints
from chot.demo.leads import LOST, WARM, WON
from chot.demo.orders import COMPLETED, CONFIRMED
from chot.demo.people import CSKH, TELESALE
from chot.demo.voices import CSAT
from chot.demo.world import World

LOOK_BACK = 9  # months that the targets are taken from
REACHED_BY = 0.60  # share of the agent-months that would have reached the target
_FAR = 1 << 32  # more than any time in seconds
_SHORTEST = 0.3  # agents present for less of a month say little about it


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Per person and kept month: values of the plan metrics (nan = unmeasured), and the share of working days present.

    Sums and counts are for a whole month: what was reached divided by the share. Targets come from the first ``months``.
    """

    share: dict[str, Floats]
    values: dict[str, Floats]
    role: dict[str, str]
    months: int  # that are over

    def healthy(self, metric: str) -> float:
        """The target that ``REACHED_BY`` of the agent-months of the last ``LOOK_BACK`` months reached (nan: no data)."""
        recent = np.where(self.share[self.role[metric]] >= _SHORTEST, self.values[metric], np.nan)
        recent = recent[:, : self.months][:, -LOOK_BACK:]
        known = recent[~np.isnan(recent)]
        lower = metric == "average_handle_time"
        return float(np.quantile(known, REACHED_BY if lower else 1 - REACHED_BY)) if len(known) else float("nan")


def figures(world: World) -> Figures:
    """The figures behind every item of the example plans."""
    sells, cares = _shares(world, TELESALE), _shares(world, CSKH)
    calls, leads, orders, tickets = world.calls, world.leads, world.orders, world.tickets
    talked = (calls["outcome"] == ANSWERED) & (calls["direction"] != INTERNAL) & (calls["person"] >= 0)
    useful = talked & (calls["talk"] >= 30) & (calls["fields"] >= 1)
    handle = calls["talk"] + calls["hold"] + calls["wrap"]
    counted = (world.status == CONFIRMED) | (world.status == COMPLETED)
    done = world.ticket_times.done > 0
    done_day = (world.ticket_times.done - world.company.calendar.midnight[0]) // 86_400
    once = done & ~tickets.reopened & (_calls_within(world) == 1)
    in_time = done & (world.ticket_times.done <= world.ticket_times.due)
    said = world.surveys.kind == CSAT
    about = calls["person"][world.surveys.row]
    answered_on = (world.surveys.at - world.company.calendar.midnight[0]) // 86_400

    def total(person: Ints, day: Ints, amount: NDArray[np.generic]) -> Floats:
        return _by_month(world, person, day, amount)

    spoken = total(calls["person"], calls["day"], talked)
    tickets_done = total(tickets.person, done_day, done)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {
            "revenue": total(orders.person, orders.day, orders.amount * counted) / sells,
            "orders": total(orders.person, orders.day, counted) / sells,
            "conversion_rate": total(leads.person, leads.day, leads.stage == WON)
            / total(leads.person, leads.day, (leads.best >= WARM) & (leads.best < LOST)),
            "successful_calls": total(calls["person"], calls["day"], useful & (calls["direction"] == OUTBOUND)) / sells,
            "csat": total(about, answered_on, world.surveys.score * said) / total(about, answered_on, said),
            "average_handle_time": total(calls["person"], calls["day"], handle * talked) / spoken,
            "on_time_rate": total(tickets.person, done_day, in_time) / tickets_done,
            "first_contact_resolution": total(tickets.person, done_day, once) / tickets_done,
            "calls_in": total(calls["person"], calls["day"], calls["direction"] == INBOUND) / cares,
        }
    care_metrics = ("csat", "average_handle_time", "on_time_rate", "first_contact_resolution", "calls_in")
    role = {metric: "cskh" if metric in care_metrics else "telesale" for metric in values}
    return Figures(share={"telesale": sells, "cskh": cares}, values=values, role=role, months=len(world.company.whole_months))


def _calls_within(world: World) -> Ints:
    """For each ticket, the answered calls of its customer that ended while it was open."""
    calls, tickets, times = world.calls, world.tickets, world.ticket_times
    spoken = (calls["outcome"] == ANSWERED) & (calls["direction"] != INTERNAL)
    ends = np.sort(calls["customer"][spoken] * _FAR + calls["end"][spoken])
    first = np.searchsorted(ends, tickets.customer * _FAR + times.opened, side="left")
    last = np.searchsorted(ends, tickets.customer * _FAR + times.done, side="right")
    counted: Ints = last - first
    return counted


def _shares(world: World, role: int) -> Floats:
    """The target share: days counted of the Mondays to Saturdays, per person and kept month."""
    roster, days = world.attendance, world.company.calendar
    worked = np.where(roster.scheduled > 0, roster.worked / np.maximum(roster.scheduled, 1), 0.0)
    counted = np.where(roster.leave == NONE, 1.0, worked) * (world.company.role == role) * (days.weekday != SUNDAY)
    person, day = np.nonzero(counted)
    workable = np.bincount(days.month[days.weekday != SUNDAY], minlength=len(days.months))
    return _by_month(world, person, day, counted[person, day]) / workable[-len(world.company.months) :]


def _by_month(world: World, person: Ints, day: Ints, amount: NDArray[np.generic]) -> Floats:
    days, kept = world.company.calendar, len(world.company.months)
    rows = (person >= 0) & (day >= world.company.begin) & (day < len(days))
    sums = np.zeros((len(world.company.people), kept))
    months = days.month[day[rows]] - (len(days.months) - kept)
    np.add.at(sums, (person[rows], months), np.asarray(amount, dtype=float)[rows])
    return sums
