"""Long lists come in pages, whose rows cost no questions: one row and three rows ask equally often."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db
LISTS = [
    ("manager", "/team", "chot.performance.views.ROWS_OF_ALL"), ("manager", "/reports?span=month&by=agent", "chot.performance.views_reports.ROWS"),
    ("admin", "/people/accounts", "chot.people.views_accounts.ROWS"), ("admin", "/people", "chot.people.views_people.ROWS"),
]  # fmt: skip


def _people(answer: str) -> list[str]:
    """The agents whom the rows of lists name."""
    return re.findall(r"<tr>\s*(?:<td class=.n dim.>[^<]*</td>\s*)?<td[^>]*><a href=\"([^\"]*)\"", answer)


@pytest.mark.parametrize(("who", "address", "rows"), LISTS)
def test_a_page_of_three_rows_asks_as_often_as_one_of_one(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, who: str, address: str, rows: str
) -> None:
    client, counts, shown = sign_in(who), [], []
    client.get(address)
    for size in (1, 3):
        monkeypatch.setattr(rows, size)
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address).content.decode()
        shown.append(len(_people(answer)))
        counts.append(len(asked))
    assert shown[0] < shown[1]
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("who", "address", "rows"), LISTS)
def test_pages_hold_every_row_once(
    sign_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch, who: str, address: str, rows: str
) -> None:
    client = sign_in(who)
    whole = client.get(address)
    longest = max(len(_people(part)) for part in whole.content.decode().split("<tbody>"))
    monkeypatch.setattr(rows, longest - 1)
    first = client.get(address).content.decode()
    following = re.findall(r'href="([^"]*page=2)"', first)
    assert following
    second = client.get(address.partition("?")[0] + following[0].replace("&amp;", "&")).content.decode()
    everyone = _people(whole.content.decode())
    assert longest > 1
    assert len(_people(first)) < len(everyone)
    assert set(_people(first)) | set(_people(second)) == set(everyone)
