"""Reads for the list of people: who, where, since when."""

from __future__ import annotations

from datetime import date

from chot.core.text import unaccented
from chot.people.models import AgentRow, Person
from chot.people.queries import rows_on


def teams() -> list[str]:
    """Every team that somebody was ever in."""
    return list(AgentRow.objects.exclude(team_id="").values_list("team_id", flat=True).distinct().order_by("team_id"))


def people_on(day: date, *, search: str = "", team: str = "", show: str = "") -> list[AgentRow]:
    """The rows of a day by name: those who work (``show`` empty), who have left (``left``), or ``all``; accents do not matter."""
    rows = rows_on(day).filter(team_id=team) if team else rows_on(day)
    wanted = unaccented(search).split()
    found = [row for row in rows if _shown(row, day, show) and all(part in unaccented(f"{row.name} {row.agent_id}") for part in wanted)]
    return sorted(found, key=lambda row: (given_name_first(row.name), row.agent_id))


def _shown(row: AgentRow, day: date, show: str) -> bool:
    left = row.left_on is not None and row.left_on < day
    return show == "all" or left == (show == "left")


def given_name_first(name: str) -> tuple[str, str]:
    """What Vietnamese names are sorted by: the given name, which stands last, then the whole.

    >>> sorted(["Trần Văn An", "Lê Thị Bình", "Bùi An"], key=given_name_first)
    ['Bùi An', 'Trần Văn An', 'Lê Thị Bình']
    """
    bare = unaccented(name)
    return (bare.split()[-1] if bare.split() else "", bare)


def history_of(agent_id: str) -> list[AgentRow]:
    """Every row of one agent, the latest first."""
    return list(AgentRow.objects.filter(agent_id=agent_id).order_by("-valid_from", "-pk"))


def phone_of(agent_id: str) -> str | None:
    """The person's telephone number; None without one."""
    return Person.objects.filter(agent_id=agent_id).exclude(phone="").values_list("phone", flat=True).first()


def person_of(agent_id: str) -> Person | None:
    """What is known of the person beside the facts."""
    return Person.objects.filter(agent_id=agent_id).first()
