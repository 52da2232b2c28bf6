"""Statements written for everyone at once are those that each would open alone."""

from __future__ import annotations

import pytest

from chot.performance import actions
from chot.performance.models import Run, Statement

pytestmark = pytest.mark.django_db


def test_everyones_statements_are_those_that_each_opens_alone() -> None:
    """A run of customer care of the demo company, whose tickets look for calls of their customers."""
    runs = Run.objects.filter(plan__text__contains="first_contact_resolution")
    assert runs, sorted(Run.objects.values_list("plan__plan_id", "period"))
    run = runs.latest("period")
    agents = sorted(run.results.values_list("agent_id", flat=True))
    Statement.objects.filter(run_id=run.run_id).delete()
    assert actions.explain_everyone(run) == len(agents) > 1
    everyone = {each.agent_id: each.document for each in Statement.objects.filter(run_id=run.run_id)}
    Statement.objects.filter(run_id=run.run_id).delete()
    assert everyone == {agent: actions.statement(run, agent).document for agent in agents}
    assert any("first_contact_resolution" in str(each) for each in everyone.values())
