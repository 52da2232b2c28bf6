"""Customers for tests, each made the way the application makes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chot.customers.actions_customers import create
from chot.customers.models import Customer


@pytest.fixture
def customer(db: None) -> Callable[..., Customer]:
    """``customer("Nguyễn Văn An", phone="+84912345678")``."""

    def customer(name: str, **values: Any) -> Customer:
        given = values.pop("customer_id", "")
        return create({"name": name, **values}, by=None, address=None, customer_id=given)

    return customer
