"""Writes of facts that other systems send, and the promise that a repeated request changes nothing more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, models, transaction

from chot.api.models import Client, StoredAnswer
from chot.api.refusals import Refused
from chot.core import clock
from chot.customers.models import Lead, Order, Ticket
from chot.kpi.schema import TABLES
from chot.people.audit import record
from chot.people.models_time import Workday
from chot.quality.models import Exam, Survey

MODELS: dict[str, type[models.Model]] = {
    "orders": Order, "leads": Lead, "tickets": Ticket, "surveys": Survey, "exams": Exam, "workdays": Workday,
}  # fmt: skip

Key = tuple[Any, ...]
KEPT = timedelta(days=1)
"""How long a repeated request gets its first answer."""

_THERE_ALREADY = "it is there already with other values, and this is not newer"


@dataclass(frozen=True)
class Outcome:
    """What became of one row."""

    key: Key
    result: str  # created | changed | unchanged | rejected
    problems: list[Mapping[str, str]] = field(default_factory=list)


def stored(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the database keeps it: what is not given is empty."""
    fields = {}
    for column in TABLES[kind].columns:
        value = given.get(column.name)
        if value is None:
            value = column.empty
        held = MODELS[kind]._meta.get_field(column.name)
        if value is None and not held.null:
            value = False if column.type == "bool" else ""
        fields[column.name] = value
    return fields


def key_of(kind: str, given: Mapping[str, Any]) -> Key:
    """The row's key, in the contract's order."""
    return tuple(given[name] for name in TABLES[kind].key)


def written(key: Key) -> str:
    """A key as one text."""
    return "/".join(str(part) for part in key)


@transaction.atomic
def write_rows(client: Client, kind: str, rows: Iterable[Mapping[str, Any]], *, correct: bool, address: str | None) -> list[Outcome]:
    """Create or replace rows, in order. One that is there with other values is replaced when it is newer (orders, leads, tickets)
    or when it is a correction; else it is rejected. The same rows again change nothing.
    """
    _one_writer(kind)
    wanted = [stored(kind, row) for row in rows]
    present = _present(kind, [key_of(kind, row) for row in wanted])
    outcomes = [_place(kind, row, present, correct=correct) for row in wanted]
    _save(kind, present, outcomes)
    changed = {result: sum(each.result == result for each in outcomes) for result in ("created", "changed", "rejected")}
    if changed["created"] or changed["changed"]:
        ids = [written(each.key) for each in outcomes if each.result in ("created", "changed")]
        told = {**changed, "client": client.name, "ids": ids[:50]}
        record(f"api.{kind}_written", f"client:{client.pk}", by=None, address=address, after=told)
    return outcomes


def _one_writer(kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"api {kind}"])


def _present(kind: str, keys: list[Key]) -> dict[Key, models.Model]:
    names = TABLES[kind].key
    chosen = models.Q(pk__in=[])
    if len(names) == 1:
        chosen = models.Q(**{f"{names[0]}__in": {key[0] for key in keys}})
    else:
        for key in set(keys):
            chosen |= models.Q(**dict(zip(names, key, strict=True)))
    found = MODELS[kind]._default_manager.select_for_update().filter(chosen).order_by("pk")
    return {tuple(getattr(each, name) for name in names): each for each in found}


def _place(kind: str, row: Mapping[str, Any], present: dict[Key, models.Model], *, correct: bool) -> Outcome:
    key = key_of(kind, row)
    there = present.get(key)
    if there is None:
        present[key] = MODELS[kind](**row)
        return Outcome(key, "created")
    if all(getattr(there, name) == value for name, value in row.items()):
        return Outcome(key, "unchanged")
    newer = TABLES[kind].newer
    if not correct and not (newer and _later(row[newer], getattr(there, newer))):
        fix = f"Send a later {newer}" if newer else "Nothing to do if the first values are right"
        problem = {"field": newer or "", "what": _THERE_ALREADY, "fix": f"{fix}, or correct it with ?correct=true."}
        return Outcome(key, "rejected", [problem])
    for name, value in row.items():
        setattr(there, name, value)
    return Outcome(key, "changed")


def _later(new: datetime | None, old: datetime | None) -> bool:
    return new is not None and (old is None or new > old)


def _save(kind: str, present: Mapping[Key, models.Model], outcomes: Iterable[Outcome]) -> None:
    touched = {each.key: each.result for each in outcomes if each.result in ("created", "changed")}
    model = MODELS[kind]._default_manager
    now = clock.now()
    new: list[models.Model] = []
    old: list[models.Model] = []
    for key in touched:
        row = present[key]
        row.written_at = now  # type: ignore[attr-defined]
        (new if row.pk is None else old).append(row)
    model.bulk_create(new)
    if old:
        model.bulk_update(old, [*(column.name for column in TABLES[kind].columns), "written_at"])


@transaction.atomic
def delete_row(client: Client, kind: str, key: Key, *, address: str | None) -> bool:
    """Take back a row that should never have been sent; False when there is none."""
    _one_writer(kind)
    found = _present(kind, [key]).get(key)
    if found is None:
        return False
    before = {name: _plain(getattr(found, name)) for name in TABLES[kind].names}
    found.delete()
    record(f"api.{kind}_deleted", f"client:{client.pk}", by=None, address=address, before=before, after={"client": client.name})
    return True


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value


def once(client: Client, key: str, request: Mapping[str, Any], act: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Act once for each key of a client: the same request again gets the first answer, in the same transaction as the writes.

    Raises ``Refused`` when the key was used for another request.
    """
    if not key:
        return act()
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()
    with transaction.atomic():
        answer, new = StoredAnswer.objects.select_for_update().get_or_create(
            client=client, key=key, defaults={"fingerprint": fingerprint, "status": 0, "body": {}, "at": clock.now()}
        )
        if not new:
            if answer.fingerprint != fingerprint:
                what = "this Idempotency-Key was used for another request"
                raise Refused(422, what, field="Idempotency-Key", fix="Use a new key for each request.")
            return answer.status, answer.body
        answer.status, answer.body = act()
        answer.save(update_fields=["status", "body"])
        return answer.status, answer.body


def forget_answers() -> int:
    """Drop the answers that are older than a day; how many."""
    return StoredAnswer.objects.filter(at__lt=clock.now() - KEPT).delete()[0]
