"""Queues, hours, flows and prompts on their pages: saved as versions, sent to the exchange; what callers leave is somebody's to do."""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from chot.calls.actions_journal import take_in_calls
from chot.calls.actions_outcomes import finish_callback
from chot.calls.models import AgentState, Call, Callback, OpenCall, QueueTask, TelephonyCommand, TelephonyJournal, TelephonyNode
from chot.calls.queries_queues import live
from chot.core import clock
from chot.core.messages import CallEnded, CallMissed, NodeChanged, RoutingSet, SetRouting, decode, encode, kind_of
from chot.people.models import AuditEntry, PublicHoliday, User
from chot.people.queries import rows_on, team_of
from chot.switchboard.actions_queues import publish
from chot.switchboard.models import (
    AgentSkill,
    CallFlow,
    CallQueue,
    Number,
    OpeningHours,
    PhoneState,
    Prompt,
    QueueMember,
    RoutingVersion,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
QUEUE = {
    "title": "Bảo hành", "name": "bao-hanh", "strategy": "ring_all", "min_level": "3", "skill": "máy lạnh", "priority": "5", "ring_s": "15",
    "misses": "2", "greeting": "Xin chào.", "announce_s": "30", "target_s": "20", "max_wait_s": "90", "max_waiting": "0",
    "overflow_to": "voicemail", "closed_to": "number", "closed_target": "0912 345 678", "callback_key": "9", "enabled": "on", "notice_mode": "ask",
    "notice_key": "8",
}  # fmt: skip


def tell(fact: Any, call_id: str = "") -> None:
    TelephonyJournal.objects.create(node="n1", call_id=call_id, kind=kind_of(fact), payload=encode(fact), at=clock.now())
    take_in_calls()


@pytest.fixture
def node(db: None) -> TelephonyNode:
    """An exchange that is up, and nothing that callers go through."""
    Number.objects.update(leads_to="", target="")
    for model in (QueueMember, CallQueue, CallFlow, OpeningHours, Prompt, AgentSkill, RoutingVersion):
        model._default_manager.all().delete()
    until = clock.instant() + timedelta(hours=1)
    made = TelephonyNode.objects.create(name="n1", owner="x", lease_until=until, renewed_at=clock.instant())
    up = NodeChanged(node="n1", state="up", http_port=1)
    TelephonyJournal.objects.create(node="n1", kind="node_changed", payload=encode(up), at=clock.now())
    return made


@pytest.fixture
def agents(db: None) -> list[str]:
    """Three who work today."""
    return list(rows_on(clock.today()).exclude(team_id="").order_by("agent_id").values_list("agent_id", flat=True)[:3])


def sent() -> SetRouting:
    return decode(SetRouting, TelephonyCommand.objects.filter(kind="set_routing").latest("id").payload)


def test_a_queue_is_saved_as_a_version_and_sent(sign_in: SignIn, node: TelephonyNode, agents: list[str]) -> None:
    client = sign_in("manager")
    skilled = {"agent_id": agents[2], "skill": "máy lạnh", "level": "4"}
    assert client.post("/lines/skills", skilled).status_code == 302
    assert client.post("/lines/skills", skilled | {"agent_id": agents[1], "level": "2"}).status_code == 302
    assert client.post("/lines/queues/new", QUEUE | {"members": agents[:1]}).status_code == 302
    command = sent()
    queue = command.routing.queue("bao-hanh")
    assert queue and [(member.agent_id, member.level) for member in queue.members] == sorted([(agents[0], 1), (agents[2], 4)])
    assert (queue.strategy, queue.closed.kind, queue.closed.target, queue.overflow.target) == ("ring_all", "number", "+84912345678", "")
    page = client.get("/lines/queues").content.decode()
    assert "Bảo hành" in page and RoutingVersion.objects.first().applied_at is None
    tell(RoutingSet(node="n1", version=command.version, set_at=clock.instant()))
    assert RoutingVersion.objects.first().applied_at
    row = CallQueue.objects.get()
    before = RoutingVersion.objects.count()
    assert client.post(f"/lines/queues/{row.pk}", QUEUE | {"members": agents[:1]}).status_code == 302
    assert RoutingVersion.objects.count() == before, "nothing has changed: no new version"
    entry = AuditEntry.objects.filter(action="queue.saved").latest("pk")
    assert entry.after["members"] == [agents[0]]
    Number.objects.update(leads_to="queue", target="bao-hanh")
    assert client.post(f"/lines/queue/{row.pk}/remove", follow=True).status_code == 200 and CallQueue.objects.exists(), "a number leads there"
    Number.objects.update(leads_to="", target="")
    assert client.post(f"/lines/queue/{row.pk}/remove").status_code == 302 and not CallQueue.objects.exists()
    tell(NodeChanged(node="n1", state="up", http_port=1))
    assert sent().routing.queues == (), "an exchange that comes up gets the latest"


def test_everything_is_restored_as_a_version_had_it(sign_in: SignIn, node: TelephonyNode, agents: list[str]) -> None:
    """Queues with what exchanges are not told, hours, flows, numbers; who has left does not come back; a prompt that is gone is said."""
    client = sign_in("manager")
    hours = OpeningHours.objects.create(name="gio", title="Giờ", week={"0": [["08:00", "12:00"]]})
    Number.objects.update(leads_to="", target="")
    client.post("/lines/queues/new", QUEUE | {"members": agents[:2], "hours": hours.pk, "target_s": "33"})
    Number.objects.filter(pk=Number.objects.first().pk).update(leads_to="queue", target="bao-hanh")
    publish(None, "numbers")
    first = RoutingVersion.objects.first()
    before = sent().routing
    User.objects.filter(agent_id=agents[1]).update(is_active=False)
    Number.objects.update(leads_to="", target="")
    CallQueue.objects.all().delete()
    hours.delete()
    CallFlow.objects.create(name="later", title="Later", document={"steps": []})
    publish(None, "all gone")
    assert client.post(f"/lines/queues/versions/{first.pk}/restore").status_code == 302
    after = sent().routing
    assert after.queues == (replace(before.queues[0], members=tuple(each for each in before.queues[0].members if each.agent_id != agents[1])),)
    assert (after.hours, after.leads, after.flows) == (before.hours, before.leads, before.flows)
    assert (CallQueue.objects.get().target_s, RoutingVersion.objects.first().why) == (33, f"version {first.number}")
    assert AuditEntry.objects.filter(action="routing.restored").count() == 1
    rows = first.rows
    rows["queues"][0]["music"] = "gone"
    RoutingVersion.objects.filter(pk=first.pk).update(rows=rows)
    count = RoutingVersion.objects.count()
    assert "gone" in client.post(f"/lines/queues/versions/{first.pk}/restore", follow=True).content.decode()
    assert RoutingVersion.objects.count() == count
    RoutingVersion.objects.filter(pk=first.pk).update(rows=None)
    assert f"/versions/{first.pk}/restore" not in client.get("/lines/queues").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("closed_target", "xyz"), ("overflow_to", "queue"), ("callback_key", "A"), ("ring_s", "1"), ("name", "Bảo hành"), ("members", "nobody")],
)
def test_what_is_wrong_with_a_queue_is_said(sign_in: SignIn, node: TelephonyNode, field: str, value: str) -> None:
    answer = sign_in("manager").post("/lines/queues/new", QUEUE | {field: value})
    assert answer.status_code == 422 and len(answer.context["form"].errors) == 1
    assert not CallQueue.objects.exists()


