"""``chot kpi``: metrics, score, pay, explain, replay. The checks before pay are in ``cli.guards``."""

from __future__ import annotations

from typing import Annotated

import typer

from chot.cli import guards, options
from chot.cli.opening import open_workspace
from chot.cli.output import Output
from chot.core import periods
from chot.core.errors import UsageError

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.command()
def metrics(
    period: options.Period,
    data: options.Data = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", metavar="ID", help="Only this metric; may be repeated.")] = None,
    by: Annotated[str, typer.Option("--by", help="agent, team, role or company.")] = "agent",
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """Every metric of a period, with its sample."""
    output, wanted = Output(form, out, lang), periods.parse(period)
    with open_workspace(data, engine=engine) as work:
        from chot.cli import sheets
        from chot.kpi import metric_report

        if by not in metric_report.KEY:
            raise UsageError(f"--by {by!r} is not agent, team, role or company")
        chosen = metric_report.chosen(work.metrics, metric or [], wanted)
        report = metric_report.report(chosen, wanted, work.facts, by=by)  # type: ignore[arg-type]
        work.warn(report["warnings"], output)
        key = metric_report.KEY[by]
        output.emit(lambda: report, lambda: [sheets.metrics(report, work.metrics, work.agent_names, key, lang)])


@app.command()
def score(
    plan: options.Plan,
    period: options.Period,
    data: options.Data = None,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """The scorecard: actual, target, attainment and payout of every agent and KPI."""
    output = Output(form, out, lang)
    periods.parse(period)
    with open_workspace(data, engine=engine) as work:
        from chot.cli import sheets
        from chot.kpi.run import compute, scorecard

        loaded = work.plan(plan)
        card = scorecard(compute(loaded, loaded.period_of(period), work.facts))
        work.warn_of_nobody(loaded, len(card["agents"]), output)
        work.warn(card["warnings"], output)
        output.emit(lambda: card, lambda: [sheets.scorecard(card, loaded, work.agent_names, lang)])


@app.command()
def pay(
    plan: options.Plan,
    period: options.Period,
    data: options.Data = None,
    close: Annotated[bool, typer.Option("--close", help="Freeze the period: facts, targets and lines.")] = False,
    accept_rejects: Annotated[bool, typer.Option("--accept-rejects", help="Close although rows were left out.")] = False,
    form: options.Form = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """The pay run: every line of every agent; with --close it is frozen and can be replayed."""
    output = Output(form, out, lang)
    if accept_rejects and not close:
        raise UsageError("--accept-rejects goes with --close")
    periods.parse(period)
    with open_workspace(data, engine=engine) as work:
        from chot.cli import sheets
        from chot.facts import runs

        loaded = work.plan(plan)
        wanted = loaded.period_of(period)
        if close:
            result = runs.close(work.archive, loaded, wanted, work.facts, accept_rejects=accept_rejects)
        else:
            result = runs.draft(work.archive, loaded, wanted, work.facts)
        work.warn_of_nobody(loaded, len(result.document["agents"]), output)
        work.warn(result.document["warnings"], output)
        work.say(result.message(lang), output)
        output.emit(lambda: result.document, lambda: sheets.pay(result.document, work.agent_names, loaded, lang))


@app.command()
def explain(
    plan: options.Plan,
    period: options.Period,
    agent: Annotated[str, typer.Option("--agent", metavar="ID", help="The agent's id.")],
    data: options.Data = None,
    line: Annotated[str | None, typer.Option("--line", metavar="ID", help="Only this line, e.g. item:revenue.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="text or json; without it as the name of --out says.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every row in the text, not some of each kind.")] = False,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
    lang: options.Lang = "vi",
) -> None:
    """One agent's statement, walked back to the calls, orders and tickets that count, and those that do not."""
    output = Output(form, out, lang, formats=("text", "json"))
    periods.parse(period)
    with open_workspace(data, engine=engine) as work:
        from chot.facts.opened_runs import open_run
        from chot.kpi import explain as explaining
        from chot.kpi import explanation_json, statement

        loaded = work.plan(plan)
        with open_run(work.archive, work.facts, loaded, loaded.period_of(period)) as opened:
            found = explaining.explain(opened, agent_id=agent, line_id=line)
        if output.form == "json":
            output.write(explanation_json.as_json(found).encode())
        else:
            width = output.width(statement.WIDTH) or statement.WIDTH
            output.write(statement.text(found, lang=lang, width=width, everything=everything).encode())


@app.command()
def replay(
    run_id: Annotated[str, typer.Argument(help="The id of a closed run.")],
    data: options.Data = None,
    out: options.Out = None,
    engine: options.Engine = "duckdb",
) -> None:
    """Compute a closed run again from its frozen facts; it must be equal byte for byte."""
    output = Output("json", out, "vi")
    with open_workspace(data, engine=engine, facts=False) as work:
        from chot.facts import runs

        content = runs.replay(work.archive, run_id, engine=engine)
    typer.echo(f"{run_id}: replayed, equal byte for byte ({len(content)} bytes)", err=True)
    output.write(content)


guards.register(app)
