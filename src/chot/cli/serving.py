"""``chot up``, ``web``, ``worker``: the application on one machine, or its parts on several."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from chot.cli.supervising import Supervisor, default_web_processes
from chot.core.errors import InputError, Problem, UsageError

VarOption = Annotated[Path, typer.Option("--var", help="The folder of the database, the facts and the settings.")]
PortOption = Annotated[int, typer.Option("--port", help="The port of the web pages.")]
WorkersOption = Annotated[
    int, typer.Option("--workers", min=0, envvar="CHOT_WEB_WORKERS", help="Web processes; 0 = two for each core, at most four.")
]
_BEHIND = 10
"""How much the worker gives way (`nice`): its work can wait, while calls and pages cannot."""
HostOption = Annotated[str, typer.Option("--host", help="The address to listen on.")]


def register(app: typer.Typer) -> None:
    """Add the serving commands to ``app``."""
    for command in (up, web, worker, manage, check):
        app.command(
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True} if command is manage else None
        )(command)


def up(
    var: VarOption = Path("var"),
    port: PortOption = 8000,
    host: HostOption = "127.0.0.1",
    demo: Annotated[bool, typer.Option(help="Load the demo company into an empty database.")] = True,
    workers: WorkersOption = 0,
) -> None:
    """Everything in one terminal: the database, the web pages and the worker. Ctrl-C stops it; a second start keeps all data."""
    _check_free(host, port)
    server = _environment(var)
    try:
        _check_database(server)
        _migrate()
        if demo:
            _say("the demo company (first start only)")
            _manage("load_demo")
        _run_all(host, port, demo=demo, workers=workers, server=server)
    finally:
        if server:
            server.cleanup()


def web(
    var: VarOption = Path("var"),
    port: PortOption = 8000,
    host: HostOption = "127.0.0.1",
    workers: WorkersOption = 0,
    listening: Annotated[int, typer.Option("--listening", hidden=True, help="An open socket that was inherited.")] = -1,
) -> None:
    """Only the web pages, in as many processes as there are cores."""
    if listening < 0:
        _check_free(host, port)
    server = _environment(var)
    try:
        if listening >= 0:
            _serve(socket.socket(fileno=listening))
        else:
            with _listening(host, port) as found:
                Supervisor(_web_commands(host, port, workers, found), [found], mend=_mending(server), say=_say).run()
    finally:
        if server:
            server.cleanup()


def worker(
    var: VarOption = Path("var"),
    part: Annotated[str, typer.Option("--part", hidden=True, help="jobs or facts: one of the two processes of a worker.")] = "",
) -> None:
    """Only the worker: imports, computing, closing, and what is written in the database into the facts."""
    parts = {"jobs": _work, "facts": _move}
    if part and part not in parts:
        raise UsageError(f"--part {part} is neither jobs nor facts")
    server = _environment(var)
    try:
        if part:
            parts[part]()
        else:
            Supervisor(_worker_commands(), mend=_mending(server), say=_say).run()
    finally:
        if server:
            server.cleanup()


def manage(context: typer.Context, var: VarOption = Path("var")) -> None:
    """Django's own commands on Chốt's database: chot manage migrate, create_administrator, check …"""
    with on_database(var) as manage:
        manage(*context.args)


def check(
    var: VarOption = Path("var"),
    deploy: Annotated[bool, typer.Option("--deploy", help="What is missing before the pages face a network.")] = False,
) -> None:
    """Whether the installation is sound; with --deploy, whether it may face a network. Exit code 1 names what to put right."""
    if not var.is_dir():
        raise UsageError(f"there is no installation in {var}. Name its folder with --var DIR")
    with on_database(var) as manage:
        manage(*(["check_deploy"] if deploy else ["check"]))


@contextmanager
def on_database(var: Path) -> Iterator[Callable[..., None]]:
    """Django's commands on the database of an installation."""
    server = _environment(var)
    try:
        yield _manage
    finally:
        if server:
            server.cleanup()


def _check_database(server: Any) -> None:
    """A database of somebody else that does not answer, or is too old, is said before anything starts."""
    from chot.config import database

    if server is None and (problem := database.unusable(os.environ["DATABASE_URL"])):
        raise InputError(problem)


