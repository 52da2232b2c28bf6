"""What is typed about shifts and leave."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from chot.people.forms import Styled
from chot.people.forms_people import day_field
from chot.people.models import LeaveKind, LeavePart

_CODE = RegexValidator(r"^\w{1,6}\Z", _("Up to six letters or digits."))


class LeaveForm(Styled):
    """Days off."""

    kind = forms.ChoiceField(label=_("What for"), choices=[each for each in LeaveKind.choices if each[0] != "holiday"])
    first_day = day_field(_("From day"))
    last_day = day_field(_("To day, included"))
    part = forms.ChoiceField(label=_("Part of the day"), choices=LeavePart.choices, initial="day")
    note = forms.CharField(
        label=_("Note"), max_length=300, required=False, help_text=_("Your leader reads it. Nothing about your health is needed.")
    )


def _clock(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class PatternForm(Styled):
    """A shift that is worked again and again."""

    code = forms.CharField(label=_("Code"), max_length=6, validators=[_CODE], help_text=_("Stands in the roster: S, C, HC …"))
    name = forms.CharField(label=_("Name of the shift"), max_length=60)
    starts = _clock(_("Starts"))
    ends = _clock(_("Ends"))
    break_min = forms.IntegerField(label=_("Break, minutes"), min_value=0, max_value=240, initial=60)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class HolidayForm(Styled):
    """A public holiday; an empty name takes it away."""

    day = day_field(_("Day"))
    name = forms.CharField(
        label=_("Name of the day"), max_length=120, required=False, help_text=_("Empty: the day is no holiday any more.")
    )
