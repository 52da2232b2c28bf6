"""No page asks the database the same question for each of its rows: every page that links lead to, of every role, new pages too.

A question is an SQL text without its values. Three times is allowed: two lists on one page may share a question with the frame.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from chot.core import clock
from chot.people.models import AuditEntry, Leave, Notification, User
from chot.performance.models import Goal
from tests.e2e.walking import kind_of

pytestmark = pytest.mark.django_db
AT_MOST = 3
MOST_QUERIES = 40
ALSO = ("/people/hand-over/a02",)  # pages that links lead to only at times; who may not see one passes it by
_VALUES = re.compile(r"'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b|ARRAY\[[^\]]*\]|\((?:\s*%s\s*,?)+\)|\"_[a-z0-9_]+\"|\bs\d+_x\d+\b")
_LISTS = re.compile(r"\(\?(?:, \?)+\)")


def shape(sql: str) -> str:
    """The question without its values.

    >>> shape("SELECT 1 FROM a WHERE b IN ('x', 'it''s') AND c = 4") == shape("SELECT 1 FROM a WHERE b IN ('z') AND c = 5")
    True
    """
    return _LISTS.sub("(?)", _VALUES.sub("?", sql))


def walk(client: Client, *, at_most: int = 80) -> Iterator[tuple[str, CaptureQueriesContext]]:
    """One page of each kind that links lead to, with its queries."""
    waiting, known = ["/", *ALSO], {"web:home", *map(kind_of, ALSO)}
    while waiting and at_most:
        address, at_most = waiting.pop(0), at_most - 1
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address, follow=True)
        if answer.status_code != 200 or isinstance(answer, StreamingHttpResponse) or not answer.headers["Content-Type"].startswith("text/html"):
            continue
        yield address, asked
        for found in re.findall(r'<a[^>]*href="(/[^"#]*|\?[^"#]*)"', answer.content.decode()):
            link = found.replace("&amp;", "&")
            path = address.partition("?")[0] + link if link.startswith("?") else link
            kind = kind_of(path)
            if kind and kind not in known:
                known.add(kind)
                waiting.append(path)


@pytest.fixture
def _more_rows(db: None) -> None:
    """Lists of which the demo company has few get rows enough to show a question for each."""
    people = list(User.objects.all())
    Goal.objects.bulk_create([Goal(slug=f"goal-{each}", title=f"Mục tiêu {each}", metric="csat", target="4", owner=people[each], rank=each) for each in range(9)])
    agents = [user for user in people if user.agent_id]
    Leave.objects.bulk_create([
        Leave(agent_id=each.agent_id, first_day=f"2026-11-{day:02}", last_day=f"2026-11-{day:02}", kind="annual", state=state, asked_by=each, asked_at=clock.now())
        for each in agents for day, state in ((9, "asked"), (16, "approved"))
    ])  # fmt: skip
    assert AuditEntry.objects.count() > AT_MOST and Notification.objects.count() > AT_MOST


@pytest.mark.usefixtures("_more_rows")
@pytest.mark.parametrize("role", ["agent", "leader", "manager", "payroll", "quality", "admin", "auditor"])
def test_every_page_asks_once(sign_in: Callable[[str], Client], role: str) -> None:
    user = User.objects.filter(role=role, is_active=True).order_by("pk").first()
    assert user
    repeated, opened = {}, 0
    for address, asked in walk(sign_in(user.username)):
        opened += 1
        questions = Counter(shape(each["sql"]) for each in asked.captured_queries if not each["sql"].startswith(("SAVEPOINT", "RELEASE")))
        often = {f"{times} times: {question[:300]}" for question, times in questions.items() if times > AT_MOST}
        if often or len(asked) > MOST_QUERIES:
            repeated[address] = (len(asked), sorted(often))
    assert opened > 3
    assert not repeated, "\n".join(f"{address} {count} {each}" for address, (count, often) in repeated.items() for each in often or [""])


def test_a_question_for_each_row_is_found(sign_in: Callable[[str], Client]) -> None:
    """The check can fail."""
    with CaptureQueriesContext(connection) as asked:
        for user in User.objects.all()[:5]:
            User.objects.filter(pk=user.pk).exists()
    assert max(Counter(shape(each["sql"]) for each in asked.captured_queries).values()) == 5
