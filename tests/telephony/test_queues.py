"""Callers in queues over two real Asterisks: menus, ringing, the next agent, giving up, messages and wishes to be called back."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import psycopg

from chot.core import clock
from chot.core.flows import Exit, Flow, Key, Lead, Member, Queue, Routing, Step
from chot.core.hours import Hours
from chot.core.messages import HangUp, SetRouting
from chot.telephony import carrier
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station

MENU, SALES, NIGHT, BACK, ORDER = "02471230001", "02471230002", "02471230003", "02471230004", "02471230010"
QUEUES = (
    Queue(name="sales", members=tuple(Member(agent_id=each) for each in ("silent", "tone", "echo")), ring_s=2, misses=2, announce_s=0),
    Queue(name="night", hours=Hours(name="never"), closed=Exit(kind="voicemail", text="Chào.")),
    Queue(name="back", callback_key="9", greeting="Xin chờ.", overflow=Exit(kind="callback")),
    Queue(name="short", max_wait_s=2, announce_s=1, overflow=Exit(kind="hangup", text="Bận.")),
)
STEPS = (
    Step(name="menu", kind="menu", text="Bấm một hoặc hai.", keys=(Key(press="1", to="sales"), Key(press="2", to="short")), tries=1),
    Step(name="sales", kind="queue", queue="sales"),
    Step(name="short", kind="queue", queue="short"),
)
ASKS = (
    Step(name="ask", kind="ask", text="Mời nhập mã đơn.", digits=6, variable="order", wait_s=4),
    Step(name="which", kind="branch", test="variable", variable="order", value="42", otherwise="sales"),
    Step(name="short", kind="queue", queue="short"), Step(name="sales", kind="queue", queue="sales"),
)  # fmt: skip
ROUTING = Routing(
    flows=(Flow(name="main", steps=STEPS), Flow(name="asks", steps=ASKS)), queues=QUEUES,
    leads=(
        Lead(number="+842471230001", kind="flow", target="main"), Lead(number=SALES, kind="queue", target="sales"),
        Lead(number=NIGHT, kind="queue", target="night"), Lead(number=BACK, kind="queue", target="back"),
        Lead(number=ORDER, kind="flow", target="asks"),
    ),
)  # fmt: skip


async def _at_desk(at: Station, *agents: str) -> None:
    """These agents are ready, each a second later than the one before, and everybody else is at no desk."""
    async with await psycopg.AsyncConnection.connect(at.address, autocommit=True) as database:
        await database.execute("DELETE FROM calls_agentstate")
        for place, agent in enumerate(agents):
            sql = "INSERT INTO calls_agentstate (agent_id, state, reason, call_id, started_at) VALUES (%s, 'ready', '', '', %s)"
            await database.execute(sql, (agent, clock.instant() - timedelta(minutes=5) + timedelta(seconds=place)))


async def _start(at: Station) -> None:
    """A controller whose end leaves Asterisk and its calls."""
    at.node = at.new_node()
    at.task = asyncio.create_task(at.node.run(leave_running=True))
    async with asyncio.timeout(40):
        await at.node.ready.wait()
    await at.met()


async def _goes_on_after_a_restart(at: Station) -> None:
    """A caller who waits while the controller is away is rung an agent by the next one, who knows of the rings missed before."""
    await _at_desk(at)
    waiting = await _call(at, SALES, "0987000006", tone=True, talk_s=8)
    queued = await at.told(waiting, "call_queued")
    await at.stop()
    await _at_desk(at, "silent")
    await asyncio.sleep(1)
    await _start(at)
    await at.told(waiting, "call_missed", agent_id="silent", in_a_row=2, limit=2)
    await _at_desk(at, "tone")
    await at.told(waiting, "call_changed", phase="talking", agents=["tone"])
    told = await at.told(waiting, "call_ended")
    assert (told["outcome"], told["agent_id"], told["queue_id"]) == ("answered", "tone", "sales")
    assert told["wait_s"] == int((_moment(told, "answered_at") - _moment(queued, "queued_at")).total_seconds()) >= 1


async def _call(at: Station, dialled: str, caller: str, **how: object) -> str:
    """A subscriber calls; the id of the call."""
    known = {call.call_id for call in at.node.controller.calls}
    await carrier.call(at.network.carrier.configuration, caller=caller, dialled=dialled, **how)
    async with asyncio.timeout(10):
        while not (new := [call.call_id for call in at.node.controller.calls if call.call_id not in known and call.number == caller]):
            await asyncio.sleep(0.02)
    return new[0]


def _moment(payload: dict, name: str = "at") -> datetime:
    return datetime.fromisoformat(payload[name])


def test_callers_find_agents_or_leave_word(asterisk: Installation, database: str) -> None:
    """All at once: by a menu to the second agent, abandoned, after hours, called back, given up by the queue, and led by digits."""

    async def story(at: Station) -> None:
        assert await at.outcome(await at.send(SetRouting(version=1, routing=ROUTING))) == "done"
        await at.told("", "routing_set", version=1)
        await _at_desk(at, "silent", "tone")
        chose = await _call(at, MENU, "0987000001", keys="1", before_s=1, talk_s=5)
        night = await _call(at, NIGHT, "0987000002", tone=True, talk_s=11)
        back = await _call(at, BACK, "0987000003", keys="9", before_s=1, talk_s=30)
        short = await _call(at, MENU, "0987000004", keys="2", before_s=1, talk_s=30)
        order = await _call(at, ORDER, "0987000016", keys="42#", before_s=1, talk_s=30)
        await at.told(chose, "menu_chosen", step="main/menu", choice="1")
        queued = await at.told(chose, "call_queued", queue_id="sales")
        missed = await at.told(chose, "call_missed", agent_id="silent", in_a_row=1, limit=2)
        rang_s = (_moment(missed, "missed_at") - _moment(queued, "queued_at")).total_seconds()
        assert 1.9 < rang_s < 2.4, "the first agent's phone rang for two seconds, at once"
        await at.told(chose, "call_changed", phase="talking", agents=["tone"])
        gave_up = await _call(at, SALES, "0987000005", tone=True, talk_s=2)

        ended = {name: await at.told(call, "call_ended") for name, call in {
            "chose": chose, "night": night, "back": back, "short": short, "order": order, "gave_up": gave_up}.items()}  # fmt: skip
        told = {name: (each["outcome"], each["hangup_by"], each["queue_id"], each["agent_id"]) for name, each in ended.items()}
        assert told == {
            "chose": ("answered", "customer", "sales", "tone"), "night": ("voicemail", "customer", "night", ""),
            "back": ("no_answer", "system", "back", ""), "short": ("no_answer", "system", "short", ""),
            "order": ("no_answer", "system", "short", ""),
            "gave_up": ("abandoned", "customer", "sales", ""),
        }  # fmt: skip
        answered = _moment(ended["chose"], "answered_at")
        assert ended["chose"]["wait_s"] == int((answered - _moment(queued, "queued_at")).total_seconds())
        assert (ended["back"]["wants_callback"], ended["gave_up"]["wants_callback"]) == (True, False)
        assert ended["short"]["wait_s"] == 2 and ended["gave_up"]["wait_s"] in (1, 2)
        assert (await at.told(order, "menu_chosen"))["step"] == "asks/ask" and (await at.told(order, "menu_chosen"))["choice"] == "42"
        assert "vị trí thứ 1 trong" in (await at.told(short, "event:announced"))["text"]
        message = ended["night"]
        assert message["message_s"] >= 2 and 3 <= message["message_from_s"] + message["message_s"] <= 12
        await _goes_on_after_a_restart(at)
        for call in (chose, night, back, short, order, gave_up):
            kinds = [kind for kind, _ in await at.journal(call)]
            assert kinds.count("call_ended") == 1
        async with await psycopg.AsyncConnection.connect(at.address) as connection:
            assert (await (await connection.execute("SELECT count(*) FROM telephony_call")).fetchone())[0] == 0
        assert await at.left_over() == (0, 0)

    async def whole() -> None:
        async with station(asterisk, database, start=False) as at_work:
            await _start(at_work)
            await story(at_work)

    asyncio.run(whole())


STRATEGIES = Routing(
    queues=(
        Queue(name="all", strategy="ring_all", members=(Member(agent_id="high"), Member(agent_id="echo")), announce_s=0),
        Queue(name="best", strategy="skilled", members=(Member(agent_id="high", level=2), Member(agent_id="echo", level=5)), announce_s=0),
        Queue(name="calm", members=(Member(agent_id="tone"),), announce_s=0), Queue(name="urgent", priority=9, members=(Member(agent_id="tone"),), announce_s=0),
    ),
    leads=tuple(Lead(number=number, kind="queue", target=name) for number, name in ((MENU, "all"), (SALES, "best"), (NIGHT, "calm"), (BACK, "urgent"))),
)  # fmt: skip


def test_everybody_rings_the_best_rings_and_the_urgent_come_first(asterisk: Installation, database: str) -> None:
    """Of two phones that ring at once one has the call, the other has missed nothing; the skilled one is rung though rested less; one agent, two callers."""

    async def story(at: Station) -> None:
        assert await at.outcome(await at.send(SetRouting(version=1, routing=STRATEGIES))) == "done"
        await at.told("", "routing_set", version=1)
        await _at_desk(at, "high", "echo")
        everybody = await _call(at, MENU, "0987000021", tone=True, talk_s=3)
        rung = await at.told(everybody, "event:rung")
        assert sorted(seat["agent_id"] for seat in rung["seats"]) == ["echo", "high"]
        assert (await at.told(everybody, "call_ended"))["agents"] in (["echo"], ["high"])
        calm = await _call(at, NIGHT, "0987000022", tone=True, talk_s=60)
        urgent = await _call(at, BACK, "0987000023", tone=True, talk_s=60)
        await _at_desk(at, "high", "echo", "tone")
        await at.told(urgent, "call_changed", phase="talking", agents=["tone"])
        assert [call.phase for call in at.node.controller.calls if call.call_id == calm] == ["waiting"]
        await at.send(HangUp(call_id=urgent))
        await at.told(calm, "call_changed", phase="talking", agents=["tone"])
        await at.send(HangUp(call_id=calm))
        skilled = await _call(at, SALES, "0987000024", tone=True, talk_s=3)
        assert (await at.told(skilled, "call_ended"))["agents"] == ["echo"]
        for call in (everybody, calm, urgent, skilled):
            await at.told(call, "call_ended", outcome="answered")
            assert "call_missed" not in {kind for kind, _ in await at.journal(call)}
        assert await at.left_over() == (0, 0)

    async def whole() -> None:
        async with station(asterisk, database) as at_work:
            await story(at_work)

    asyncio.run(whole())
