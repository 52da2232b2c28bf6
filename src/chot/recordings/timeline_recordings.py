"""Calls in a customer's course, each with the way to its recording."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.urls import reverse

from chot.calls import timeline_calls
from chot.customers.timeline import Event, Subject
from chot.recordings.queries import recorded


def calls(subject: Subject, upto: datetime | None, most: int) -> Iterable[Event]:
    """The calls as ``chot.calls`` tells them, with links."""
    found = list(timeline_calls.calls(subject, upto, most))
    heard = recorded([event.key for event in found])
    return [replace(event, url=reverse("recordings:recording", args=[event.key])) if event.key in heard else event for event in found]
