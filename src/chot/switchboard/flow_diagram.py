"""A flow as a picture: the steps one below the other, what leads where as lines; places in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chot.core.flow_problems import leads
from chot.core.flows import Flow, Step
from chot.switchboard.flow_words import KINDS

_LEFT, _WIDTH, _HEIGHT, _PITCH, _ARC, _MOST_ARC = 8, 250, 40, 62, 26, 150


@dataclass(frozen=True, kw_only=True)
class Box:
    """A step: its corner, name and kind in words."""

    x: int
    y: int
    name: str
    kind: Any
    said: str

    @property
    def middle(self) -> int:
        """Where text and lines begin."""
        return self.y + _HEIGHT // 2


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A line with its label (a key, or empty) and where that stands."""

    path: str
    label: str
    x: int
    y: int
    otherwise: bool


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """The picture."""

    boxes: tuple[Box, ...]
    edges: tuple[Edge, ...]
    width: int = _LEFT + _WIDTH + _MOST_ARC + 40
    box_width: int = _WIDTH
    box_height: int = _HEIGHT

    @property
    def height(self) -> int:
        """Enough for every box."""
        return max(1, len(self.boxes)) * _PITCH + 10


def diagram(flow: Flow, titles: dict[str, dict[str, str]]) -> Diagram:
    """The picture of a flow; ``titles`` are what people call queues, flows and prompts, by kind and code name."""
    places = {step.name: place for place, step in reversed(list(enumerate(flow.steps)))}
    boxes = tuple(_box(place, step, titles) for place, step in enumerate(flow.steps))
    edges = tuple(
        _edge(place, places[to], what, number)
        for place, step in enumerate(flow.steps)
        for number, (what, to) in enumerate(leads(flow, step))
        if to in places
    )  # fmt: skip
    return Diagram(boxes=boxes, edges=edges)


def _box(place: int, step: Step, titles: dict[str, dict[str, str]]) -> Box:
    parts = {"prompt": step.prompt, "queue": step.queue, "flow": step.flow}
    named = next((titles[kind].get(name, name) for kind, name in parts.items() if name), "")
    said = step.text or named or step.agent or step.number
    return Box(x=_LEFT, y=6 + place * _PITCH, name=step.name, kind=KINDS.get(step.kind, step.kind), said=said[:60])


def _edge(place: int, to: int, what: str, number: int) -> Edge:
    label = what.removeprefix("key ") if what.startswith("key ") else ""
    other = what == "otherwise"
    bottom, top = 6 + place * _PITCH + _HEIGHT, 6 + to * _PITCH
    if to == place + 1 and not label:
        x = _LEFT + (60 if other else 30)
        return Edge(path=f"M{x} {bottom}V{top}", label="", x=x + 6, y=bottom + 14, otherwise=other)
    right = _LEFT + _WIDTH
    start, end = bottom - _HEIGHT + 8 + (number % 4) * 8, top + 20
    bend = right + min(_MOST_ARC, _ARC + 18 * abs(to - place))
    path = f"M{right} {start}C{bend} {start} {bend} {end} {right + 6} {end}"
    return Edge(path=path, label=label, x=right + 6 + 11 * (number % 4), y=start - 3, otherwise=other)
