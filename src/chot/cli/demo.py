"""``chot demo facts``: a believable company to try things on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from chot.core import clock
from chot.core.errors import UsageError
from chot.core.periods import containing

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """A believable company to try things on."""


@app.command()
def facts(
    data: Annotated[Path, typer.Option("--data", help="Folder to write; empty, new, or an earlier demo.")],
    agents: Annotated[int, typer.Option(help="People, those who left included.")] = 40,
    months: Annotated[int, typer.Option(help="Months of facts.")] = 14,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company, byte for byte.")] = 7,
    end: Annotated[str | None, typer.Option(help="Last month, as 2026-10. Default: the month before today's.")] = None,
    until: Annotated[str | None, typer.Option(help="The last month runs, up to this day: 2026-11-22 or 2026-11-22T10:30.")] = None,
    stored: Annotated[bool, typer.Option("--stored", help="Small tables as an import keeps them, for the application to change.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that holds other files too.")] = False,
) -> None:
    """Make a demo company's facts and plans: names, shifts, Tết, leads, calls, orders, tickets, and planted problems."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from chot.demo.making import ALL_STEPS, make
    from chot.demo.settings import Settings

    last = end or (until or "")[:7] or str(containing(clock.today(), "month").shifted(-1))
    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    try:
        settings = Settings(agents=agents, months=months, seed=seed, end=last, until=until or "")
        with Progress(*columns, console=console, disable=not sys.stderr.isatty(), transient=True) as progress:
            bar = progress.add_task("start", total=len(ALL_STEPS))

            def step(name: str) -> None:
                progress.update(bar, advance=1, description=name)

            rows = make(data, settings, force=force, stored=stored, step=step)
    except UsageError as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    counted = ", ".join(f"{rows[name]:,} {name}".replace(",", ".") for name in ("calls", "leads", "orders", "tickets", "surveys"))
    typer.echo(f"{data}: {agents} people, {counted} over {months} months, the last {last}; plans in {data / 'plans'}")
