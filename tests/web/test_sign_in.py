"""Signing in: lock-out, the second factor, sessions that can be ended from elsewhere, and where one lands."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from chot.people.models import AuditEntry, User, UserSession
from chot.web.demo import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]


def give(client: Client, username: str, password: str = PASSWORD, **more: str) -> object:
    """The answer to a name and a password."""
    return client.post("/sign-in", {"username": username, "password": password, **more})


def signed_in(client: Client) -> bool:
    """Whether the pages of signed-in people answer."""
    return client.get("/account").status_code == 200


def protect(username: str) -> tuple[TOTPDevice, pyotp.TOTP]:
    """A second factor for somebody, and the app that shows its codes."""
    device = TOTPDevice.objects.create(user=User.objects.get(username=username), name="totp", confirmed=True)
    return device, app_of(device)


def app_of(device: TOTPDevice) -> pyotp.TOTP:
    """The app with a device's secret."""
    return pyotp.TOTP(str(dict(part.split("=") for part in device.config_url.partition("?")[2].split("&"))["secret"]))


def another_code(app: pyotp.TOTP) -> str:
    """A code that the app does not show."""
    return f"{(int(app.now()) + 1) % 1_000_000:06d}"


def test_password_opens_a_session_under_a_new_key() -> None:
    """The key of the session before is worth nothing after, and the entry says who, never with what."""
    client = Client()
    client.get("/sign-in")
    answer = give(client, "Manager ")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(client)
    entry = AuditEntry.objects.first()
    assert entry and (entry.action, entry.subject, entry.address) == ("session.opened", "user:manager", "127.0.0.1")
    assert PASSWORD not in str([*AuditEntry.objects.values()])


def test_a_wrong_password_says_nothing_about_the_name() -> None:
    """Unknown name, wrong password and closed account read the same."""
    User.objects.filter(username="quality").update(is_active=False)
    pages = [give(Client(), name, password) for name, password in [("nobody", "x"), ("manager", "x"), ("quality", PASSWORD)]]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert len({tuple(page.context["form"].non_field_errors()) for page in pages}) == 1
    assert not Session.objects.exists()


