"""``chot manage create_administrator``: the first account of an empty installation, or a way back in for whoever runs the machine."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chot.people.actions_accounts import create_account
from chot.people.models import Role, User


class Command(BaseCommand):
    """Make an administrator and print the first password, which has to be changed at the first sign-in."""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name", help="The person's name, as pages show it.")

    def handle(self, *arguments: Any, **options: Any) -> None:
        if User.objects.filter(username__iexact=options["username"]).exists():
            raise CommandError(f"there is an account {options['username']} already. Choose another sign-in name")
        fields = {name: options[name] for name in ("username", "name")}
        fields |= {"role": Role.ADMIN, "agent_id": "", "sees_pay": False, "is_active": True}
        account, password = create_account(fields, by=None, address=None)
        self.stdout.write(f"sign-in name {account.username}, first password {password}")
