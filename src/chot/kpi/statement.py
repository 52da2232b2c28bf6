"""The payslip: an explanation as text, in Vietnamese or English, for a terminal and for print."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from zoneinfo import ZoneInfo

from chot.kpi.explanation import Explanation, GateCheck, Input, LineExplanation, Step, Stretch
from chot.kpi.figure_words import days, exact_percent, in_unit, money, number, period_name
from chot.kpi.metrics import Words
from chot.kpi.statement_rows import Rows
from chot.kpi.wording import lowered, measure_words, reason_words

WIDTH = 96
NARROWEST = 72

_TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("PHIẾU LƯƠNG KPI", "KPI PAY STATEMENT"), "agent": ("Nhân viên", "Agent"), "team": ("nhóm", "team"),
    "plan": ("Kế hoạch", "Plan"), "version": ("phiên bản", "version"), "period": ("Kỳ lương", "Period"),
    "run": ("Bản tính", "Run"), "draft": ("bản nháp, kỳ chưa đóng", "draft, the period is open"), "closed": ("kỳ đã đóng", "closed"),
    "days": ("Ngày công", "Working days"), "summary": ("TÓM TẮT", "SUMMARY"), "details": ("CHI TIẾT", "DETAILS"),
    "total": ("Lương biến đổi", "Variable pay"), "shown": ("Cộng các dòng trên", "Lines shown"),
    "base": ("Lương cơ bản (KPI không bao giờ làm giảm)", "Base pay (never reduced by a KPI)"),
    "carry": ("Chuyển sang kỳ sau", "Carried to the next period"), "rounding": ("Làm tròn", "Rounded"),
    "note": ("Ghi chú", "Note"), "warnings": ("LƯU Ý", "PLEASE NOTE"), "gates": ("ĐIỀU KIỆN", "GATES"), "figures": ("Số liệu", "Figures"),
    "changes": ("Dữ liệu thay đổi sau khi đóng kỳ", "Facts that changed after the period was closed"),
    "unmeasured": ("chưa đo được", "not measured"), "same": ("cùng các dòng trên", "the same rows as above"),
    "seen": ("đã kê ở mục {number}", "listed under {number}"),
    "condition": ("điều kiện", "condition"), "passed": ("đạt", "met"), "failed": ("không đạt", "not met"),
    "not applied": ("không áp dụng", "does not apply"),
    "more": ("Mọi dòng: thêm --all; dạng dữ liệu: --format json", "Every row: --all; as data: --format json"),
}  # fmt: skip


def text(explanation: Explanation, *, lang: str, width: int = WIDTH, everything: bool = False) -> str:
    """The statement of one agent, at most ``width`` columns where words can be wrapped; ends with a line break.

    ``everything`` lists every row instead of some of each kind.
    """
    rows = Rows(lang=lang, zone=ZoneInfo(explanation.timezone), everything=everything)
    return "\n".join(_Writer(rows, max(width, NARROWEST)).statement(explanation)) + "\n"


class _Writer:
    def __init__(self, rows: Rows, width: int) -> None:
        self.rows, self.lang, self.width = rows, rows.lang, width
        self._listed: dict[tuple[object, ...], int] = {}  # which rows -> the line that lists them

    def say(self, key: str) -> str:
        return _TEXTS[key][0 if self.lang == "vi" else 1]

    def pick(self, words: Words) -> str:
        return self.rows.pick(words)

    def statement(self, found: Explanation) -> Iterator[str]:
        yield f"{self.say('title')} {period_name(found.period, self.lang)}"
        yield "═" * self.width
        yield from self._head(found)
        yield from ["", self.say("summary")]
        yield from self._summary(found)
        if found.gates:
            yield from ["", self.say("gates")]
            yield from (line for gate in found.gates for line in self._gate(gate, found))
        yield from ["", self.say("details")]
        for place, each in enumerate(found.lines, start=1):
            yield from [*self._line(place, each), ""]
        if found.warnings:
            yield self.say("warnings")
            yield from (line for warning in found.warnings for line in self._wrapped(self._warning(warning, found), "  "))
            yield ""
        if not self.rows.everything:
            yield self.say("more")

    def _head(self, found: Explanation) -> Iterator[str]:
        name = f"{found.agent_name} ({found.agent_id})" if found.agent_name else found.agent_id
        period = f"{period_name(found.period, self.lang)} ({days(found.period.first, found.period.last, self.lang)})"
        state = self.say("closed" if found.closed else "draft")
        lines = {
            "agent": name + (f", {self.say('team')} {found.team_id}" if found.team_id else ""),
            "plan": f"{found.plan.title or found.plan.id} ({found.plan.id}, {self.say('version')} {found.plan.version[:12]})",
            "period": period, "run": f"{found.run_id} ({state})", "days": self._days(found),
        }  # fmt: skip
        label = max(len(self.say(key)) for key in lines) + 2
        for key, value in lines.items():
            yield from self._wrapped(value, " " * label, first=self.say(key).ljust(label))
        for stretch in found.stretches:
            yield from self._wrapped(self._stretch(stretch), " " * (label + 4), first=" " * label + "- ")

    def _days(self, found: Explanation) -> str:
        total = found.working_days
        shares = [exact_percent(each / total if total else Fraction(0), self.lang) for each in (found.target_days, found.bonus_days)]
        target, bonus = number(found.target_days, self.lang), number(found.bonus_days, self.lang)
        if found.target_days == found.bonus_days == total:
            return f"{total} ngày, tính đủ cả {total} ngày" if self.lang == "vi" else f"{total}, all of them counted"
        if self.lang == "vi":
            return f"{total} ngày trong kỳ; tính chỉ tiêu {target} ngày = {shares[0]}; tính thưởng {bonus} ngày = {shares[1]}"
        return f"{total} in the period; {target} count for targets = {shares[0]}; {bonus} for the bonus = {shares[1]}"

    def _stretch(self, found: Stretch) -> str:
        span, target, bonus = days(found.first.date, found.last.date, self.lang), found.first.for_target, found.first.for_bonus
        vi = self.lang == "vi"
        count = (f"{found.count} ngày công" if vi else f"{found.count} working days") if found.count > 1 else ""
        if target == bonus == 0:
            counted = "không tính" if vi else "not counted"
        else:
            counted = f"{self._counts(target, 'chỉ tiêu', 'targets')}, {self._counts(bonus, 'thưởng', 'the bonus')}"
        return f"{span}: {self.pick(found.reason)} ({', '.join(part for part in (count, counted) if part)})"

    def _counts(self, part: Fraction, vietnamese: str, english: str) -> str:
        if self.lang == "vi":
            much = {Fraction(0): "không tính", Fraction(1): "tính đủ"}.get(part, f"tính {exact_percent(part, 'vi')}")
            return f"{much} vào {vietnamese}"
        much = {Fraction(0): "not", Fraction(1): "in full"}.get(part, exact_percent(part, "en"))
        return f"{much} for {english}"

    def _summary(self, found: Explanation) -> Iterator[str]:
        for place, each in enumerate(found.lines, start=1):
            yield self._spread(f"  {place:>2}. {self.pick(each.title)}", money(each.line.amount, self.lang))
        yield " " * 6 + "─" * (self.width - 6)
        if len(found.lines) < found.line_count:
            shown = sum(each.line.amount for each in found.lines)
            count = f"{len(found.lines)}/{found.line_count}"
            yield self._spread(f"      {self.say('shown')} ({count})", money(shown, self.lang))
        yield self._spread(f"      {self.say('total').upper()}", money(found.variable_vnd, self.lang))
        if found.carry_vnd:
            yield self._spread(f"      {self.say('carry')}", money(found.carry_vnd, self.lang))
        if found.base_pay_vnd is not None:
            yield self._spread(f"      {self.say('base')}", money(found.base_pay_vnd, self.lang))

    def _gate(self, gate: GateCheck, found: Explanation) -> list[str]:
        values = "; ".join(
            f"{lowered(self.pick(metric.title))} {self.say('unmeasured') if value is None else in_unit(value, metric.unit, self.lang)}"
            for metric, value in gate.values
        )
        reason = f" ({self._reason(gate.reason, found)})" if gate.reason else ""
        condition = f"{self.say('condition')}: {self.pick(gate.condition)}"
        return self._wrapped(f"{self.pick(gate.title)}: {self.say(gate.state)}{reason}; {values}; {condition}", "    ", first="  ")

    def _line(self, place: int, found: LineExplanation) -> Iterator[str]:
        yield self._spread(f"{place}. {self.pick(found.title)}  [{found.line.id}]", money(found.line.amount, self.lang))
        yield from self._wrapped(self.pick(found.formula), "   ")
        yield from self._steps(found)
        for remark in found.remarks:
            yield from self._wrapped(self.pick(remark), "   ")
        if found.line.note and found.line.kind not in ("guarantee", "floor"):
            yield from self._wrapped(f"{self.say('note')}: {self._reason(found.line.note, None, found.inputs)}", "   ")
        for each in found.inputs:
            yield from self._input(place, each)
        if found.changes:
            yield f"   {self.say('changes')}:"
            yield from (f"   {line}" for change in found.changes for line in self.rows.change(change))

    def _steps(self, found: LineExplanation) -> Iterator[str]:
        shown = [step for step in found.steps if step.shown]
        steps = [(self.pick(step.words), self._value(step), self.pick(step.note) if step.note else "") for step in shown]
        amount = found.line.amount
        if found.line.exact != amount and found.line.kind not in ("gate", "adjust"):
            steps.append((self.say("rounding"), money(amount, self.lang), ""))
        label = max((len(name) for name, _, _ in steps), default=0)
        value_width = max((len(value) for _, value, _ in steps), default=0)
        for name, value, note in steps:
            head = f"   {name.ljust(label)}  {value.rjust(value_width)}"
            yield from self._wrapped(note, " " * (label + value_width + 8), first=f"{head}   ") if note else [head]

    def _value(self, step: Step) -> str:
        if step.value is None:
            return "–"
        return in_unit(step.value, step.unit, self.lang)

    def _input(self, place: int, found: Input) -> Iterator[str]:
        value = self.say("unmeasured") if found.value is None else in_unit(found.value, found.metric.unit, self.lang)
        if found.reason:
            value += f" ({self._reason(found.reason, None, [found])})"
        whose = self._whose(found)
        yield from self._wrapped(f"{self.say('figures')}{whose}: {self.pick(found.metric.title)} = {value}", "     ", first="   ")
        if found.calculation:
            words, figures = (self.pick(each) for each in found.calculation)
            yield from self._wrapped(f"= {words} = {figures}", "       ", first="     ")
        rows = Rows(lang=self.lang, zone=self.rows.zone, agents=found.scope != "own", everything=self.rows.everything)
        for each in found.evidence:
            measure = each.measure
            key = (measure.table, measure.where, measure.day, measure.window, measure.link, found.scope,
                   measure.column if measure.kind in ("distinct", "max") else "")  # fmt: skip
            listed = self._listed.get(key)
            self._listed.setdefault(key, place)
            where = ""
            if listed is not None and (each.counted or each.left_out):
                where = f" ({self.say('same') if listed == place else self.say('seen').format(number=listed)})"
            yield from self._wrapped(rows.head(each) + where, "       ", first="     ")
            if listed is None:
                yield from (f"     {line}" for line in rows.listing(each))

    def _whose(self, found: Input) -> str:
        if found.scope == "own":
            return ""
        if found.scope == "company":
            return " toàn công ty" if self.lang == "vi" else " of the company"
        return f" cả nhóm {found.group}" if self.lang == "vi" else f" of team {found.group}"

    def _reason(self, reason: str, found: Explanation | None, inputs: Iterable[Input] = ()) -> str:
        titles = {name: metric.title for name, metric in found.plan.metrics.items()} if found else {}
        for each in inputs:
            titles[each.metric.id] = each.metric.title
            titles |= {row.measure.name: measure_words(row.measure) for row in each.evidence}
        return reason_words(reason, self.lang, titles)

    def _warning(self, warning: str, found: Explanation) -> str:
        line_id, mine, said = warning.partition(f": {found.agent_id}: ")
        if not mine:
            return warning
        titles = {each.line.id: self.pick(each.title) for each in found.lines} | {
            "guarantee": "Bù bảo đảm thu nhập" if self.lang == "vi" else "Guarantee"
        }
        return f"{titles.get(line_id, line_id)}: {self._reason(said, found)}"

    def _spread(self, left: str, right: str) -> str:
        if len(left) + len(right) + 2 <= self.width:
            return left + " " * (self.width - len(left) - len(right)) + right
        head, *rest = textwrap.wrap(left, self.width - len(right) - 2, subsequent_indent="      ", drop_whitespace=True) or [left]
        return "\n".join([self._spread(head, right), *rest])

    def _wrapped(self, said: str, indent: str, *, first: str | None = None) -> list[str]:
        head = indent if first is None else first
        whole = re.sub(r" (?=[₫%])|(?<=[−÷×]) (?=\S)", _KEEP, said)  # "67.000.000 ₫", "× 40 %": never broken
        lines = textwrap.wrap(whole, max(self.width, len(indent) + 24), initial_indent=head, subsequent_indent=indent,
                              break_long_words=False, break_on_hyphens=False)  # fmt: skip
        return [line.replace(_KEEP, " ") for line in lines] or [head.rstrip()]


_KEEP = "\N{NO-BREAK SPACE}"


