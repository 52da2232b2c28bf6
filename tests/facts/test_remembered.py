"""Figures made of large and small files are those of one look at everything; one more call measures the small files only."""

from __future__ import annotations

import csv
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_args

import pytest

from chot.core.periods import parse
from chot.facts import remembered, store
from chot.facts.access import open_facts
from chot.facts.importing import import_file
from chot.facts.intake import LINE, conform
from chot.facts.remembered import measure_cut
from chot.facts.source import FolderFacts
from chot.facts.upserts import upsert
from chot.kpi.catalogue import METRICS
from chot.kpi.measures import Cut, Grain, Measure, Measured
from chot.kpi.schema import TABLES
from tests.facts.engines import generated
from tests.facts.engines.cases import MEASURES

ZONE = "Asia/Ho_Chi_Minh"
OCTOBER = parse("2026-10")
Rows = Sequence[dict[str, str]]
CUTS = ("", *get_args(Cut))
GRAINS = get_args(Grain)
CALLS, REVENUE = METRICS["calls_answered"].measures[0], METRICS["revenue"].measures[0]
RESOLVED = METRICS["first_contact_resolution"].measures[0]


class Memory:
    """What is remembered, and the names of what had to be measured."""

    def __init__(self) -> None:
        self.known: dict[str, Measured] = {}
        self.missed = 0

    def __call__(self, name: str, measure: Callable[[], Measured]) -> Measured:
        if name not in self.known:
            self.missed += 1
            self.known[name] = measure()
        return self.known[name]


def generate(seed: int, size: int) -> dict[str, list[dict[str, str]]]:
    """Generated tables whose calls have a campaign or a queue, or both."""
    tables = generated.tables(seed=seed, size=size)
    for number, row in enumerate(tables["calls"]):
        row |= {"campaign_id": ("", "web", "hội chợ")[number % 3], "queue_id": ("", "q1")[number % 2]}
    return tables


def take(data: Path, table: str, rows: Rows) -> None:
    """Rows of an import."""
    path = data.with_name(f"{table}.csv")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)
    import_file(path, data, format_name="table", table=table)


