"""Pay runs on disk: drafts, closing a period, closed runs as history, and replay.

Closing writes everything into a hidden folder, replays the run from it, and only then renames the
folder to ``runs/<run_id>``: the rename is the one moment at which the period becomes closed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from chot.core import clock
from chot.core.errors import InputError, InternalError, Problem
from chot.core.money import exact_text
from chot.core.periods import Period, parse
from chot.facts import snapshot
from chot.facts.access import OpenFacts, open_facts
from chot.kpi.catalogue import METRICS
from chot.kpi.custom_metrics import load_custom_metrics
from chot.kpi.people import People, spans
from chot.kpi.plan import PerAgentTargets, Plan
from chot.kpi.plan_loading import load_plan
from chot.kpi.run import Run, compute, document, run_id
from chot.kpi.settling import ClosedRun
from chot.kpi.windows import months_needed

_DOCUMENT = "run.json"
_MANIFEST = "manifest.json"
_FACTS = "facts"


@dataclass(frozen=True, kw_only=True)
class Result:
    """A run as published: its document, and whether the period is closed."""

    document: Mapping[str, Any]
    closed: bool
    note: str = ""

    def message(self, lang: str) -> str:
        """One sentence for the person at the terminal."""
        run = self.document["run_id"]
        words = {
            ("vi", True): f"Kỳ {self.document['period']} đã đóng: lượt tính lương {run}.",
            ("vi", False): f"Bản nháp {run}; đóng kỳ bằng --close.",
            ("en", True): f"{self.document['period']} is closed as run {run}.",
            ("en", False): f"Draft {run}; --close freezes it.",
        }
        return " ".join(part for part in (words[lang, self.closed], self.note) if part)


def content(doc: Mapping[str, Any]) -> bytes:
    """The one byte form of a run's document."""
    return orjson.dumps(doc, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


class Archive:
    """The closed runs of a data folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def manifests(self) -> list[dict[str, Any]]:
        """The manifests of all closed runs, by period and run id."""
        found = [json.loads(path.read_text()) for path in sorted(self.path.glob(f"[!.]*/{_MANIFEST}"))]
        return sorted(found, key=lambda each: (parse(each["period"]).last, each["run_id"]))

    @cached_property
    def closed(self) -> list[ClosedRun]:
        """All closed runs, by period."""
        return [self.load(manifest["run_id"]) for manifest in self.manifests]

    def find(self, plan_id: str, period: Period) -> dict[str, Any] | None:
        """The manifest of the plan's closed run of that period."""
        return next((each for each in self.manifests if (each["plan"], each["period"]) == (plan_id, str(period))), None)

    def folder(self, name: str) -> Path:
        """The folder of a closed run; ``InputError`` when there is none."""
        folder = self.path / name
        if not name.isalnum() or not (folder / _MANIFEST).is_file():
            known = ", ".join(each["run_id"] for each in self.manifests) or "none"
            raise InputError(Problem(file=str(self.path), what=f"there is no closed run {name!r}", fix=f"Closed runs: {known}"))
        return folder

    def load(self, name: str) -> ClosedRun:
        """A closed run from its folder, its files checked against their hashes."""
        folder = self.folder(name)
        manifest = json.loads((folder / _MANIFEST).read_text())
        _verify(folder, manifest)
        targets = json.loads((folder / "targets.json").read_text())
        return ClosedRun(
            run_id=name,
            plan=_frozen_plan(folder),
            period=parse(manifest["period"]),
            targets=[{agent: Fraction(value) for agent, value in each.items()} for each in targets],
            document=json.loads((folder / _DOCUMENT).read_text()),
        )

    def history(self, period: Period) -> list[ClosedRun]:
        """The closed runs of periods before ``period``."""
        return [run for run in self.closed if run.period.last < period.first]


def _frozen_plan(folder: Path) -> Plan:
    custom = folder / "metrics.yaml"
    metrics = {**METRICS, **(load_custom_metrics(custom, builtin=METRICS) if custom.exists() else {})}
    return replace(load_plan(folder / "plan.yaml", metrics=metrics), warnings=())


def _verify(folder: Path, manifest: Mapping[str, Any]) -> None:
    problems = [
        Problem(
            file=str(folder / name),
            what="the file was changed or lost after the period was closed",
            fix="Restore the run's folder from a backup",
        )
        for name, digest in manifest["files"].items()
        if not (folder / name).is_file() or _digest(folder / name) != digest
    ]
    if problems:
        raise InputError(problems)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def draft(archive: Archive, plan: Plan, period: Period, facts: OpenFacts) -> Result:
    """The run of today's facts; the frozen one when the period is closed."""
    found = archive.find(plan.id, period)
    if found:
        doc = archive.load(found["run_id"]).document
        return Result(document=doc, closed=True, note=_changed(plan, doc))
    _refuse_two_plans(archive, plan, period, facts)
    run = compute(plan, period, facts, closed=archive.history(period))
    return Result(document=document(run, _identify(run, archive, facts)), closed=False)


def current(archive: Archive, plan: Plan, period: Period, facts: OpenFacts) -> tuple[Run, str]:
    """The run to explain: recomputed on the frozen facts when the period is closed, else on today's."""
    found = archive.find(plan.id, period)
    if found:
        return _again(archive, found["run_id"], engine=facts.engine_name), found["run_id"]
    run = compute(plan, period, facts, closed=archive.history(period))
    return run, _identify(run, archive, facts)


def _changed(plan: Plan, doc: Mapping[str, Any]) -> str:
    if doc["plan_version"] == plan.version:
        return ""
    return f"It was closed under plan version {doc['plan_version']}; the file is now {plan.version}."


def _identify(run: Run, archive: Archive, facts: OpenFacts) -> str:
    return run_id(run, fingerprint=snapshot.fingerprint(facts.dataset, _needs(run, archive, facts)))


def _needs(run: Run, archive: Archive, facts: OpenFacts) -> dict[str, list[str] | None]:
    """The months of every table that the run read: its own, and those of the closed runs it settles."""
    plans = [(run.plan, run.period)] + [(each.plan, each.period) for each in archive.history(run.period) if each.plan.id == run.plan.id]
    return months_needed(plans, facts)


def _refuse_two_plans(archive: Archive, plan: Plan, period: Period, facts: OpenFacts) -> None:
    """An agent matched by two plans on one day is an error."""
    others = [
        run for run in archive.closed if run.plan.id != plan.id and run.period.first <= period.last and period.first <= run.period.last
    ]
    if not others:
        return
    people = People(list(facts.agents()))
    here = {span.agent_id: set(span.days) for span in spans(plan, period, people, ())}
    problems = [
        Problem(
            file=plan.file,
            field="role" if plan.roles else "team",
            what=f"agent {span.agent_id} is paid by plan {other.plan.id} too on {min(both)} (closed run {other.run_id})",
            fix="Let the plans name different roles or teams",
        )
        for other in others
        for span in spans(other.plan, other.period, people, ())
        if (both := here.get(span.agent_id, set()) & set(span.days))
    ]
    if problems:
        raise InputError(problems)


def close(archive: Archive, plan: Plan, period: Period, facts: OpenFacts, *, accept_rejects: bool) -> Result:
    """Freeze the period: facts, plan, targets and lines. Closing twice gives the same closed run."""
    if facts.dataset.rejects and not accept_rejects:
        raise InputError(
            [
                *(Problem(what=warning) for warning in facts.warnings),
                Problem(
                    what=f"the period cannot be closed: {len(facts.dataset.rejects)} row(s) were left out",
                    fix="Repair them, or close without them: --accept-rejects",
                ),
            ]
        )
    with _locked(archive.path):
        _sweep(archive.path)
        if archive.find(plan.id, period):
            return draft(archive, plan, period, facts)
        _refuse_two_plans(archive, plan, period, facts)
        run = compute(plan, period, facts, closed=archive.history(period))
        name = _identify(run, archive, facts)
        doc = document(run, name)
        _freeze(archive, run, name, doc, facts)
    return Result(document=doc, closed=True)


def _freeze(archive: Archive, run: Run, name: str, doc: Mapping[str, Any], facts: OpenFacts) -> None:
    building = archive.path / f".{name}.{os.getpid()}"
    building.mkdir()
    fingerprint = snapshot.freeze(facts.dataset, building / _FACTS, _needs(run, archive, facts))
    _write(building / "plan.yaml", run.plan.source.encode())
    for item in run.plan.items:
        if isinstance(item.target, PerAgentTargets):
            (building / item.target.path).parent.mkdir(parents=True, exist_ok=True)
            _write(building / item.target.path, item.target.source.encode())
    custom = archive.path.parent / "metrics.yaml"
    if custom.exists():
        _write(building / "metrics.yaml", custom.read_bytes())
    targets = [{agent: exact_text(value) for agent, value in sorted(each.items())} for each in run.targets]
    _write(building / "targets.json", json.dumps(targets, indent=1).encode())
    _write(building / _DOCUMENT, content(doc))
    files = sorted(path for path in building.rglob("*") if path.is_file())
    manifest = {
        "run_id": name,
        "plan": run.plan.id,
        "plan_version": run.plan.version,
        "period": str(run.period),
        "facts": fingerprint,
        "closed_at": clock.now().isoformat(timespec="seconds"),
        "engine": facts.engine_name,
        "settles": [each.run_id for each in archive.history(run.period)],
        "warnings": [*run.plan.warnings, *facts.warnings],
        "files": {str(path.relative_to(building)): _digest(path) for path in files},
    }
    _write(building / _MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
    if content(document(_compute_frozen(archive, building, manifest, engine=facts.engine_name), name)) != content(doc):
        shutil.rmtree(building)
        raise InternalError(f"run {name} does not replay from its own snapshot, so the period stays open")
    _sync_folders(building)
    building.rename(archive.path / name)
    _sync(archive.path)
    archive.__dict__.pop("manifests", None)
    archive.__dict__.pop("closed", None)


def replay(archive: Archive, name: str, *, engine: str = "duckdb") -> bytes:
    """The closed run computed again from its frozen facts. Raises ``InputError`` when a byte differs."""
    run = _again(archive, name, engine=engine)
    again = content(document(run, name))
    if again != (archive.folder(name) / _DOCUMENT).read_bytes():
        raise InputError(
            Problem(
                file=str(archive.folder(name) / _DOCUMENT),
                what="the replay differs from the closed run",
                fix="The run was closed by another version of Chốt; compare both documents",
            )
        )
    return again


def _again(archive: Archive, name: str, *, engine: str) -> Run:
    folder = archive.folder(name)
    manifest = json.loads((folder / _MANIFEST).read_text())
    _verify(folder, manifest)
    return _compute_frozen(archive, folder, manifest, engine=engine)


def _compute_frozen(archive: Archive, folder: Path, manifest: Mapping[str, Any], *, engine: str) -> Run:
    facts = open_facts(folder / _FACTS, engine=engine)
    try:
        facts.warnings = manifest["warnings"]
        targets = json.loads((folder / "targets.json").read_text())
        return compute(
            _frozen_plan(folder),
            parse(manifest["period"]),
            facts,
            closed=[archive.load(each) for each in manifest["settles"]],
            targets=[{agent: Fraction(value) for agent, value in each.items()} for each in targets],
        )
    finally:
        facts.close()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folders(top: Path) -> None:
    for folder in [top, *(path for path in top.rglob("*") if path.is_dir())]:
        _sync(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One closing at a time; the lock dies with its process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(folder: Path) -> None:
    """Remove what a killed closing left behind; only the holder of the lock may."""
    for leftover in folder.glob(".*.*"):
        if leftover.is_dir():
            shutil.rmtree(leftover)
