"""Writes: trunks and numbers, each save a new version of the whole that the exchange is asked to bring into force."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from chot.core.errors import InputError, Problem
from chot.core.messages import TRUNK_SECRET
from chot.core.sealing import seal
from chot.people.audit import record
from chot.people.models import User
from chot.switchboard import exchange
from chot.switchboard.actions_queues import publish
from chot.switchboard.actions_versions import latest_held, next_version
from chot.switchboard.documents import NUMBER_FIELDS, TRUNK_FIELDS, command, present, trunks_of, without_secrets
from chot.switchboard.models import Number, Trunk, Version


@transaction.atomic
def save_trunk(trunk: Trunk, password: str, *, by: User | None, address: str | None = None) -> Version:
    """Add or change a trunk; without a ``password`` it keeps the one that it has."""
    before = _told(Trunk.objects.filter(pk=trunk.pk).first()) if trunk.pk else None
    if password:
        trunk.secret = seal(password, settings.SECRET_KEY, purpose=TRUNK_SECRET)
    trunk.save()
    record("trunk.saved", f"trunk:{trunk.name}", by=by, address=address, before=before, after=_told(trunk))
    return _new_version(by, f"trunk {trunk.name}")


@transaction.atomic
def delete_trunk(pk: int, *, by: User, address: str | None) -> Version:
    """Take a trunk away. Raises ``InputError`` while numbers or rules use it."""
    trunk = Trunk.objects.select_for_update().get(pk=pk)
    before = _told(trunk)
    try:
        trunk.delete()
    except ProtectedError:
        what = _("Numbers or outbound rules still use this trunk")
        raise InputError(Problem(what=what, fix=_("Move them to another trunk first, or switch this one off."))) from None
    record("trunk.deleted", f"trunk:{trunk.name}", by=by, address=address, before=before)
    return _new_version(by, f"trunk {trunk.name}")


@transaction.atomic
def save_number(number: Number, *, by: User | None, address: str | None = None) -> Version:
    """Add or change one of our numbers."""
    old = Number.objects.filter(pk=number.pk).first() if number.pk else None
    before = {name: getattr(old, name) for name in NUMBER_FIELDS} if old else None
    number.save()
    after = {name: getattr(number, name) for name in NUMBER_FIELDS}
    record("number.saved", f"number:{number.number}", by=by, address=address, before=before, after=after)
    return _new_version(by, f"number {number.number}")


@transaction.atomic
def delete_number(pk: int, *, by: User, address: str | None) -> Version:
    """Take a number away. Raises ``InputError`` while rules show it."""
    number = Number.objects.select_for_update().get(pk=pk)
    try:
        number.delete()
    except ProtectedError:
        what = _("Outbound rules or brand names still use this number")
        raise InputError(Problem(what=what, fix=_("Change them first, or switch the number off."))) from None
    record("number.deleted", f"number:{number.number}", by=by, address=address)
    return _new_version(by, f"number {number.number}")


@transaction.atomic
def restore(version: int, *, by: User, address: str | None) -> Version:
    """Trunks and numbers as a version had them; what came later and is used elsewhere is switched off, the rest goes."""
    document = Version.objects.get(number=version).document
    for each in trunks_of(document):
        Trunk.objects.update_or_create(name=each["name"], defaults={name: each[name] for name in TRUNK_FIELDS if name in each})
    trunks = {trunk.name: trunk for trunk in Trunk.objects.all()}
    for each in document["numbers"]:
        values = {name: each[name] for name in NUMBER_FIELDS} | {"trunk": trunks[each["trunk"]]}
        Number.objects.update_or_create(number=each["number"], defaults=values)
    _drop(Number.objects.exclude(number__in=[each["number"] for each in document["numbers"]]))
    _drop(Trunk.objects.exclude(name__in=[each["name"] for each in document["trunks"]]))
    record("switchboard.restored", f"version:{version}", by=by, address=address)
    return _new_version(by, f"version {version}")


def apply_latest(*, again: str = "") -> int:
    """Ask every exchange that is up to bring the latest version into force; how many were asked. ``again`` tells repeated askings apart."""
    version = Version.objects.first()
    if version is None:
        return 0
    return exchange.send(command(version.number, version.document), f"trunks:{version.number}:{again}")


def _drop(rows: Any) -> None:
    for row in rows:
        try:
            with transaction.atomic():
                row.delete()
        except ProtectedError:
            row.enabled = False
            row.save(update_fields=["enabled"])


def _new_version(by: User | None, why: str) -> Version:
    """The whole as it is now, saved and sent in the same transaction."""
    made = next_version(Version, latest_held(Version), present(), by, why)
    apply_latest()
    publish(by, why)
    return made


def _told(trunk: Trunk | None) -> dict[str, Any] | None:
    return without_secrets({name: getattr(trunk, name) for name in TRUNK_FIELDS}) if trunk else None