def test_opening_hours_with_holidays(sign_in: SignIn, node: TelephonyNode) -> None:
    PublicHoliday.objects.all().delete()
    PublicHoliday.objects.create(day="2027-01-01", name="Tết dương lịch")
    week = {"d0_0_opens": "8h", "d0_0_closes": "12:00", "d0_1_opens": "13:30", "d0_1_closes": "17.30", "d6_0_opens": "0:00", "d6_0_closes": "24:00"}
    given = {"title": "Giờ", "name": "gio", "closed_on_holidays": "on", "extra": "24/12/2026\n01/02/2027"} | week
    client = sign_in("admin")
    assert client.post("/lines/hours/new", given).status_code == 302
    hours = sent().routing.hours[0]
    assert [(span.weekday, span.opens, span.closes) for span in hours.spans] == [(0, "08:00", "12:00"), (0, "13:30", "17:30"), (6, "00:00", "24:00")]
    assert hours.closed == ("2026-12-24", "2027-01-01", "2027-02-01")
    PublicHoliday.objects.create(day="2027-04-30", name="Ngày thống nhất")
    assert "2027-04-30" in sent().routing.hours[0].closed, "a holiday of the roster is sent at once"
    row = OpeningHours.objects.get()
    assert client.get(f"/lines/hours/{row.pk}").status_code == 200
    for wrong in ({"d0_0_closes": ""}, {"d0_0_opens": "25:00"}, {"d0_1_opens": "11:00"}, {"extra": "32/12/2026"}):
        assert client.post(f"/lines/hours/{row.pk}", given | wrong).status_code == 422, wrong


