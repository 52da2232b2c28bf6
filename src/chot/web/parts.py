"""Whether each part that the application needs is well: ``ok``, ``bad``, or ``absent`` where it was never set up."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models.functions import Now

from chot.calls.models import TelephonyNode
from chot.core import clock
from chot.switchboard.models import NodeState

HEARD_S = 30
"""A worker says every 5 seconds that it is alive."""
FREE_BYTES = 1_000_000_000
"""With less free space than this the disk is not well."""


def states() -> dict[str, str]:
    """Each part's state; without the database nothing is known of workers and exchanges, which then are bad too."""
    try:
        found = {"database": _said(well=_database()), "worker": _said(well=_worker()), "telephony": _telephony()}
    except DatabaseError:
        found = dict.fromkeys(("database", "worker", "telephony"), "bad")
    return found | {"facts": _said(well=_facts()), "disk": _said(well=_disk())}


def _said(*, well: bool) -> str:
    return "ok" if well else "bad"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _worker() -> bool:
    workers = apps.get_model("procrastinate", "ProcrastinateWorker").objects
    return bool(workers.filter(last_heartbeat__gt=Now() - timedelta(seconds=HEARD_S)).exists())


def _telephony() -> str:
    leases = dict(TelephonyNode.objects.values_list("name", "lease_until"))
    unwell = set(NodeState.objects.exclude(state="up").values_list("name", flat=True))
    return _said(well=all(until > clock.instant() and name not in unwell for name, until in leases.items())) if leases else "absent"


def _facts() -> bool:
    return os.path.isdir(settings.DATA) and os.access(settings.DATA, os.R_OK | os.W_OK | os.X_OK)


def _disk() -> bool:
    return os.path.isdir(settings.DATA) and shutil.disk_usage(settings.DATA).free >= FREE_BYTES
