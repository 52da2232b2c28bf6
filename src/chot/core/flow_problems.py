"""What is wrong with a flow, before anybody calls: each as a code with the step, the field and a value, in the flow's order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chot.core.flows import KINDS, TESTS, Flow, Routing, Step

_KEYS = "0123456789*#"
_MOST_STEPS = 100


@dataclass(frozen=True, kw_only=True)
class Problem:
    """``code`` says what; ``value`` what it is about."""

    step: str
    field: str
    code: str
    value: str = ""


def problems(flow: Flow, routing: Routing) -> list[Problem]:
    """Everything that is wrong; ``routing`` is what the flow may refer to."""
    if not flow.steps:
        return [Problem(step="", field="steps", code="empty")]
    if len(flow.steps) > _MOST_STEPS:
        return [Problem(step="", field="steps", code="too_many", value=str(_MOST_STEPS))]
    names = [step.name for step in flow.steps]
    found = [Problem(step=name, field="name", code="twice") for name in dict.fromkeys(names) if names.count(name) > 1]
    for step in flow.steps:
        found += _of_step(flow, step, set(names), routing)
    reached = _reached(flow)
    found += [Problem(step=name, field="name", code="unreachable") for name in dict.fromkeys(names) if name not in reached]
    if _in_circles(flow):
        found.append(Problem(step=flow.steps[0].name, field="name", code="circle"))
    return found


def leads(flow: Flow, step: Step) -> list[tuple[str, str]]:
    """Where a step can lead to: what for (``next``, ``otherwise``, ``key 1``) and the step; nothing where the call leaves the flow."""
    ways = [(f"key {key.press}", key.to) for key in step.keys] if step.kind == "menu" else []
    if step.kind in ("say", "ask", "branch", "record", "callback", "transfer") and (after := flow.after(step)):
        ways.append(("otherwise" if step.kind == "transfer" and not step.otherwise else "next", after))
    if step.kind in ("menu", "ask", "branch", "transfer") and step.otherwise:
        ways = [way for way in ways if step.kind != "transfer" or way[0] == "otherwise"]
        ways.append(("otherwise", step.otherwise))
    return ways


def _of_step(flow: Flow, step: Step, names: set[str], routing: Routing) -> Iterator[Problem]:
    def wrong(field: str, code: str, value: str = "") -> Problem:
        return Problem(step=step.name, field=field, code=code, value=value)

    if not step.name or "/" in step.name or len(step.name) > 40:
        yield wrong("name", "name")
    if step.kind not in KINDS:
        yield wrong("kind", "kind", step.kind)
        return
    for field, target in [("next", step.next), ("otherwise", step.otherwise), *((f"key {key.press}", key.to) for key in step.keys)]:
        if target and target not in names:
            yield wrong(field, "no_step", target)
    sounds = {sound.name for sound in routing.sounds}
    if step.prompt and step.prompt not in sounds:
        yield wrong("prompt", "no_prompt", step.prompt)
    if step.kind in ("say", "menu", "ask", "record") and not (step.text or step.prompt):
        yield wrong("text", "nothing_said")
    yield from _of_kind(step, routing, wrong)


def _of_kind(step: Step, routing: Routing, wrong: object) -> Iterator[Problem]:
    assert callable(wrong)
    match step.kind:
        case "menu" if not step.keys:
            yield wrong("keys", "no_keys")
        case "menu" if any(key.press not in _KEYS or not key.press for key in step.keys):
            yield wrong("keys", "key")
        case "ask" if not step.variable:
            yield wrong("variable", "no_variable")
        case "ask" if not 1 <= step.digits <= 30:
            yield wrong("digits", "digits")
        case "branch":
            yield from _of_branch(step, routing, wrong)
        case "transfer" if bool(step.agent) == bool(step.number):
            yield wrong("agent", "agent_or_number")
        case "queue" | "callback" if not routing.queue(step.queue):
            yield wrong("queue", "no_queue", step.queue)
        case "flow" if step.flow not in {flow.name for flow in routing.flows}:
            yield wrong("flow", "no_flow", step.flow)


def _of_branch(step: Step, routing: Routing, wrong: object) -> Iterator[Problem]:
    assert callable(wrong)
    if step.test not in TESTS:
        yield wrong("test", "no_test")
    if step.test in ("hours", "holiday") and step.hours not in {hours.name for hours in routing.hours}:
        yield wrong("hours", "no_hours", step.hours)
    if step.test == "variable" and not step.variable:
        yield wrong("variable", "no_variable")
    if not step.otherwise:
        yield wrong("otherwise", "no_otherwise")


def _reached(flow: Flow) -> set[str]:
    seen, todo = set(), [flow.steps[0].name]
    while todo:
        name = todo.pop()
        step = flow.step(name)
        if step is None or name in seen:
            continue
        seen.add(name)
        todo += [to for _, to in leads(flow, step)]
    return seen


def _in_circles(flow: Flow) -> bool:
    """Whether branches alone lead back to themselves, so that nothing would ever be heard."""
    for first in flow.steps:
        seen: set[str] = set()
        todo = [first.name] if first.kind == "branch" else []
        while todo:
            step = flow.step(todo.pop())
            if step is None or step.kind != "branch":
                continue
            if step.name in seen:
                if step.name == first.name:
                    return True
                continue
            seen.add(step.name)
            todo += [to for _, to in leads(flow, step)]
    return False
