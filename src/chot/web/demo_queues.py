"""What callers of the demo company go through: opening hours, queues with their agents, a number with a menu to two of them."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chot.core import clock
from chot.people.queries import working_on
from chot.switchboard.actions import save_number
from chot.switchboard.actions_queues import publish
from chot.switchboard.models import CallFlow, CallQueue, LeadsTo, Number, OpeningHours, QueueMember, Trunk

NUMBER = "+842471234568"
"""The number with the menu; the other one leads to whoever is free."""

_OF_FACTS = {"cskh-don-hang": "CSKH: đơn hàng", "cskh-bao-hanh": "CSKH: bảo hành", "cskh-tong-dai": "CSKH: tổng đài"}
"""The queues that the calls of the demo company's facts came through."""

_STEPS: list[dict[str, Any]] = [
    {"name": "chào", "kind": "say", "text": "Cảm ơn quý khách đã gọi đến tổng đài."},
    {"name": "giờ làm việc", "kind": "branch", "test": "hours", "hours": "tong-dai", "next": "menu", "otherwise": "ngoài giờ"},
    {
        "name": "menu", "kind": "menu", "text": "Mua hàng, xin bấm phím một. Hỗ trợ sau bán hàng, xin bấm phím hai.",
        "keys": [{"press": "1", "to": "bán hàng"}, {"press": "2", "to": "hỗ trợ"}], "otherwise": "hỗ trợ",
    },
    {"name": "bán hàng", "kind": "queue", "queue": "ban-hang"},
    {"name": "hỗ trợ", "kind": "queue", "queue": "ho-tro"},
    {"name": "ngoài giờ", "kind": "record", "text": "Hiện đã hết giờ làm việc. Xin quý khách để lại lời nhắn sau tiếng bíp."},
]  # fmt: skip


@transaction.atomic
def load_queues() -> None:
    """Once; later starts leave alone what was changed."""
    if CallQueue.objects.exists() or CallFlow.objects.exists():
        return
    week = {str(day): [["07:00", "22:00"]] for day in range(7)}
    hours = OpeningHours.objects.create(name="tong-dai", title="Giờ tổng đài", week=week)
    teams = sorted(set(working_on(clock.today()).exclude(team_id="").values_list("team_id", flat=True)))
    care = next((team for team in teams if team.startswith("cs")), teams[-1] if teams else "")
    sales = next((team for team in teams if team != care), care)
    _queue("ban-hang", "Bán hàng", sales, hours=hours, priority=7, callback_key="9", greeting="Xin quý khách vui lòng chờ trong giây lát.")
    _queue("ho-tro", "Hỗ trợ khách hàng", care, hours=hours, strategy="round_robin")
    for name, title in _OF_FACTS.items():
        _queue(name, title, care, hours=hours)
    CallFlow.objects.create(name="tong-dai", title="Tổng đài chính", document={"steps": _STEPS})
    trunk = Trunk.objects.first()
    if trunk:
        save_number(Number(number=NUMBER, title="Tổng đài có menu", trunk=trunk, leads_to=LeadsTo.FLOW, target="tong-dai"), by=None)
    publish(None, "demo")


def _queue(name: str, title: str, team: str, **values: Any) -> None:
    queue = CallQueue.objects.create(name=name, title=title, team_id=team, **values)
    agents = working_on(clock.today()).filter(team_id=team).values_list("agent_id", flat=True)
    QueueMember.objects.bulk_create([QueueMember(queue=queue, agent_id=agent) for agent in set(agents)])
