"""``chot up`` on its first start: the demo company's facts, people, goals, plans and runs."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from chot.web import demo


class Command(BaseCommand):
    """Load the demo company into an empty database; nothing when anyone can sign in already."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        demo.load()
