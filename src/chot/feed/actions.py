"""Writes: changes of the operational tables into the facts.

The writer's lock of the store is taken before anything is read, so that of two movers at once the later one sees at least
what the earlier one saw. Changes are consumed by identity and only after the new manifest: a transaction that commits late is
found when it commits, and a mover that is killed leaves its changes to the next one, which finds them moved and changes nothing.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.db import connection, transaction

from chot.core import clock, settings
from chot.core.errors import InputError
from chot.facts import completing, rejects, store
from chot.facts.application_rows import imported, keys_in, stored_rows
from chot.facts.manifest import APPLICATION, sync_file
from chot.facts.readers.base import Reject
from chot.facts.upserts import upsert
from chot.feed.models import FactChange, Generation, RejectedRow
from chot.feed.sources import SOURCES, Source, all_keys, by_keys, keys_of, spoken_for
from chot.kpi.schema import TABLES
from chot.people.actions_workdays import complete_workdays

CHANNEL = "facts_generation"
"""Hears the number of each generation, and of each run that was computed on it."""

MOST = 50_000
"""Changes that one move takes."""

_LEASE = "chot facts mover"


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Changes read in one statement: their ids, their keys by table, how long the oldest had waited, and the oldest running transaction."""

    ids: Sequence[int]
    keys: Mapping[str, list[str]]
    waited_ms: int
    horizon: int


def move(data: Path) -> Generation | None:
    """Move what changed; None when nothing had, or only what ``not_ours``. Raises ``InputError`` when another writer keeps the
    folder for too long.
    """
    zone = settings.load(data).timezone
    refused = sorted(not_ours(data, zone=zone))
    if completing.waiting(data):
        with store.writing(data):
            _complete_workdays(data)
    if not FactChange.objects.exclude(fact_table__in=refused).exists():
        return None
    started = time.monotonic()
    with store.writing(data) as staging:
        taken = _take(refused)
        months, bad = dict[str, list[str]](), dict[str, dict[str, Reject]]()
        for name in [name for name in TABLES if name in taken.keys]:
            changed, bad[name] = _move_table(data, SOURCES[name], taken.keys[name], staging, zone=zone)
            if changed:
                months[name] = sorted(changed)
    return _finish(data, taken, months, bad, round((time.monotonic() - started) * 1000))


def not_ours(data: Path, *, zone: str) -> dict[str, InputError]:
    """The tables that the folder keeps in a form which only people change, a CSV file for one: their changes wait."""
    found = {}
    for name in SOURCES:
        try:
            store.current(data, name, zone=zone)
        except InputError as error:
            found[name] = error
    return found


def _take(refused: Sequence[str]) -> Taken:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, fact_table, key, (extract(epoch FROM clock_timestamp() - at) * 1000)::bigint,"
            " pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM feed_factchange"
            " WHERE fact_table <> ALL(%s) ORDER BY id LIMIT %s",
            [list(refused), MOST],
        )
        rows = cursor.fetchall()
    keys: dict[str, list[str]] = {}
    for _number, name, key, _waited, _horizon in rows:
        keys.setdefault(name, []).append(key)
    return Taken(
        ids=[row[0] for row in rows], keys={name: sorted(set(found)) for name, found in keys.items()},
        waited_ms=max([row[3] for row in rows], default=0), horizon=rows[0][4] if rows else 0,
    )  # fmt: skip


def _move_table(data: Path, source: Source, keys: list[str], staging: Path, *, zone: str) -> tuple[frozenset[str], dict[str, Reject]]:
    if "" in keys:  # the table was emptied
        keys = sorted({*keys, *all_keys(source), *keys_stored(data, source, zone=zone)} - {""})
    if source.where != "TRUE":  # copies of imported rows stay with the imports; what was moved from here before may go
        keys = sorted({*spoken_for(source, keys), *(set(keys) & set(keys_stored(data, source, zone=zone)))})
    if source.table.name == "workdays":
        keys = _take_over_workdays(data, source, keys, zone=zone)
    found = by_keys(source, keys, zone=zone)
    changed = upsert(data, source.table, found.rows, [*keys, *keys_in(source.table, found.rows)], staging, zone=zone)
    return changed, found.bad


