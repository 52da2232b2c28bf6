"""What customers who are called are told of the recording."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from chot.switchboard.models import NOTICE_TEXTS, NoticeMode, Prompt
from chot.switchboard.models_queues import KEY


class RecordingNotice(models.Model):
    """For the calls of a campaign; without one: for every call that has no row of its own."""

    campaign_id = models.CharField(_("campaign"), max_length=64, blank=True, unique=True)
    mode = models.CharField(_("the customer"), max_length=8, choices=NoticeMode, default=NoticeMode.ANNOUNCE)
    text = models.TextField(_("what is said"), max_length=500, blank=True)
    prompt = models.ForeignKey(Prompt, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("from a prompt"))
    key = models.CharField(_("key that refuses"), max_length=1, default="9", validators=[KEY])

    class Meta:
        ordering = ("campaign_id",)

    def __str__(self) -> str:
        return self.campaign_id or str(_("all other calls"))

    @property
    def said(self) -> str:
        """The text, or the one that comes with Chốt."""
        return self.text or NOTICE_TEXTS.get(self.mode, "").format(key=self.key)
