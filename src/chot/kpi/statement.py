"""The payslip: an explanation as text, in Vietnamese or English, wide enough for a terminal and a print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from chot.core.money import decimal_text
from chot.kpi.evidence import Evidence, row_id
from chot.kpi.explain import Explanation, Input, LineExplanation, Step
from chot.kpi.people import Day
from chot.kpi.source import Row
from chot.kpi.wording import reason_words, value_words

_WIDTH = 88
_ROWS = 6  # rows shown per measure; all of them are in the JSON

_TEXTS: Mapping[str, tuple[str, str]] = {
    "title": ("BẢNG KÊ LƯƠNG KPI", "KPI PAY STATEMENT"), "plan": ("Kế hoạch", "Plan"), "version": ("phiên bản", "version"),
    "period": ("Kỳ", "Period"), "run": ("Lượt tính", "Run"), "team": ("nhóm", "team"),
    "days": ("Ngày làm việc trong kỳ", "Working days of the period"), "for_targets": ("tính cho chỉ tiêu", "count towards targets"),
    "for_bonus": ("tính cho thưởng", "count towards the bonus"), "total": ("LƯƠNG BIẾN ĐỔI", "VARIABLE PAY"),
    "base": ("Lương cơ bản (KPI không bao giờ làm giảm)", "Base pay (never reduced by a KPI)"),
    "carry": ("Chuyển sang kỳ sau", "Carried to the next period"), "counted": ("tính", "counted"), "left_out": ("không tính", "not counted"),
    "more": ("… và {count} dòng nữa (xem đủ: --format json)", "… and {count} more (all of them: --format json)"),
    "unmeasured": ("Chưa đo được", "Not measured"), "sample": ("số mẫu", "sample"), "why_not": ("Không tính", "Not counted"),
    "before": ("trước làm tròn", "before rounding"), "note": ("Ghi chú", "Note"), "warnings": ("Lưu ý", "Please note"),
    "seen": ("các dòng đã kê ở mục {number}", "its rows are listed under {number}"),
    "join": ("chưa vào làm hoặc đã nghỉ việc", "before hiring or after leaving"),
    "other plan": ("thuộc kế hoạch KPI khác", "under another KPI plan"),
    "elsewhere": ("trọng số chuyển cho các chỉ số đo được", "its weight goes to the measured KPIs"),
}  # fmt: skip

_AMOUNTS = {"orders": "amount_vnd", "calls": "talk_s", "surveys": "score", "reviews": "score_bp", "exams": "score_bp"}
_TIMES = {
    "calls": "started_at", "orders": "ordered_at", "leads": "assigned_at", "tickets": "done_at", "surveys": "answered_at",
    "reviews": "reviewed_at", "exams": "taken_at", "workdays": "date",
}
_STATES = {"calls": ("outcome", "disposition"), "orders": ("status", "product"), "leads": ("best_stage",), "tickets": ("status",),
           "surveys": ("kind",), "workdays": ("leave",)}


def text(explanation: Explanation, *, lang: str) -> str:
    """The statement of one agent; ends with a line break."""
    return _Writer(lang).statement(explanation)


class _Writer:
    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._opened: dict[str, int] = {}  # measure name -> the line that lists its rows

    def say(self, key: str) -> str:
        return _TEXTS[key][0 if self.lang == "vi" else 1]

    def statement(self, found: Explanation) -> str:
        lines = [self.say("title"), "═" * _WIDTH, *self._head(found), ""]
        for number, each in enumerate(found.lines, start=1):
            lines += [*self._line(number, each), ""]
        lines += ["═" * _WIDTH, _spread(self.say("total"), self.money(found.variable_vnd))]
        if found.carry_vnd:
            lines.append(_spread(self.say("carry"), self.money(found.carry_vnd)))
        if found.base_pay_vnd is not None:
            lines.append(_spread(self.say("base"), self.money(found.base_pay_vnd)))
        if found.warnings:
            lines += ["", f"{self.say('warnings')}:", *(f"  {reason_words(warning, self.lang)}" for warning in found.warnings)]
        return "\n".join(lines) + "\n"

    def _head(self, found: Explanation) -> list[str]:
        name = f"{found.agent_name} ({found.agent_id})" if found.agent_name else found.agent_id
        team = f" · {self.say('team')} {found.team_id}" if found.team_id else ""
        return [
            f"{name}{team}",
            f"{self.say('plan')}: {found.plan.title or found.plan.id} ({found.plan.id}, {self.say('version')} {found.plan.version[:12]})",
            f"{self.say('period')}: {found.period}   {self.say('run')}: {found.run_id}",
            f"{self.say('days')}: {found.working_days}; {self.number(found.target_days)} {self.say('for_targets')}, "
            f"{self.number(found.bonus_days)} {self.say('for_bonus')}",
            *(f"  {self._moment(day.date)}: {self._day(day)}" for day in found.reduced),
        ]

    def _day(self, day: Day) -> str:
        shares = f"{self.number(day.for_target)} {self.say('for_targets')}, {self.number(day.for_bonus)} {self.say('for_bonus')}"
        reason = self.say(day.reason) if day.reason in _TEXTS else self.pick(value_words(day.reason))
        return f"{reason}; {shares}"

    def _line(self, number: int, found: LineExplanation) -> list[str]:
        lines = [_spread(f"{number}. {self.pick(found.title)}  [{found.line.id}]", self.money(found.line.amount))]
        steps = {step.name: step for step in found.steps}
        lines += [f"   {part}" for part in (self._item(found, steps) if found.line.kind == "bonus" else self._other(found))]
        if found.line.note:
            lines.append(f"   {self.say('note')}: {reason_words(found.line.note, self.lang)}")
        for each in found.inputs:
            lines += [f"   {part}" for part in self._input(number, each)]
        return lines

    def _item(self, found: LineExplanation, steps: Mapping[str, Step]) -> list[str]:
        shown = {name: self._value(step) for name, step in steps.items()}
        lines = [
            f"{self.pick(steps['actual'].words)} {shown['actual']} / {self.pick(steps['target'].words).lower()} {shown['target']}"
            f" → {self.pick(steps['attainment'].words).lower()} {shown['attainment']}"
        ]
        if steps["payout"].value is None:
            return [*lines, f"{self.say('unmeasured')}: {self.say('elsewhere')}"]
        factors = " × ".join(shown[name] for name in ("bonus_vnd", "bonus_share", "effective_weight", "payout"))
        lines += [f"{self.pick(found.formula)}:", f"{factors} = {shown['before_rounding']}"]
        return [*lines, f"{found.parameters['scale']}"]

    def _other(self, found: LineExplanation) -> list[str]:
        lines = [self.pick(found.formula)]
        lines += [f"{self.pick(step.words)}: {self._value(step)}" for step in found.steps]
        wanted = ("tiers", "run_id", "period", "line")
        return lines + [f"{key}: {value}" for key, value in found.parameters.items() if key in wanted]

    def _input(self, number: int, found: Input) -> list[str]:
        value = self.unit(found.value, found.metric.unit) if found.value is not None else self.say("unmeasured").lower()
        lines = [f"• {self.pick(found.metric.title)}: {value} ({self.pick(found.formula)}; {self.say('sample')} {self.number(found.sample)})"]
        for each in found.evidence:
            listed = self._opened.setdefault(each.measure.name, number)
            lines += [f"    {part}" for part in (self._evidence(each) if listed == number else [self._seen(each, listed)])]
        return lines

    def _seen(self, found: Evidence, number: int) -> str:
        return f"{found.measure.name} = {self.number(found.value)}: {self.say('seen').format(number=number)}"

    def _evidence(self, found: Evidence) -> list[str]:
        head = (
            f"{found.measure.name} = {self.number(found.value)}: {len(found.counted)} {self.say('counted')}, "
            f"{len(found.left_out)} {self.say('left_out')}"
        )
        lines = [head, *(f"  {self._row(found, row)}" for row, _ in found.counted[:_ROWS])]
        lines += self._more(len(found.counted))
        if found.left_out:
            lines.append(f"{self.say('why_not')}:")
            lines += [f"  {self._row(found, row)}: {self.pick(reason)}" for row, reason in found.left_out[:_ROWS]]
            lines += self._more(len(found.left_out))
        return lines

    def _more(self, count: int) -> list[str]:
        return [f"  {self.say('more').format(count=self.number(count - _ROWS))}"] if count > _ROWS else []

    def _row(self, found: Evidence, row: Row) -> str:
        table = found.measure.table
        moment = row.get(_TIMES[table]) or row.get("local_date")
        parts = [row_id(found.measure, row), self._moment(moment)]
        amount = row.get(_AMOUNTS.get(table, ""))
        if isinstance(amount, int):
            parts.append(self.money(amount) if table == "orders" else f"{self.number(amount)} s" if table == "calls" else self.number(amount))
        parts += [self.pick(value_words(row[name])) for name in _STATES.get(table, ()) if row.get(name)]
        return "  ".join(part for part in parts if part)

    def _moment(self, moment: object) -> str:
        if isinstance(moment, datetime):
            return moment.astimezone(_ZONE).strftime("%d/%m/%Y %H:%M" if self.lang == "vi" else "%Y-%m-%d %H:%M")
        return moment.strftime("%d/%m/%Y" if self.lang == "vi" else "%Y-%m-%d") if isinstance(moment, date) else ""

    def _value(self, step: Step) -> str:
        return "–" if step.value is None else self.unit(step.value, step.unit)

    def pick(self, words: object) -> str:
        return str(getattr(words, self.lang))

    def money(self, value: Fraction | int) -> str:
        return f"{self.number(value)} ₫"

    def number(self, value: Fraction | int, places: int = 2) -> str:
        whole, _, part = decimal_text(value, places).partition(".")
        group, point = (".", ",") if self.lang == "vi" else (",", ".")
        grouped = f"{int(whole.lstrip('-')):,}".replace(",", group)
        return ("-" if whole.startswith("-") else "") + grouped + (point + part if part else "")

    def unit(self, value: Fraction, unit: str) -> str:
        match unit:
            case "vnd":
                return self.money(value)
            case "percent" | "ratio":
                return f"{self.number(value * 100)} %"
            case "seconds":
                spent = str(timedelta(seconds=int(value)))
                return f"{self.number(value)} s ({spent})" if value >= 60 else f"{self.number(value)} s"
            case _:
                return self.number(value)


_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def _spread(left: str, right: str) -> str:
    return left + " " * max(_WIDTH - len(left) - len(right), 2) + right

