"""What is typed about a number that moved to another operator."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.charges.models import PortedNumber
from chot.charges.queries_ported import known_operators
from chot.core import clock, destinations
from chot.core.phones import e164, national
from chot.people.forms import Styled


def mobile_number(text: str) -> str:
    """The number in E.164. Raises ``ValidationError`` for anything but a mobile number of Vietnam: no other moves."""
    number = e164(text)
    if number is None or destinations.destination(number, clock.today()).kind != destinations.MOBILE:
        raise ValidationError(_("This is no mobile number of Vietnam; only those move between operators."))
    return number


class PortedForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A number, its operator from a day on, and where that is known from."""

    operator = forms.ChoiceField(label=_("Now at operator"))

    class Meta:
        model = PortedNumber
        fields = ("number", "operator", "since", "source")
        help_texts: ClassVar = {
            "number": _("For example 0912 345 678."),
            "since": _("Calls from this day on are priced and sent by it."),
            "source": _("For example: the customer, the carrier's bill, a look-up."),
        }
        widgets: ClassVar = {"since": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["operator"].choices = [("", _("Choose …")), *((each, each) for each in known_operators())]  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["number"] = national(self.instance.number)

    def clean_number(self) -> str:
        """A mobile number in E.164."""
        return mobile_number(self.cleaned_data["number"])
