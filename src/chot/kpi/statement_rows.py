"""The rows behind a figure, as the lines of a payslip: examples of what counts, and what does not, by reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from chot.kpi.evidence import Evidence, moment_column, row_id
from chot.kpi.explanation import Change
from chot.kpi.figure_words import duration, moment, money, number
from chot.kpi.measures import Measure
from chot.kpi.metrics import Words
from chot.kpi.source import Row
from chot.kpi.wording import counted_words, measure_words, value_words

COUNTED, LEFT_OUT, REASONS = 5, 2, 6  # rows shown of what counts, rows per reason, reasons

_FIGURES = {
    "orders": "amount_vnd", "calls": "talk_s", "surveys": "score", "reviews": "score_bp", "exams": "score_bp", "workdays": "worked_s",
}  # fmt: skip
_WORDED = {
    "calls": ("outcome", "disposition"), "orders": ("status", "product"), "leads": ("stage",), "tickets": ("status",),
    "surveys": ("kind",), "workdays": ("leave",),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Rows:
    """How rows are written: the language, the company's clock, whether the agent is named, whether all rows are."""

    lang: str
    zone: tzinfo
    agents: bool = False
    everything: bool = False

    def listing(self, found: Evidence) -> Iterator[str]:
        """The rows of a measure that count, and those that do not, by reason."""
        yield from self._examples(found.measure, found.counted, COUNTED, indent="    ")
        yield from self.left_out(found)

    def head(self, found: Evidence) -> str:
        """A measure and its value: "• Tiền các đơn …: 1.000.000 ₫, cộng 2 đơn"."""
        title, value = self.pick(measure_words(found.measure)), self.value(found.measure, found.value)
        if found.measure.kind == "sum":
            count = counted_words(len(found.counted), found.measure.table, self.lang)
            value += f", cộng từ {count}" if self.lang == "vi" else f", the sum of {count}"
        return f"• {title}: {value}"

    def left_out(self, found: Evidence) -> Iterator[str]:
        """The rows that do not count, grouped by reason, the largest group first."""
        if not found.left_out:
            return
        groups: dict[Words, list[Row]] = {}
        for row, reason in found.left_out:
            groups.setdefault(reason, []).append(row)
        ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
        table, total = found.measure.table, len(found.left_out)
        said = counted_words(total, table, self.lang)
        yield f"  Không tính {said}:" if self.lang == "vi" else f"  Not counted: {said}"
        shown = ordered if self.everything else ordered[:REASONS]
        for reason, rows in shown:
            yield f"    {counted_words(len(rows), table, self.lang)}: {self.pick(reason)}"
            yield from self._examples(found.measure, [(row, 0) for row in rows], LEFT_OUT, indent="      ")
        rest = sum(len(rows) for _, rows in ordered[len(shown) :])
        if rest:
            count = len(ordered) - len(shown)
            yield (f"    {counted_words(rest, table, self.lang)}: {count} lý do khác" if self.lang == "vi"
                   else f"    {counted_words(rest, table, self.lang)}: {count} other reasons")  # fmt: skip

    def change(self, found: Change) -> Iterator[str]:
        """What late facts changed in a measure."""
        measure = found.after.measure
        before, after = self.value(measure, found.before.value), self.value(measure, found.after.value)
        yield f"• {self.pick(measure_words(measure))}: {before} → {after}"
        for sign, rows in (("+", found.came), ("−", found.went)):
            shown = rows if self.everything else rows[:COUNTED]
            for row, _ in shown:
                why = found.why.get(row_id(measure, row)) if sign == "−" else None
                yield f"    {sign} {self.row(measure, row)}" + (f"  ({self._today(why)})" if why else "")
            yield from self._more(measure, rows[len(shown) :], indent="    ")

    def _today(self, why: Words) -> str:
        return f"nay: {why.vi}" if self.lang == "vi" else f"today: {why.en}"

    def _examples(self, measure: Measure, rows: Sequence[tuple[Row, int]], most: int, *, indent: str) -> Iterator[str]:
        shown = rows if self.everything or len(rows) <= most + 1 else rows[:most]  # "and 1 more" says less than the row
        width = max((len(row_id(measure, row)) for row, _ in shown), default=0)
        yield from (indent + self.row(measure, row, id_width=width) for row, _ in shown)
        yield from self._more(measure, rows[len(shown) :], indent=indent)

    def _more(self, measure: Measure, rest: Sequence[tuple[Row, int]], *, indent: str) -> Iterator[str]:
        if not rest:
            return
        count = counted_words(len(rest), measure.table, self.lang)
        sum_ = sum(added for _, added in rest)
        tail = ""
        if measure.kind == "sum" and sum_:
            value = self.value(measure, sum_)
            tail = f", cộng {value}" if self.lang == "vi" else f", together {value}"
        yield indent + (f"… và {count} nữa{tail}" if self.lang == "vi" else f"… and {count} more{tail}")

    def row(self, measure: Measure, row: Row, *, id_width: int = 0) -> str:
        """One row: its id, its time, the figure that matters, and what it was."""
        table = measure.table
        parts = [] if table == "workdays" else [row_id(measure, row).ljust(id_width)]
        parts.append(moment(row.get(moment_column(measure)) or row.get(measure.day), self.lang, self.zone))
        if self.agents and row.get("agent_id"):
            parts.append(str(row["agent_id"]))
        column = measure.column if measure.kind in ("sum", "max") else _FIGURES.get(table, "")
        figure = row.get(column)
        if isinstance(figure, int) and not isinstance(figure, bool):
            parts.append(self.cell(column, figure).rjust(13))
        parts += [self.pick(value_words(row[name])) for name in _WORDED.get(table, ()) if row.get(name) not in (None, "none")]
        if table == "calls" and row.get("order_id"):
            parts.append(f"→ {row['order_id']}")
        return "  ".join(part for part in parts if part)

    def value(self, measure: Measure, value: int) -> str:
        """The value of a measure: đồng, seconds, or so many rows."""
        if measure.kind in ("sum", "max"):
            return duration(value, self.lang) if measure.column.endswith("_s") else self.cell(measure.column, value)
        if measure.link.startswith("repeat") or measure.column == "customer_id":
            one, several = ("khách", "khách") if self.lang == "vi" else ("customer", "customers")
            return f"{number(value, self.lang)} {one if value == 1 else several}"
        return number(value, self.lang) if measure.kind == "distinct" else counted_words(value, measure.table, self.lang)

    def cell(self, column: str, value: int) -> str:
        """A number of a row in the unit of its column."""
        if column.endswith("_vnd"):
            return money(value, self.lang)
        if column.endswith("_s"):
            return f"{number(value, self.lang)} " + ("giây" if self.lang == "vi" else "s")
        points = {"vi": " điểm", "en": " points"}[self.lang] if column in ("score", "score_bp") else ""
        return number(value, self.lang) + points

    def pick(self, words: Words) -> str:
        """The words in the reader's language."""
        return words.vi if self.lang == "vi" else words.en
