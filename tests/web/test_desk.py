"""States of agents, outcomes of calls, callbacks: each once, whatever comes first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from chot.calls.actions_ended import make_calls
from chot.calls.actions_outcomes import remind_of_callbacks
from chot.calls.actions_states import begin_wrap_up, choose_state, end_wrap_up, end_wrap_ups_due, leave_desks, note_days
from chot.calls.models import (
    AgentState,
    Call,
    Callback,
    CallOutcome,
    DeskRules,
    Disposition,
    OutcomeField,
    TelephonyCommand,
    TelephonyJournal,
)
from chot.campaigns.models import Campaign
from chot.core import clock
from chot.core.messages import CallEnded, encode
from chot.people.models import AuditEntry, Notification, User, Workday
from chot.switchboard.models import CallQueue

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
AGENT, OTHER = "a02", "a03"


def ended(call_id: str = "c-1", *, ago_s: float = 10, talk_s: int = 60, agent: str = AGENT) -> CallEnded:
    """A call that the agent made and that was answered, told by the journal."""
    end = clock.instant() - timedelta(seconds=ago_s)
    start = end - timedelta(seconds=talk_s + 5)
    told = CallEnded(
        call_id=call_id, direction="out", number="+84912345610", agent_id=agent, agents=(agent,), started_at=start,
        answered_at=start + timedelta(seconds=5), ended_at=end, ring_s=5, talk_s=talk_s, outcome="answered", hangup_by="customer",
    )  # fmt: skip
    TelephonyJournal.objects.create(node="n", call_id=call_id, kind="call_ended", payload=encode(told), at=end)
    TelephonyJournal.objects.create(node="n", call_id=call_id, kind="call_started", payload={"number": "+84912345610"}, at=start)
    return told


@pytest.fixture
def user() -> User:
    return User.objects.get(agent_id=AGENT)


@pytest.fixture
def ready(user: User) -> AgentState:
    """The agent has been ready for an hour."""
    made = choose_state(AGENT, "ready", by=user)
    AgentState.objects.filter(pk=made.pk).update(started_at=clock.instant() - timedelta(hours=1))
    made.refresh_from_db()
    return made


def states() -> list[tuple[str, bool]]:
    return [(row.state, row.ended_at is None) for row in AgentState.objects.filter(agent_id=AGENT).order_by("started_at", "pk")]


def save(client: Client, call_id: str = "c-1", **given: str) -> int:
    return client.post(f"/desk/calls/{call_id}/outcome", {"disposition": "interested", **given}).status_code


def test_one_state_is_open_and_the_database_holds_it(user: User) -> None:
    choose_state(AGENT, "ready", by=user)
    choose_state(AGENT, "ready", by=user)
    choose_state(AGENT, "break", "meal", by=user)
    assert states() == [("ready", False), ("break", True)]
    with pytest.raises(IntegrityError), transaction.atomic():
        AgentState.objects.create(agent_id=AGENT, state="ready", started_at=clock.instant())


def test_a_break_needs_a_reason_and_wrap_up_cannot_be_chosen(sign_in: SignIn) -> None:
    client = sign_in(AGENT)
    answers = [client.post("/desk/state", {"state": each}).status_code for each in ("break", "break:sleep", "wrap_up", "", "break:meal")]
    assert answers == [422, 422, 422, 422, 200] and states() == [("break", True)]


@pytest.mark.parametrize("first", ["fact", "outcome"])
def test_outcome_and_fact_come_together_whichever_is_first(sign_in: SignIn, ready: AgentState, first: str) -> None:
    told = ended()
    field = OutcomeField.objects.create(label="Nhu cầu")
    OutcomeField.objects.create(label="Ngân sách", kind="number")
    begin_wrap_up(AGENT, "c-1", told.ended_at)
    if first == "fact":
        assert make_calls([told]) == 1
        assert Call.objects.get(call_id="c-1").disposition == ""
    assert save(sign_in(AGENT), **{f"field_{field.pk}": "căn hộ 2 phòng"}) == 302
    if first == "outcome":
        assert make_calls([told]) == 1
    assert make_calls([told]) == 0
    row = Call.objects.get(call_id="c-1")
    assert (row.disposition, row.fields_collected, row.wrap_s, row.talk_s) == ("interested", 1, 10, 60)
    assert states() == [("ready", False), ("wrap_up", False), ("ready", True)]
    assert AuditEntry.objects.filter(action="call.outcome_noted", subject="call:c-1").count() == 1


def test_saving_again_changes_what_was_noted_and_not_the_wrap_up(sign_in: SignIn, ready: AgentState) -> None:
    told = ended()
    make_calls([told])
    client = sign_in(AGENT)
    assert [save(client), save(client, disposition="refused")] == [302, 302]
    row = Call.objects.get(call_id="c-1")
    assert row.disposition == "refused" and row.wrap_s in (10, 11, 12) and CallOutcome.objects.count() == 1


def test_a_wrap_up_ends_by_itself_and_its_length_is_kept(ready: AgentState) -> None:
    DeskRules.objects.create(wrap_limit_s=30)
    make_calls([ended(ago_s=45)])
    assert states()[-1] == ("wrap_up", True)
    assert [end_wrap_ups_due(), end_wrap_ups_due()] == [1, 0]
    assert Call.objects.get(call_id="c-1").wrap_s == 30 and states()[-1] == ("ready", True)


def test_reading_a_call_twice_begins_one_wrap_up_and_a_break_goes_on_after_it(user: User, ready: AgentState) -> None:
    told = ended()
    assert [begin_wrap_up(AGENT, "c-1", told.ended_at), begin_wrap_up(AGENT, "c-1", told.ended_at)] == [True, False]
    assert [end_wrap_up(AGENT, "c-1"), end_wrap_up(AGENT, "c-1")] == [True, False]
    assert not begin_wrap_up(AGENT, "c-1", told.ended_at)
    choose_state(AGENT, "break", "short", by=user)
    assert not begin_wrap_up(AGENT, "c-0", clock.instant() - timedelta(minutes=1)), "chosen since that call has ended"
    assert begin_wrap_up(AGENT, "c-2", clock.instant()) and begin_wrap_up(AGENT, "c-3", clock.instant())
    assert [end_wrap_up(AGENT, "c-2"), end_wrap_up(AGENT, "c-3")] == [False, True]
    assert states()[-3:] == [("wrap_up", False), ("wrap_up", False), ("break", True)]
    assert AgentState.objects.get(agent_id=AGENT, ended_at=None).reason == "short"


def test_the_customer_of_the_ended_call_stays_marked_until_its_outcome_is_noted(sign_in: SignIn, ready: AgentState) -> None:
    make_calls([ended()])
    client = sign_in(AGENT)
    assert 'hx-get="/desk/calls/c-1/card"' in client.get("/desk").content.decode()
    assert "Cuộc gọi đã kết thúc" in client.get("/desk/calls/c-1/card").content.decode()
    save(client)
    assert "/desk/calls/c-1/card" not in client.get("/desk").content.decode()


def test_each_agent_of_a_call_notes_the_own_part_and_the_fact_has_its_own_agents(sign_in: SignIn, ready: AgentState) -> None:
    """Without a word of the call's own agent the colleague's stands; the own one's replaces it."""
    told = replace(ended(), agents=(AGENT, OTHER))
    TelephonyJournal.objects.filter(kind="call_ended").update(payload=encode(told))
    make_calls([told])
    assert save(sign_in(OTHER), disposition="refused", callback_at="2026-11-05T09:00", note="B") == 302
    assert Call.objects.get(call_id="c-1").disposition == "refused"
    assert save(sign_in(AGENT), callback_at="2026-11-06T09:00", note="A") == 302
    assert Call.objects.get(call_id="c-1").disposition == "interested"
    assert sorted(CallOutcome.objects.values_list("agent_id", "disposition")) == [(AGENT, "interested"), (OTHER, "refused")]
    assert sorted(Callback.objects.values_list("agent_id", "note")) == [(AGENT, "A"), (OTHER, "B")]


