"""What callers go through, as documents: flows of steps, queues, prompts, and the whole of them that an exchange is given.

``flow_graph`` makes one graph of everything that a number can lead to; ``flow_walk`` walks it.
"""

from __future__ import annotations

from dataclasses import dataclass

from chot.core.hours import Hours

KINDS = ("say", "menu", "ask", "branch", "record", "transfer", "queue", "callback", "flow", "hangup")
TESTS = ("hours", "holiday", "known", "variable")
STRATEGIES = ("longest_idle", "round_robin", "ring_all", "skilled")
EXITS = ("voicemail", "callback", "queue", "number", "flow", "hangup")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key of the telephone (``press``) leads to a step."""

    press: str
    to: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What a customer is told of the recording: ``announce``, or ``ask``, which takes ``key`` as a refusal; a text, or a prompt."""

    mode: str
    text: str = ""
    prompt: str = ""
    key: str = "9"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One building block. ``next`` is the step that follows, empty for the one after it in the list.

    say: ``text``, or ``prompt`` (the name of a sound). menu: says, then ``keys``. ask: says, then up to ``digits`` keys into
    ``variable``. branch: ``test`` (``hours`` and ``holiday`` of the opening hours ``hours``, ``known`` caller, ``variable`` equal to
    ``value``). record: says, then a message of at most ``most_s``. transfer: ``agent`` or ``number``, rung for ``most_s``.
    ``otherwise``: of a branch that does not hold, of keys that never came after ``tries`` times ``wait_s``, of a transfer in vain.
    """

    name: str
    kind: str
    next: str = ""
    text: str = ""
    prompt: str = ""
    keys: tuple[Key, ...] = ()
    test: str = ""
    hours: str = ""
    variable: str = ""
    value: str = ""
    otherwise: str = ""
    digits: int = 1
    wait_s: int = 5
    tries: int = 3
    most_s: int = 120
    queue: str = ""
    agent: str = ""
    number: str = ""
    flow: str = ""
    notice: Notice | None = None
    overflow: str = ""
    closed: str = ""
    """The steps to which a queue is left; filled in by ``flow_graph``."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Steps, begun at the first. ``hours`` are those that its branches ask for."""

    name: str
    title: str = ""
    steps: tuple[Step, ...] = ()
    hours: tuple[Hours, ...] = ()

    def step(self, name: str) -> Step | None:
        """The step of a name."""
        return next((step for step in self.steps if step.name == name), None)

    def after(self, step: Step) -> str:
        """The name of the step that follows; empty at the end."""
        if step.next:
            return step.next
        place = self.steps.index(step) + 1
        return self.steps[place].name if place < len(self.steps) else ""


@dataclass(frozen=True, kw_only=True)
class Member:
    """An agent of a queue with the level of the queue's skill, 1 to 5."""

    agent_id: str
    level: int = 3


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a caller leaves a queue without an agent: a kind of EXITS, with the queue, number or flow it leads to."""

    kind: str = "hangup"
    target: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Queue:
    """A queue. Empty ``hours``: always open. 0 of ``max_wait_s``, ``max_waiting``, ``announce_s`` and ``misses``: never.

    ``misses`` rings in a row that an agent does not answer set the agent's state. Higher ``priority`` goes first.
    """

    name: str
    title: str = ""
    hours: Hours | None = None
    strategy: str = "longest_idle"
    members: tuple[Member, ...] = ()
    priority: int = 5
    ring_s: int = 20
    misses: int = 3
    greeting: str = ""
    greeting_prompt: str = ""
    announce_s: int = 30
    says_position: bool = True
    max_wait_s: int = 300
    max_waiting: int = 0
    overflow: Exit = Exit()
    closed: Exit = Exit()
    callback_key: str = ""
    music: str = ""
    """The name of the prompt that those who wait hear; empty: the company's."""
    notice: Notice | None = None


@dataclass(frozen=True, kw_only=True)
class Sound:
    """A prompt by its name: the ``sha`` of its sound in the table of prompts."""

    name: str
    sha: str


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What a number (E.164, or a service number) leads to: queue, flow, agent or announcement."""

    number: str
    kind: str
    target: str


@dataclass(frozen=True, kw_only=True)
class Routing:
    """Everything about inbound calls that an exchange is given at once."""

    leads: tuple[Lead, ...] = ()
    flows: tuple[Flow, ...] = ()
    queues: tuple[Queue, ...] = ()
    hours: tuple[Hours, ...] = ()
    sounds: tuple[Sound, ...] = ()
    music: str = ""
    """The company's music on hold: the name of a prompt; empty: what comes with the exchange."""

    def music_of(self, queue: str) -> str:
        """The sha of the music that is heard in a queue, or without one; empty for the exchange's own."""
        own = self.queue(queue)
        name = (own.music if own else "") or self.music
        return next((sound.sha for sound in self.sounds if sound.name == name), "") if name else ""

    def queue(self, name: str) -> Queue | None:
        """The queue of a name."""
        return next((queue for queue in self.queues if queue.name == name), None)
