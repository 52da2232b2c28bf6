"""The ``chot`` command: groups of commands, and one place where errors become messages and exit codes.

Exit codes: 0 done; 1 the input has errors, all listed on stderr; 2 wrong usage.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, NoReturn

import typer

from chot import __version__
from chot.cli import backups, demo, facts, kpi, serving, supervising, telephony
from chot.core.errors import InputError, UsageError

app = typer.Typer(
    name="chot", no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False,
    help="Chốt: from call logs to pay that explains itself.",
)  # fmt: skip
app.add_typer(facts.app, name="facts", help="Take facts in and look them over.")
app.add_typer(kpi.app, name="kpi", help="Metrics, scores, pay, and the checks before anyone is paid.")
app.add_typer(demo.app, name="demo", help="A believable company to try things on.")
app.add_typer(telephony.app, name="telephony", help="Asterisk fetched and driven; a demo carrier.")
serving.register(app)
backups.register(app)


def _version(shown: bool) -> None:  # noqa: FBT001 - the signature Typer calls
    if shown:
        typer.echo(f"chot {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    """Chốt: from call logs to pay that explains itself."""


def _stop(code: int, *lines: str) -> NoReturn:
    for line in lines:
        print(line, file=sys.stderr)
    raise SystemExit(code)


def _speak_utf8() -> None:
    """Vietnamese goes out as UTF-8 whatever the terminal says it expects."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def main() -> None:
    """Run the command line; every error ends as sentences on stderr and an exit code, never as a traceback."""
    _speak_utf8()
    supervising.follow_the_starter()
    try:
        app(prog_name="chot")
    except InputError as error:
        count = len(error.problems)
        _stop(1, *(f"error: {problem}" for problem in error.problems), *([f"{count} errors"] if count > 1 else []))
    except UsageError as error:
        _stop(2, f"error: {error}")
    except BrokenPipeError:
        _leave_quietly()
    except SystemExit as stop:
        if isinstance(stop.__context__, BrokenPipeError):
            _leave_quietly()
        raise
    except KeyboardInterrupt:
        _stop(130, "stopped; run the same command again to go on")
    except OSError as error:
        _stop(1, f"error: {error.filename or 'file'}: {error.strerror or error}")
    except Exception as error:
        if os.environ.get("CHOT_DEBUG"):
            raise
        fault = f"error: this is a fault of Chốt itself ({type(error).__name__}: {error})."
        _stop(1, fault, "Set CHOT_DEBUG=1 to see where, and report it.")


def _leave_quietly() -> NoReturn:
    """The reader has seen enough (``| head``): nothing is wrong, and nothing more can be said."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    raise SystemExit(0) from None
