"""The pages: who hears what, parts of a recording, comments, the list, the way from a customer and from figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from chot.customers import timeline
from chot.customers.models import Customer
from chot.people.models import AuditEntry, User
from chot.people.queries import team_of
from chot.recordings import queries, storage
from chot.recordings.models import Comment, Recording

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
Kept = Callable[..., Recording]


@pytest.fixture
def leader() -> User:
    return User.objects.filter(role="leader", is_active=True).exclude(agent_id="").order_by("pk")[0]


def mates(leader: User, *, same: bool) -> User:
    """An agent of the leader's team, or of another."""
    team = team_of(leader.agent_id)
    return next(each for each in User.objects.filter(role="agent").order_by("pk") if (team_of(each.agent_id) == team) is same)


def test_who_hears_a_recording(kept: Kept, sign_in: SignIn, leader: User) -> None:
    own, other = mates(leader, same=True), mates(leader, same=False)
    kept("c1", agent=own.agent_id)
    rest = {role: User.objects.filter(role=role, is_active=True)[0] for role in ("manager", "quality", "auditor", "payroll", "admin")}
    people = {"own": own, "other": other, "leader": leader, **rest}
    may = {
        "": {"own", "leader", "manager", "quality", "auditor"}, "/sound": {"own", "leader", "manager", "quality", "auditor"},
        "/file": {"manager", "quality"},
    }  # fmt: skip
    for tail, who in may.items():
        found = {name: sign_in(user.username).get(f"/recordings/c1{tail}").status_code for name, user in people.items()}
        assert found == {name: 200 if name in who else 403 for name in people}, tail
    posts = {name: sign_in(user.username).post("/recordings/c1/comments", {"at_s": 1, "text": "x"}).status_code for name, user in people.items()}
    assert posts == {name: 302 if name in {"own", "leader", "manager", "quality"} else 403 for name in people}
    kinds = {name: sign_in(user.username).post("/recordings/c1/retention", {"retention": "held"}).status_code for name, user in people.items()}
    assert kinds == {name: 302 if name == "manager" else 403 for name in people}
    kept("c2", agent=own.agent_id, others=[other.agent_id])
    assert sign_in(other.username).get("/recordings/c2").status_code == 200, "who was asked or took over hears the whole"
    assert [row.call_id for row in queries.heard_by(other)] == ["c2"]
    assert [row.call_id for row in queries.filtered(queries.heard_by(leader), agent=other.agent_id, day="", outcome="")] == ["c2"]
    another = User.objects.filter(role="leader").exclude(pk=leader.pk).exclude(agent_id="").first()
    assert another is None or sign_in(another.username).get("/recordings/c1").status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [("bytes=0-", 206, 0, None), ("bytes=10-19", 206, 10, 19), ("bytes=-5", 206, -5, None), ("bytes=0-0", 206, 0, 0), ("chunks=1-2", 200, 0, None)],
)
def test_parts_of_a_recording(kept: Kept, sign_in: SignIn, asked: str, status: int, first: int, last: int | None) -> None:
    row = kept("c1", seconds=20.0)
    whole = storage.read(row, 0, row.size)
    answer = sign_in("manager").get("/recordings/c1/sound", headers={"range": asked})
    assert answer.status_code == status
    assert answer.content == whole[first : None if last is None else last + 1]
    assert (answer["Accept-Ranges"], answer["Content-Type"], answer["Cache-Control"]) == ("bytes", "audio/flac", "private, no-store")
    if status == 206:
        begin = first % row.size if first < 0 else first
        assert answer["Content-Range"] == f"bytes {begin}-{begin + len(answer.content) - 1}/{row.size}"


def test_a_part_across_chunks_and_one_past_the_end(kept: Kept, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chot.core.sealed_chunks.CHUNK", 1000)
    row = kept("c1")
    assert row.size > 3000
    whole, client = storage.read(row, 0, row.size), sign_in("manager")
    assert client.get("/recordings/c1/sound", headers={"range": "bytes=990-2010"}).content == whole[990:2011]
    past = client.get("/recordings/c1/sound", headers={"range": f"bytes={row.size}-"})
    assert (past.status_code, past["Content-Range"]) == (416, f"bytes */{row.size}")


def test_one_listen_is_one_entry(kept: Kept, sign_in: SignIn) -> None:
    kept("c1")
    client = sign_in("manager")
    client.get("/recordings/c1")
    heard = AuditEntry.objects.filter(action="recording.heard", subject="recording:c1")
    assert heard.count() == 0
    for start in (0, 100, 0):
        client.get("/recordings/c1/sound", headers={"range": f"bytes={start}-"})
    assert heard.count() == 1
    client.get("/recordings/c1/file")
    assert AuditEntry.objects.filter(action="recording.downloaded", subject="recording:c1").count() == 1


def test_a_comment_stands_at_its_second(kept: Kept, sign_in: SignIn) -> None:
    kept("c1")
    client = sign_in("quality")
    answer = client.post("/recordings/c1/comments", {"at_s": "2", "text": "Chào chưa đúng mẫu"})
    assert answer["Location"] == "/recordings/c1#t=2"
    client.post("/recordings/c1/comments", {"at_s": "99", "text": "hết"})
    assert list(Comment.objects.order_by("pk").values_list("at_s", "text")) == [(2, "Chào chưa đúng mẫu"), (3, "hết")]
    assert client.post("/recordings/c1/comments", {"at_s": "1", "text": " "}).status_code == 422
    page = client.get("/recordings/c1").content.decode()
    assert 'href="#t=2"' in page
    assert "Chào chưa đúng mẫu" in page


def test_the_list_narrows_and_asks_as_much_for_three(kept: Kept, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    kept("c1", agent="a02")
    client = sign_in("manager")
    client.get("/recordings")
    with django_assert_max_num_queries(100) as one:
        client.get("/recordings")
    kept("c2", agent="a02")
    kept("c3", agent="a03")
    with django_assert_max_num_queries(len(one)):
        page = client.get("/recordings")
    calls = lambda query: [row.call_id for row in client.get(f"/recordings?{query}").context["page"]]  # noqa: E731
    assert [row.call_id for row in page.context["page"]] == ["c3", "c2", "c1"]
    assert calls("agent=a03") == ["c3"]
    assert calls("day=2026-11-03&outcome=answered") == ["c3", "c2", "c1"]
    assert (calls("day=2026-11-02"), calls("outcome=busy"), calls("day=2026-99-99")) == ([], [], ["c3", "c2", "c1"])


def test_an_agent_lists_the_own_ones_only(kept: Kept, sign_in: SignIn) -> None:
    one, other = User.objects.filter(role="agent").order_by("pk")[:2]
    kept("c1", agent=one.agent_id)
    kept("c2", agent=other.agent_id)
    assert [row.call_id for row in sign_in(one.username).get("/recordings").context["page"]] == ["c1"]


def test_a_customers_calls_lead_to_their_recordings(kept: Kept) -> None:
    customer = Customer.objects.create(customer_id="K-17", name="Nguyễn Lan", phone="+84987654321")
    kept("c1", customer="K-17")
    events, _ = timeline.page(timeline.Subject(customer=customer, ids=["K-17"]))
    assert [(event.key, event.url) for event in events] == [("c1", "/recordings/c1")]
