"""What is typed about a person's history, teams and telephone numbers."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core.phones import e164
from chot.core.text import normal
from chot.people.forms import Styled

_NUMBER = RegexValidator(r"^[\w][\w.@-]*\Z", _("Letters, digits, dots and dashes only."))
_REGIONS = [("", "–"), *((each, each) for each in ("I", "II", "III", "IV"))]
_MOST_VND = 1_000_000_000


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """A day, as the browser's own calendar gives it."""
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=label, required=required, widget=widget, help_text=help_text)


class MoneyField(forms.CharField):
    """Whole đồng, however the thousands are grouped; empty is unknown."""

    def clean(self, value: Any) -> int | None:
        """The amount. Raises ``ValidationError`` for anything but whole đồng."""
        text = re.sub(r"[\s₫đ]", "", str(super().clean(value) or ""))
        if not text:
            return None
        if not re.fullmatch(r"[0-9]+|[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3})*", text):
            raise ValidationError(_("Whole đồng, as 12.000.000."))
        amount = int(re.sub(r"[.,]", "", text))
        if amount > _MOST_VND:
            raise ValidationError(_("That is more than a person earns in a month. Check the zeros."))
        return amount


class RowForm(Styled):
    """What is true of a person from a day on. Without ``pay`` the base pay is neither shown nor changed."""

    day = day_field(_("From this day on"))
    name = forms.CharField(label=_("Name"), max_length=120)
    team_id = forms.CharField(
        label=_("Team"), max_length=64, required=False, widget=forms.TextInput(attrs={"list": "teams", "autocomplete": "off"})
    )
    plan_role = forms.CharField(
        label=_("Role in plans"), max_length=64, required=False, widget=forms.TextInput(attrs={"list": "plan-roles", "autocomplete": "off"})
    )
    wage_region = forms.ChoiceField(label=_("Wage region"), choices=_REGIONS, required=False)
    base_pay_vnd = MoneyField(label=_("Base pay"), required=False, max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def __init__(self, *arguments: Any, pay: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if not pay:
            del self.fields["base_pay_vnd"]

    def clean_name(self) -> str:
        """In the one normal form."""
        return normal(self.cleaned_data["name"]).strip()

    def clean_team_id(self) -> str:
        """In the one normal form."""
        return normal(self.cleaned_data["team_id"]).strip()


class JoinForm(RowForm):
    """Somebody new."""

    agent_id = forms.CharField(
        label=_("Agent number"),
        max_length=64,
        validators=[_NUMBER],
        help_text=_("As it stands in your telephone system; it never changes."),
    )
    field_order = ("agent_id", "name", "day")

    def __init__(self, *arguments: Any, pay: bool, **named: Any) -> None:
        super().__init__(*arguments, pay=pay, **named)
        self.fields["day"].label = _("First day")


class ImportedForm(JoinForm):
    """A row of a file: its cells are held to what a page would take."""

    hired_on = day_field(_("First day"), required=False)
    left_on = day_field(_("Last day"), required=False)

    def __init__(self, *arguments: Any, pay: bool, **named: Any) -> None:
        super().__init__(*arguments, pay=pay, **named)
        del self.fields["day"]


class ImportForm(Styled):
    """A file of people, and the day from which it is true."""

    day = day_field(_("From this day on"), help_text=_("What differs holds from this day; what was true before stays."))
    file = forms.FileField(label=_("File"), help_text=_("XLSX or CSV, up to 10 MB."))


class CorrectForm(RowForm):
    """A row that was wrong all along: everything in it, and why."""

    valid_from = day_field(_("Row holds from"), required=False)
    valid_to = day_field(_("Row holds until before"), required=False, help_text=_("Empty: until further notice."))
    hired_on = day_field(_("First day"), required=False)
    left_on = day_field(_("Last day"), required=False)
    reason = forms.CharField(label=_("Why is this corrected?"), max_length=300, help_text=_("Stands in the audit trail."))

    def __init__(self, *arguments: Any, pay: bool, **named: Any) -> None:
        super().__init__(*arguments, pay=pay, **named)
        del self.fields["day"]


class LastDayForm(Styled):
    """The last day of work."""

    last_day = day_field(_("Last day of work"))


class PhoneForm(Styled):
    """A telephone number; stored as E.164, empty takes it away."""

    phone = forms.CharField(
        label=_("Telephone"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )

    def clean_phone(self) -> str:
        """The number in its one form."""
        typed = self.cleaned_data["phone"].strip()
        number = e164(typed) if typed else ""
        if number is None:
            raise ValidationError(_("This is no telephone number. Write it as 0912 345 678."))
        return number


class TeamForm(Styled):
    """What a team is called and who leads it, from a day on."""

    team_id = forms.CharField(
        label=_("Team code"), max_length=64, validators=[_NUMBER], help_text=_("As it stands in the facts; it never changes.")
    )
    name = forms.CharField(label=pgettext_lazy("thing", "Name"), max_length=120)
    leader_id = forms.CharField(
        label=_("Leader"), max_length=64, required=False, widget=forms.TextInput(attrs={"list": "agents", "autocomplete": "off"})
    )
    day = day_field(_("From this day on"))
