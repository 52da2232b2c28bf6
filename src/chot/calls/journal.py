"""Reading on in the telephony journal without missing a row that commits late."""

from __future__ import annotations

from django.db import connection, transaction

from chot.calls.models_telephony import TelephonyJournal


@transaction.atomic
def settled() -> int:
    """The number up to which the journal will stay as it is.

    A number of the sequence is given before its row is visible: under this lock no smaller one is still to come. It is let go of at
    once, since calls wait for what is written into the journal; what was read is taken in without it.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {TelephonyJournal._meta.db_table} IN SHARE MODE")
        cursor.execute(f"SELECT coalesce(max(seq), 0) FROM {TelephonyJournal._meta.db_table}")
        return int(cursor.fetchone()[0])