def test_a_prompt_from_a_file_and_from_a_text(sign_in: SignIn, node: TelephonyNode) -> None:
    client, rate = sign_in("manager"), 44100
    tone = np.sin(np.arange(rate * 2) * 2 * np.pi * 440 / rate) * 0.5
    for kind in ("WAV", "MP3"):
        file = io.BytesIO()
        soundfile.write(file, np.column_stack([tone, tone]), rate, format=kind)
        given = {"title": kind, "name": f"p-{kind.lower()}", "text": "", "file": SimpleUploadedFile(f"a.{kind}", file.getvalue())}
        assert client.post("/lines/prompts/new", given).status_code == 302
        made = Prompt.objects.get(title=kind)
        with wave.open(io.BytesIO(bytes(made.sound))) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
            heard = np.frombuffer(sound.readframes(sound.getnframes()), dtype=np.int16)
        assert abs(int(np.argmax(np.abs(np.fft.rfft(heard)))) * 8000 / len(heard) - 440) < 2 and abs(made.duration_ms - 2000) < 100
    assert {sound.name for sound in sent().routing.sounds} == {"p-wav", "p-mp3"}
    answer = client.get(f"/lines/prompts/{made.pk}/sound")
    assert answer["Content-Type"] == "audio/wav" and answer.content == bytes(made.sound)
    bad = {"title": "x", "name": "xx", "text": "", "file": SimpleUploadedFile("a.mp3", b"no sound at all")}
    assert client.post("/lines/prompts/new", bad).status_code == 422
    assert client.post("/lines/prompts/new", {"title": "x", "name": "xx", "text": ""}).status_code == 422


def _form(steps: list[dict[str, Any]], do: str = "save") -> dict[str, Any]:
    given: dict[str, Any] = {"title": "Chính", "name": "chinh", "steps": len(steps), "do": do}
    for place, step in enumerate(steps):
        given |= {f"s{place}-{name}": value for name, value in step.items()}
    return given


def test_a_flow_is_edited_checked_saved_and_tried(sign_in: SignIn, node: TelephonyNode) -> None:
    client = sign_in("manager")
    client.post("/lines/queues/new", QUEUE)
    steps: list[dict[str, Any]] = [
        {"name": "menu", "kind": "menu", "text": "Bấm 1.", "key-1": "chờ", "was": "menu"}, {"name": "chờ", "kind": "queue", "was": "chờ"},
    ]  # fmt: skip
    page = client.post("/lines/flows/new", _form(steps, "add:say"))
    assert [step.kind for _, step in page.context["steps"]] == ["menu", "queue", "say"]
    page = client.post("/lines/flows/new", _form(steps, "down:0"))
    assert [step.name for _, step in page.context["steps"]] == ["chờ", "menu"]
    renamed = [steps[0], steps[1] | {"name": "đợi"}]
    assert client.post("/lines/flows/new", _form(renamed, "check")).context["steps"][0][1].keys[0].to == "đợi"
    wrong = client.post("/lines/flows/new", _form(steps))
    assert wrong.status_code == 422 and [(each["step"], each["field"]) for each in wrong.context["problems"]] == [("chờ", "queue")]
    live_check = client.post("/lines/flows/check", _form(steps)).content.decode()
    assert wrong.context["problems"][0]["text"] in live_check and not CallFlow.objects.exists()
    steps[1]["queue"] = "bao-hanh"
    assert client.post("/lines/flows/new", _form(steps)).status_code == 302
    row = CallFlow.objects.get()
    first = sent()
    assert first.routing.flows[0].steps[0].keys[0].to == "chờ"
    assert client.post(f"/lines/flows/{row.pk}", _form([steps[0] | {"text": "Khác."}, steps[1]])).status_code == 302
    page = client.get(f"/lines/flows/{row.pk}?version={first.version}")
    assert page.context["steps"][0][1].text == "Bấm 1." and "<svg" in page.content.decode()
    tried = client.get("/lines/try/flow/chinh?did=k7&did=k1&did=o").context["try"]
    assert [line.text for line in tried.lines if line.who == "us"][:2] == ["“Khác.”", "“Khác.”"] and tried.step == "lời nhắn sau tiếng bíp"
    assert not tried.over and client.get("/lines/try/flow/chinh?did=k1&did=a").context["try"].over
    assert client.get("/lines/try/flow/none").context["try"].over


