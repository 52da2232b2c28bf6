"""``chot check --deploy``: what the installation lacks before it faces a network."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from chot.web.deploy_checks import findings


class Command(BaseCommand):
    """Print every finding; exit code 1 when there is one."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        found = findings()
        for problem in found:
            print(problem, file=sys.stderr)
        print(f"{len(found)} to put right" if found else "ready to face a network", file=sys.stderr)
        if found:
            raise SystemExit(1)
