"""Who works here, who may sign in, and what everyone did (the audit trail)."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.people.models_handover import HandOver
from chot.people.models_security import AuditHead, RateCount, RecoveryCode
from chot.people.models_time import Leave, LeaveAdjustment, LeaveKind, LeavePart, LeaveState, PublicHoliday, Shift, ShiftPattern, Workday

__all__ = [
    "AgentRow", "AuditEntry", "AuditHead", "HandOver", "Leave", "LeaveAdjustment", "LeaveKind", "LeavePart", "LeaveState", "Person",
    "PublicHoliday", "RateCount", "RecoveryCode", "Role", "Shift", "ShiftPattern", "Team", "User", "UserManager", "UserSession",
    "Workday",
]  # fmt: skip


class Role(models.TextChoices):
    """What a person may do in Chốt; the role in a KPI plan is another thing."""

    AGENT = "agent", pgettext_lazy("role", "Agent")
    LEADER = "leader", _("Team leader")
    MANAGER = "manager", _("Manager")
    QUALITY = "quality", _("Quality")
    PAYROLL = "payroll", _("Payroll")
    ADMIN = "admin", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class UserManager(BaseUserManager["User"]):
    """Users by their sign-in name, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username__iexact=username or "")

    def create_user(self, username: str, password: str | None, **fields: Any) -> User:
        """A new user; without a ``password`` nobody can sign in as it."""
        user = self.model(username=username.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Someone who signs in. ``agent_id`` says which agent of the facts the person is, empty = none."""

    username = models.CharField(_("sign-in name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.AGENT)
    agent_id = models.CharField(_("agent"), max_length=64, blank=True, db_index=True)
    language = models.CharField(_("language"), max_length=2, choices=[("vi", "Tiếng Việt"), ("en", "English")], default="vi")
    sees_pay = models.BooleanField(_("sees the pay of the own team"), default=False, help_text=_("For team leaders."))
    is_active = models.BooleanField(_("may sign in"), default=True)
    temporary_password = models.BooleanField(_("has to choose a password"), default=False, editable=False)
    password_given_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ("name", "pk")
        constraints = [
            models.UniqueConstraint(fields=["agent_id"], condition=~models.Q(agent_id=""), name="one_user_per_agent"),
        ]

    def __str__(self) -> str:
        return self.name or self.username


class AgentRow(models.Model):
    """One effective-dated row of an agent: ``valid_from`` inclusive, ``valid_to`` exclusive, empty = open."""

    agent_id = models.CharField(_("agent"), max_length=64, db_index=True)
    name = models.CharField(_("name"), max_length=120)
    team_id = models.CharField(_("team"), max_length=64, blank=True, db_index=True)
    plan_role = models.CharField(_("role in plans"), max_length=64, blank=True, db_column="role")
    hired_on = models.DateField(_("first day"), null=True, blank=True)
    left_on = models.DateField(_("last day"), null=True, blank=True)
    base_pay_vnd = models.BigIntegerField(_("base pay"), null=True, blank=True)
    wage_region = models.CharField(_("wage region"), max_length=3, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until before"), null=True, blank=True)

    class Meta:
        ordering = ("agent_id", "valid_from")
        constraints = [
            models.UniqueConstraint(fields=["agent_id", "valid_from"], name="one_agent_row_per_day", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.agent_id})"

    def holds(self, day: date) -> bool:
        """Whether the row is the agent's on that day."""
        return (self.valid_from or date.min) <= day and (self.valid_to is None or day < self.valid_to)


class Person(models.Model):
    """What is known of an agent beside the facts. ``managed_here``: edited in Chốt, so that imported files no longer replace it."""

    agent_id = models.CharField(_("agent"), max_length=64, unique=True)
    phone = models.CharField(max_length=20, blank=True)
    annual_days = models.PositiveSmallIntegerField(null=True, blank=True)
    managed_here = models.BooleanField(default=False)
    purge_on = models.DateField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.agent_id


class Team(models.Model):
    """One effective-dated row of a team: its name and who leads it; ``valid_from`` inclusive, ``valid_to`` exclusive, empty = open."""

    team_id = models.CharField(_("team"), max_length=64, db_index=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=120)
    leader_id = models.CharField(max_length=64, blank=True)
    valid_from = models.DateField(_("from"), null=True, blank=True)
    valid_to = models.DateField(_("until before"), null=True, blank=True)

    class Meta:
        ordering = ("team_id", "valid_from")
        constraints = [
            models.UniqueConstraint(fields=["team_id", "valid_from"], name="one_team_row_per_day", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name


class UserSession(models.Model):
    """One sign-in that lasts: from which device and address, and when it was last used. The session's key is kept as its hash only."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    key_hash = models.CharField(max_length=64, unique=True)
    device = models.CharField(max_length=60, blank=True)
    address = models.GenericIPAddressField(null=True)
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ("-seen_at", "-pk")

    def __str__(self) -> str:
        return f"{self.user_id} {self.device}"


class Notification(models.Model):
    """Something a person should know: a kind whose words ``people.notices`` holds, what fills them, and where to look.

    ``key`` makes telling twice once: a person is told each key at most one time.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    link = models.CharField(max_length=300, blank=True)
    key = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-at", "-pk")
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], condition=~models.Q(key=""), name="one_notification_per_key"),
        ]
        indexes = [models.Index(fields=["user"], condition=models.Q(read_at=None), name="unread_notifications")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class AuditEntry(models.Model):
    """One write: who, what, before, after, from where. Append-only; each entry seals the one before it."""

    at = models.DateTimeField(db_index=True)
    user = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=60, db_index=True)
    subject = models.CharField(max_length=120, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    address = models.GenericIPAddressField(null=True)
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
