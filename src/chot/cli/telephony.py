"""``chot telephony``: Asterisk fetched and driven, and a demo carrier that plays the telephone network."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
Var = Annotated[Path, typer.Option("--var", help="The folder of the database, the facts and the settings.")]


@app.callback()
def _group() -> None:
    """Asterisk fetched and driven, and a demo carrier that plays the telephone network."""


@app.command()
def install(var: Var = Path("var")) -> None:
    """Fetch Asterisk into VAR/asterisk, without root, unless this system has one that is recent enough. A second start goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from chot.telephony import installation

    columns = (TextColumn("{task.description:<14}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        bar = progress.add_task("looking", total=1)

        def say(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        found = installation.install(var, say)
    typer.echo(f"{found.version} is ready in {found.prefix or found.binary}")
