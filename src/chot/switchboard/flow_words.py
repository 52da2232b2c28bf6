"""Flows in words: what steps are called, and what is wrong with them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.flow_problems import Problem

KINDS: dict[str, Any] = {
    "say": _("Say or play"), "menu": _("Menu of keys"), "ask": _("Ask for digits"), "branch": _("Branch"), "record": _("Take a message"),
    "transfer": _("Connect with somebody"), "queue": pgettext_lazy("step", "Queue"), "callback": _("Offer to call back"),
    "flow": _("Go on with another flow"), "hangup": _("Hang up"),
}  # fmt: skip
TESTS: dict[str, Any] = {
    "hours": _("it is within opening hours"), "holiday": _("it is a closed day"), "known": _("the caller is a customer of ours"),
    "variable": _("what was entered is"),
}  # fmt: skip
_PROBLEMS: dict[str, Any] = {
    "empty": _("The flow has no steps yet."), "too_many": _("A flow has at most %(value)s steps."),
    "twice": _("There are two steps of this name."), "unreachable": _("Nothing leads to this step."),
    "circle": _("Branches lead back to themselves: the caller would hear nothing for ever."),
    "name": _("A step needs a name of up to 40 letters, without a slash."), "kind": _("There is no building block “%(value)s”."),
    "no_step": _("There is no step “%(value)s”."), "no_prompt": _("There is no prompt “%(value)s”."),
    "nothing_said": _("Write what is said, or choose a prompt."), "no_keys": _("A menu needs a key that leads somewhere."),
    "key": _("A key is a digit, * or #."), "no_variable": _("What is entered needs a name."),
    "digits": _("Between 1 and 30 digits can be asked for."),
    "agent_or_number": _("Choose an agent or write a number, one of the two."), "no_queue": _("Choose a queue."),
    "no_flow": _("Choose a flow."),
    "no_test": _("Choose what decides."), "no_hours": _("Choose opening hours."), "no_otherwise": _("Say where calls go otherwise."),
}  # fmt: skip


def in_words(problem: Problem) -> dict[str, str]:
    """A problem as the page shows it."""
    return {"step": problem.step, "field": problem.field, "text": str(_PROBLEMS[problem.code]) % {"value": problem.value}}
