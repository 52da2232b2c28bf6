"""The pure interpreter of flows: ``walk(flow, state, input, known)`` gives the next state and what is to be done.

It drives real calls (``telephony.call_flow``) and the page that tries a flow without a call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chot.core.flows import Flow, Notice, Step

QUIET_S = 15
"""A message in which nothing is said for so long ends."""

_AT_ONCE = 200
"""After so many steps at which nothing was heard the flow goes round in circles, and ends."""


@dataclass(frozen=True, kw_only=True)
class Variable:
    """What a caller entered."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Where a caller is. ``count`` tells timers apart: one that is overtaken changes nothing."""

    step: str = ""
    count: int = 0
    tries: int = 0
    digits: str = ""
    recording: bool = False
    heard: bool = False
    """Whether the caller has begun to speak the message."""
    over: bool = False
    variables: tuple[Variable, ...] = ()

    def value(self, name: str) -> str:
        """A variable, empty when it was never asked for."""
        return next((each.value for each in self.variables if each.name == name), "")


@dataclass(frozen=True, kw_only=True)
class Known:
    """What branches may ask: the moment, and whether the caller is a customer we know."""

    at: datetime
    caller: bool = False


@dataclass(frozen=True)
class Begin:
    """The flow begins."""


@dataclass(frozen=True)
class Resume:
    """The step begins anew: what was said of it may be lost."""


@dataclass(frozen=True)
class Said:
    """What was to be said is over."""


@dataclass(frozen=True)
class Pressed:
    """A key."""

    key: str


@dataclass(frozen=True)
class TimeUp:
    """The timer of this count has run out."""

    count: int


@dataclass(frozen=True)
class Talked:
    """The caller speaks."""


@dataclass(frozen=True)
class Silent:
    """The caller has said nothing more for a while."""


@dataclass(frozen=True)
class Failed:
    """Nobody took the transfer."""