def test_the_outcome_of_a_colleague_is_not_mine(sign_in: SignIn) -> None:
    make_calls([ended()])
    assert save(sign_in(OTHER)) == 404 and not CallOutcome.objects.exists()


def test_a_disposition_may_ask_when_to_call_again(sign_in: SignIn) -> None:
    make_calls([ended()])
    client = sign_in(AGENT)
    assert save(client, disposition="callback") == 422
    assert save(client, disposition="callback", callback_at="2026-11-03T11:59") == 422
    assert save(client, disposition="callback", callback_at="2026-11-03T15:30", note="gọi chị Hoa") == 302
    row = Callback.objects.get()
    assert (row.agent_id, row.number, row.note, row.due_at) == (AGENT, "+84912345610", "gọi chị Hoa", datetime(2026, 11, 3, 15, 30, tzinfo=clock.ZONE))
    assert "gọi chị Hoa" in client.get("/desk").content.decode() and "912345610" not in client.get("/desk").content.decode()
    assert save(client, disposition="refused") == 302 and not Callback.objects.exists()


def test_a_callback_reminds_once_and_can_be_dropped(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    make_calls([ended()])
    client = sign_in(AGENT)
    save(client, disposition="callback", callback_at="2026-11-03T15:30")
    assert remind_of_callbacks() == 0
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T15:31:00+07:00")
    assert [remind_of_callbacks(), remind_of_callbacks()] == [1, 0]
    assert Notification.objects.filter(user__agent_id=AGENT, kind="callback.due").count() == 1
    row = Callback.objects.get()
    assert sign_in(OTHER).post(f"/desk/callbacks/{row.pk}/drop").status_code == 404
    assert [client.post(f"/desk/callbacks/{row.pk}/drop").status_code for _ in range(2)] == [302, 404]


def test_a_leader_sets_the_own_team_only_and_it_is_noted(sign_in: SignIn, user: User) -> None:
    from chot.people.queries import team_of, working_on

    leader = User.objects.filter(role="leader").first()
    assert leader
    team = team_of(leader.agent_id)
    rows = working_on(clock.today()).exclude(agent_id=leader.agent_id)
    mine, theirs = rows.filter(team_id=team)[0].agent_id, rows.exclude(team_id=team)[0].agent_id
    client = sign_in(leader.username)
    statuses = [client.post("/desk/states", {"agent_id": each, "state": "training"}).status_code for each in (mine, theirs, leader.agent_id)]
    assert statuses == [302, 403, 403]
    row = AgentState.objects.get()
    assert (row.agent_id, row.state, row.set_by) == (mine, "training", leader)
    entry = AuditEntry.objects.get(action="agent.state_set")
    assert (entry.subject, entry.after) == (f"agent:{mine}", {"state": "training", "reason": ""})


def test_a_phone_that_is_gone_leaves_the_desk_at_that_moment(ready: AgentState) -> None:
    gone = clock.instant() - timedelta(minutes=5)
    TelephonyJournal.objects.create(node="n", kind="phone_changed", payload={"phone": AGENT, "online": False}, at=gone)
    assert [leave_desks(), leave_desks()] == [1, 0]
    last = AgentState.objects.get(agent_id=AGENT, ended_at=None)
    assert (last.state, last.started_at) == ("offline", gone)


def test_times_at_the_desk_become_the_workday(user: User) -> None:
    now = clock.instant()
    begin = max(now - timedelta(hours=2), datetime.combine(now.date(), datetime.min.time(), clock.ZONE))
    AgentState.objects.create(agent_id=AGENT, state="ready", started_at=begin, ended_at=begin + timedelta(seconds=40))
    AgentState.objects.create(agent_id=AGENT, state="break", reason="meal", started_at=begin + timedelta(seconds=40), ended_at=begin + timedelta(seconds=60))
    for state, first, last in (("training", 60, 75), ("wrap_up", 75, 80), ("meeting", 80, 87), ("missed", 87, 90), ("offline", 90, 95)):
        AgentState.objects.create(agent_id=AGENT, state=state, started_at=begin + timedelta(seconds=first), ended_at=begin + timedelta(seconds=last))
    if begin + timedelta(seconds=95) > now:
        pytest.skip("the first minutes of a day")
    assert [note_days(), note_days()] == [1, 0]
    row = Workday.objects.get(agent_id=AGENT, date=now.date())
    assert (row.worked_s, row.pause_s) == (90, 20 + 15 + 7), "in training and meetings nobody can be called: occupancy leaves them out"


def test_a_phone_is_given_for_one_sign_in_and_only_its_digest_is_kept(sign_in: SignIn) -> None:
    from chot.calls.models import AgentPhone, TelephonyNode
    from chot.core.messages import sip_digest

    now = clock.instant()
    TelephonyNode.objects.create(name="n", owner="o", lease_until=now + timedelta(minutes=1), renewed_at=now)
    TelephonyJournal.objects.create(node="n", kind="node_changed", payload={"node": "n", "state": "up", "http_port": 9876}, at=now)
    first, second = sign_in(AGENT), sign_in(AGENT)
    answers = [client.post("/desk/phone") for client in (first, first, second)]
    assert "no-store" in answers[0].headers["Cache-Control"]
    given = [answer.json() for answer in answers]
    assert given[0] == given[1] and given[0]["password"] != given[2]["password"] and given[0]["exchange"] == "ws://127.0.0.1:9876/ws"
    assert AgentPhone.objects.get().digest == sip_digest(AGENT, given[2]["password"])
    sent = TelephonyCommand.objects.filter(kind="set_phones").order_by("id")
    assert sent.count() == 2 and given[2]["password"] not in str(sent[1].payload)
    assert "connect-src 'self' ws://127.0.0.1:9876/ws;" in first.get("/desk").headers["Content-Security-Policy"]
    assert "9876" not in sign_in("manager").get("/").headers["Content-Security-Policy"]
    second.post("/sign-out")
    assert not AgentPhone.objects.exists() and TelephonyCommand.objects.filter(kind="set_phones").latest("id").payload == {"phones": []}


def test_a_disposition_of_a_queue_out_of_use_names_it(sign_in: SignIn) -> None:
    CallQueue.objects.create(name="old-sales", title="Bán hàng cũ", enabled=False)
    row = Disposition.objects.create(code="late", name="Gọi muộn", queue_id="old-sales")
    OutcomeField.objects.create(label="Kênh biết đến", queue_id="old-sales")
    client = sign_in("manager")
    page = client.get("/desk/settings").content.decode()
    assert page.count("Bán hàng cũ") == 2 and "old-sales" not in page
    form = client.get(f"/desk/settings/dispositions/{row.pk}").content.decode()
    assert '<option value="old-sales" selected>Bán hàng cũ</option>' in form


def test_dispositions_of_a_campaign_stand_in_the_place_of_the_general_ones(sign_in: SignIn) -> None:
    from chot.calls.queries_outcomes import dispositions_for

    client = sign_in("manager")
    Campaign.objects.create(code="spring", name="Mùa xuân")
    row = {"name": "Đặt lịch", "code": "booked", "campaign_id": "spring", "position": "1", "is_active": "on"}
    assert client.post("/desk/settings/dispositions/new", row).status_code == 302
    assert [each.code for each in dispositions_for("spring", "")] == ["booked"]
    assert "booked" not in [each.code for each in dispositions_for("", "")] and len(dispositions_for("", "")) == 9
    pk = Disposition.objects.get(code="booked").pk
    assert client.post(f"/desk/settings/dispositions/{pk}", {**row, "name": "Hẹn xem nhà", "code": "changed"}).status_code == 302
    assert Disposition.objects.get(pk=pk).code == "booked" and Disposition.objects.get(pk=pk).name == "Hẹn xem nhà"
    assert client.post("/desk/settings/fields/new", {"label": "Kênh", "kind": "choice", "choices": " ", "position": "1"}).status_code == 422


def test_the_desk_asks_as_often_for_three_rows_as_for_one(sign_in: SignIn, django_assert_max_num_queries: Callable) -> None:
    client = sign_in(AGENT)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/desk").status_code == 200
        return len(found)

    def add(number: int) -> None:
        make_calls([ended(f"c-{number}")])
        Callback.objects.create(agent_id=AGENT, number="+84912345610", due_at=clock.now(), made_at=clock.now(), customer_id="x")

    add(1)
    count()
    one = count()
    add(2)
    add(3)
    assert count() == one
