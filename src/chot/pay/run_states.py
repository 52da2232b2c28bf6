"""A pay run on its way: taken under lock, moved from state to state with a trace in the audit trail, or refused in words."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from chot.core.errors import InputError, Problem
from chot.core.periods import parse
from chot.pay.models import PayRun
from chot.people.audit import record
from chot.people.models import User
from chot.performance.models import PlanVersion, Run

CHANGED = gettext_noop("The facts have changed since this run was prepared. Prepare it again.")


def refusal(what: str, fix: str = "") -> InputError:
    """A step that cannot be taken, and what to do instead."""
    return InputError(Problem(what=what.rstrip("."), fix=fix))


def subject(run: PayRun) -> str:
    """The run as the audit trail names it."""
    return f"pay_run:{run.pk}"


def link(run: PayRun) -> str:
    """The address of its page."""
    return reverse("pay:run", args=[run.pk])


def locked(**which: Any) -> PayRun:
    """The run, nobody else's until the transaction ends."""
    return PayRun.objects.select_for_update(of=("self",)).select_related("plan", "prepared_by", "closed_by").get(**which)


def moved(run: PayRun, state: PayRun.State, action: str, *, by: User | None, address: str | None = None, **after: Any) -> PayRun:
    """The run saved in its new state, and told of in the audit trail."""
    before = {"state": run.state}
    run.state = state
    run.save()
    record(action, subject(run), by=by, address=address, before=before, after={"state": str(state), **after})
    return run


def demand(run: PayRun, state: PayRun.State) -> None:
    """Raises ``InputError`` unless the run is in ``state``."""
    if run.state != state:
        raise refusal(
            _("The pay of this period is %(state)s, so this cannot be done") % {"state": run.get_state_display().lower()},
            _("Load the page again."),
        )


def demand_unchanged(run: PayRun) -> None:
    """Raises ``InputError`` when the period was computed on other facts since."""
    if not Run.objects.filter(plan=run.plan_id, period=run.period, run_id=run.run_id).exists():
        raise refusal(_(CHANGED))


def refuse_other_versions(saved: PlanVersion, period: str) -> None:
    """Two versions of a plan never pay one period."""
    other = PayRun.objects.filter(plan__plan_id=saved.plan_id, period=period).exclude(plan=saved).exclude(state=PayRun.State.DRAFT)
    if other.exists():
        raise refusal(_("Another version of this plan pays this period already"))


def refuse_before_earlier(run: PayRun) -> None:
    """Periods are closed in order, so that each settles what the earlier ones owe."""
    period, states = parse(run.period), dict[str, set[str]]()
    for each, state in PayRun.objects.filter(plan__plan_id=run.plan.plan_id).values_list("period", "state"):
        states.setdefault(each, set()).add(state)
    if any(PayRun.State.CLOSED not in found and parse(each).last < period.first for each, found in states.items()):
        raise refusal(_("An earlier period of this plan is not closed yet"), _("Close the earlier period first."))
