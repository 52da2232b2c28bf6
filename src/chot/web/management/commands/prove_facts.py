"""``chot facts prove``: the facts computed anew from the database and compared, month by month."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from chot.feed.actions_proof import prove
from chot.feed.models import Proof
from chot.performance.actions_uploads import compute_open_periods
from chot.performance.workplace import data_folder


class Command(BaseCommand):
    """Prove that the facts are what the operational tables say; exit code 1 names what differed and was repaired."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = prove(data_folder())
        for each in found:
            self.stdout.write(f"{each.fact_table:<9} {each.month or '-':<7} {each.rows:>10} rows  {each.state}")
            for line in _differences(each):
                self.stdout.write(f"  {line}")
        if not found:
            self.stdout.write("the operational tables are empty: there is nothing to prove")
        if any(each.state != Proof.State.EQUAL for each in found):
            compute_open_periods()
            sys.exit(1)


def _differences(proof: Proof) -> list[str]:
    """Each difference on a line, as far as the proof keeps them; the file has all."""
    found = proof.evidence or {}
    lines = [f"{row['key'].replace(chr(31), '/')}: database {row['database']}, facts {row['facts']}" for row in found.get("rows", ())]
    lines += [f"{key.replace(chr(31), '/')}: in a file of an import too" for key in found.get("double", ())]
    lines += [f"damaged file: {name}" for name in found.get("damaged", ())]
    return [*lines, f"all {found['differ']} differences: {found['file']}"] if "file" in found else lines