def write(data: Path, table: str, rows: Rows) -> None:
    """Rows of the application, in files of their own."""
    names = sorted({name for row in rows for name in row})
    contract = TABLES[table]
    typed, _bad = conform(contract, {name: [row.get(name, "") for row in rows] for name in names}, range(len(rows)), zone=ZONE)
    with store.writing(data) as staging:
        upsert(data, contract, typed.drop_columns([LINE]), [row[contract.key[0]] for row in rows], staging, zone=ZONE)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated facts of which the calls are files of an import and of two writings of the application."""
    folder, tables = tmp_path_factory.mktemp("written") / "data", generate(seed=3, size=200)
    folder.mkdir()
    for name, rows in tables.items():
        take(folder, name, rows[:-120] if name == "calls" else rows)
    write(folder, "calls", tables["calls"][-120:-10])
    write(folder, "calls", tables["calls"][-10:])
    return folder


@pytest.fixture
def data(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of them, in which a file of 40 rows is large."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(remembered, "LARGE_ROWS", 40)
    return Path(shutil.copytree(written, tmp_path / "data"))


def plain(found: Measured) -> dict[str, list[int]]:
    return {key: [found.get(key, name) for name in sorted(found.columns)] for key in found.keys}


def asked(data: Path, measures: Sequence[Measure], memory: Memory, grain: Grain, cut: Cut) -> tuple[Measured, Measured]:
    """The figures, and those of one look at everything."""
    with open_facts(data) as facts:
        return (
            measure_cut(facts, measures, OCTOBER, grain=grain, cut=cut, remember=memory),  # type: ignore[arg-type]
            facts.measure_cut(measures, OCTOBER, grain=grain, cut=cut),
        )


@pytest.mark.parametrize("grain", GRAINS)
def test_every_measure_is_that_of_one_look(data: Path, grain: Grain) -> None:
    """Every measure that can be cut (and without a cut every one), by every cut; and again after more calls."""
    memory = Memory()
    for more in (0, 30):
        if more:
            write(data, "calls", generate(seed=4, size=more)["calls"])
        for cut in CUTS:
            measures = [each for each in MEASURES.values() if not cut or each.kind in ("count", "sum", "max")]
            found, whole = asked(data, measures, memory, grain, cut)
            assert (found.keys, plain(found)) == (whole.keys, plain(whole)), cut
            assert whole.keys and found.columns.keys() == whole.columns.keys()
    assert memory.known


def test_one_more_call_measures_the_small_files_only(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    take_part = remembered._Question._of

    def told(question: remembered._Question, measures: Sequence[Measure], files: Sequence[remembered.Part]) -> Measured:
        read.append(sum(each.rows for each in files))
        return take_part(question, measures, files)

    memory = Memory()
    monkeypatch.setattr(remembered._Question, "_of", told)
    asked(data, [CALLS, REVENUE], memory, "company", "campaign_hour")
    assert memory.missed == 2 and len(read) == 4, "large and small files, for calls and for the orders that name one"
    call = next(row for row in generate(seed=3, size=200)["calls"][::-1] if row.get("agent_id"))
    write(data, "calls", [{**call, "call_id": "one more"}])
    read.clear()
    found, whole = asked(data, [CALLS, REVENUE], memory, "company", "campaign_hour")
    assert plain(found) == plain(whole) and memory.missed == 2
    assert len(read) == 2 and max(read) < 40 * 6, read


def test_one_more_call_of_a_ticket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call takes a ticket from those resolved at first contact, the first one of another adds it, and no large file is read."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(remembered, "LARGE_ROWS", 40)
    data, memory = tmp_path / "data", Memory()
    data.mkdir()
    take(data, "agents", [{"agent_id": f"a{number}", "name": "An", "role": "cskh", "team_id": f"t{number}"} for number in (1, 2)])
    done = {"status": "done", "reopened": "false", "opened_at": "2026-10-05T08:00:00+07:00", "done_at": "2026-10-07T17:00:00+07:00"}
    tickets = (("q1", "a1", "c1"), ("q2", "a1", "c2"), ("q3", "a2", "c3"), ("q4", "a2", "c4"))
    take(data, "tickets", [{"ticket_id": ticket, "agent_id": agent, "customer_id": who, **done} for ticket, agent, who in tickets])
    heard = {"agent_id": "a1", "direction": "in", "outcome": "answered", "started_at": "2026-10-06T09:00:00+07:00", "ended_at": "2026-10-06T09:01:00+07:00"}
    calls = [{**heard, "call_id": f"k{number}", "customer_id": f"c{number}" if number < 4 else "c9"} for number in range(1, 50)]
    take(data, "calls", [*calls, {**heard, "call_id": "k50", "customer_id": "c3"}])  # c3 called twice

    def resolved() -> list[dict[str, list[int]]]:
        found = [asked(data, [RESOLVED], memory, grain, "") for grain in GRAINS]
        assert [plain(each) for each, _whole in found] == [plain(whole) for _each, whole in found]
        return [plain(each) for each, _whole in found]

    def told(company: int, **by_agent: int) -> list[dict[str, list[int]]]:
        agents = {agent: [count] for agent, count in by_agent.items()}
        return [{"company": [company]} if grain == "company" else {"cskh": [company]} if grain == "role" else
                agents if grain == "agent" else {agent.replace("a", "t"): count for agent, count in agents.items()} for grain in GRAINS]  # fmt: skip

    assert resolved() == told(2, a1=2) and memory.missed == len(GRAINS)
    write(data, "calls", [{**heard, "call_id": "more1", "customer_id": "c2"}])
    assert resolved() == told(1, a1=1)
    write(data, "calls", [{**heard, "call_id": "more2", "customer_id": "c4"}, {**heard, "call_id": "more3", "customer_id": "c3"}])
    assert resolved() == told(2, a1=1, a2=1)
    write(data, "calls", [{**heard, "call_id": f"more{number}", "customer_id": "c1"} for number in (4, 5)])
    assert resolved() == told(1, a2=1) and memory.missed == len(GRAINS)


def test_another_order_is_measured_again(data: Path) -> None:
    memory, order = Memory(), generate(seed=3, size=200)["orders"][0]
    asked(data, [CALLS, REVENUE], memory, "team", "campaign")
    write(data, "orders", [{**order, "amount_vnd": "7", "status": "confirmed"}])
    found, whole = asked(data, [CALLS, REVENUE], memory, "team", "campaign")
    assert plain(found) == plain(whole) and memory.missed == 3, "calls and orders; then orders"


def test_sums_that_might_not_fit_are_left_to_one_look(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    talk = METRICS["talk_time"].measures[0]
    monkeypatch.setattr(remembered, "_MOST", 10)
    looked: list[int] = []
    look = FolderFacts.measure_cut

    def told(facts: FolderFacts, *given: object, **named: object) -> Measured:
        looked.append(1)
        return look(facts, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(FolderFacts, "measure_cut", told)
    found, whole = asked(data, [talk], Memory(), "company", "")
    assert plain(found) == plain(whole) and len(looked) == 4, "large, small, and the look at everything that says so; and the test's own"
