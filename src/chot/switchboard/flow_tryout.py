"""A flow walked on a page: what a caller hears and may do, from a list of what was done; nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from chot.core import flow_walk as fw
from chot.core.flow_graph import graph
from chot.core.flows import Routing, Step

_MOST = 60


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of what happened; ``who`` is caller or us."""

    who: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Tryout:
    """How far it has come: ``step`` is where the caller is, ``choices`` what may be done next (its sign, in words)."""

    lines: tuple[Line, ...]
    title: str
    step: str
    choices: tuple[tuple[str, str], ...]
    keys: bool
    over: bool


def tried(routing: Routing, kind: str, target: str, done: list[str], *, at: datetime, known: bool) -> Tryout:
    """Walk ``done``: ``k1`` is key 1, ``t`` waiting, ``o`` and ``c`` a queue that overflows or is closed, ``f`` nobody answers,
    ``a`` somebody does."""
    flow, state, facts = graph(routing, kind, target), fw.Walk(), fw.Known(at=at, caller=known)
    titles = {queue.name: queue.title for queue in routing.queues}
    title = titles.get(target, target) if kind == "queue" else next((each.title for each in routing.flows if each.name == target), target)
    lines: list[Line] = []
    pending: list[fw.Input] = [fw.Begin()]
    rest = list(done[:_MOST])
    answered = False
    while pending or rest:
        given = pending.pop() if pending else _input(rest[0], state)
        if not isinstance(given, fw.Begin | fw.Said):
            lines.append(Line(who="caller", text=_did(rest.pop(0))))
        if given is None:
            answered = True
            break
        state, commands = fw.walk(flow, state, given, facts)
        lines += [line for command in commands if (line := _heard(command, titles))]
        if any(isinstance(command, fw.Say) for command in commands):
            pending.append(fw.Said())
    step = flow.step(state.step)
    here = step.kind if step and not state.over and not answered else ""
    keys = here in ("menu", "ask", "record", "queue")
    return Tryout(lines=tuple(lines), title=title, step=_place(step, titles), choices=_choices(here), keys=keys, over=not here)


def _place(step: Step | None, titles: dict[str, str]) -> str:
    """Where the caller is, as people call it."""
    if step is None:
        return ""
    if step.kind == "record":
        return _("a message after the tone")
    if step.kind == "queue":
        return _("queue %(queue)s") % {"queue": titles.get(step.queue, step.queue)}
    return step.number or step.name.rpartition("/")[2]


def _input(sign: str, state: fw.Walk) -> fw.Input | None:
    match sign[:1]:
        case "k" if len(sign) == 2:
            return fw.Pressed(sign[1])
        case "o":
            return fw.Left("overflow")
        case "c":
            return fw.Left("closed")
        case "f":
            return fw.Failed()
        case "a":
            return None
    return fw.TimeUp(state.count)


def _did(sign: str) -> str:
    words = {
        "t": _("waits and presses nothing"), "o": _("has waited too long in the queue"), "c": _("finds the queue closed"),
        "f": _("nobody takes the call"), "a": _("talks with an agent"),
    }  # fmt: skip
    return _("presses %(key)s") % {"key": sign[1:]} if sign[:1] == "k" else words.get(sign[:1], words["t"])


def _choices(kind: str) -> tuple[tuple[str, str], ...]:
    match kind:
        case "menu" | "ask":
            return (("t", _("Press nothing")),)
        case "record":
            return (("t", _("Talk until the time is over")),)
        case "queue":
            return (("a", _("An agent answers")), ("o", _("Nobody answers for too long")), ("c", _("The queue is closed")))
        case "transfer":
            return (("a", _("Somebody answers")), ("f", _("Nobody answers")))
    return ()


def _heard(command: fw.Command, titles: dict[str, str]) -> Line | None:
    text: Any = None
    match command:
        case fw.Say(text=said, prompt=prompt):
            text = f"“{said}”" if said and not prompt else _("(a prompt) %(text)s") % {"text": said}
        case fw.Record():
            text = _("(tone) The message is recorded.")
        case fw.Enter(queue=queue, text=said):
            text = _("Waits in the queue %(queue)s.") % {"queue": titles.get(queue, queue)} + (f" “{said}”" if said else "")
        case fw.Ring(agent=agent, number=number):
            text = _("The phone of %(who)s rings.") % {"who": agent or number}
        case fw.CallBack(queue=queue):
            text = _("A callback is noted for %(queue)s.") % {"queue": titles.get(queue, queue)}
        case fw.End():
            text = pgettext("flow", "The call ends.")
    return Line(who="us", text=str(text)) if text else None
