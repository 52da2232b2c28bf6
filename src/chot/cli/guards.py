"""``chot kpi check``, ``backtest``, ``review``, ``targets`` and ``forecast``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from chot.cli.opening import Workspace, open_workspace
from chot.cli.output import Field, Sheet, emit
from chot.core.errors import UsageError

Plan = Annotated[Path, typer.Argument(help="The plan (YAML).")]
Data = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
Form = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of stdout.")]
Engine = Annotated[str, typer.Option("--engine", help="Where measures run.")]
Lang = Annotated[str, typer.Option("--lang", help="vi or en.")]
Against = Annotated[Path | None, typer.Option("--against", help="The plan in force until now, to compare pay with.")]

_HEADS = {
    "code": ("Mã", "Code"), "severity": ("Mức", "Severity"), "subject": ("Đối tượng", "Subject"), "what": ("Phát hiện", "Finding"),
    "suggestion": ("Gợi ý", "Suggestion"), "figures": ("Số liệu", "Figures"), "agent_id": ("Mã NV", "Agent"), "period": ("Kỳ", "Period"),
    "team_id": ("Nhóm", "Team"), "old_vnd": ("Lương cũ", "Old pay"), "new_vnd": ("Lương mới", "New pay"), "change": ("Thay đổi", "Change"),
    "metric": ("Chỉ số", "KPI"), "share": ("Tỷ lệ đạt", "Share reaching"), "agent_periods": ("Số lượt", "Agent-periods"),
    "median_attainment": ("Hoàn thành (trung vị)", "Median attainment"), "attainment": ("Hoàn thành", "Attainment"), "reason": ("Nguyên nhân", "Reason"),
    "words": ("Diễn giải", "In words"), "verdict": ("Đánh giá", "Verdict"), "present": ("Hiện tại", "Present"), "proposed": ("Đề xuất", "Proposed"),
    "target": ("Chỉ tiêu", "Target"), "probability": ("Khả năng đạt", "Probability"), "periods": ("Số kỳ", "Periods"), "flag": ("Lưu ý", "Flag"),
    "pay_vnd": ("Dự báo lương biến đổi", "Forecast pay"), "pay_low_vnd": ("Thấp", "Low"), "pay_high_vnd": ("Cao", "High"), "low": ("Thấp", "Low"), "high": ("Cao", "High"),
}  # fmt: skip


def _fields(lang: str, *columns: tuple[str, str]) -> list[Field]:
    place = 0 if lang == "vi" else 1
    return [Field(key=key, heading=_HEADS[key][place], kind=kind) for key, kind in columns]  # type: ignore[arg-type]


def _language(lang: str) -> None:
    if lang not in ("vi", "en"):
        raise UsageError(f"there is no language {lang!r}. Choose vi or en")


def register(app: typer.Typer) -> None:
    """Add the guard commands to ``app``."""
    for command in (check, backtest, review, targets, forecast):
        app.command()(command)


def check(
    plan: Plan, data: Data = None, also: Annotated[list[Path] | None, typer.Option("--also", help="Another plan of the company.")] = None,
    against: Against = None, form: Form = "table", out: Out = None, engine: Engine = "duckdb", lang: Lang = "vi",
) -> None:
    """Look for the seven mistakes, breaches of law and gaming, before the plan is announced."""
    from chot.kpi import checks

    _language(lang)
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        found = checks.check(
            loaded, work.facts, others=[work.plan(each) for each in also or []], closed=work.archive.closed,
            against=work.plan(against) if against else None, records=checks.load_records(work.data / "records.yaml", loaded.id),
            limits=_limits(work),
        )
        documents = [finding.document() for finding in found]
        if not found:
            work.say("Không phát hiện vấn đề nào." if lang == "vi" else "Nothing found.", form=form)
        doc: dict[str, Any] = {"plan": loaded.id, "plan_version": loaded.version, "findings": documents, "warnings": [*loaded.warnings, *work.facts.warnings]}
        work.warn(doc["warnings"], form=form)
        emit(form, lambda: doc, lambda: [_finding_sheet(documents, loaded.id, lang)], out=out)


def _limits(work: Workspace) -> Any:
    from chot.kpi.findings import load_thresholds

    return load_thresholds(work.data / "guards.yaml")


def _finding_sheet(documents: Sequence[Mapping[str, Any]], name: str, lang: str) -> Sheet:
    rows = [
        {**each, "what": each["what"][lang], "suggestion": each["suggestion"][lang],
         "figures": ", ".join(f"{key}={value}" for key, value in each["figures"].items())}
        for each in documents
    ]
    fields = _fields(lang, ("code", "text"), ("severity", "text"), ("subject", "text"), ("what", "text"), ("suggestion", "text"), ("figures", "text"))
    return Sheet(name=name, fields=fields, rows=rows)


def backtest(
    plan: Plan, data: Data = None, periods: Annotated[int, typer.Option("--periods", min=1, max=60, help="How many past periods.")] = 6,
    against: Against = None, form: Form = "table", out: Out = None, engine: Engine = "duckdb", lang: Lang = "vi",
) -> None:
    """Replay the plan over past periods: cost, winners and losers, and who would have reached what."""
    from chot.kpi import backtest as testing
    from chot.kpi.checks import history_findings

    _language(lang)
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        result = testing.backtest(
            loaded, work.facts, periods=periods, closed=work.archive.closed, against=work.plan(against) if against else None,
        )
        doc = testing.document(result, history_findings(result, _limits(work)))
        work.warn(loaded.warnings, form=form)
        emit(form, lambda: doc, lambda: _backtest_sheets(doc, lang), out=out)


def _backtest_sheets(doc: Mapping[str, Any], lang: str) -> list[Sheet]:
    shares = [row for each in doc["share_reaching"] for row in (
        {**each, "team_id": ""}, *({"metric": each["metric"], "team_id": team, "share": share} for team, share in each["teams"].items()))]
    pays = _fields(lang, ("agent_id", "text"), ("team_id", "text"), ("period", "text"), ("old_vnd", "vnd"), ("new_vnd", "vnd"), ("change", "percent"))
    reach = _fields(lang, ("metric", "text"), ("team_id", "text"), ("share", "percent"), ("agent_periods", "number"), ("median_attainment", "percent"))
    return [
        _finding_sheet(doc["findings"], f"{doc['plan']}: {', '.join(doc['periods'])}", lang),
        Sheet(name="share reaching", fields=reach, rows=shares), Sheet(name="pay", fields=pays, rows=doc["pays"], detail=True),
    ]


def review(
    plan: Plan, period: Annotated[str, typer.Option("--period", help="The period to evaluate.")], data: Data = None,
    form: Form = "table", out: Out = None, engine: Engine = "duckdb", lang: Lang = "vi",
) -> None:
    """After a period: why each missed target was missed, and proposals for the next one."""
    from chot.kpi import review as reviewing
    from chot.kpi.run import compute

    _language(lang)
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        wanted = loaded.period_of(period)
        run = compute(loaded, wanted, work.facts, closed=work.archive.history(wanted))
        doc = reviewing.document(reviewing.review(run, work.facts, _limits(work)))
        work.warn(run.warnings, form=form)
        emit(form, lambda: doc, lambda: _review_sheets(doc, lang), out=out)


def _review_sheets(doc: Mapping[str, Any], lang: str) -> list[Sheet]:
    next_fields = _fields(lang, ("metric", "text"), ("verdict", "text"), ("share_reaching", "percent"), ("present", "number"), ("proposed", "number"))
    miss_fields = _fields(lang, ("agent_id", "text"), ("metric", "text"), ("attainment", "percent"), ("reason", "text"), ("words", "text"))
    misses = [{**miss, "words": miss["words"][lang]} for miss in doc["misses"]]
    return [Sheet(name=f"{doc['plan']} {doc['period']}", fields=next_fields, rows=doc["targets"]),
            Sheet(name="missed", fields=miss_fields, rows=misses)]


_HEADS["share_reaching"] = _HEADS["share"]


def targets(
    plan: Plan, data: Data = None, form: Form = "table", out: Out = None, engine: Engine = "duckdb", lang: Lang = "vi",
) -> None:
    """Propose a target for each person by ability, with the probability of reaching it. CSV fits per_agent."""
    from chot.kpi import ability
    from chot.kpi.history import past_periods, points, replays
    from chot.kpi.people import People

    _language(lang)
    with open_workspace(data, engine=engine) as work:
        loaded, limits = work.plan(plan), _limits(work)
        people = People(list(work.facts.agents()))
        found = list(points(replays(loaded, work.facts, past_periods(loaded, work.facts, 6))))
        members = [row.agent_id for agent in people.ids if (row := people.employed(agent, loaded.starts))
                   and loaded.names(role=row.role, team_id=row.team_id)]
        proposals = [each for item in loaded.items for each in ability.propose(loaded, item, found, people, members)]
        rows = [ability.row(each, limits) for each in proposals]
        fields = _fields(lang, ("agent_id", "text"), ("metric", "text"), ("target", "number"), ("present", "number"), ("probability", "percent"),
                         ("periods", "number"), ("flag", "text"))
        shown = fields[:3] if form == "csv" else fields
        work.warn(loaded.warnings, form=form)
        emit(form, lambda: {"plan": loaded.id, "estimate": True, "proposals": rows}, lambda: [Sheet(name=loaded.id, fields=shown, rows=rows)], out=out)


def forecast(
    plan: Plan, as_of: Annotated[str, typer.Option("--as-of", help="The last day that is known, e.g. 2026-10-15.")], data: Data = None,
    form: Form = "table", out: Out = None, engine: Engine = "duckdb", lang: Lang = "vi",
) -> None:
    """Where attainment and pay will stand at the end of the period, with an 80 % interval. An estimate, never pay."""
    from chot.kpi import forecast as forecasting

    _language(lang)
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"--as-of {as_of!r} is not a day. Write it as 2026-10-15") from None
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        doc = forecasting.document(forecasting.forecast(loaded, work.facts, day))
        items = [{"agent_id": agent["agent_id"], **item} for agent in doc["agents"] for item in agent["items"]]
        pays = _fields(lang, ("agent_id", "text"), ("pay_vnd", "vnd"), ("pay_low_vnd", "vnd"), ("pay_high_vnd", "vnd"))
        rows = _fields(lang, ("agent_id", "text"), ("metric", "text"), ("attainment", "percent"), ("low", "percent"), ("high", "percent"))
        work.warn(loaded.warnings, form=form)
        emit(form, lambda: doc, lambda: [Sheet(name=f"{doc['plan']} {doc['period']} · {as_of}", fields=pays, rows=doc["agents"]),
                                         Sheet(name="items", fields=rows, rows=items)], out=out)
