"""The call with a customer that somebody has, or had just now: an app that knows calls says so with ``register``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from chot.customers.models import Customer
from chot.customers.queries import ids_of


@dataclass(frozen=True)
class CurrentCall:
    """A call from which an order may come."""

    call_id: str
    started_at: datetime


Ask = Callable[[str, Sequence[str]], CurrentCall | None]
_ASK: list[Ask] = []


def register(ask: Ask) -> None:
    """``ask(agent_id, ids)``: the agent's call with the customer of these ids; None when there is none."""
    _ASK.append(ask)


def call_with(agent_id: str, customer: Customer) -> CurrentCall | None:
    """The agent's call with a customer."""
    return next((found for ask in _ASK if agent_id and (found := ask(agent_id, ids_of(customer)))), None)
