"""Why a little more brings what it brings: caps and thresholds of scales, conditions, the guarantee, in words."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from django.utils.translation import gettext as _

from chot.kpi.plan import Gate, Scale
from chot.kpi.run import Run as Computed
from chot.kpi.scoring import Scored
from chot.people.templatetags.figures import percent, said, vnd
from chot.performance.queries import item_title, line_title


def reasons(now: Computed, then: Computed, place: int, there: int) -> list[str]:
    """What the plan does with the supposed figures of one agent, at ``place`` in the run of now and ``there`` in that of then."""
    return [*_scales(now, then, place, there), *_gates(now, then, place, there), *_guarantee(now, then, place, there)]


def _scales(now: Computed, then: Computed, place: int, there: int) -> Iterator[str]:
    for old, new in zip(now.scored, then.scored, strict=True):
        if not new.measured[there] or (old.measured[place] and old.attainment[place] == new.attainment[there]):
            continue
        yield from _scale(new, there)


def _scale(scored: Scored, place: int) -> Iterator[str]:
    scale, attained = scored.item.scale, Fraction(scored.attainment[place])
    told = {"kpi": said(item_title(scored.item)), "attained": percent(attained)}
    last, most = scale.points[-1]
    start = begins(scale)
    if attained > last and scored.payout[place] == most:
        yield _("%(kpi)s is then at %(attained)s; from %(cap)s on it pays %(most)s at most, so what is above brings nothing.") % {
            **told, "cap": percent(last), "most": percent(most),
        }  # fmt: skip
    elif scored.payout[place] == 0 and start is not None and attained <= start:
        words = _("%(kpi)s is then at %(attained)s and still pays nothing: it begins to pay at %(start)s.")
        yield words % {**told, "start": percent(start)}


def begins(scale: Scale) -> Fraction | None:
    """The attainment from which the scale pays; None for one that never does.

    >>> begins(Scale(name="a", mode="step", points=((Fraction(0), Fraction(0)), (Fraction(8, 10), Fraction(1, 2)))))
    Fraction(4, 5)
    """
    paying = next((number for number, (_at, pays) in enumerate(scale.points) if pays > 0), None)
    if paying is None:
        return None
    return scale.points[paying][0] if scale.mode == "step" or not paying else scale.points[paying - 1][0]


def _gates(now: Computed, then: Computed, place: int, there: int) -> Iterator[str]:
    after = {column.id: bool(column.published[there]) for column in then.columns if column.kind == "gate"}
    before = {column.id: bool(column.published[place]) for column in now.columns if column.kind == "gate"}
    for number, gate in enumerate(then.plan.gates, start=1):
        line = f"gate:{number}"
        yield from _gate(gate, said(line_title(then.plan, line)), failed=before.get(line, False), fails=after.get(line, False))


def _gate(gate: Gate, title: str, *, failed: bool, fails: bool) -> Iterator[str]:
    told = {"gate": title, "share": percent(gate.otherwise)}
    if failed and fails:
        yield _("The condition “%(gate)s” is still not met: the bonus counts %(share)s only.") % told
    elif failed:
        yield _("The condition “%(gate)s” is then met: the bonus counts in full instead of %(share)s.") % told
    elif fails:
        yield _("The condition “%(gate)s” is then no longer met: the bonus counts %(share)s only.") % told


def _guarantee(now: Computed, then: Computed, place: int, there: int) -> Iterator[str]:
    before, after = (
        next((line.amount for line in run.lines[at] if line.id == "guarantee"), 0) for run, at in ((now, place), (then, there))
    )  # fmt: skip
    if before > after:
        yield _("The guarantee makes up %(less)s less, because you earn that yourself.") % {"less": vnd(before - after)}
