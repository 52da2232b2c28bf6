"""The steps of a flow as the fields of a form, and what the buttons of the editor do to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from chot.core.flows import KINDS, Key, Step

KEYS = "123456789*0#"
_TEXTS = tuple(
    each.name for each in fields(Step) if each.name not in ("keys", "digits", "wait_s", "tries", "most_s", "overflow", "closed")
)
_NUMBERS = ("digits", "wait_s", "tries", "most_s")
_MOST = 100


def read(posted: Mapping[str, str]) -> tuple[Step, ...]:
    """The steps in what a page sent; a field that is not there keeps its default."""
    count = int(posted.get("steps", "0")) if posted.get("steps", "0").isdigit() else 0
    return tuple(_step(posted, place) for place in range(min(count, _MOST)))


def _step(posted: Mapping[str, str], place: int) -> Step:
    given: dict[str, Any] = {"name": "", "kind": "say"}
    for name in _TEXTS:
        if (value := posted.get(f"s{place}-{name}")) is not None:
            given[name] = value.strip()[:2000]
    for name in _NUMBERS:
        value = posted.get(f"s{place}-{name}", "")
        if value.isdigit():
            given[name] = min(int(value), 3600)
    given["keys"] = tuple(Key(press=key, to=to) for key in KEYS if (to := posted.get(f"s{place}-key-{key}", "").strip()))
    return Step(**given)


def changed(steps: tuple[Step, ...], wish: str) -> tuple[Step, ...]:
    """The steps after a button: ``add:KIND``, ``up:2``, ``down:2``, ``remove:2``; any other leaves them."""
    verb, _, what = wish.partition(":")
    if verb == "add" and what in KINDS and len(steps) < _MOST:
        return (*steps, Step(name=_free(what, steps), kind=what))
    place = int(what) if what.isdigit() else -1
    if not 0 <= place < len(steps):
        return steps
    if verb == "remove":
        return (*steps[:place], *steps[place + 1 :])
    other = place - 1 if verb == "up" else place + 1
    if verb not in ("up", "down") or not 0 <= other < len(steps):
        return steps
    moved = list(steps)
    moved[place], moved[other] = moved[other], moved[place]
    return tuple(moved)


def renamed(steps: tuple[Step, ...], before: tuple[str, ...]) -> tuple[Step, ...]:
    """What leads to a step follows when the step is given another name; ``before`` are the names that the page was sent with."""
    names = {old: step.name for old, step in zip(before, steps, strict=False) if old and step.name and old != step.name}
    kept = {step.name for step in steps}

    def name(old: str) -> str:
        return names[old] if old in names and old not in kept else old

    def follows(step: Step) -> Step:
        keys = tuple(Key(press=key.press, to=name(key.to)) for key in step.keys)
        return replace(step, next=name(step.next), otherwise=name(step.otherwise), keys=keys)

    return tuple(follows(step) for step in steps)


def _free(kind: str, steps: tuple[Step, ...]) -> str:
    names = {step.name for step in steps}
    return next(name for number in range(1, _MOST + 2) if (name := f"{kind}-{number}") not in names)
