"""What inbound calls go through: opening hours, prompts, flows, queues with their members, and the versions of all of it."""

from __future__ import annotations

from collections.abc import Collection

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

NAME = RegexValidator(r"^[a-z][a-z0-9-]{1,30}\Z", _("Small letters, digits and dashes, beginning with a letter, 2 to 31 of them."))
KEY = RegexValidator(r"^[0-9*#]?\Z", _("One key of a telephone: a digit, * or #."))


class OpeningHours(models.Model):
    """When somebody is there. ``week``: for each weekday (0 is Monday) a list of ``[opens, closes]``; ``extra_days`` closed (ISO)."""

    name = models.CharField(_("code name"), max_length=31, unique=True, validators=[NAME])
    title = models.CharField(_("title"), max_length=80)
    week = models.JSONField(default=dict)
    closed_on_holidays = models.BooleanField(_("closed on public holidays"), default=True)
    extra_days = models.JSONField(default=list)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class Prompt(models.Model):
    """Something to be heard: 8 kHz, mono, 16 bits, WAV. ``sha`` names the sound; exchanges fetch it by that."""

    name = models.CharField(_("code name"), max_length=31, unique=True, validators=[NAME])
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what is said"), max_length=2000, blank=True)
    spoken = models.BooleanField(default=False)
    sha = models.CharField(max_length=64, db_index=True)
    sound = models.BinaryField()
    duration_ms = models.PositiveIntegerField(default=0)
    is_music = models.BooleanField(_("music on hold of the company"), default=False)

    class Meta:
        ordering = ("title",)
        constraints = [models.UniqueConstraint(fields=["is_music"], condition=models.Q(is_music=True), name="one_music_on_hold")]

    def __str__(self) -> str:
        return self.title

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Another one that is the company's music gives way when this is saved."""
        super().validate_constraints({*(exclude or ()), "is_music"})

    @property
    def seconds(self) -> int:
        """The length, rounded up."""
        return -(-self.duration_ms // 1000)


class CallFlow(models.Model):
    """What callers go through: ``document`` holds the steps (``chot.core.flows.Step``)."""

    name = models.CharField(_("code name"), max_length=31, unique=True, validators=[NAME])
    title = models.CharField(_("title"), max_length=80)
    document = models.JSONField(default=dict)

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class AgentSkill(models.Model):
    """How well an agent does something, 1 to 5."""

    agent_id = models.CharField(max_length=64)
    skill = models.CharField(_("skill"), max_length=40)
    level = models.PositiveSmallIntegerField(_("level"), default=3, validators=[MinValueValidator(1), MaxValueValidator(5)])

    class Meta:
        ordering = ("skill", "agent_id")
        constraints = [models.UniqueConstraint(fields=["agent_id", "skill"], name="one_level_per_agent_and_skill")]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.skill} {self.level}"


class Strategy(models.TextChoices):
    """Whose phone rings next."""

    LONGEST_IDLE = "longest_idle", _("who has rested longest")
    ROUND_ROBIN = "round_robin", _("in turn")
    RING_ALL = "ring_all", _("everybody at once")
    SKILLED = "skilled", _("who does it best, then who has rested longest")


class NoticeMode(models.TextChoices):
    """What a customer is told of the recording before an agent is heard."""

    NONE = "none", _("is told nothing")
    ANNOUNCE = "announce", _("is told of the recording")
    ASK = "ask", _("is told, and may refuse by a key")


NOTICE_TEXTS = {
    NoticeMode.ANNOUNCE.value: "Cuộc gọi này được ghi âm để nâng cao chất lượng phục vụ.",
    NoticeMode.ASK.value: "Cuộc gọi này được ghi âm để nâng cao chất lượng phục vụ. Nếu quý khách không đồng ý, xin bấm phím {key}.",
}


class ExitTo(models.TextChoices):
    """What becomes of a caller whom no agent of the queue gets."""

    HANGUP = "hangup", _("an announcement, then the end")
    VOICEMAIL = "voicemail", _("a message after the tone")
    CALLBACK = "callback", _("we call back")
    QUEUE = "queue", _("another queue")
    NUMBER = "number", _("a telephone number")
    FLOW = "flow", _("a flow")


