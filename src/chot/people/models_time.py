"""When people work: shifts of the roster, leave, public holidays, and the day of work that the facts take in."""

from __future__ import annotations

from fractions import Fraction

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.people.fact_rows import FactRow


class LeaveKind(models.TextChoices):
    """Why a day is not worked; the values are those of the facts."""

    ANNUAL = "annual", _("Annual leave")
    SICK = "sick", _("Sick leave")
    MATERNITY = "maternity", _("Maternity leave")
    HOLIDAY = "holiday", _("Public holiday")
    UNPAID = "unpaid", _("Unpaid leave")


class LeaveState(models.TextChoices):
    """How far a request for leave has come."""

    ASKED = "asked", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class LeavePart(models.TextChoices):
    """Which part of its day a leave takes; a half day is a leave of one day."""

    DAY = "day", _("Whole day")
    MORNING = "morning", _("Morning")
    AFTERNOON = "afternoon", _("Afternoon")


class ShiftPattern(models.Model):
    """A shift that is worked again and again: local hours; an end that is not after the start lies on the next day."""

    code = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=60)
    starts = models.TimeField()
    ends = models.TimeField()
    break_s = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ("starts", "code")

    def __str__(self) -> str:
        return f"{self.code} {self.starts:%H:%M}–{self.ends:%H:%M}"

    @property
    def break_min(self) -> int:
        """The break in minutes."""
        return self.break_s // 60


class Shift(models.Model):
    """One planned stretch of work of one agent; ``day`` is the local day on which it starts."""

    agent_id = models.CharField(max_length=64)
    day = models.DateField(db_index=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    break_s = models.PositiveIntegerField(default=0)
    pattern = models.ForeignKey(ShiftPattern, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("agent_id", "starts_at")
        constraints = [
            models.UniqueConstraint(fields=["agent_id", "starts_at"], name="one_shift_per_start"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="shift_ends_after_start"),
        ]
        indexes = [models.Index(fields=["agent_id", "day"], name="shift_of_agent_and_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.day}"

    @property
    def scheduled_s(self) -> int:
        """Seconds of work: from start to end without the break."""
        return max(int((self.ends_at - self.starts_at).total_seconds()) - self.break_s, 0)


class Leave(models.Model):
    """Days off that were asked for; both days included. ``part`` other than the whole day is for one day only."""

    agent_id = models.CharField(max_length=64, db_index=True)
    first_day = models.DateField()
    last_day = models.DateField()
    kind = models.CharField(max_length=10, choices=LeaveKind)
    part = models.CharField(max_length=10, choices=LeavePart, default=LeavePart.DAY)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=LeaveState, default=LeaveState.ASKED, db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ("-first_day", "-pk")
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="leave_ends_after_start"),
            models.CheckConstraint(condition=Q(part="day") | Q(last_day=F("first_day")), name="half_leave_is_one_day"),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.kind} {self.first_day}"


class LeaveAdjustment(models.Model):
    """Days of annual leave that one year has more (or less) than the law or the agreement gives; ``until``: carried days lapse after it."""

    class Kind(models.TextChoices):
        """Why; what is carried over stands once a year."""

        CARRIED = "carried", pgettext_lazy("leave", "Carried over")
        CORRECTED = "corrected", _("Correction")
        PAID = "paid", _("Paid out")

    agent_id = models.CharField(max_length=64)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    half_days = models.SmallIntegerField()
    until = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("agent_id", "year", "pk")
        constraints = [
            models.UniqueConstraint(fields=["agent_id", "year"], condition=Q(kind="carried"), name="carried_over_once_a_year"),
        ]
        indexes = [models.Index(fields=["agent_id", "year"], name="leave_adjusted_by_year")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.year} {self.half_days}/2"

    @property
    def days(self) -> Fraction:
        """The same in days."""
        return Fraction(self.half_days, 2)


class PublicHoliday(models.Model):
    """A day on which the company does not work but pays."""

    day = models.DateField(unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ("day",)

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class Workday(FactRow):
    """One agent's day as the facts know it. The roster writes ``scheduled_s`` and ``leave``; time tracking and imports the rest."""

    agent_id = models.CharField(max_length=64)
    date = models.DateField(db_index=True)
    scheduled_s = models.PositiveIntegerField(null=True)
    worked_s = models.PositiveIntegerField(null=True)
    pause_s = models.PositiveIntegerField(null=True)
    leave = models.CharField(max_length=10, default="none")

    class Meta:
        ordering = ("agent_id", "date")
        constraints = [models.UniqueConstraint(fields=["agent_id", "date"], name="one_workday_per_agent_and_day")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.date}"
