"""What is typed about quotas."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.campaigns.queries import campaign_choices
from chot.charges.actions_quotas import MOST_EXTRA
from chot.charges.models import Holder, Quota
from chot.core import clock
from chot.people.forms import Styled
from chot.people.queries import agent_names, working_on
from chot.people.queries_teams import teams_on


class QuotaForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A quota: whose, for which period, and how much."""

    whose = forms.ChoiceField(label=_("Whose"))
    campaign = forms.ChoiceField(
        label=_("Campaign"), required=False,
        help_text=_("Only for a quota of campaigns."),
    )  # fmt: skip

    class Meta:
        model = Quota
        fields = ("whose", "campaign", "period", "limit_vnd")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["limit_vnd"].widget.attrs |= {"min": 0, "step": 1000}
        if self.instance.pk:
            for name in ("period", "whose", "campaign"):
                del self.fields[name]
        else:
            self.fields["whose"].choices = _whose()  # type: ignore[attr-defined]
            self.fields["campaign"].choices = campaign_choices(_("each campaign that has none of its own"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The holder that was chosen."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.instance.pk and given.get("whose"):
            self.instance.holder, _colon, self.instance.holder_id = given["whose"].partition(":")
            if self.instance.holder == Holder.CAMPAIGN:
                self.instance.holder_id = given.get("campaign", "").strip()
        return given


def _whose() -> list[Any]:
    """Everyone's quotas first, then each team and each agent."""
    today, names = clock.today(), agent_names()
    working = working_on(today).values_list("agent_id", flat=True)
    agents = sorted(((f"agent:{each}", names.get(each, each)) for each in working), key=lambda pair: pair[1])
    everyone = [
        ("agent:", _("each agent who has none of the own")),
        ("team:", _("each team that has none of its own")),
        ("campaign:", _("a campaign")),
        ("company:", _("the whole company: every call out, those that flows forward too")),
    ]
    teams = [(f"team:{each.team_id}", each.name) for each in teams_on(today)]
    return [*everyone, (_("One team"), teams), (_("One agent"), agents)]


class LiftForm(Styled):
    """Lift a quota: until midnight, or by an amount; always with a reason."""

    how = forms.ChoiceField(
        label=_("How"), widget=forms.RadioSelect,
        choices=[("extra", _("grant an amount on top")), ("today", _("no limit until midnight"))],
    )  # fmt: skip
    extra_vnd = forms.IntegerField(label=_("Amount (₫)"), required=False, min_value=1_000, max_value=MOST_EXTRA)
    why = forms.CharField(label=_("Reason"), max_length=300, min_length=3)

    def clean(self) -> dict[str, Any]:
        """An amount is needed where one is granted."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("how") == "extra" and not given.get("extra_vnd") and "extra_vnd" not in self.errors:
            self.add_error("extra_vnd", ValidationError(_("Say how much.")))
        return given
