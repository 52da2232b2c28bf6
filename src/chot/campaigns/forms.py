"""What is typed about campaigns."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from chot.campaigns.models import Campaign
from chot.core import clock
from chot.people.forms import Styled
from chot.people.queries_teams import teams_on


class CampaignForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A campaign; the code of one that exists stays."""

    teams = forms.MultipleChoiceField(
        label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "ticks"}),
        help_text=_("None ticked: every team."),
    )  # fmt: skip

    class Meta:
        model = Campaign
        fields = ("name", "code", "purpose", "teams", "first_day", "last_day", "status", "description")
        help_texts: ClassVar = {
            "code": _("What calls, files and reports keep, for example summer-2026. It never changes."),
            "purpose": _("Every call for advertising or sales is held to the law on advertising calls, whatever the agent chose."),
            "last_day": _("Empty: without an end."),
        }
        widgets: ClassVar = {
            **{name: forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}) for name in ("first_day", "last_day")},
            "description": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        known = {each.team_id: each.name for each in teams_on(clock.today())}
        gone = {each: each for each in self.instance.teams or () if each not in known}
        self.fields["teams"].choices = list((known | gone).items())  # type: ignore[attr-defined]
        statuses = [each for each in Campaign.Status.choices if each[0] != Campaign.Status.ARCHIVED or self.instance.status == each[0]]
        self.fields["status"].choices = statuses  # type: ignore[attr-defined]
        if self.instance.pk:
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        """An end that is not before the beginning."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("first_day") and given.get("last_day") and given["last_day"] < given["first_day"]:
            self.add_error("last_day", _("The end must not be before the first day."))
        return given
