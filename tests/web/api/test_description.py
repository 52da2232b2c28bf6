"""The API keeps every promise of its own description, whatever it is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def description(db: None) -> Iterator[Any]:
    """The description as it is served; the test's own connection stays open between requests."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    yield schema
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def test_every_answer_is_as_described(description: Any, token: Callable[..., str]) -> None:
    """Every operation, with valid and invalid requests of every kind that its description allows."""
    asked, headers = 0, {"Authorization": f"Bearer {token()}"}
    for each in description.get_all_operations():
        operation = each.ok()

        @given(case=operation.as_strategy())
        @settings(max_examples=12, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), derandomize=True, database=None)
        def ask(case: Any) -> None:
            nonlocal asked
            asked += 1
            # rows have rules that no schema says, such as the order of times
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        ask()
    assert asked >= 12 * 18
