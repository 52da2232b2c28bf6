"""Customers from a file: what each row would do, shown first; then everything that can be written, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from chot.core import clock
from chot.core.errors import Problem
from chot.core.phones import current
from chot.core.text import normal, unaccented
from chot.customers.actions_customers import change, tags_named
from chot.customers.forms import texts
from chot.customers.import_consents import note_agreements, said, wrong
from chot.customers.import_reading import Given
from chot.customers.models import Customer, CustomerPhone, DoNotCall
from chot.people.audit import record
from chot.people.models import User

_LENGTHS = {"name": 160, "source": 80, "customer_id": 100, "title": 160, "note": 4_000, "lead_id": 100}


@dataclass(kw_only=True)
class Step:
    """What a row does: ``new``, ``known`` (``held`` is who), ``twice`` (as the line of ``first``) or ``wrong``."""

    line: int
    does: str
    values: dict[str, Any] = field(default_factory=dict)
    held: Customer | None = None
    first: Step | None = None
    spared: bool = False
    problems: list[Problem] = field(default_factory=list)


def plan(rows: Sequence[Given], owners: Mapping[str, str]) -> list[Step]:
    """What the rows would do; ``owners`` are the agents who may be named, by id and by unaccented name."""
    steps = [checked(row, owners) for row in rows]
    good = [step for step in steps if step.does != "wrong"]
    held = _held(good)
    numbers = {step.values[name] for step in good for name in ("phone", "phone2") if step.values.get(name)}
    spared = set(DoNotCall.objects.filter(phone__in=numbers, lifted_at=None).values_list("phone", flat=True))
    seen: dict[str, Step] = {}
    for step in good:
        marks = _marks(step.values)
        step.held = next((held[mark] for mark in marks if mark in held), None)
        step.first = next((seen[mark] for mark in marks if mark in seen), None)
        step.does = "twice" if step.first else "known" if step.held else "new"
        if step.first:
            what = _("the same customer stands in line %(line)s") % {"line": step.first.line}
            step.problems = [Problem(line=step.line, field="", what=what)]
        step.spared = bool({step.values.get("phone"), step.values.get("phone2")} & spared)
        for mark in marks:
            seen.setdefault(mark, step.first or step)
    return steps


def _marks(values: Mapping[str, Any]) -> list[str]:
    """What a customer is recognised by, the surest first."""
    marks = [f"id {values['customer_id']}"] if values.get("customer_id") else []
    marks += [f"tel {values[name]}" for name in ("phone", "phone2") if values.get(name)]
    return marks + ([f"mail {values['email'].lower()}"] if values.get("email") else [])


def _held(steps: Sequence[Step]) -> dict[str, Customer]:
    wanted = {mark for step in steps for mark in _marks(step.values)}
    ids, tels, mails = ([mark[len(kind) + 1 :] for mark in wanted if mark.startswith(f"{kind} ")] for kind in ("id", "tel", "mail"))
    known = Customer.objects.filter(erased_at=None)
    found = {f"id {row.customer_id}": row for row in known.filter(customer_id__in=ids)}
    phones = CustomerPhone.objects.filter(phone__in=tels, customer__erased_at=None).select_related("customer").order_by("main", "-pk")
    found |= {f"tel {row.phone}": row.customer for row in phones}
    found |= {f"mail {row.lower}": row for row in known.annotate(lower=Lower("email")).filter(lower__in=mails).order_by("-pk")}
    return found


def checked(row: Given, owners: Mapping[str, str]) -> Step:
    """A row with its values, or with everything that is wrong with it."""
    values: dict[str, Any] = {"fields": {}}
    problems = []
    for name, text in row.cells.items():
        if not text:
            continue
        value, what = value_of(name, text, owners)
        if what:
            problems.append(Problem(line=row.line, field=name, what=what))
        elif name.startswith("field."):
            values["fields"][name[6:]] = value
        else:
            values[name] = value
    if not problems and not values.get("name") and not values.get("phone"):
        problems.append(Problem(line=row.line, field="name", what=_("neither a name nor a number")))
    column, what = ("", "") if problems else wrong(values)
    if what:
        problems.append(Problem(line=row.line, field=column, what=what))
    return Step(line=row.line, does="wrong" if problems else "new", values=values, problems=problems)


def value_of(name: str, text: str, owners: Mapping[str, str]) -> tuple[Any, str]:
    """The value of a cell, or what is wrong with it."""
    if name in ("phone", "phone2"):
        return current(text), "" if current(text) else _("“%(text)s” is no telephone number") % {"text": text[:30]}
    if name == "email":
        try:
            validate_email(text)
        except ValidationError:
            return None, _("“%(text)s” is no e-mail address") % {"text": text[:60]}
    if name == "born_on":
        born = day_of(text)
        return born, "" if born and date(1900, 1, 1) <= born <= clock.today() else _("“%(text)s” is no day of birth") % {"text": text[:20]}
    if name == "agreed":
        return said(text), "" if said(text) is not None else _("“%(text)s” is neither yes nor no") % {"text": text[:20]}
    if name == "agreed_on":
        answered = day_of(text)
        right = answered and date(1990, 1, 1) <= answered <= clock.today()
        return answered, "" if right else _("“%(text)s” is no day that has passed") % {"text": text[:20]}
    if name == "owner":
        owner = owners.get(text) or owners.get(unaccented(text))
        return owner, "" if owner else _("“%(text)s” is nobody whom you may choose") % {"text": text[:60]}
    if name == "tags":
        return texts(text), ""
    if len(text) > _LENGTHS.get(name, 300):
        return None, _("longer than %(most)s characters") % {"most": _LENGTHS.get(name, 300)}
    return " ".join(normal(text).split()), ""


def day_of(text: str) -> date | None:
    """A day as people write it.

    >>> day_of("31/12/1990"), day_of("1990-12-31"), day_of("31.2.1990")
    (datetime.date(1990, 12, 31), datetime.date(1990, 12, 31), None)
    """
    parts = re.fullmatch(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", text)
    try:
        return date(int(parts[3]), int(parts[2]), int(parts[1])) if parts else date.fromisoformat(text[:10])
    except ValueError:
        return None


@transaction.atomic
def write(steps: Sequence[Step], known: str, *, source: str, by: User, address: str | None) -> dict[str, int]:
    """Write new customers, and for those known ``skip`` the row, ``fill`` what was empty, or ``replace``; how many of each."""
    fresh = [step for step in steps if step.does == "new"]
    _create(fresh)
    changed = 0
    for step in [step for step in steps if step.does == "known" and known != "skip"]:
        assert step.held
        changed += bool(change(step.held.pk, _changes(step.held, step.values, known), by=by, address=address, told=False))
        _second(step.held, step.values)
    told = [(step.held, step.values) for step in steps if step.held and (step.does == "new" or (step.does == "known" and known != "skip"))]
    numbers = {"new": len(fresh), "changed": changed, "known": sum(step.does == "known" for step in steps)}
    numbers["consents"] = note_agreements(told, by=by)
    numbers["left_out"] = len(steps) - numbers["new"] - numbers["known"]
    record("customer.imported", "customers", by=by, address=address, after={"file": source, **numbers})
    return numbers


def _changes(held: Customer, values: Mapping[str, Any], known: str) -> dict[str, Any]:
    plain = {name: value for name, value in values.items() if name in ("name", "phone", "email", "address", "born_on", "source", "owner")}
    extra = dict(values["fields"])
    if known == "fill":
        plain = {name: value for name, value in plain.items() if not getattr(held, name)}
        extra = {key: value for key, value in extra.items() if not held.fields.get(key)}
    if values.get("tags"):
        plain["tags"] = [*(tag.name for tag in held.tags.all()), *values["tags"]]
    return {**plain, "fields": extra}


def _second(customer: Customer, values: Mapping[str, Any]) -> None:
    for name in ("phone", "phone2"):
        if values.get(name):
            CustomerPhone.objects.get_or_create(customer=customer, phone=values[name])


def _create(steps: Sequence[Step]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('customers_customer', 'id')) FROM generate_series(1, %s)", [len(steps)])
        keys = [row[0] for row in cursor.fetchall()]
    made = []
    for pk, step in zip(keys, steps, strict=True):
        values = step.values
        name = values.get("name", "")
        plain = {key: values[key] for key in ("phone", "email", "address", "born_on", "source", "owner") if values.get(key)}
        row = Customer(pk=pk, customer_id=values.get("customer_id") or f"kh{pk:07d}", name=name, search_name=unaccented(name), **plain)
        row.fields = values["fields"]
        step.held = row
        made.append(row)
    Customer.objects.bulk_create(made, batch_size=1000)
    pairs_of = list(zip(made, steps, strict=True))
    second = [CustomerPhone(customer=row, phone=step.values["phone2"]) for row, step in pairs_of if step.values.get("phone2")]
    CustomerPhone.objects.bulk_create(second, ignore_conflicts=True, batch_size=1000)
    tags = {tag.key: tag.pk for tag in tags_named({name for step in steps for name in step.values.get("tags", ())})}
    through = Customer.tags.through
    pairs = {(row.pk, tags[unaccented(name)]) for row, step in pairs_of for name in step.values.get("tags", ())}
    through._default_manager.bulk_create([through(customer_id=pk, tag_id=tag) for pk, tag in sorted(pairs)], batch_size=1000)