def test_five_wrong_passwords_lock_this_name_from_here() -> None:
    """The right password is refused too, with the moment that it ends; other names and other places are let in."""
    client = Client()
    answers = [give(client, ["manager", "MANAGER", " manager"][number % 3], "wrong") for number in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    refused = give(client, "manager")
    assert refused.status_code == 429 and not signed_in(client)
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d", refused.content.decode()) and refused.headers["Retry-After"] == "900"
    assert AuditEntry.objects.filter(action="session.locked_out", subject="user:manager").count() == 1
    assert give(Client(), "payroll").status_code == 302
    assert Client(REMOTE_ADDR="10.0.0.9").post("/sign-in", {"username": "manager", "password": PASSWORD}).status_code == 302


def test_what_is_typed_for_an_unknown_name_is_not_kept_in_the_trail() -> None:
    """A password typed into the wrong field stays out of it."""
    for _number in range(6):
        give(Client(), "my-secret-word", "wrong")
    assert not AuditEntry.objects.filter(subject__contains="my-secret-word").exists()
    assert not AccessAttempt.objects.filter(post_data__contains="wrong").exists()


@pytest.mark.parametrize(
    "bad", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil.example", "\thttps://evil.example"]
)
def test_the_next_page_is_one_of_ours(bad: str) -> None:
    """A link that leads away after signing in leads home instead."""
    assert give(Client(), "manager", next=bad).headers["Location"] == "/"
    assert give(Client(), "manager", next="/people?q=an").headers["Location"] == "/people?q=an"


def test_anonymous_people_are_asked_to_sign_in_and_come_back() -> None:
    """With the page that they wanted."""
    answer = Client().get("/people?q=an")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in?next=/people%3Fq%3Dan")


def test_a_second_factor_is_asked_before_anything_else_answers() -> None:
    """The password alone signs nobody in; the code does, once; its second use is refused."""
    _device, app = protect("manager")
    client = Client()
    answer = give(client, "manager", next="/people")
    assert answer.headers["Location"] == "/sign-in/code?next=%2Fpeople"
    assert [client.get(page).status_code for page in ("/", "/people", "/account", "/sign-in/code")] == [302, 302, 302, 200]
    assert not AuditEntry.objects.filter(action="session.opened").exists()

    wrong = client.post("/sign-in/code", {"code": another_code(app)})
    assert wrong.status_code == 200 and not signed_in(client)
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    key, code = client.session.session_key, app.now()
    right = client.post("/sign-in/code", {"code": f"{code[:3]} {code[3:]}", "next": "/people"})
    assert right.headers["Location"] == "/people" and client.get("/people").status_code == 200
    assert client.session.session_key != key
    assert AuditEntry.objects.get(action="session.opened").after == {"device": "", "second_factor": True}

    other = Client()
    give(other, "manager")
    assert other.post("/sign-in/code", {"code": code}).status_code == 200 and not signed_in(other)


def test_a_wrong_code_makes_the_right_one_wait() -> None:
    """Guessing slows down by itself."""
    _device, app = protect("manager")
    client = Client()
    give(client, "manager")
    client.post("/sign-in/code", {"code": another_code(app)})
    client.post("/sign-in/code", {"code": app.now()})
    assert not signed_in(client) and TOTPDevice.objects.get().throttling_failure_count == 1


def test_the_code_page_wants_the_password_first() -> None:
    """Without it, and after five minutes, it sends back."""
    _device, app = protect("manager")
    assert Client().post("/sign-in/code", {"code": app.now()}).headers["Location"] == "/sign-in"


def test_five_minutes_for_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser left at the code page opens nothing later."""
    _device, app = protect("manager")
    client = Client()
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T09:00:00+07:00")
    give(client, "manager")
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T09:05:01+07:00")
    assert client.post("/sign-in/code", {"code": app.now()}).headers["Location"] == "/sign-in" and not signed_in(client)


def test_a_password_reset_while_the_code_is_asked_ends_the_attempt() -> None:
    """What was proven with the old password is void."""
    _device, app = protect("manager")
    client = Client()
    give(client, "manager")
    user = User.objects.get(username="manager")
    user.set_password("another-password-2026")
    user.save()
    assert client.post("/sign-in/code", {"code": app.now()}).headers["Location"] == "/sign-in"


def test_enrolling_asks_for_the_password_and_a_first_code(sign_in: SignIn) -> None:
    """Until the code is right the device does not count; then sessions that began without it end."""
    client, elsewhere = sign_in("payroll"), sign_in("payroll")
    assert client.post("/account/second-factor", {"password": "wrong"}).status_code == 422
    assert not TOTPDevice.objects.exists()
    client.post("/account/second-factor", {"password": PASSWORD})
    device = TOTPDevice.objects.get()
    page = client.get("/account").content.decode()
    assert not device.confirmed and 'src="data:image/svg+xml' in page
    app = app_of(device)
    assert app.secret in page.replace(" ", "")
    assert client.post("/account/second-factor/confirm", {"code": another_code(app)}).status_code == 422
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/account/second-factor/confirm", {"code": app.now()}).status_code == 302
    assert TOTPDevice.objects.get().confirmed and app.secret not in client.get("/account").content.decode().replace(" ", "")
    assert (signed_in(client), signed_in(elsewhere)) == (True, False)
    assert give(Client(), "payroll").headers["Location"] == "/sign-in/code"
    assert device.key not in str([*AuditEntry.objects.values()])


def test_removing_asks_for_the_password(sign_in: SignIn) -> None:
    """An unlocked desk does not take the protection off."""
    protect("payroll")
    client = sign_in("payroll")
    assert client.post("/account/second-factor/remove", {"password": "wrong"}).status_code == 422 and TOTPDevice.objects.exists()
    assert client.post("/account/second-factor/remove", {"password": PASSWORD}).status_code == 302 and not TOTPDevice.objects.exists()
    assert AuditEntry.objects.filter(action="second_factor.removed", subject="user:payroll").count() == 1


@pytest.mark.parametrize(("username", "told"), [("payroll", True), ("manager", True), ("admin", True), ("quality", False), ("auditor", False)])
def test_who_is_told_to_add_one(username: str, told: bool) -> None:
    """Those whose role opens much."""
    client = Client()
    give(client, username)
    assert ('href="/account#second-factor"' in client.get("/account").content.decode()) is told


def test_a_session_ended_from_elsewhere_is_signed_out() -> None:
    """The row goes, and with it the session; the one that asked stays."""
    here, there = Client(headers={"user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"}), Client()
    give(here, "quality")
    give(there, "quality")
    assert UserSession.objects.filter(user__username="quality").count() == 2
    assert "Firefox, Linux" in here.get("/account").content.decode()
    stolen = there.cookies["chot_session"].value
    assert here.post("/account/sessions/end").status_code == 302
    assert (signed_in(here), signed_in(there)) == (True, False)
    assert not Session.objects.filter(session_key=stolen).exists()
    assert UserSession.objects.filter(user__username="quality").count() == 1
    again = Client()
    again.cookies["chot_session"] = stolen
    assert not signed_in(again)


def test_nobody_ends_the_sessions_of_others(sign_in: SignIn) -> None:
    """"Everywhere else" is one's own."""
    other, own = sign_in("manager"), sign_in("quality")
    own.post("/account/sessions/end")
    assert signed_in(other)


def test_signing_out_ends_the_session_and_takes_a_post(sign_in: SignIn) -> None:
    """A link cannot sign anybody out."""
    client = sign_in("quality")
    assert client.get("/sign-out").status_code == 405 and signed_in(client)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert not signed_in(client) and not UserSession.objects.filter(user__username="quality").exists()


def test_last_use_is_kept_to_the_minute(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object) -> None:
    """One write a minute, however many pages."""
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T09:00:10+07:00")
    client = sign_in("quality")
    client.get("/account")
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T09:07:50+07:00")
    client.get("/account")
    seen = UserSession.objects.get(user__username="quality").seen_at
    assert seen.isoformat() == "2026-11-03T02:07:00+00:00"
    with django_assert_num_queries(3):  # type: ignore[operator]  # the session, the person, and what the bell says
        client.get("/audit")


def test_changing_the_password_asks_for_the_old_one_and_ends_other_sessions(sign_in: SignIn) -> None:
    """Rules hold, nothing is kept of it, and this browser stays signed in."""
    client, elsewhere = sign_in("quality"), sign_in("quality")
    new = "một mật khẩu thật dài"
    refused = [
        {"old": "wrong", "new": new, "again": new}, {"old": PASSWORD, "new": "short", "again": "short"},
        {"old": PASSWORD, "new": new, "again": new + "!"}, {"old": PASSWORD, "new": PASSWORD, "again": PASSWORD},
        {"old": PASSWORD, "new": "password123", "again": "password123"},
    ]  # fmt: skip
    assert [client.post("/account/password", each).status_code for each in refused] == [422] * 5
    assert User.objects.get(username="quality").check_password(PASSWORD)
    assert client.post("/account/password", {"old": PASSWORD, "new": new, "again": new}).status_code == 302
    assert (signed_in(client), signed_in(elsewhere)) == (True, False)
    assert UserSession.objects.filter(user__username="quality").count() == 1
    assert give(Client(), "quality", new).status_code == 302
    assert AuditEntry.objects.filter(action="password.changed").count() == 1 and new not in str([*AuditEntry.objects.values()])


def test_guessing_the_old_password_on_the_account_page_locks_too(sign_in: SignIn) -> None:
    """A browser left open is no place to try passwords."""
    client = sign_in("quality")
    answers = [client.post("/account/second-factor", {"password": "wrong"}).status_code for _number in range(5)]
    assert answers == [422, 422, 422, 422, 429]


def test_a_temporary_password_is_changed_before_anything_else(sign_in: SignIn) -> None:
    """Other pages lead to the account until it is."""
    User.objects.filter(username="quality").update(temporary_password=True)
    client = sign_in("quality")
    assert client.get("/").headers["Location"] == "/account"
    page = client.get("/account").content.decode()
    assert 'data-letter="' not in page and 'class="bell"' not in page  # nothing that leads, or asks, where nothing answers
    assert client.post("/account/sessions/end").headers["Location"] == "/account"
    client.post("/account/password", {"old": PASSWORD, "new": "another-password-2026", "again": "another-password-2026"})
    assert client.get("/").headers["Location"] != "/account" and 'class="bell"' in client.get("/account").content.decode()


def test_a_first_password_lapses(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens until the moment seven days after; then it says so, tells the trail, and a new one begins anew."""
    monkeypatch.setenv("CHOT_TODAY", "2026-11-03T12:00+07:00")
    admin = sign_in("admin")
    told = {"username": "q2", "name": "Lê Vân", "role": "quality", "is_active": "on"}
    password = admin.post("/people/accounts/new", told).context["password"]
    account = User.objects.get(username="q2")
    page = f"/people/accounts/{account.pk}"
    assert "10/11/2026 12:00" in admin.get(page).content.decode()

    monkeypatch.setenv("CHOT_TODAY", "2026-11-10T11:59+07:00")
    assert give(Client(), "q2", password).status_code == 302
    monkeypatch.setenv("CHOT_TODAY", "2026-11-10T12:00+07:00")
    sessions, late = Session.objects.count(), Client()
    refused = give(late, "q2", password)
    assert "10/11/2026 12:00" in refused.context["form"].non_field_errors()[0] and not signed_in(late)
    assert Session.objects.count() == sessions
    entry = AuditEntry.objects.filter(action="session.password_lapsed").get()
    assert (entry.subject, entry.user) == ("user:q2", None) and password not in str([*AuditEntry.objects.values()])
    assert "10/11/2026" not in give(Client(), "q2", "wrong").content.decode()  # only whoever has the password is told
    assert "hết hạn" in admin.get("/people/accounts").content.decode() and "Hãy cấp mật khẩu mới" in admin.get(page).content.decode()

    again = admin.post(f"{page}/password").context["password"]
    client = Client()
    assert give(client, "q2", password).status_code == 200 and give(client, "q2", again).status_code == 302
    client.post("/account/password", {"old": again, "new": "cau-phoi-nang-2026", "again": "cau-phoi-nang-2026"})
    monkeypatch.setenv("CHOT_TODAY", "2027-11-10")
    assert give(Client(), "q2", "cau-phoi-nang-2026").status_code == 302  # the own one lasts


def test_passwords_are_hashed_with_argon2() -> None:
    """As the settings say."""
    assert User.objects.get(username="manager").password.startswith("argon2$argon2id$")


def test_forms_need_their_token() -> None:
    """A page elsewhere signs nobody in or out."""
    client = Client(enforce_csrf_checks=True)
    assert give(client, "manager").status_code == 403 and not signed_in(client)
