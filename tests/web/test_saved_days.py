"""Days under a name: rules that move with today, fixed days, the pay period; one's own only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from chot.performance.models_reports import SavedDays
from chot.performance.report_filter import days_saved, span_days

SignIn = Callable[[str], Client]
KEEP = "/reports/days"


def _days(client: Client, url: str, **query: str) -> tuple[date, date, str]:
    asked = client.get(url, query).context["asked"]
    return asked.first, asked.last, asked.span


@pytest.mark.parametrize("url", ["/reports", "/reports/patterns"])
@pytest.mark.parametrize(
    ("given", "first", "last"),
    [
        ({"rule": "days", "days": "14"}, date(2026, 10, 21), date(2026, 11, 3)),
        ({"rule": "last_month"}, date(2026, 10, 1), date(2026, 10, 31)),
        ({"rule": "", "first": "2026-09-05", "last": "2026-09-07"}, date(2026, 9, 5), date(2026, 9, 7)),
    ],
)
def test_saved_days_are_found_again(sign_in: SignIn, url: str, given: dict[str, str], first: date, last: date) -> None:
    """Saved, listed, chosen: the report and the heat map cover them."""
    client = sign_in("manager")
    assert client.post(KEEP, {"name": "Của tôi", "next": url, **given}).headers["Location"] == url
    saved = SavedDays.objects.get(user__username="manager")
    assert f'value="own-{saved.pk}"' in client.get(url).content.decode()
    assert _days(client, url, span=f"own-{saved.pk}") == (first, last, f"own-{saved.pk}")


def test_rules_move_and_fixed_days_stay(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week later the rule covers other days, fixed days the same."""
    client = sign_in("manager")
    client.post(KEEP, {"name": "a", "rule": "days", "days": "7"})
    client.post(KEEP, {"name": "b", "rule": "", "first": "2026-09-05", "last": "2026-09-07"})
    monkeypatch.setenv("CHOT_TODAY", "2026-11-10")
    moving, fixed = SavedDays.objects.order_by("name")
    assert days_saved(moving) == (date(2026, 11, 4), date(2026, 11, 10))
    assert days_saved(fixed) == (date(2026, 9, 5), date(2026, 9, 7))


def test_same_name_replaces_and_delete_forgets(sign_in: SignIn) -> None:
    """One entry per name; another person's is neither used nor deleted."""
    client, other = sign_in("manager"), sign_in("payroll")
    client.post(KEEP, {"name": "a", "rule": "days", "days": "7"})
    client.post(KEEP, {"name": "a", "rule": "days", "days": "9"})
    saved = SavedDays.objects.get()
    assert saved.days == 9
    own = f"own-{saved.pk}"
    assert _days(other, "/reports", span=own)[2] == "month"
    assert _days(other, "/reports", span=own, first="2026-10-05", last="2026-10-06") == (date(2026, 10, 5), date(2026, 10, 6), "")
    other.post(f"{KEEP}/{saved.pk}/drop")
    assert SavedDays.objects.count() == 1
    client.post(f"{KEEP}/{saved.pk}/drop")
    assert SavedDays.objects.count() == 0


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "rule": "days", "days": "7"}, {"name": "a", "rule": "days", "days": "0"}, {"name": "a", "rule": "days", "days": "367"},
        {"name": "a", "rule": "nix"}, {"name": "a", "rule": "", "first": "2026-10-02", "last": "2026-10-01"}, {"name": "a", "rule": "", "first": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(sign_in: SignIn, given: dict[str, Any]) -> None:
    """Nothing is written, and the page says what is needed."""
    answer = sign_in("manager").post(KEEP, {**given, "next": "/reports"}, follow=True)
    assert not SavedDays.objects.exists() and "Chưa lưu gì" in answer.content.decode()


def test_thirty_are_enough(sign_in: SignIn) -> None:
    """The thirty-first name is refused, an old one can still be changed."""
    client = sign_in("manager")
    for number in range(31):
        client.post(KEEP, {"name": str(number), "rule": "days", "days": "7"})
    assert SavedDays.objects.count() == 30
    client.post(KEEP, {"name": "0", "rule": "days", "days": "8"})
    assert SavedDays.objects.get(name="0").days == 8


def test_pay_period_is_the_running_one_else_the_latest(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """In November the latest computed period is October; in the middle of October it is October until today."""
    assert _days(sign_in("manager"), "/reports", span="pay") == (date(2026, 10, 1), date(2026, 10, 31), "pay")
    monkeypatch.setenv("CHOT_TODAY", "2026-10-14")
    assert span_days("pay") == (date(2026, 10, 1), date(2026, 10, 14))
