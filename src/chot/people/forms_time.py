"""What is typed about shifts and leave."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from chot.people.forms import Styled
from chot.people.forms_clock import ClockField
from chot.people.forms_people import day_field
from chot.people.models import LeaveAdjustment, LeaveKind, LeavePart, ShiftPattern

_LONGEST_FILL = timedelta(days=183)
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


class EnterLeaveForm(LeaveForm):
    """Days off that are entered for somebody else."""

    agent_id = forms.ChoiceField(label=_("For whom"))
    note = forms.CharField(
        label=_("Reason"), max_length=300,
        help_text=_("The person reads it and it stands in the audit trail. Nothing about health is needed."),
    )  # fmt: skip
    field_order = ("agent_id",)

    def __init__(self, *arguments: Any, people: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["agent_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose …")), *people]


def _half_days(label: Any, least: int, **named: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "0.5"})
    return forms.DecimalField(label=label, min_value=least, max_value=200, step_size=Decimal("0.5"), widget=widget, **named)


class AdjustLeaveForm(Styled):
    """Days that a year has more or less."""

    kind = forms.ChoiceField(label=_("Kind"), choices=LeaveAdjustment.Kind.choices, initial="corrected")
    days = _half_days(_("Number of days"), -200, help_text=_("Halves are possible. Negative: fewer days, as for days that were paid out."))
    until = day_field(_("Carried days lapse after"), required=False, help_text=_("Only for days carried over. Empty: they do not lapse."))
    reason = forms.CharField(label=_("Reason"), max_length=300)


class CarryOverForm(Styled):
    """What is left of last year, for everyone of the list."""

    most = _half_days(_("At most, days"), 0, initial=5)
    until = day_field(_("They lapse after"), required=False, help_text=_("Empty: they do not lapse."))


class AgreedDaysForm(Styled):
    """The days of a whole year that were agreed."""

    annual_days = forms.IntegerField(
        label=_("Days a year"), min_value=12, max_value=60, required=False,
        help_text=_("Empty: the law's 12. The law gives 14 for heavy, 16 for especially heavy work. Seniority comes on top."),
    )  # fmt: skip


class PatternForm(Styled):
    """A shift that is worked again and again."""

    code = forms.CharField(label=_("Code"), max_length=6, validators=[_CODE], help_text=_("Stands in the roster: S, C, HC …"))
    name = forms.CharField(label=_("Name of the shift"), max_length=60)
    starts = ClockField(label=_("Starts"))
    ends = ClockField(label=_("Ends"))
    break_min = forms.IntegerField(label=_("Break, minutes"), min_value=0, max_value=240, initial=60)
    is_active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class FillForm(Styled):
    """Days on and days off, again and again, over a span of days."""

    code = forms.ChoiceField(label=_("Shift"))
    on = forms.IntegerField(label=_("Days on"), min_value=1, max_value=31, initial=5)
    off = forms.IntegerField(label=_("Days off"), min_value=0, max_value=31, initial=2)
    first = day_field(_("From day"))
    last = day_field(_("To day, included"))
    stagger = forms.IntegerField(
        label=_("Next person begins so many days further on"), min_value=0, max_value=31, initial=0,
        help_text=_("0: everybody has the same days off."),
    )  # fmt: skip
    agents = forms.MultipleChoiceField(label=_("People"), widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}))
    holidays = forms.BooleanField(label=_("Also on public holidays"), required=False)

    def __init__(self, *arguments: Any, patterns: list[ShiftPattern], people: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["code"].choices = [(each.code, str(each)) for each in patterns]  # type: ignore[attr-defined]
        self.fields["agents"].choices = people  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """At most half a year at once."""
        given = super().clean() or {}
        first, last = given.get("first"), given.get("last")
        if first and last and not timedelta(0) <= last - first <= _LONGEST_FILL:
            self.add_error("last", _("Choose a day after the first one, at most half a year on."))
        return given


class HolidayForm(Styled):
    """A public holiday; an empty name takes it away."""

    day = day_field(_("Day"))
    name = forms.CharField(
        label=_("Name of the day"), max_length=120, required=False, help_text=_("Empty: the day is no holiday any more.")
    )