def test_music_of_a_queue_and_of_the_company(sign_in: SignIn, node: TelephonyNode) -> None:
    """One prompt at most is the company's; both go to exchanges by the name of their sound."""
    client = sign_in("manager")
    rows = [Prompt.objects.create(name=name, title=name, text=name, sha=name * 8, sound=b"RIFF") for name in ("one", "two", "own")]
    for row in rows[:2]:
        assert client.post(f"/lines/prompts/{row.pk}", {"title": row.title, "name": row.name, "text": row.text, "is_music": "on"}).status_code == 302
    assert list(Prompt.objects.filter(is_music=True).values_list("name", flat=True)) == ["two"]
    assert client.post("/lines/queues/new", QUEUE | {"music": rows[2].pk}).status_code == 302
    routing = sent().routing
    assert (routing.music_of("bao-hanh"), routing.music_of("other"), routing.music_of("")) == ("own" * 8, "two" * 8, "two" * 8)
    answer = client.post(f"/lines/prompt/{rows[2].pk}/remove")
    assert answer.status_code == 302 and Prompt.objects.filter(pk=rows[2].pk).exists(), "a queue plays it"


def _ended(call_id: str, **given: Any) -> CallEnded:
    at = clock.instant()
    values = {"number": "0912345678", "outcome": "answered", "hangup_by": "customer", "queue_id": "bao-hanh", "direction": "in"}
    return CallEnded(call_id=call_id, started_at=at - timedelta(seconds=60), ended_at=at, **values | given)


def test_what_callers_leave_is_done_once_by_the_team(sign_in: SignIn, node: TelephonyNode, agents: list[str]) -> None:
    team = team_of(agents[0])
    user = User.objects.filter(agent_id=agents[0]).first() or User.objects.create(username="q1", agent_id=agents[0], role="agent", name="Lan")
    sign_in("manager").post("/lines/queues/new", QUEUE | {"team_id": team})
    tell(_ended("c1", wait_s=7, outcome="abandoned"), "c1")
    tell(_ended("c2", wait_s=90, outcome="voicemail", message_from_s=40, message_s=12), "c2")
    tell(_ended("c3", wait_s=20, outcome="no_answer", hangup_by="system", wants_callback=True), "c3")
    rows = {row.call_id: (row.queue_id, row.wait_s, row.outcome) for row in Call.objects.filter(call_id__in=("c1", "c2", "c3"))}
    assert rows == {"c1": ("bao-hanh", 7, "abandoned"), "c2": ("bao-hanh", 90, "voicemail"), "c3": ("bao-hanh", 20, "no_answer")}
    tasks = {row.call_id: row for row in QueueTask.objects.all()}
    assert {(row.call_id, row.kind, row.team_id, row.message_s) for row in tasks.values()} == {("c2", "message", team, 12), ("c3", "callback", team, 0)}
    client = sign_in(user.username)
    for _ in range(2):
        assert client.post("/desk/messages", {"task": tasks["c3"].pk, "do": "take"}).status_code == 302
    back = Callback.objects.get(agent_id=user.agent_id, number="+84912345678")
    assert finish_callback(back.pk, user, call_id="again") and QueueTask.objects.get(call_id="c3").done_by == user, "called back: done"
    assert [row["task"].call_id for row in client.get("/desk/messages").context["rows"]] == ["c2"]
    other = User.objects.filter(role="agent", is_active=True).exclude(agent_id="").exclude(agent_id__in=rows_on(clock.today()).filter(team_id=team).values("agent_id"))
    stranger = sign_in(other.first().username)
    assert stranger.get("/desk/messages").context["rows"] == []
    assert stranger.post("/desk/messages", {"task": tasks["c2"].pk, "do": "done"}).status_code == 404


