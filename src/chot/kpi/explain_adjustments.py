"""An ``adjust`` line: what was paid, what today's facts give, and the facts that came or went since."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from chot.core.errors import InternalError
from chot.core.periods import parse
from chot.kpi.evidence import Evidence, row_id
from chot.kpi.explain_inputs import Walker
from chot.kpi.explanation import Change, LineExplanation, Opened, Step
from chot.kpi.figure_words import both, in_unit, number, period_name
from chot.kpi.line_titles import line_title
from chot.kpi.metrics import Words
from chot.kpi.run import compute
from chot.kpi.settling import ClosedRun, Line
from chot.kpi.source import Row

Open = Callable[[Walker, Line], LineExplanation]

_FORMULA = Words(vi="Số tính lại theo dữ liệu hôm nay, trừ số đã trả", en="What today's facts give, less what was paid")


def adjustment(walker: Walker, line: Line, open_line: Open) -> LineExplanation:
    """A line ``adjust:<run>:<line>``: both amounts, and what changed in the facts when the closed run can be opened."""
    corrects = line.corrects
    before, after = int(corrects["before_vnd"]), int(corrects["after_vnd"])
    period = parse(str(corrects["period"]))
    steps = [
        Step(name="before_vnd", value=Fraction(before), unit="vnd", words=Words(vi="Đã trả", en="Paid before")),
        Step(name="after_vnd", value=Fraction(after), unit="vnd", words=Words(vi="Tính lại", en="Computed again")),
    ]
    carried = after - before - line.amount
    if carried:
        steps.append(Step(name="not_applied", value=Fraction(carried), unit="vnd",
                          words=Words(vi="Chưa áp dụng kỳ này", en="Not applied here")))  # fmt: skip
    closed = next((each for each in walker.opened.history if each.run_id == corrects["run_id"]), None)
    pair = _both_runs(walker, closed) if closed and walker.reads_rows else None
    then, now = (_opened(each, str(corrects["line"]), open_line) if each else None for each in pair or (None, None))
    if now and now.line.amount != after:
        raise InternalError(f"{line.id} of {walker.span.agent_id}: computed again it is {now.line.amount}, not {after}")
    name = str(corrects["line"])
    title = line_title(closed.plan, name) if closed else Words(vi=name, en=name)
    head = both(lambda lang: ("Điều chỉnh kỳ " if lang == "vi" else "Adjustment of ") + period_name(period, lang))
    return LineExplanation(
        line=line, title=Words(vi=f"{head.vi}: {title.vi}", en=f"{head.en}: {title.en}"), formula=_FORMULA,
        steps=[*steps, *(_different_steps(then, now) if then and now else ())],
        parameters={key: str(value) for key, value in corrects.items()}, changes=_changes(then, now) if then and now else (),
    )  # fmt: skip


def _both_runs(walker: Walker, closed: ClosedRun) -> tuple[Walker | None, Walker | None] | None:
    """The agent in the closed run on its frozen facts, and in the same run on today's."""
    opened = walker.opened
    if opened.frozen is None:
        return None
    then = opened.frozen(closed.run_id)
    return _walker(then, walker.span.agent_id), _walker(_again(opened, closed), walker.span.agent_id)


def _again(opened: Opened, closed: ClosedRun) -> Opened:
    run = compute(closed.plan, closed.period, opened.facts, closed=closed.before(opened.history), targets=closed.targets)
    return Opened(run=run, run_id=closed.run_id, facts=opened.facts, timezone=opened.timezone, history=closed.before(opened.history))


def _walker(opened: Opened, agent_id: str) -> Walker | None:
    place = opened.run.place(agent_id)
    return None if place is None else Walker(opened, place)


def _opened(walker: Walker, line_id: str, open_line: Open) -> LineExplanation | None:
    line = walker.lines.get(line_id)
    return open_line(walker, line) if line and line.kind not in ("adjust", "floor") else None


_COMPARED = {"target", "bonus_share", "effective_weight", "payout", "all", "average", "promised"}


def _different_steps(then: LineExplanation, now: LineExplanation) -> list[Step]:
    """The steps of the line that come out otherwise, now; each notes what it was."""
    before = {step.name: step for step in then.steps}
    found = []
    for step in now.steps:
        was = before.get(step.name)
        if was and step.name in _COMPARED | {"actual", "base", "attainment"} and was.value != step.value:
            note = both(lambda lang, was=was: _was(was, lang))  # type: ignore[misc]
            found.append(Step(name=f"now_{step.name}", value=step.value, unit=step.unit, words=step.words, note=note))
    return found


def _was(step: Step, lang: str) -> str:
    said = ("chưa đo được" if lang == "vi" else "not measured") if step.value is None else in_unit(step.value, step.unit, lang)
    return f"trước đây {said}" if lang == "vi" else f"before: {said}"


def _changes(then: LineExplanation, now: LineExplanation) -> list[Change]:
    before = {(each.measure.name, place): each for place, found in enumerate(then.inputs) for each in found.evidence}
    found, seen = [], set[tuple[object, ...]]()
    for place, each_input in enumerate(now.inputs):
        for after in each_input.evidence:
            was = before.get((after.measure.name, place))
            key = (after.measure.table, after.measure.where, after.measure.window, after.measure.day)
            change = _change(was, after) if was else None
            if change and key not in seen:
                seen.add(key)
                found.append(change)
    return found


def _change(before: Evidence, after: Evidence) -> Change | None:
    then, now = _by_id(before), _by_id(after)
    came = [pair for name, pair in now.items() if name not in then or then[name][1] != pair[1]]
    went = [pair for name, pair in then.items() if name not in now or now[name][1] != pair[1]]
    moved = sum(added for _, added in came) - sum(added for _, added in went)
    if moved != after.value - before.value:
        raise InternalError(f"{after.measure.name}: the rows that changed add to {moved}, not {number(after.value - before.value, 'en')}")
    reasons = {row_id(after.measure, row): why for row, why in after.left_out}
    gone = Words(vi="không còn trong dữ liệu", en="no longer among the facts")
    why = {name: reasons.get(name, gone) for name in then if name not in now}
    return Change(before=before, after=after, came=came, went=went, why=why) if came or went else None


def _by_id(found: Evidence) -> dict[str, tuple[Row, int]]:
    return {row_id(found.measure, row): (row, added) for row, added in found.counted}

