"""Notifications: told once, read once, seen by nobody else, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from chot.core import clock
from chot.core.errors import InternalError
from chot.people.actions_notifications import forget_old, mark_read, notify, notify_agents
from chot.people.models import Notification, User
from chot.people.queries_notifications import unread_count
from chot.performance import actions
from chot.performance.models import Acknowledgement

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


@pytest.fixture
def manager() -> User:
    Notification.objects.all().delete()
    return User.objects.get(username="manager")


def tell(user: User, number: int = 1) -> None:
    for _each in range(number):
        notify([user], "plan.sent", link="/announcements/7", title="Telesale quý 4", starts="2026-12-01")


def test_an_open_page_asks_for_the_bell(manager: User, sign_in: SignIn, django_assert_num_queries: Any) -> None:
    """Nothing while the number is the one shown, the bell itself when it has changed; one query beside who is signed in."""
    tell(manager, 2)
    client = sign_in("manager")
    with django_assert_num_queries(3):
        assert client.get("/notifications/bell", {"unread": "2"}).status_code == 204
    tell(manager)
    answer = client.get("/notifications/bell", {"unread": "2"}).content.decode()
    assert 'class="bell"' in answer and 'data-unread="3"' in answer and "3 chưa đọc" in answer


def test_the_bell_counts_what_is_unread_and_opening_reads_it(manager: User, sign_in: SignIn) -> None:
    tell(manager, 2)
    client = sign_in("manager")
    page = client.get("/notifications").content.decode()
    assert "2 chưa đọc" in page
    assert page.count("“Telesale quý 4” áp dụng cho bạn từ 01/12/2026") == 2
    first = Notification.objects.filter(user=manager)[0]
    answer = client.post(f"/notifications/{first.pk}")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/announcements/7")
    assert unread_count(manager) == 1 and "1 chưa đọc" in client.get("/goals").content.decode()
    client.post("/notifications/read")
    assert unread_count(manager) == 0 and "chưa đọc" not in client.get("/goals").content.decode()


def test_another_persons_notification_does_not_exist(manager: User, agent: str, sign_in: SignIn) -> None:
    tell(manager)
    told = Notification.objects.get()
    assert sign_in(agent).post(f"/notifications/{told.pk}").status_code == 404
    assert sign_in(agent).get(f"/notifications/{told.pk}").status_code == 405
    told.refresh_from_db()
    assert told.read_at is None
    assert "Telesale quý 4" not in sign_in(agent).get("/notifications").content.decode()


def test_each_reader_reads_the_own_language(manager: User, sign_in: SignIn) -> None:
    tell(manager)
    User.objects.filter(pk=manager.pk).update(language="en")
    assert "“Telesale quý 4” applies to you from 1 Dec 2026" in sign_in("manager").get("/notifications").content.decode()


def test_a_key_is_told_once(manager: User) -> None:
    for _again in range(3):
        notify([manager], "plan.sent", key="plan:7", title="A", starts="2026-12-01")
    assert Notification.objects.filter(user=manager).count() == 1
    notify([manager], "plan.sent", key="plan:8", title="A", starts="2026-12-01")
    assert Notification.objects.filter(user=manager).count() == 2


def test_who_may_not_sign_in_is_not_told(manager: User, agent: str) -> None:
    User.objects.filter(agent_id=agent).update(is_active=False)
    assert notify_agents([agent, "nobody", ""], "plan.sent", title="A", starts="2026-12-01") == 0
    assert not Notification.objects.exists()


@pytest.mark.parametrize("link", ["https://example.com/", "//example.com/", "announcements/7"])
def test_a_notification_leads_to_our_own_pages_only(manager: User, link: str) -> None:
    with pytest.raises(InternalError):
        notify([manager], "plan.sent", link=link, title="A", starts="2026-12-01")
    with pytest.raises(InternalError, match="no words"):
        notify([manager], "plan.unheard_of")


def test_a_question_and_its_answer_reach_each_other(manager: User, agent: str) -> None:
    given = Acknowledgement.objects.filter(agent_id=agent, plan__state="announced")[0]
    person = User.objects.get(agent_id=agent)
    notify_agents([agent], "plan.sent", link=actions.announcement_link(given.plan), title=given.plan.title, starts="2026-10-01")
    actions.acknowledge(given, by=person, question="Nghỉ phép thì sao?")
    assert unread_count(person) == 0
    told = Notification.objects.get(kind="plan.question", user=manager)
    assert told.link == f"/plans/{given.plan_id}/answers" and told.params == {"name": person.name, "title": given.plan.title}
    assert not Notification.objects.filter(kind="plan.question").exclude(user__role="manager").exists()
    actions.answer(given, "Chỉ tiêu giảm.", by=manager)
    assert Notification.objects.get(kind="plan.answer").user == person


def test_old_ones_are_forgotten_once_read(manager: User) -> None:
    tell(manager, 3)
    long_ago = clock.now() - timedelta(days=181)
    read, fresh, unread = Notification.objects.filter(user=manager)
    mark_read(manager, pk=read.pk)
    mark_read(manager, pk=fresh.pk)
    Notification.objects.filter(pk__in=[read.pk, unread.pk]).update(at=long_ago)
    Notification.objects.filter(pk=read.pk).update(read_at=long_ago)
    assert forget_old() == 1
    assert set(Notification.objects.all()) == {fresh, unread}


def test_same_queries_for_one_and_for_many(manager: User, sign_in: SignIn, django_assert_num_queries: Any) -> None:
    tell(manager)
    client = sign_in("manager")
    client.get("/notifications")
    with django_assert_num_queries(4) as asked:
        client.get("/notifications")
    tell(manager, 2)
    with django_assert_num_queries(len(asked)):
        client.get("/notifications")


def test_the_database_holds_one_per_key() -> None:
    """Two writers who both saw nothing: the constraint keeps one."""
    user = User.objects.get(username="manager")
    Notification.objects.bulk_create(
        [Notification(user=user, kind="plan.sent", key="same", at=clock.now()) for _each in range(2)], ignore_conflicts=True
    )
    assert Notification.objects.filter(user=user, key="same").count() == 1