def _complete_workdays(data: Path) -> None:
    """What imports know of days that the roster has, into the database; killed halfway it is done again, and changes nothing more."""
    for path in completing.waiting(data):
        complete_workdays(pq.read_table(path).to_pylist())
        path.unlink()


def _take_over_workdays(data: Path, source: Source, keys: list[str], *, zone: str) -> list[str]:
    """Imported worked time of days that the roster writes becomes the database's; which of ``keys`` are the database's to say."""
    known = store.current(data, source.table.name, zone=zone)
    theirs = imported(data / known.table, source.table, known, keys)
    complete_workdays(theirs.to_pylist(), there_only=True)
    ours = {*keys_of(source, keys), *keys_stored(data, source, zone=zone)}
    return [key for key in keys if key in ours or key not in set(keys_in(source.table, theirs))]


def keys_stored(data: Path, source: Source, *, zone: str) -> list[str]:
    """The keys of the application's files of a table."""
    known = store.current(data, source.table.name, zone=zone)
    parts = [part for part in known.files if part.origin == APPLICATION]
    return keys_in(source.table, stored_rows(data / known.table, source.table, parts))


def _finish(data: Path, taken: Taken, months: Any, bad: Mapping[str, Mapping[str, Reject]], took_ms: int) -> Generation | None:
    with transaction.atomic():
        touched = _note_rejects(taken.keys, bad)
        gone = _consume(taken.ids)
        if not gone:  # the other mover was quicker
            return None
        made = Generation.objects.create(
            at=clock.now(), changes=gone, months=months, waited_ms=max(0, taken.waited_ms), took_ms=took_ms, horizon=taken.horizon
        )
        tell("generation", made.pk)
    if touched:
        report_rejects(data)
    return made


def _consume(ids: Sequence[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM feed_factchange WHERE id = ANY(%s)", [list(ids)])
        return int(cursor.rowcount)


def _note_rejects(keys: Mapping[str, Sequence[str]], bad: Mapping[str, Mapping[str, Reject]]) -> bool:
    """What was found bad now, in place of what was; whether there is anything to report anew."""
    touched = 0
    for name, found in keys.items():
        if "" in found:
            touched += RejectedRow.objects.filter(fact_table=name).delete()[0]
        else:
            touched += RejectedRow.objects.filter(fact_table=name, key__in=found).delete()[0]
    rows = [
        RejectedRow(fact_table=name, key=key, column=each.column, value=each.value, reason=each.reason, at=clock.now())
        for name, found in bad.items()
        for key, each in found.items()
    ]
    RejectedRow.objects.bulk_create(rows, ignore_conflicts=True)
    return bool(touched or rows)


def report_rejects(data: Path) -> None:
    """The rejected rows where the facts look for them: closing a period waits until they are corrected or dismissed."""
    path = data / rejects.FOLDER / "application.csv"
    with transaction.atomic():
        with connection.cursor() as cursor:  # whoever writes later has seen at least as much
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"{_LEASE}: rejects"])
        _report(path)


def _report(path: Path) -> None:
    waiting = RejectedRow.objects.filter(dismissed_at__isnull=True)
    rows = waiting.values_list("fact_table", "key", "column", "value", "reason")
    if not rows.exists():
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(rejects.COLUMNS)
        writer.writerows((f"application/{name}/{key}", 0, column, value, reason) for name, key, column, value, reason in rows.iterator())
    sync_file(temporary)
    temporary.replace(path)


def tell(what: str, number: int) -> None:
    """Say on the channel that there is a new generation, or a run on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"{what} {number}"])


@contextmanager
def lease() -> Iterator[bool]:
    """Whether this process is the one that moves, for as long as its connection lives; two at once would only repeat each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [_LEASE])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [_LEASE])


def forget_old(keep: int = 2000) -> None:
    """Only the latest generations are kept."""
    last = Generation.objects.values_list("pk", flat=True).first()
    if last:
        Generation.objects.filter(pk__lte=last - keep).delete()