def test_what_is_left_in_a_call_that_we_made_and_handed_to_a_queue_is_done_too(sign_in: SignIn, node: TelephonyNode, agents: list[str]) -> None:
    """A message after the talk, and the callback key while waiting; a talk alone leaves nothing to do."""
    sign_in("manager").post("/lines/queues/new", QUEUE | {"team_id": team_of(agents[0])})
    ours = {"direction": "out", "agent_id": agents[0], "agents": (agents[0],)}
    tell(_ended("o1", **ours, message_from_s=50, message_s=9), "o1")
    tell(_ended("o2", **ours, hangup_by="system", wants_callback=True), "o2")
    tell(_ended("o3", **ours), "o3")
    tasks = QueueTask.objects.order_by("call_id").values_list("call_id", "kind", "team_id", "number", "message_from_s")
    team = team_of(agents[0])
    assert list(tasks) == [("o1", "message", team, "+84912345678", 50), ("o2", "callback", team, "+84912345678", 0)]


def test_an_agent_who_does_not_answer_is_taken_off_calls(node: TelephonyNode, agents: list[str]) -> None:
    AgentState.objects.filter(agent_id=agents[0]).delete()
    AgentState.objects.create(agent_id=agents[0], state="ready", started_at=clock.instant() - timedelta(minutes=1))
    missed = {"call_id": "c", "agent_id": agents[0], "queue_id": "q", "limit": 2, "missed_at": clock.instant()}
    tell(CallMissed(in_a_row=1, **missed))
    assert AgentState.objects.get(agent_id=agents[0], ended_at=None).state == "ready"
    tell(CallMissed(in_a_row=2, **missed))
    assert AgentState.objects.get(agent_id=agents[0], ended_at=None).state == "missed"


def test_what_goes_on_in_queues(
    sign_in: SignIn, node: TelephonyNode, agents: list[str], django_assert_num_queries: Any
) -> None:
    sign_in("manager").post("/lines/queues/new", QUEUE | {"members": agents})
    now = clock.instant()
    AgentState.objects.filter(agent_id__in=agents).delete()
    for agent in agents:
        AgentState.objects.create(agent_id=agent, state="ready", started_at=now)
        PhoneState.objects.update_or_create(name=agent, defaults={"online": True, "since": now})
    calls = [("w2", "waiting", [], 5), ("w1", "waiting", [agents[1]], 9), ("t", "talking", [agents[2]], 60)]
    for call_id, phase, here, ago in calls:
        OpenCall.objects.create(
            call_id=call_id, node="n1", direction="in", started_at=now, changed_at=now, phase=phase, agents=here, queue_id="bao-hanh",
            queued_at=now - timedelta(seconds=ago),
        )  # fmt: skip
    with django_assert_num_queries(7):
        queue = live()[0]
    assert [(each.call_id, each.ringing) for each in queue.waiting] == [("w1", (agents[1],)), ("w2", ())]
    assert (queue.ready, queue.talking, queue.open) == ((agents[0],), (agents[2],), True) and queue.longest_since == now - timedelta(seconds=9)


def test_the_pages_ask_as_often_for_three_rows_as_for_one(sign_in: SignIn, node: TelephonyNode, django_assert_max_num_queries: Any) -> None:
    client = sign_in("manager")
    for name in ("a1", "a2", "a3"):
        CallQueue.objects.create(name=name, title=name)
        CallFlow.objects.create(name=name, title=name)
        OpeningHours.objects.create(name=name, title=name)
        Prompt.objects.create(name=name, title=name, sha=name, sound=b"RIFF")
    publish(None, "test")
    with django_assert_max_num_queries(22):
        assert client.get("/lines/queues").status_code == 200
