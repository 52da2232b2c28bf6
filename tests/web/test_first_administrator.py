"""The first account of an installation in which nobody is."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from chot.people.models import AuditEntry, Role, User

pytestmark = pytest.mark.django_db


def test_the_first_administrator_signs_in_with_the_printed_password_and_must_change_it() -> None:
    said = io.StringIO()
    call_command("create_administrator", "Lan", "Đỗ Lan", stdout=said)
    lan = User.objects.get(username="lan")
    assert lan.check_password(said.getvalue().split()[-1])
    assert (lan.role, lan.temporary_password, lan.name) == (Role.ADMIN, True, "Đỗ Lan")
    assert AuditEntry.objects.filter(action="account.created", subject="user:lan", user=None).count() == 1
    with pytest.raises(CommandError, match="already"):
        call_command("create_administrator", "LAN", "x")
