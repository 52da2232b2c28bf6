"""Other systems are told once, in order, signed; over a real connection to a real receiver."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import Client as Browser

from chot.api import sending
from chot.api.actions_webhooks import WAITS, collect, deliver_due, make_webhook, send_again
from chot.api.events import EVENTS
from chot.api.models import Delivery, Webhook
from chot.api.scopes import KINDS
from chot.core import clock
from chot.people.audit import record
from chot.people.models import User
from tests.web.api.conftest import Call

pytestmark = pytest.mark.django_db


@dataclass
class Receiver:
    """Another system: it keeps what it was told and answers ``status``."""

    port: int = 0
    status: int = 200
    told: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=chot"


@pytest.fixture
def receiver(settings: object) -> Iterator[Receiver]:
    settings.WEBHOOKS_INSIDE = True  # type: ignore[attr-defined]
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.told.append((dict(self.headers), body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *values: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture
def webhook(receiver: Receiver, admin: User) -> Webhook:
    return make_webhook("Payroll", receiver.url, ["pay.closed"], by=admin, address=None)


BODIES: dict[str, tuple[str, dict[str, object]]] = {
    "orders": ("A1", {"agent_id": "a02", "ordered_at": "2026-11-02T09:30:00+07:00", "status": "confirmed", "amount_vnd": 450000}),
    "leads": ("L1", {"agent_id": "a02", "assigned_at": "2026-11-02T09:30:00+07:00"}),
    "tickets": ("T1", {"agent_id": "a02", "opened_at": "2026-11-02T09:30:00+07:00", "status": "open"}),
    "surveys": ("S1", {"agent_id": "a02", "kind": "csat", "score": 4, "answered_at": "2026-11-02T09:30:00+07:00"}),
    "exams": ("E1", {"agent_id": "a02", "taken_at": "2026-11-02T09:30:00+07:00", "score_bp": 9250}),
    "workdays": ("a02/2026-11-30", {"scheduled_s": 28800, "worked_s": 27000}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_every_kind_are_told(kind: str, receiver: Receiver, admin: User, call: Call) -> None:
    make_webhook("Ledger", receiver.url, [f"api.{kind}_written"], by=admin, address=None)
    place, body = BODIES[kind]
    assert call("put", f"/{kind}/{place}", body).status_code == 201
    assert (collect(), deliver_due()) == (1, 1)
    said = json.loads(receiver.told.pop()[1])
    assert (said["event"], said["after"]["created"], said["after"]["ids"]) == (f"api.{kind}_written", 1, [place])
    assert call("put", f"/{kind}/{place}", body).json()["result"] == "unchanged"
    assert collect() == 0


def test_every_kind_that_the_api_takes_can_be_chosen() -> None:
    assert {f"api.{kind}_written" for kind in KINDS} == {name for name in EVENTS if name.startswith("api.")}


def test_an_event_is_told_once_and_signed(webhook: Webhook, receiver: Receiver) -> None:
    record("pay.closed", "pay:telesale:2026-10", by=None, after={"total_vnd": 1})
    record("pay.prepared", "pay:telesale:2026-10", by=None)
    assert (collect(), collect(), deliver_due(), deliver_due()) == (1, 0, 1, 0)
    headers, body = receiver.told.pop()
    assert receiver.told == []
    said = json.loads(body)
    assert (said["event"], said["subject"], said["after"]) == ("pay.closed", "pay:telesale:2026-10", {"total_vnd": 1})
    stamp = headers["Chot-Signature"].partition(",")[0].removeprefix("t=")
    wanted = hmac.new(webhook.secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["Chot-Signature"] == f"t={stamp},v1={wanted}"
    assert Delivery.objects.get().state == "taken"


def test_what_happened_before_the_webhook_was_made_is_not_told(receiver: Receiver, admin: User) -> None:
    record("pay.closed", "pay:old", by=None)
    make_webhook("Late", receiver.url, ["pay.closed"], by=admin, address=None)
    assert (collect(), deliver_due(), receiver.told) == (0, 0, [])


def test_a_failed_message_waits_longer_each_time_and_is_given_up_in_the_end(webhook: Webhook, receiver: Receiver, admin: User) -> None:
    receiver.status = 500
    record("pay.closed", "pay:x", by=None)
    collect()
    for attempt, wait in enumerate(WAITS, start=1):
        assert deliver_due() == 0
        delivery = Delivery.objects.get()
        assert (delivery.attempts, delivery.status, delivery.state) == (attempt, 500, "waiting")
        assert delivery.next_at and timedelta() < delivery.next_at - clock.now() <= wait
        assert deliver_due() == 0 and Delivery.objects.get().attempts == attempt  # not due yet
        Delivery.objects.update(next_at=clock.now())
    deliver_due()
    assert Delivery.objects.get().state == "given_up"
    receiver.status = 204
    send_again(Delivery.objects.get(), by=admin, address=None)
    assert deliver_due() == 1
    assert len(receiver.told) == len(WAITS) + 2


def test_a_switched_off_webhook_is_told_nothing_of_the_time_it_was_off(webhook: Webhook, receiver: Receiver, sign_in: Callable[[str], Browser]) -> None:
    browser, form = sign_in("admin"), {"url": receiver.url, "events": ["pay.closed"]}
    browser.post(f"/settings/webhooks/{webhook.pk}", form)
    record("pay.closed", "pay:while-off", by=None)
    assert collect() == 0
    browser.post(f"/settings/webhooks/{webhook.pk}", {**form, "is_active": "on"})
    record("pay.closed", "pay:on-again", by=None)
    assert (collect(), deliver_due()) == (1, 1)
    assert json.loads(receiver.told[0][1])["subject"] == "pay:on-again"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.7/", "ftp://x/", "https://u:p@example.vn/"])
def test_nothing_is_told_inside_the_network_unless_allowed(settings: object, url: str) -> None:
    settings.WEBHOOKS_INSIDE = False  # type: ignore[attr-defined]
    with pytest.raises(sending.Undelivered):
        sending.post(url, b"{}", {})


def test_the_page_shows_what_became_of_a_message(webhook: Webhook, receiver: Receiver, sign_in: Callable[[str], Browser]) -> None:
    browser = sign_in("admin")
    browser.post(f"/settings/webhooks/{webhook.pk}/test")
    assert deliver_due() == 1
    page = browser.get(f"/settings/webhooks/{webhook.pk}").content.decode()
    assert "webhook.test" in page and webhook.secret not in page