def _check_free(host: str, port: int) -> None:
    """A taken port is said at once, before anything starts."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise UsageError(f"{host}:{port} cannot be used ({error.strerror}). Choose another: --port N") from None


@contextmanager
def embedded(var: Path) -> Iterator[str]:
    """The address of the database of an installation, its own server running meanwhile."""
    from chot.config import database

    address, server = database.start(var.absolute())
    try:
        yield address
    finally:
        if server:
            server.cleanup()


def _environment(var: Path) -> Any:
    """What the processes share, in their environment; the embedded server when it is ours."""
    from chot.config import database

    var = var.absolute()
    if var.exists() and not var.is_dir():
        raise UsageError(f"--var {var} is a file. Name a folder")
    var.mkdir(parents=True, exist_ok=True)
    os.environ["CHOT_VAR"] = str(var)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chot.config.settings")
    os.environ.setdefault("CHOT_SECRET_KEY", _secret(var / "secret-key"))
    try:
        address, server = database.start(var)
    except (OSError, RuntimeError) as error:
        raise InputError(Problem(file=str(var / "postgres"), what=str(error), fix="See the file log in that folder.")) from None
    os.environ["DATABASE_URL"] = address
    (var / "static").mkdir(exist_ok=True)
    import django

    django.setup()
    return server


def secret_key(var: Path) -> str:
    """The secret key of an installation, for its parts that do not run Django."""
    return os.environ.get("CHOT_SECRET_KEY") or _secret(var / "secret-key")


def _secret(path: Path) -> str:
    """The key that signs sessions: made once, readable by this user only."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def _migrate() -> None:
    _say("the database")
    _manage("migrate", "--verbosity", "0")


def _manage(*arguments: str) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["chot manage", *arguments])


def _listening(host: str, port: int) -> socket.socket:
    """The socket of the pages: kept here, so that it stays open while a web process is started again."""
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024)


def _web_commands(host: str, port: int, workers: int, listening: socket.socket) -> dict[str, list[str]]:
    numbers = Path(os.environ["CHOT_VAR"]) / f"requests-{port}"
    shutil.rmtree(numbers, ignore_errors=True)
    numbers.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(numbers)  # read when a web process starts: one /metrics tells of them all
    command = [sys.executable, "-m", "chot", "web", "--host", host, "--port", str(port), "--var", os.environ["CHOT_VAR"]]
    names = [f"web {number}" for number in range(1, (workers or default_web_processes()) + 1)]
    return {name: [*command, "--listening", str(listening.fileno())] for name in names}


def _mending(server: Any) -> Callable[[], None]:
    """Starts our own database again when it has died; it recovers by itself."""

    def mend() -> None:
        from chot.config import database

        if server and database.keep_running(server):
            _say("the database had ended and was started again")

    return mend


def _serve(listening: socket.socket) -> None:
    """This process's share of the pages."""
    import uvicorn

    config = uvicorn.Config(
        "chot.config.asgi:application", log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=5,
        timeout_keep_alive=75,  # longer than a proxy in front keeps its connections, so that it is not the one surprised
    )
    uvicorn.Server(config).run(sockets=[listening])


def _work() -> None:
    from chot.jobs import tasks

    os.nice(_BEHIND)
    app = tasks.app
    with app.replace_connector(app.connector.get_worker_connector()) as own:  # type: ignore[attr-defined]
        own.run_worker(concurrency=2, delete_jobs="successful", update_heartbeat_interval=5, stalled_worker_timeout=tasks.STALLED_S)


def _move() -> None:
    """Move operational rows into the facts until told to stop; the lease sees to it that one process does."""
    from chot.jobs import mover

    told: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda given, _frame: told.append(given))
    mover.run(lambda: bool(told))


def _worker_commands() -> dict[str, list[str]]:
    command = [sys.executable, "-m", "chot", "worker", "--var", os.environ["CHOT_VAR"], "--part"]
    return {"worker": [*command, "jobs"], "facts": [*command, "facts"]}


def _telephone(me: list[str], *, demo: bool) -> dict[str, list[str]]:
    """The exchange, where Asterisk is ready, and for the demo company a carrier that plays its customers."""
    from chot.telephony import elsewhere, installation

    if elsewhere.from_settings():
        return {"telephony": [*me, "telephony", "run"]}
    if not installation.find(Path(os.environ["CHOT_VAR"])):
        _say("without telephony; `chot telephony install` fetches Asterisk, then start again")
        return {}
    if not demo:
        return {"telephony": [*me, "telephony", "run"]}
    from chot.telephony import carrier

    _manage("demo_carrier", "--port", str(carrier.known(Path(os.environ["CHOT_VAR"])).ports.sip))
    return {"telephony": [*me, "telephony", "run", "--carrier"], "carrier": [*me, "telephony", "carrier"]}


def _run_all(host: str, port: int, *, demo: bool, workers: int, server: Any) -> None:
    """The web pages, the worker and the exchange as processes of their own; one that dies is started again."""
    me = [sys.executable, "-m", "chot"]
    others = _telephone(me, demo=demo)
    with _listening(host, port) as found:
        commands = _web_commands(host, port, workers, found)
        commands |= _worker_commands() | {name: [*each, "--var", os.environ["CHOT_VAR"]] for name, each in others.items()}
        supervisor = Supervisor(commands, [found], mend=_mending(server), say=_say)
        supervisor.run(lambda: _manage("say_hello", "--address", f"http://{host}:{port}/"))


def _say(text: str) -> None:
    print(f"chot: {text} …", file=sys.stderr, flush=True)
