"""``chot kpi``: metrics, score, pay, explain, replay. The checks before pay are in ``cli.guards``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from chot.cli import guards
from chot.cli.opening import Workspace, open_workspace
from chot.cli.output import Field, Sheet, emit
from chot.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
guards.register(app)

DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder.")]
PeriodOption = Annotated[str, typer.Option("--period", help="2026-10, 2026-Q4 or 2026-W41.")]
FormatOption = Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Write to this file instead of stdout.")]
EngineOption = Annotated[str, typer.Option("--engine", help="Where measures run: duckdb, postgres, spark or clickhouse.")]
LangOption = Annotated[str, typer.Option("--lang", help="vi or en.")]
PlanArgument = Annotated[Path, typer.Argument(help="The plan (YAML).")]


def _check_language(lang: str) -> None:
    if lang not in ("vi", "en"):
        raise UsageError(f"there is no language {lang!r}. Choose vi or en")


@app.command()
def metrics(
    period: PeriodOption, data: DataOption = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="Only this metric; may be repeated.")] = None,
    by: Annotated[str, typer.Option("--by", help="agent, team, role or company.")] = "agent",
    form: FormatOption = "table", out: OutOption = None, engine: EngineOption = "duckdb", lang: LangOption = "vi",
) -> None:
    """Every metric of a period, with its sample."""
    from chot.core import periods
    from chot.kpi import metric_report

    _check_language(lang)
    if by not in metric_report.KEY:
        raise UsageError(f"--by {by!r} is not agent, team, role or company")
    wanted = periods.parse(period)
    with open_workspace(data, engine=engine) as work:
        chosen = metric_report.chosen(work.metrics, metric or [], wanted)
        report = metric_report.report(chosen, wanted, work.facts, by=by)  # type: ignore[arg-type]
        work.warn(report["warnings"], form=form)
        emit(form, lambda: report, lambda: [_metric_sheet(report, metric_report.KEY[by], work, lang)], out=out)


def _metric_sheet(report: Mapping[str, Any], key: str, work: Workspace, lang: str) -> Sheet:
    titles = {metric.id: metric.title for metric in work.metrics.values()}
    rows = [{**row, "title": getattr(titles[row["metric"]], lang), "value": row["value"]} for row in report["rows"]]
    heads = {"vi": ("Chỉ số", "Giá trị", "Số mẫu", "Đơn vị"), "en": ("Metric", "Value", "Sample", "Unit")}[lang]
    fields = [
        Field(key=key, heading=key), Field(key="metric", heading="metric"), Field(key="title", heading=heads[0]),
        Field(key="decimal", heading=heads[1], kind="number"), Field(key="value", heading="n/d"),
        Field(key="sample", heading=heads[2], kind="number"), Field(key="unit", heading=heads[3]),
    ]
    return Sheet(name=f"{report['period']}", fields=fields, rows=rows)


@app.command()
def score(
    plan: PlanArgument, period: PeriodOption, data: DataOption = None, form: FormatOption = "table", out: OutOption = None,
    engine: EngineOption = "duckdb", lang: LangOption = "vi",
) -> None:
    """The scorecard: actual, target, attainment and payout of every agent and KPI."""
    from chot.cli import sheets
    from chot.kpi.run import compute, scorecard

    _check_language(lang)
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        run = compute(loaded, loaded.period_of(period), work.facts)
        card = scorecard(run)
        work.warn(card["warnings"], form=form)
        emit(form, lambda: card, lambda: [sheets.scorecard(card, run, lang)], out=out)


@app.command()
def pay(
    plan: PlanArgument, period: PeriodOption, data: DataOption = None,
    close: Annotated[bool, typer.Option("--close", help="Freeze the period: facts, targets and lines.")] = False,
    accept_rejects: Annotated[bool, typer.Option("--accept-rejects", help="Close although rows were left out.")] = False,
    form: FormatOption = "table", out: OutOption = None, engine: EngineOption = "duckdb", lang: LangOption = "vi",
) -> None:
    """The pay run: every line of every agent; with --close it is frozen and can be replayed."""
    from chot.cli import sheets
    from chot.facts import runs

    _check_language(lang)
    if accept_rejects and not close:
        raise UsageError("--accept-rejects goes with --close")
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        wanted = loaded.period_of(period)
        if close:
            result = runs.close(work.archive, loaded, wanted, work.facts, accept_rejects=accept_rejects)
        else:
            result = runs.draft(work.archive, loaded, wanted, work.facts)
        work.warn(result.document["warnings"], form=form)
        work.say(result.message(lang), form=form)
        emit(form, lambda: result.document, lambda: sheets.pay(result.document, work.agent_names(), loaded, lang), out=out)


@app.command()
def explain(
    plan: PlanArgument, period: PeriodOption, agent: Annotated[str, typer.Option("--agent", help="The agent's id.")],
    data: DataOption = None, line: Annotated[str | None, typer.Option("--line", help="Only this line, e.g. item:revenue.")] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text", lang: LangOption = "vi",
    everything: Annotated[bool, typer.Option("--all", help="Every row in the text, not some of each kind.")] = False,
    out: OutOption = None, engine: EngineOption = "duckdb",
) -> None:
    """One agent's statement, walked back to the calls, orders and tickets that count, and those that do not."""
    from chot.cli.opened_runs import open_run
    from chot.cli.output import terminal_width, write_text
    from chot.kpi import explain as explaining
    from chot.kpi import explanation_json, statement

    _check_language(lang)
    if form not in ("text", "json"):
        raise UsageError(f"there is no format {form!r}. Choose text or json")
    with open_workspace(data, engine=engine) as work:
        loaded = work.plan(plan)
        with open_run(work, loaded, loaded.period_of(period)) as opened:
            found = explaining.explain(opened, agent_id=agent, line_id=line)
        if form == "json":
            write_text(explanation_json.as_json(found), out=out)
        else:
            width = terminal_width(statement.WIDTH) if out is None else statement.WIDTH
            write_text(statement.text(found, lang=lang, width=width, everything=everything), out=out)


@app.command()
def replay(
    run_id: Annotated[str, typer.Argument(help="The id of a closed run.")], data: DataOption = None, engine: EngineOption = "duckdb",
) -> None:
    """Compute a closed run again from its frozen facts; it must be equal byte for byte."""
    from chot.facts import runs

    with open_workspace(data, engine=engine, facts=False) as work:
        content = runs.replay(work.archive, run_id, engine=engine)
        typer.echo(f"{run_id}: replayed, equal byte for byte ({len(content)} bytes)", err=True)
        typer.echo(content.decode(), nl=False)
