"""Writes: telling other systems. The audit trail is the outbox: an event is told exactly when its write was committed.

Each message carries ``Chot-Signature: t=SECONDS,v1=HEX`` where HEX is HMAC-SHA256 of ``SECONDS.BODY`` under the webhook's secret,
``Chot-Event`` and ``Chot-Delivery`` (the same for every attempt, so that a receiver can drop repeats).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from chot.api.models import Delivery, Webhook
from chot.api.sending import Undelivered, post
from chot.core import clock
from chot.people.audit import record
from chot.people.models import AuditEntry, User

WAITS = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600))
"""How long to wait after each failed attempt; after the last the delivery is given up."""

_BATCH = 200
_LEASE = timedelta(minutes=2)


@transaction.atomic
def make_webhook(name: str, url: str, events: list[str], *, by: User, address: str | None) -> Webhook:
    """An address to be told from now on; its secret is shown once."""
    last = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    made = Webhook.objects.create(
        name=name, url=url, events=sorted(events), secret=f"whsec_{secrets.token_urlsafe(32)}", after_entry=last, created_by=by,
        created_at=clock.now(),
    )  # fmt: skip
    record("webhook.made", f"webhook:{made.pk}", by=by, address=address, after=_told(made))
    return made


@transaction.atomic
def change_webhook(webhook: Webhook, url: str, events: list[str], *, is_active: bool, by: User, address: str | None) -> None:
    """Another address, other events, or none for now; what happens while it is off is not told later."""
    webhook = Webhook.objects.select_for_update().get(pk=webhook.pk)
    before = _told(webhook)
    if is_active and not webhook.is_active:
        webhook.after_entry = AuditEntry.objects.aggregate(last=Max("pk"))["last"] or 0
    webhook.url, webhook.events, webhook.is_active = url, sorted(events), is_active
    if _told(webhook) != before:
        webhook.save(update_fields=["url", "events", "is_active", "after_entry"])
        record("webhook.changed", f"webhook:{webhook.pk}", by=by, address=address, before=before, after=_told(webhook))


def _told(webhook: Webhook) -> dict[str, object]:
    return {"name": webhook.name, "url": webhook.url, "events": webhook.events, "is_active": webhook.is_active}


@transaction.atomic
def test_webhook(webhook: Webhook, *, by: User, address: str | None) -> Delivery:
    """Send one message now-ish, to see whether it arrives."""
    entry = record("webhook.test", f"webhook:{webhook.pk}", by=by, address=address, after={"hello": "Chốt"})
    return Delivery.objects.create(webhook=webhook, entry=entry, event="webhook.test", next_at=clock.now(), at=clock.now())


@transaction.atomic
def send_again(delivery: Delivery, *, by: User, address: str | None) -> None:
    """Try a delivery that was given up once more."""
    if Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.GIVEN_UP).update(
        state=Delivery.State.WAITING, attempts=0, next_at=clock.now()
    ):
        record("webhook.sent_again", f"webhook:{delivery.webhook_id}", by=by, address=address, after={"delivery": delivery.pk})


def collect() -> int:
    """Turn new entries of the audit trail into deliveries; how many. The trail has one writer at a time: its order is that of its ids."""
    made = 0
    for pk in Webhook.objects.filter(is_active=True).values_list("pk", flat=True):
        with transaction.atomic():
            webhook = Webhook.objects.select_for_update().get(pk=pk)
            new = list(AuditEntry.objects.filter(pk__gt=webhook.after_entry).order_by("pk").only("pk", "action")[:_BATCH])
            wanted = [entry for entry in new if entry.action in webhook.events]
            now = clock.now()
            Delivery.objects.bulk_create(
                [Delivery(webhook=webhook, entry=entry, event=entry.action, next_at=now, at=now) for entry in wanted], ignore_conflicts=True
            )
            if new:
                webhook.after_entry = new[-1].pk
                webhook.save(update_fields=["after_entry"])
            made += len(wanted)
    return made


def deliver_due() -> int:
    """Send what is due; how many were taken. Two workers at once share the work: each takes a delivery by moving its next attempt."""
    taken = 0
    due = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=clock.now()).order_by("next_at")
    for pk in list(due.values_list("pk", flat=True)[:_BATCH]):
        now = clock.now()
        mine = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING, next_at__lte=now)
        if mine.update(next_at=now + _LEASE):
            taken += _deliver(Delivery.objects.select_related("webhook", "entry").get(pk=pk))
    return taken


def _deliver(delivery: Delivery) -> bool:
    body = message(delivery)
    stamp = int(clock.now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8", "User-Agent": "Chot-Webhooks/1", "Chot-Event": delivery.event,
        "Chot-Delivery": str(delivery.pk), "Chot-Signature": f"t={stamp},v1={signature(delivery.webhook.secret, stamp, body)}",
    }  # fmt: skip
    delivery.attempts += 1
    try:
        delivery.status = post(delivery.webhook.url, body, headers)
        delivery.problem = ""
    except Undelivered as error:
        delivery.status, delivery.problem = None, str(error)[:200]
    done = delivery.status is not None and 200 <= delivery.status < 300
    if done:
        delivery.state, delivery.next_at = Delivery.State.TAKEN, None
    elif delivery.attempts > len(WAITS):
        delivery.state, delivery.next_at = Delivery.State.GIVEN_UP, None
    else:
        delivery.next_at = clock.now() + WAITS[delivery.attempts - 1]
    delivery.save(update_fields=["state", "attempts", "next_at", "status", "problem"])
    return done


def message(delivery: Delivery) -> bytes:
    """The body: the event, when, about what, and what it changed."""
    entry = delivery.entry
    content = {
        "id": delivery.pk, "event": delivery.event, "at": entry.at.isoformat(), "subject": entry.subject, "before": entry.before,
        "after": entry.after,
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False).encode()


def signature(secret: str, stamp: int, body: bytes) -> str:
    """HMAC-SHA256 of ``SECONDS.BODY``, in hexadecimal."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