@dataclass(frozen=True)
class Left:
    """The queue gives the caller up: ``overflow`` or ``closed``."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Say:
    """Say a text, or play a prompt by its sha."""

    text: str = ""
    prompt: str = ""


@dataclass(frozen=True)
class Hush:
    """Stop what is being said."""


@dataclass(frozen=True)
class Listen:
    """Give ``TimeUp(count)`` after so many seconds."""

    seconds: int
    count: int


@dataclass(frozen=True)
class Record:
    """A message begins after a tone; ``TimeUp(count)`` when nothing was said for so many seconds."""

    seconds: int
    count: int


@dataclass(frozen=True)
class RecordingOver:
    """The message has ended."""


@dataclass(frozen=True, kw_only=True)
class Enter:
    """The caller waits in a queue, greeted by a text or a prompt."""

    queue: str
    text: str = ""
    prompt: str = ""
    notice: Notice | None = None


@dataclass(frozen=True, kw_only=True)
class Ring:
    """Ring an agent or a number for so many seconds."""

    agent: str = ""
    number: str = ""
    seconds: int = 30


@dataclass(frozen=True)
class CallBack:
    """The caller wants to be called back by a queue."""

    queue: str


@dataclass(frozen=True)
class Chosen:
    """A key was taken at a step, or digits were entered."""

    step: str
    choice: str


@dataclass(frozen=True)
class End:
    """The call ends."""


Input = Begin | Resume | Said | Pressed | TimeUp | Talked | Silent | Failed | Left
Command = Say | Hush | Listen | Record | RecordingOver | Enter | Ring | CallBack | Chosen | End
Next = tuple[Walk, tuple[Command, ...]]


def walk(flow: Flow, state: Walk, given: Input, known: Known) -> Next:
    """The next state and commands, in order. What does not fit the step, or comes after the end, changes nothing."""
    if state.over:
        return state, ()
    if isinstance(given, Begin):
        return _go(flow, state, flow.steps[0].name if flow.steps else "", known)
    step = flow.step(state.step)
    if step is None:
        return replace(state, over=True), (End(),)
    if isinstance(given, Resume):
        return _go(flow, state, step.name, known)
    match step.kind, given:
        case "say", Said():
            return _go(flow, state, flow.after(step), known)
        case "callback", Said():
            return _go(flow, state, flow.after(step), known)
        case "hangup", Said():
            return replace(state, over=True), (End(),)
        case "menu" | "ask", Said():
            return _listening(state, step)
        case "menu", Pressed(key=key):
            return _menu(flow, state, step, key, known)
        case "ask", Pressed(key=key):
            return _asked(flow, state, step, key, known)
        case "menu" | "ask", TimeUp(count=count) if count == state.count:
            return _late(flow, state, step, known)
        case "record", _:
            return _record(flow, state, step, given, known)
        case "transfer", Failed():
            return _go(flow, state, step.otherwise or flow.after(step), known)
        case "queue", Left(why=why):
            return _go(flow, state, (step.closed if why == "closed" else step.overflow), known)
        case "queue", Pressed(key=key):
            to = next((each.to for each in step.keys if each.press == key), "")
            return _after(_go(flow, state, to, known), Chosen(step.name, key), Hush()) if to else (state, ())
    return state, ()


def _go(flow: Flow, state: Walk, name: str, known: Known) -> Next:
    """Begin a step; branches and steps without a sound are passed at once."""
    for _ in range(_AT_ONCE):
        step = flow.step(name)
        if step is None:
            break
        state = replace(state, step=name, count=state.count + 1, tries=0, digits="", recording=False, heard=False)
        if step.kind == "branch":
            name = flow.after(step) if _holds(flow, state, step, known) else step.otherwise
        elif step.kind in ("say", "flow") and not (step.text or step.prompt):
            name = flow.after(step)
        else:
            return _begun(state, step)
    return replace(state, over=True), (End(),)


def _begun(state: Walk, step: Step) -> Next:
    say = Say(text=step.text, prompt=step.prompt)
    silent = not (step.text or step.prompt)
    match step.kind:
        case "queue":
            return state, (Enter(queue=step.queue, text=step.text, prompt=step.prompt, notice=step.notice),)
        case "transfer":
            return state, (Ring(agent=step.agent, number=step.number, seconds=step.most_s),)
        case "callback":
            return state, (CallBack(step.queue), say)
        case "hangup" if silent:
            return replace(state, over=True), (End(),)
        case "menu" | "ask" if silent:
            return _listening(state, step)
    return state, (say,)


def _listening(state: Walk, step: Step) -> Next:
    state = replace(state, count=state.count + 1)
    return state, (Listen(step.wait_s, state.count),)


def _holds(flow: Flow, state: Walk, step: Step, known: Known) -> bool:
    hours = next((each for each in flow.hours if each.name == step.hours), None)
    match step.test:
        case "hours":
            return hours is None or hours.open_at(known.at)
        case "holiday":
            return hours is not None and hours.holiday_at(known.at)
        case "known":
            return known.caller
        case "variable":
            return state.value(step.variable) == step.value
    return False


def _menu(flow: Flow, state: Walk, step: Step, key: str, known: Known) -> Next:
    to = next((each.to for each in step.keys if each.press == key), "")
    if to:
        return _after(_go(flow, state, to, known), Chosen(step.name, key), Hush())
    return _after(_late(flow, state, step, known), Hush())


def _asked(flow: Flow, state: Walk, step: Step, key: str, known: Known) -> Next:
    digits = state.digits if key == "#" else state.digits + key
    if digits and (key == "#" or len(digits) >= step.digits):
        return _entered(flow, state, step, digits, known)
    return _after(_listening(replace(state, digits=digits), step), Hush())


def _late(flow: Flow, state: Walk, step: Step, known: Known) -> Next:
    """No key, or a wrong one: asked again, up to ``tries`` times."""
    if step.kind == "ask" and state.digits:
        return _entered(flow, state, step, state.digits, known)
    if state.tries + 1 >= step.tries:
        return _go(flow, state, step.otherwise or (flow.after(step) if step.kind == "ask" else ""), known)
    again = replace(state, tries=state.tries + 1, count=state.count + 1, digits="")
    return _begun(again, step)


def _entered(flow: Flow, state: Walk, step: Step, digits: str, known: Known) -> Next:
    others = tuple(each for each in state.variables if each.name != step.variable)
    state = replace(state, variables=(*others, Variable(name=step.variable, value=digits)))
    return _after(_go(flow, state, flow.after(step), known), Chosen(step.name, digits), Hush())


def _record(flow: Flow, state: Walk, step: Step, given: Input, known: Known) -> Next:
    if isinstance(given, Said) and not state.recording:
        state = replace(state, recording=True, count=state.count + 1)
        return state, (Record(min(QUIET_S, step.most_s), state.count),)
    if isinstance(given, Talked) and state.recording and not state.heard:
        state = replace(state, heard=True, count=state.count + 1)
        return state, (Listen(step.most_s, state.count),)
    hash_key = isinstance(given, Pressed) and given.key == "#"
    ended = hash_key or isinstance(given, Silent) or (isinstance(given, TimeUp) and given.count == state.count)
    if state.recording and ended:
        return _after(_go(flow, state, flow.after(step), known), RecordingOver())
    return state, ()


def _after(made: Next, *first: Command) -> Next:
    """The same with commands before the others."""
    return made[0], (*first, *made[1])
