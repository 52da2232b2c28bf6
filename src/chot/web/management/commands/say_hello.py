"""``chot up`` says where to go, and in a demo company as whom."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from chot.people.models import Role, User
from chot.web.demo import PASSWORD, is_demo


class Command(BaseCommand):
    """Print the address, and one demo sign-in per role."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", required=True)

    def handle(self, *arguments: Any, **options: Any) -> None:
        print(f"\nChốt: {options['address']}\n")
        if not is_demo():
            return
        print(f"The demo company; the password of everyone is {PASSWORD}")
        for role in Role:
            user = User.objects.filter(role=role).order_by("pk").first()
            if user:
                print(f"  {role.value:10} {user.username:12} {user.name}")
        print(flush=True)
