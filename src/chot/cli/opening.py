"""Opening what a command works on: the data folder, its metrics, its plans, its closed runs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from chot.core.errors import InputError, Problem, UsageError
from chot.core.text import did_you_mean

if TYPE_CHECKING:
    from chot.cli.output import Output
    from chot.facts.access import OpenFacts
    from chot.facts.runs import Archive
    from chot.kpi.metrics import Metric, Words
    from chot.kpi.plan import Plan

_SHOWN_WARNINGS = 10


@dataclass
class Workspace:
    """A data folder opened for one command; ``facts`` are there unless only closed runs were asked for."""

    data: Path
    archive: Archive
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    _facts: OpenFacts | None = None

    @property
    def facts(self) -> OpenFacts:
        """The facts of the folder."""
        assert self._facts is not None
        return self._facts

    def plan(self, path: Path) -> Plan:
        """The plan at ``path``, with the company's own metrics known to it."""
        from chot.kpi.plan_loading import load_plan

        return load_plan(path, metrics=self.metrics)

    @cached_property
    def agent_names(self) -> Mapping[str, str]:
        """The latest name of every agent."""
        return {row.agent_id: row.name for row in self.facts.agents()}

    def warn(self, warnings: Iterable[str], output: Output) -> None:
        """Warnings for people, on stderr in their language; in JSON they stand in the document."""
        listed = list(dict.fromkeys(warnings))
        if output.form == "json" or not listed:
            return
        from chot.kpi.wording import reason_words

        titles: dict[str, Words] = {name: metric.title for name, metric in self.metrics.items()}
        for warning in listed[:_SHOWN_WARNINGS]:
            print(f"warning: {reason_words(warning, output.lang, titles)}", file=sys.stderr)
        if len(listed) > _SHOWN_WARNINGS:
            print(f"warning: {len(listed) - _SHOWN_WARNINGS} more (all of them: --format json)", file=sys.stderr)

    def warn_of_nobody(self, plan: Plan, agents: int, output: Output) -> None:
        """An empty result is never silent: in whatever form, stderr says that the plan finds nobody here."""
        if agents:
            return
        names, vi = ", ".join(plan.roles or plan.teams), output.lang == "vi"
        if vi:
            kind = "vai trò" if plan.roles else "nhóm"
            said = f"kế hoạch áp dụng cho {kind} {names}, mà {self.data} không có ai như vậy trong kỳ; xem lại bảng agents"
        else:
            kind = "role" if plan.roles else "team"
            said = f"the plan is for {kind} {names}, and {self.data} has nobody like that in the period; look at its agents table"
        print(f"warning: {said}", file=sys.stderr)

    def say(self, message: str, output: Output) -> None:
        """One sentence about what was done, on stderr."""
        if message and output.form != "json":
            print(message, file=sys.stderr)


def data_folder(data: Path | None) -> Path:
    """The folder of ``--data``; a plain sentence when it is missing."""
    if data is None:
        raise UsageError("say which data folder to work on: --data DIR")
    if not data.is_dir():
        what = "this is a file, not a data folder" if data.exists() else "there is no such folder"
        raise InputError(Problem(file=str(data), what=what, fix="Name a data folder, or make one with: chot demo facts --data DIR"))
    return data


@contextmanager
def open_workspace(data: Path | None, *, engine: str = "duckdb", facts: bool = True) -> Iterator[Workspace]:
    """The workspace of ``data``; ``facts=False`` opens only its closed runs."""
    folder = data_folder(data)
    from chot.facts.engines.registry import NAMES
    from chot.facts.runs import Archive

    if engine not in NAMES:
        raise UsageError(f"there is no engine {engine!r}. {did_you_mean(engine, NAMES)}")
    archive = Archive(folder / "runs")
    if not facts:
        yield Workspace(folder, archive)
        return
    from chot.facts.access import company_metrics, open_facts

    opened = open_facts(folder, engine=engine)
    try:
        yield Workspace(folder, archive, company_metrics(folder), opened)
    finally:
        opened.close()
