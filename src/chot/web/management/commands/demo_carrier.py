"""``chot up`` tells the demo company on which port its carrier listens."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chot.web.demo_lines import carrier_at


class Command(BaseCommand):
    """Put the port into the demo company's trunk."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, required=True)

    def handle(self, *arguments: Any, **options: Any) -> None:
        carrier_at(options["port"])
