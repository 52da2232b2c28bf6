"""``chot kpi check``, ``backtest``, ``review``, ``targets`` and ``forecast``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chot.cli import options
from chot.cli.cells import Sheet
from chot.cli.opening import Workspace, open_workspace
from chot.cli.output import Output
from chot.core.errors import UsageError
from chot.core.periods import parse

if TYPE_CHECKING:
    from chot.kpi.findings import Thresholds
    from chot.kpi.plan import Plan

_WORDS = {
    "error": "lỗi", "warning": "cảnh báo", "note": "ghi chú", "unrealistic": "không thực tế", "too easy": "quá dễ", "too hard": "quá khó",
    "healthy": "hợp lý", "keep": "giữ nguyên", "unmeasured": "chưa đo được", "event": "sự kiện", "individual": "cá nhân",
    "own": "các kỳ trước của mình", "colleagues": "đồng nghiệp cùng vai trò", "team": "trung vị của nhóm", "plan": "số của kế hoạch",
}  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the guard commands to ``app``."""
    for command in (check, backtest, review, targets, forecast):
        app.command()(command)


def check(
    plan: options.Plan,
    data: options.Data = None,
    also: Annotated[list[Path] | None, typer.Option("--also", metavar="PLAN", help="Another plan of the company.")] = None,
    against: options.Against = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """Look for the seven mistakes, breaches of law and gaming, before the plan is announced."""
    output = Output(form, out, lang)
    with open_workspace(data, engine=engine) as work:
        from chot.kpi import checks

        loaded = work.plan(plan)
        found = checks.check(
            loaded, work.facts, others=[work.plan(each) for each in also or []], closed=work.archive.closed,
            against=work.plan(against) if against else None, records=checks.load_records(work.data / "records.yaml", loaded.id),
            limits=_limits(work),
        )  # fmt: skip
        documents = [finding.document() for finding in found]
        warnings = [*loaded.warnings, *work.facts.warnings]
        work.warn(warnings, output)
        if not found:
            work.say("Không phát hiện vấn đề nào." if lang == "vi" else "Nothing found.", output)
        output.emit(
            lambda: {"plan": loaded.id, "plan_version": loaded.version, "findings": documents, "warnings": warnings},
            lambda: [_finding_sheet(documents, loaded.title or loaded.id, work, lang)],
        )


def _limits(work: Workspace) -> Thresholds:
    from chot.kpi.findings import load_thresholds

    return load_thresholds(work.data / "guards.yaml")


def _word(word: str, lang: str) -> str:
    return _WORDS.get(word, word) if lang == "vi" else word


def _finding_sheet(documents: Sequence[Mapping[str, Any]], name: str, work: Workspace, lang: str) -> Sheet:
    from chot.cli.sheets import fields, said

    subjects = {name: said(metric.title, lang) for name, metric in work.metrics.items()} | {
        agent: f"{given} ({agent})" for agent, given in work.agent_names.items() if given
    }
    rows = [
        {**each, "subject": subjects.get(each["subject"], each["subject"]), "severity": _word(each["severity"], lang),
         "what": each["what"][lang], "suggestion": each["suggestion"][lang] + (f" ({each['written']})" if each["written"] else ""),
         "figures": ", ".join(f"{key}={value}" for key, value in each["figures"].items())}
        for each in documents
    ]  # fmt: skip
    keys = ("code", "severity", "subject", "what", "suggestion")
    return Sheet(name=name, fields=fields(lang, *((key, "text") for key in keys), ("figures", "text!")), rows=rows)


def backtest(
    plan: options.Plan,
    data: options.Data = None,
    periods: Annotated[int, typer.Option("--periods", min=1, max=60, help="How many past periods.")] = 6,
    against: options.Against = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """Replay the plan over past periods: cost, winners and losers, and who would have reached what."""
    output = Output(form, out, lang)
    with open_workspace(data, engine=engine) as work:
        from chot.kpi import backtest as testing
        from chot.kpi.checks import history_findings

        loaded = work.plan(plan)
        old = work.plan(against) if against else None
        result = testing.backtest(loaded, work.facts, periods=periods, closed=work.archive.closed, against=old)
        doc = testing.document(result, history_findings(result, _limits(work)))
        work.warn([*loaded.warnings, *work.facts.warnings], output)
        output.emit(lambda: doc, lambda: _backtest_sheets(doc, loaded, work, lang))


def _backtest_sheets(doc: Mapping[str, Any], plan: Plan, work: Workspace, lang: str) -> list[Sheet]:
    from chot.cli.sheets import fields, item_titles

    titles = item_titles(plan, lang)
    places = ", ".join(doc["periods"]) or ("chưa có kỳ nào trước đó" if lang == "vi" else "no earlier period")
    shares = [
        {**row, "title": titles[row["metric"]]} for each in doc["share_reaching"] for row in (
            {**each, "team_id": ""},
            *({"metric": each["metric"], "team_id": team, "share": share} for team, share in each["teams"].items()),
        )
    ]  # fmt: skip
    pays = [{**row, "name": work.agent_names.get(row["agent_id"], "")} for row in doc["pays"]]
    reach = [("metric", "text!"), ("title", "text"), ("team_id", "text"), ("share", "percent"), ("agent_periods", "number"),
             ("median_attainment", "percent")]  # fmt: skip
    columns = [("agent_id", "text"), ("name", "text"), ("team_id", "text"), ("period", "text"), ("old_vnd", "vnd"), ("new_vnd", "vnd"),
               ("change", "percent")]  # fmt: skip
    vi = lang == "vi"
    return [
        _finding_sheet(doc["findings"], f"{plan.title or plan.id}: {places}", work, lang),
        Sheet(name="Tỷ lệ đạt chỉ tiêu" if vi else "Share reaching the target", fields=fields(lang, *reach), rows=shares),
        Sheet(name="Lương từng người" if vi else "Everyone's pay", fields=fields(lang, *columns), rows=pays, detail=True),
    ]


def review(
    plan: options.Plan,
    period: Annotated[str, typer.Option("--period", help="The period to evaluate.")],
    data: options.Data = None,
    events: Annotated[
        Path | None, typer.Option("--events", metavar="FILE", help="A CSV of what was unforeseen: team_id,first,last,note.")
    ] = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """After a period: why each missed target was missed, and proposals for the next one."""
    output = Output(form, out, lang)
    parse(period)
    with open_workspace(data, engine=engine) as work:
        from chot.kpi import review as reviewing
        from chot.kpi.event_files import read_events
        from chot.kpi.run import compute

        loaded = work.plan(plan)
        wanted = loaded.period_of(period)
        run = compute(loaded, wanted, work.facts, closed=work.archive.history(wanted))
        happenings = read_events(events, teams={span.team_id for span in run.spans}) if events else []
        doc = reviewing.document(reviewing.review(run, work.facts, _limits(work), happenings=happenings))
        work.warn_of_nobody(loaded, len(run.spans), output)
        work.warn(run.warnings, output)
        output.emit(lambda: doc, lambda: _review_sheets(doc, loaded, work, lang))


def _review_sheets(doc: Mapping[str, Any], plan: Plan, work: Workspace, lang: str) -> list[Sheet]:
    from chot.cli.sheets import fields, heading, item_titles

    titles, units = item_titles(plan, lang), {item.metric.id: item.metric.unit for item in plan.items}
    verdicts = [
        {**each, "title": titles[each["metric"]], "unit": units[each["metric"]], "verdict": _word(each["verdict"], lang)}
        for each in doc["targets"]
    ]
    misses = [
        {**miss, "name": work.agent_names.get(miss["agent_id"], ""), "title": titles[miss["metric"]], "words": miss["words"][lang],
         "reason": _word(miss["reason"], lang)}
        for miss in doc["misses"]
    ]  # fmt: skip
    first = [("metric", "text!"), ("title", "text"), ("verdict", "text"), ("share_reaching", "percent"), ("present", "unit"),
             ("proposed", "unit"), ("unit", "text!")]  # fmt: skip
    second = [("agent_id", "text"), ("name", "text"), ("metric", "text!"), ("title", "text"), ("attainment", "percent"), ("reason", "text"),
              ("words", "text")]  # fmt: skip
    return [
        Sheet(name=heading(plan, doc["period"], lang), fields=fields(lang, *first), rows=verdicts),
        Sheet(name="Chưa đạt" if lang == "vi" else "Missed", fields=fields(lang, *second), rows=misses),
    ]


def targets(
    plan: options.Plan,
    data: options.Data = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """Propose a target for each person by ability, with the probability of reaching it. CSV fits per_agent."""
    output = Output(form, out, lang)
    with open_workspace(data, engine=engine) as work:
        from chot.kpi import ability
        from chot.kpi.history import past_periods
        from chot.kpi.people import People

        loaded, limits = work.plan(plan), _limits(work)
        people = People(list(work.facts.agents()))
        known = ability.outlooks(loaded, work.facts, past_periods(loaded, work.facts, 6), people)
        rows = [ability.row(proposal, limits) for each in known.values() for proposal in ability.propose(each)]
        work.warn_of_nobody(loaded, len(ability.members(loaded, people)), output)
        work.warn(loaded.warnings, output)
        doc = {"plan": loaded.id, "estimate": True, "proposals": rows}
        output.emit(lambda: doc, lambda: [_target_sheet(rows, loaded, work, lang, per_agent=output.form == "csv")])


def _target_sheet(rows: Sequence[Mapping[str, Any]], plan: Plan, work: Workspace, lang: str, *, per_agent: bool) -> Sheet:
    from chot.cli.sheets import fields, item_titles

    titles, units = item_titles(plan, lang), {item.metric.id: item.metric.unit for item in plan.items}
    shown = [
        {**row, "name": work.agent_names.get(row["agent_id"], ""), "title": titles[row["metric"]], "unit": units[row["metric"]],
         "flag": _word(row["flag"], lang), "origin": _word(row["origin"], lang)}
        for row in rows
    ]  # fmt: skip
    columns = [("agent_id", "text"), ("name", "text"), ("metric", "text!"), ("title", "text"), ("target", "unit"), ("present", "unit"),
               ("unit", "text!"), ("probability", "percent"), ("periods", "number"), ("origin", "text"),
               ("flag", "text")]  # fmt: skip
    wanted = [each for each in columns if not per_agent or each[0] in ("agent_id", "metric", "target")]
    return Sheet(name=plan.title or plan.id, fields=fields(lang, *wanted), rows=shown)


def forecast(
    plan: options.Plan,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The last day that is known, e.g. 2026-10-15.")],
    data: options.Data = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """Where attainment and pay will stand at the end of the period, with an 80 % interval. An estimate, never pay."""
    output = Output(form, out, lang)
    try:
        day = date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"--as-of {as_of!r} is not a day. Write it as 2026-10-15") from None
    with open_workspace(data, engine=engine) as work:
        from chot.kpi import forecast as forecasting

        loaded = work.plan(plan)
        doc = forecasting.document(forecasting.forecast(loaded, work.facts, day))
        work.warn_of_nobody(loaded, len(doc["agents"]), output)
        work.warn([*loaded.warnings, *work.facts.warnings], output)
        output.emit(lambda: doc, lambda: _forecast_sheets(doc, loaded, work, lang))


def _forecast_sheets(doc: Mapping[str, Any], plan: Plan, work: Workspace, lang: str) -> list[Sheet]:
    from chot.cli.sheets import fields, heading, item_titles

    titles, names = item_titles(plan, lang), work.agent_names
    agents = [{**agent, "name": names.get(agent["agent_id"], "")} for agent in doc["agents"]]
    items = [
        {"agent_id": agent["agent_id"], "name": agent["name"], **item, "title": titles[item["metric"]]}
        for agent in agents for item in agent["items"]
    ]  # fmt: skip
    pays = [("agent_id", "text"), ("name", "text"), ("pay_vnd", "vnd"), ("pay_low_vnd", "vnd"), ("pay_high_vnd", "vnd")]
    columns = [("agent_id", "text"), ("name", "text"), ("metric", "text!"), ("title", "text"), ("attainment", "percent")]
    columns += [("low", "percent"), ("high", "percent")]
    known = f"{heading(plan, doc['period'], lang)}, " + ("biết đến " if lang == "vi" else "known to ") + doc["as_of"]
    return [
        Sheet(name=known, fields=fields(lang, *pays), rows=agents),
        Sheet(name="Từng chỉ số" if lang == "vi" else "Each KPI", fields=fields(lang, *columns), rows=items),
    ]
