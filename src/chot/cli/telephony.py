"""``chot telephony``: Asterisk fetched and driven, and a demo carrier that plays the telephone network."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chot.core.errors import InputError, Problem

if TYPE_CHECKING:
    from chot.telephony.elsewhere_exchange import Driven
    from chot.telephony.installation import Installation

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
Var = Annotated[Path, typer.Option("--var", help="The folder of the database, the facts and the settings.")]


@app.callback()
def _group() -> None:
    """Asterisk fetched and driven, and a demo carrier that plays the telephone network."""


@app.command()
def install(var: Var = Path("var")) -> None:
    """Fetch Asterisk into VAR/asterisk, and a Vietnamese voice, without root, unless this system has them. A second start goes on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from chot.telephony import installation, voice

    columns = (TextColumn("{task.description:<14}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        bar = progress.add_task("looking", total=1)

        def say(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        found = installation.install(var, say)
        try:
            voice.install(var, say)
            silent = ""
        except InputError as error:
            silent = str(error)
    typer.echo(f"{found.version} is ready in {found.prefix or found.binary}")
    if silent:
        typer.echo(f"without a voice, texts are heard as a beep: install espeak-ng with your system's packages\n{silent}", err=True)


@app.command()
def run(
    var: Var = Path("var"),
    node: Annotated[str, typer.Option("--node", help="The name of this node; one controller at a time drives it.")] = "local",
    leave: Annotated[bool, typer.Option("--leave", help="When stopped, leave Asterisk and its calls to the next start.")] = False,
    with_carrier: Annotated[bool, typer.Option("--carrier", help="Connect the demo carrier of this folder.")] = False,
) -> None:
    """The controller of one node: supervises Asterisk, does the web's commands, writes the journal. Ctrl-C stops both.

    With CHOT_ASTERISK_ARI it drives that Asterisk, which it neither starts nor stops.
    """
    import socket

    import uvloop

    from chot.cli import serving
    from chot.core import logs
    from chot.telephony.node import LeadershipLost, Node, run_until_signal
    from chot.telephony.store import Store

    logs.configure()
    home = _home(var)
    exchange = _driven(home, node, with_carrier=with_carrier)

    async def work(address: str) -> None:
        owner = f"{socket.gethostname()}:{home}"
        driven = Node(Store(address, node, owner), exchange, secret_key=serving.secret_key(home))
        await run_until_signal(driven, leave_running=leave)

    with serving.embedded(home) as address:
        try:
            uvloop.run(work(address))
        except LeadershipLost as lost:
            raise InputError(Problem(what=str(lost), fix="That is as it should be when another machine took over.")) from None


@app.command()
def configuration(
    node: Annotated[str, typer.Option("--for-node", help="The node whose Asterisk somebody else starts.")],
    var: Var = Path("var"),
) -> None:
    """Write what an Asterisk elsewhere needs into its shared folder, and say what its administrator does with it."""
    from chot.telephony import elsewhere, places

    place = elsewhere.from_settings()
    if place is None:
        fix = "Set it and CHOT_ASTERISK_FOLDER (docs/telephony.md); an Asterisk of our own needs nothing."
        raise InputError(Problem(field="CHOT_ASTERISK_ARI", what="CHOT_ASTERISK_ARI is not set", fix=fix))
    made = elsewhere.configuration(var.resolve(), node, place, places.from_settings())
    read_me = elsewhere.write(made, node)
    typer.echo(read_me.read_text())
    typer.echo(f"This text is also in {read_me}", err=True)


carrier_app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)
app.add_typer(carrier_app, name="carrier")


@carrier_app.callback()
def carrier_command(context: typer.Context, var: Var = Path("var")) -> None:
    """A second Asterisk that plays the telephone network; docs/telephony.md has its number plan. Ctrl-C stops it."""
    if context.invoked_subcommand:
        return
    import uvloop

    from chot.telephony import carrier, configuration
    from chot.telephony.exchange import Exchange, run_alone

    home = _home(var)
    made = carrier.configuration(home, configuration.load(home / "exchange", home / "recordings" / "incoming"))
    uvloop.run(run_alone(Exchange(made, _installed(home))))


@carrier_app.command("call")
def carrier_call(
    caller: Annotated[str, typer.Option("--from", help="The subscriber who calls.")],
    to: Annotated[str, typer.Option("--to", help="Our number that is called.")],
    var: Var = Path("var"),
    talk: Annotated[int, typer.Option("--talk", help="Seconds until the subscriber hangs up.")] = 20,
    tone: Annotated[bool, typer.Option("--tone", help="Send 440 Hz instead of words.")] = False,
    keys: Annotated[str, typer.Option("--keys", help="Keys to press after --before seconds.")] = "",
    before: Annotated[float, typer.Option("--before", help="Seconds until the keys are pressed.")] = 3.0,
) -> None:
    """Let a subscriber of the demo carrier call in."""
    import asyncio

    from chot.telephony import carrier

    made = carrier.known(var.resolve())
    typer.echo(asyncio.run(carrier.call(made, caller=caller, dialled=to, talk_s=talk, tone=tone, keys=keys, before_s=before)))


def _home(var: Path) -> Path:
    """The folder, which what speaks looks into, too."""
    home = var.resolve()
    os.environ["CHOT_VAR"] = str(home)
    return home


def _driven(var: Path, node: str, *, with_carrier: bool) -> Driven:
    """The Asterisk that settings name, else one of our own."""
    from chot.telephony import carrier, configuration, elsewhere, places
    from chot.telephony.elsewhere_exchange import FarExchange
    from chot.telephony.exchange import Exchange

    at = places.from_settings()
    if place := elsewhere.from_settings():
        return FarExchange(elsewhere.configuration(var, node, place, at), node)
    made = configuration.load(var / "exchange", var / "recordings" / "incoming", places=at)
    return Exchange(carrier.linked(var, made) if with_carrier else made, _installed(var))


def _installed(var: Path) -> Installation:
    from chot.telephony import installation

    found = installation.find(var)
    if not found:
        raise InputError(Problem(what="there is no Asterisk yet", fix=f"Fetch it with: chot telephony install --var {var}"))
    return found