class CallQueue(models.Model):
    """A queue; ``name`` is the ``queue_id`` of the facts. ``team_id`` looks after its messages and callbacks."""

    target_title: str  # of ``overflow_target``: by queries_routing.inbound()

    name = models.CharField(_("code name"), max_length=31, unique=True, validators=[NAME])
    title = models.CharField(_("title"), max_length=80)
    enabled = models.BooleanField(_("in use"), default=True)
    team_id = models.CharField(_("messages and callbacks go to"), max_length=64, blank=True)
    hours = models.ForeignKey(OpeningHours, null=True, blank=True, on_delete=models.PROTECT, verbose_name=_("opening hours"))
    strategy = models.CharField(_("whose phone rings"), max_length=12, choices=Strategy, default=Strategy.LONGEST_IDLE)
    skill = models.CharField(_("skill"), max_length=40, blank=True)
    min_level = models.PositiveSmallIntegerField(_("least level"), default=1, validators=[MinValueValidator(1), MaxValueValidator(5)])
    priority = models.PositiveSmallIntegerField(_("priority"), default=5, validators=[MinValueValidator(1), MaxValueValidator(9)])
    ring_s = models.PositiveSmallIntegerField(_("seconds of ringing"), default=20, validators=[MinValueValidator(5), MaxValueValidator(60)])
    misses = models.PositiveSmallIntegerField(_("missed rings until taken off calls"), default=3, validators=[MaxValueValidator(20)])
    greeting = models.TextField(_("greeting"), max_length=500, blank=True)
    greeting_prompt = models.ForeignKey(
        Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("greeting from a prompt")
    )
    music = models.ForeignKey(
        Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("music while waiting")
    )
    notice_mode = models.CharField(_("the caller"), max_length=8, choices=NoticeMode, default=NoticeMode.NONE)
    notice_text = models.TextField(_("what is said of the recording"), max_length=500, blank=True)
    notice_prompt = models.ForeignKey(
        Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("said of the recording by a prompt")
    )
    notice_key = models.CharField(_("key that refuses"), max_length=1, default="9", validators=[KEY])
    announce_s = models.PositiveSmallIntegerField(_("seconds between announcements"), default=30, validators=[MaxValueValidator(600)])
    says_position = models.BooleanField(_("says the place in the queue"), default=True)
    target_s = models.PositiveSmallIntegerField(_("to be answered within seconds"), default=20)
    max_wait_s = models.PositiveSmallIntegerField(_("longest wait in seconds"), default=180, validators=[MaxValueValidator(3600)])
    max_waiting = models.PositiveSmallIntegerField(_("most callers who wait"), default=0)
    overflow_to = models.CharField(pgettext_lazy("queue", "then"), max_length=10, choices=ExitTo, default=ExitTo.VOICEMAIL)
    overflow_target = models.CharField(_("which one"), max_length=60, blank=True)
    overflow_text = models.TextField(_("said before"), max_length=500, blank=True)
    closed_to = models.CharField(_("when closed"), max_length=10, choices=ExitTo, default=ExitTo.VOICEMAIL)
    closed_target = models.CharField(_("which one"), max_length=60, blank=True)
    closed_text = models.TextField(_("said before"), max_length=500, blank=True)
    callback_key = models.CharField(_("key that asks to be called back"), max_length=1, blank=True, validators=[KEY])

    class Meta:
        ordering = ("title",)

    def __str__(self) -> str:
        return self.title


class QueueMember(models.Model):
    """An agent of a queue. A queue with a skill has those who have it as members, too."""

    queue = models.ForeignKey(CallQueue, on_delete=models.CASCADE, related_name="members")
    agent_id = models.CharField(max_length=64)

    class Meta:
        ordering = ("agent_id",)
        constraints = [models.UniqueConstraint(fields=["queue", "agent_id"], name="member_of_queue_once")]

    def __str__(self) -> str:
        return self.agent_id
