"""The company's lines to the telephone network: trunks, numbers, and the documents of both that the exchange was given."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.switchboard.models_queues import (
    NAME,
    NOTICE_TEXTS,
    AgentSkill,
    CallFlow,
    CallQueue,
    ExitTo,
    NoticeMode,
    OpeningHours,
    Prompt,
    QueueMember,
    Strategy,
)
from chot.switchboard.models_versions import RoutingVersion, Version

__all__ = [
    "NOTICE_TEXTS", "AgentSkill", "CallFlow", "CallQueue", "ExitTo", "LeadsTo", "NodeState", "NoticeMode", "Number", "NumberForm",
    "OpeningHours", "PhoneState", "Prompt", "QueueMember", "RoutingVersion", "Srtp", "Strategy", "Transport", "Trunk", "Version",
]  # fmt: skip


class NumberForm(models.TextChoices):
    """How a carrier wants numbers written."""

    NATIONAL = "national", "0912345678"
    BARE = "bare", "84912345678"
    E164 = "e164", "+84912345678"


class Transport(models.TextChoices):
    """How SIP travels to a carrier."""

    UDP = "udp", "UDP"
    TCP = "tcp", "TCP"
    TLS = "tls", _("TLS (encrypted)")


class Srtp(models.TextChoices):
    """Whether what is said is encrypted on its way to a carrier."""

    OFF = "off", _("not encrypted")
    OPTIONAL = "optional", _("encrypted if the carrier can")
    REQUIRED = "required", _("always encrypted (SRTP)")


class Trunk(models.Model):
    """A line to a carrier. ``secret`` is sealed (``chot.core.sealing``) and never shown again."""

    name = models.CharField(_("code name"), max_length=31, unique=True, validators=[NAME])
    title = models.CharField(_("title"), max_length=80)
    operator = models.CharField(_("operator"), max_length=40, blank=True)
    host = models.CharField(_("address"), max_length=120)
    port = models.PositiveIntegerField(_("port"), default=5060, validators=[MinValueValidator(1), MaxValueValidator(65535)])
    transport = models.CharField(_("transport"), max_length=4, choices=Transport, default=Transport.UDP)
    srtp = models.CharField(_("voice"), max_length=10, choices=Srtp, default=Srtp.OFF)
    ca = models.TextField(_("trusted certificates"), blank=True)
    match = models.CharField(_("calls come from"), max_length=400, blank=True)
    registers = models.BooleanField(_("registers"), default=False)
    username = models.CharField(_("user name"), max_length=80, blank=True)
    secret = models.TextField(blank=True, editable=False)
    from_user = models.CharField(_("account in From"), max_length=80, blank=True)
    from_domain = models.CharField(_("domain in From"), max_length=120, blank=True)
    codecs = models.CharField(_("codecs"), max_length=60, default="alaw,ulaw")
    number_form = models.CharField(_("numbers are sent as"), max_length=10, choices=NumberForm, default=NumberForm.NATIONAL)
    display = models.CharField(_("name in From"), max_length=120, blank=True, default="{display_name}")
    headers = models.TextField(_("further headers"), blank=True)
    enabled = models.BooleanField(_("in use"), default=True)
    rank = models.PositiveSmallIntegerField(_("order"), default=10)
    state = models.CharField(max_length=20, blank=True, default="")
    state_detail = models.CharField(max_length=200, blank=True, default="")
    state_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("rank", "name")

    def __str__(self) -> str:
        return self.title or self.name


class LeadsTo(models.TextChoices):
    """What a call to one of our numbers leads to."""

    NOTHING = "", _("whoever is free longest")
    QUEUE = "queue", _("a queue")
    FLOW = "flow", _("a flow")
    AGENT = "agent", _("an agent")
    ANNOUNCEMENT = "announcement", _("an announcement")


class Number(models.Model):
    """One of our numbers, in E.164 (a service number as it is dialled), and what an inbound call to it leads to."""

    target_title: str  # of ``target``: by queries.lines()
    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=80, blank=True)
    trunk = models.ForeignKey(Trunk, on_delete=models.PROTECT, related_name="numbers", verbose_name=_("trunk"))
    leads_to = models.CharField(_("inbound calls go to"), max_length=12, choices=LeadsTo, blank=True, default="")
    target = models.CharField(_("which one"), max_length=120, blank=True)
    enabled = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"{self.number} {self.title}".strip()


class NodeState(models.Model):
    """How a node's exchange is, as it was told last: ``up``, ``down``, ``unready``. ``waits``: what its administrator takes over."""

    name = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=20)
    problem = models.CharField(max_length=300, blank=True, default="")
    waits = models.CharField(max_length=300, blank=True, default="")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class PhoneState(models.Model):
    """Whether a phone is online, as the exchange told it last."""

    name = models.CharField(max_length=64, unique=True)
    online = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
