"""What an installation that faces a network still lacks, in plain words, each with what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password

from chot.calls.models import TelephonyNode
from chot.core import clock
from chot.core.errors import Problem
from chot.people.audit import cut_off, first_broken
from chot.people.models import Role, User
from chot.web import deploy_bucket
from chot.web.demo import PASSWORD

_KEY, _DISK_BYTES, _DISK_SHARE, _BACKUP_HOURS = 50, 5_000_000_000, 0.1, 26
_LOCAL = {"localhost", "127.0.0.1", "[::1]", ""}


def findings() -> list[Problem]:
    """Everything that is missing or unsafe; empty when the installation may face a network."""
    return [*_settings(), *_accounts(), *_machine(), *_trail(), *deploy_bucket.findings()]


def _settings() -> Iterator[Problem]:
    if len(settings.SECRET_KEY) < _KEY or len(set(settings.SECRET_KEY)) < 10:
        yield Problem(
            field="CHOT_SECRET_KEY", what="the key that signs sessions can be guessed",
            fix="Set 50 random characters or more: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
        )  # fmt: skip
    if not settings.HTTPS:
        yield Problem(
            field="CHOT_HTTPS", what="passwords and pay travel unencrypted",
            fix="Put a proxy with a certificate in front (docs/settings.md) and set CHOT_HTTPS=1.",
        )  # fmt: skip
    if set(settings.ALLOWED_HOSTS) <= _LOCAL:
        yield Problem(field="CHOT_HOSTS", what="only this machine's own names are answered", fix="Set it to the name that people type.")
    if "*" in settings.ALLOWED_HOSTS:
        yield Problem(field="CHOT_HOSTS", what="any name is answered, also a forged one", fix="Name the one that people type.")
    if not settings.EXCHANGE_WS and not set(settings.ALLOWED_HOSTS) <= _LOCAL and TelephonyNode.objects.exists():
        yield Problem(
            field="CHOT_EXCHANGE_WS", what="phones in browsers on other computers cannot reach the exchange",
            fix="Put a proxy with HTTPS in front of its port and set CHOT_EXCHANGE_WS=wss://… (docs/telephony.md).",
        )  # fmt: skip
    if settings.DEBUG:
        yield Problem(field="CHOT_DEBUG", what="errors show the program's inside to everyone", fix="Unset it.")
    if os.environ.get("CHOT_TODAY"):
        yield Problem(field="CHOT_TODAY", what="the clock is stopped", fix="Unset it; it is for demonstrations.")
    if missing := sorted({Role.PAYROLL.value, Role.ADMIN.value} - set(settings.SECOND_FACTOR_ROLES)):
        yield Problem(
            field="CHOT_SECOND_FACTOR_ROLES", what=f"a password alone opens pay and accounts ({', '.join(missing)})",
            fix="Set it to payroll,admin,manager.",
        )  # fmt: skip


def _accounts() -> Iterator[Problem]:
    active = User.objects.filter(is_active=True)
    usable = active.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).order_by("password")
    demo = [kept for kept in usable.values_list("password", flat=True).distinct()[:500] if check_password(PASSWORD, kept)]
    if count := active.filter(password__in=demo).count():
        yield Problem(
            field="accounts", what=f"{count} accounts still have the demo company's password, which is public",
            fix="Give them new ones on the page Accounts, or start without the demo company: chot up --no-demo.",
        )  # fmt: skip
    guarded = [Role.PAYROLL, Role.ADMIN]
    bare = active.filter(role__in=guarded).exclude(totpdevice__confirmed=True).values_list("username", flat=True)
    if bare:
        who = ", ".join(sorted(bare)[:10])
        yield Problem(field="accounts", what=f"no second factor: {who}", fix="Each sets one up on the page of the own account.")
    if not active.filter(role=Role.ADMIN).exists():
        yield Problem(field="accounts", what="there is no administrator", fix="Make one with chot manage shell.")


def _machine() -> Iterator[Problem]:
    disk = shutil.disk_usage(settings.VAR)
    if disk.free < _DISK_BYTES or disk.free < _DISK_SHARE * disk.total:
        yield Problem(
            field="disk", what=f"{disk.free / 1e9:.1f} GB are free where {settings.VAR} lies", fix="Free some, or move the folder (--var)."
        )
    folder = settings.BACKUPS
    if not folder:
        yield Problem(
            field="CHOT_BACKUPS", what="nothing says where backups are", fix="Run chot backup every night and name its folder here."
        )
        return
    newest = max((each.stat().st_mtime for each in Path(folder).glob("*.tar.gz")), default=None)
    hours = None if newest is None else (clock.now().timestamp() - newest) / 3600
    if hours is None:
        yield Problem(field="CHOT_BACKUPS", what=f"there is no backup in {folder}", fix="Run chot backup, every night.")
    elif hours > _BACKUP_HOURS:
        yield Problem(field="CHOT_BACKUPS", what=f"the newest backup is {hours:.0f} hours old", fix="See why chot backup did not run.")


def _trail() -> Iterator[Problem]:
    broken = first_broken()
    if broken is not None or cut_off():
        where = f" at entry {broken.pk}" if broken else " at its end"
        yield Problem(field="audit trail", what=f"the trail is not whole{where}", fix="Open Check the chain, and compare with a backup.")
