"""What holds for every page: its headers, its language, health and metrics."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def test_the_policy_allows_nothing_from_elsewhere_and_no_inline_script(client: Client) -> None:
    policy = client.get("/sign-in").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in script and "http" not in script


def test_no_page_has_inline_script_or_handlers(sign_in: SignIn) -> None:
    page = sign_in("manager").get("/team", follow=True).content.decode()
    assert "<script>" not in page and " onclick=" not in page and "<style" not in page


@pytest.mark.parametrize(("language", "word"), [("vi", "Đăng xuất"), ("en", "Sign out")])
def test_the_language_of_the_account_is_the_language_of_the_page(sign_in: SignIn, language: str, word: str) -> None:
    client = sign_in("manager")
    answer = client.post("/language", {"language": language, "next": "/goals"}, follow=True)
    assert answer.redirect_chain[0] == ("/goals", 302)
    assert word in answer.content.decode() and f'<html lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("elsewhere", ["https://example.com/", "//example.com", "javascript:alert(1)"])
def test_the_language_form_never_leads_elsewhere(client: Client, elsewhere: str) -> None:
    assert client.post("/language", {"language": "en", "next": elsewhere}).headers["Location"] == "/"


def test_health_asks_the_database(client: Client) -> None:
    assert client.get("/health").json() == {"status": "ok"}


def test_metrics_are_for_this_machine(client: Client) -> None:
    assert b"python_info" in client.get("/metrics").content
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 404


def test_a_page_that_is_not_there_says_so_in_the_readers_language(sign_in: SignIn) -> None:
    answer = sign_in("manager").get("/no-such-page")
    assert answer.status_code == 404 and "Không có trang này" in answer.content.decode()
