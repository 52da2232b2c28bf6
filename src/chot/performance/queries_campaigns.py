"""Reads of campaigns: what was tried, reached, sold and charged, side by side, by day, and by weekday and hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal

from chot.campaigns.queries import campaign_names
from chot.kpi.measures import CUT, Grain
from chot.kpi.metrics import Words
from chot.people.models import User
from chot.performance.figures_shown import CAMPAIGN, FIGURES
from chot.performance.queries_reports import measured, measured_now, once, shown_agents
from chot.performance.report_filter import Asked, cut_part

COMPARED, USUAL = 5, 3  # campaigns side by side in charts: at most, and when none is chosen
Values = Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Rate:
    """One figure over another; nothing where the other is 0."""

    name: str
    title: Words
    about: Words
    unit: str
    over: str
    under: str

    def of(self, values: Values) -> Fraction | None:
        """The rate, exact."""
        return Fraction(values[self.over], values[self.under]) if values[self.under] else None


RATES: Mapping[str, Rate] = {
    each.name: each
    for each in (
        Rate(
            name="contact_rate", title=Words(vi="Tỷ lệ liên hệ được", en="Contact rate"), unit="ratio", over="answered_out",
            under="calls_out", about=Words(vi="Gọi ra có trả lời chia cuộc gọi ra", en="Answered outbound calls divided by outbound calls"),
        ),
        Rate(
            name="right_party_rate", title=Words(vi="Tỷ lệ đúng người", en="Right-party rate"), unit="ratio", over="right_party",
            under="answered_out", about=Words(vi="Đúng người chia gọi ra có trả lời", en="Right party divided by answered outbound calls"),
        ),
        Rate(
            name="conversion", title=Words(vi="Tỷ lệ chuyển đổi", en="Conversion"), unit="ratio", over="orders", under="answered_out",
            about=Words(vi="Đơn hàng chia gọi ra có trả lời", en="Orders divided by answered outbound calls"),
        ),
        Rate(
            name="average_order", title=Words(vi="Giá trị đơn trung bình", en="Average order"), unit="vnd", over="revenue", under="orders",
            about=Words(vi="Doanh thu chia số đơn", en="Revenue divided by orders"),
        ),
        Rate(
            name="charge_per_order", title=Words(vi="Cước trên mỗi đơn", en="Charges per order"), unit="vnd", over="call_charge",
            under="orders", about=Words(vi="Cước gọi chia số đơn", en="Call charges divided by orders"),
        ),
        Rate(
            name="return", title=Words(vi="Doanh thu trên 1 ₫ cước", en="Revenue per 1 ₫ of charges"), unit="number", over="revenue",
            under="call_charge", about=Words(vi="Doanh thu chia cước gọi", en="Revenue divided by call charges"),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One campaign's figures and rates by name, and how many agents called for it; ``name`` is its code, ``title`` what it is called."""

    name: str
    title: str
    values: Values
    rates: Mapping[str, Fraction | None]
    agents: int


def campaigns(user: User, asked: Asked) -> list[Campaign]:
    """The campaigns with anything in the days asked for, most calls first; the sums of their days, which the page shows too."""
    working = _working(user, asked)
    titles = campaign_names()
    made = []
    for part, days in _parts(asked, "day").items():
        values = [sum(each[figure.name] for each in days.values()) for figure in CAMPAIGN]
        if any(values):
            made.append(_campaign(part, values, working.get(part, 0), titles.get(part, part)))
    return sorted(made, key=lambda each: (-each.values["calls_out"], each.name))


def together(found: Sequence[Campaign], agents: int) -> Campaign:
    """All of them as one."""
    return _campaign("", [sum(each.values[figure.name] for each in found) for figure in CAMPAIGN], agents)


def _campaign(name: str, figures: Sequence[int], agents: int, title: str = "") -> Campaign:
    values = {figure.name: value for figure, value in zip(CAMPAIGN, figures, strict=True)}
    return Campaign(name=name, title=title, values=values, rates={name: rate.of(values) for name, rate in RATES.items()}, agents=agents)


def _callers(user: User, asked: Asked) -> set[tuple[str, str]]:
    """Each campaign with each agent who called for it."""
    seen = shown_agents(user, asked)
    called = map(cut_part, measured([FIGURES["calls_out"]], asked, grain="agent", cut="campaign"))
    return {(part, agent) for agent, part in called if seen is None or agent in seen}


def _working(user: User, asked: Asked) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part, _agent in _callers(user, asked):
        counts[part] = counts.get(part, 0) + 1
    return counts


def callers(user: User, asked: Asked) -> int:
    """How many agents called for any campaign."""
    return len({agent for _part, agent in _callers(user, asked)})


def daily(asked: Asked) -> tuple[list[date], dict[str, dict[date, Values]]]:
    """Every day asked for, and each campaign's figures of those that have any."""
    days = [asked.first + timedelta(days=place) for place in range((asked.last - asked.first).days + 1)]
    found = _parts(asked, "day")
    return days, {name: {date.fromisoformat(part): values for part, values in parts.items()} for name, parts in found.items()}


def hourly(asked: Asked) -> dict[str, dict[str, Values]]:
    """Each campaign's figures by weekday and hour (``109``: Mondays at 9)."""
    return _parts(asked, "hour")


def _parts(asked: Asked, of: Literal["day", "hour"]) -> dict[str, dict[str, Values]]:
    """Each campaign's figures by day, or by weekday and hour."""
    grain, key = asked.group
    return once(f"campaigns:{grain}", CAMPAIGN, asked, lambda: _by_key(asked, grain)).get(key, {}).get(of, {})


def _by_key(asked: Asked, grain: Grain) -> dict[str, dict[str, dict[str, dict[str, Values]]]]:
    """The figures of each group by ``day`` and by ``hour``, by campaign and part: sums over its hours of all days."""
    sums: dict[tuple[str, str, str, str], list[int]] = {}
    for name, figures in measured_now(CAMPAIGN, asked, grain=grain, cut="campaign_day_hour").items():
        key, campaign, day, hour = name.split(CUT)
        for place in ((key, "day", campaign, day), (key, "hour", campaign, hour)):
            known = sums.get(place)
            sums[place] = [one + other for one, other in zip(known, figures, strict=True)] if known else figures
    found: dict[str, dict[str, dict[str, dict[str, Values]]]] = {}
    for (key, of, campaign, part), figures in sums.items():
        values = {figure.name: value for figure, value in zip(CAMPAIGN, figures, strict=True)}
        found.setdefault(key, {}).setdefault(of, {}).setdefault(campaign, {})[part] = values
    return found
