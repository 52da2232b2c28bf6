"""What people type about consent, the do-not-call list and custom fields."""

from __future__ import annotations

import re
from datetime import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.core import clock
from chot.core.phones import current
from chot.core.text import normal
from chot.customers.forms import texts
from chot.customers.forms_work import moment_field
from chot.customers.models import Consent, CustomField, DoNotCall
from chot.customers.models_contact import Channel, Purpose
from chot.people.forms import Styled

_MOST_NUMBERS = 100_000


class ConsentForm(Styled):
    """One line of the ledger."""

    given = forms.ChoiceField(label=_("The customer"), choices=[("1", _("agreed")), ("0", _("refused"))])
    purpose = forms.ChoiceField(label=_("For"), choices=Purpose.choices)
    channel = forms.ChoiceField(label=_("By"), choices=Channel.choices, required=False)
    at = moment_field(_("When"))
    how = forms.ChoiceField(label=_("How"), choices=Consent.How.choices)
    proof = forms.CharField(
        label=_("Proof"), max_length=300,
        help_text=_("Where it can be looked up: the number of the call, the paper, the form, the message."),
    )  # fmt: skip
    wording = forms.CharField(
        label=_("Wording"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What was agreed to, word for word."),
    )  # fmt: skip

    def clean_given(self) -> bool:
        """Yes or no; silence is neither."""
        return bool(self.cleaned_data["given"] == "1")

    def clean_at(self) -> datetime:
        """A moment that has been."""
        at: datetime = self.cleaned_data["at"]
        if at > clock.now():
            raise ValidationError(_("This moment has not come yet."))
        return at


class SpareForm(Styled):
    """A customer who is not to be called."""

    scope = forms.ChoiceField(label=_("Scope"), choices=DoNotCall.Scope.choices)
    reason = forms.CharField(label=_("Reason"), max_length=300)


class NumbersForm(Styled):
    """Numbers for the do-not-call list, one on a line."""

    numbers = forms.CharField(
        label=_("Numbers"), max_length=3_000_000, widget=forms.Textarea(attrs={"rows": 6}), help_text=_("One on a line.")
    )
    scope = forms.ChoiceField(label=_("Scope"), choices=DoNotCall.Scope.choices)
    source = forms.ChoiceField(label=_("Source"), choices=DoNotCall.Source.choices, initial=DoNotCall.Source.COMPANY)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def clean_numbers(self) -> list[str]:
        """In E.164. Raises ``ValidationError`` with the lines that hold no number."""
        lines = [line.strip() for line in re.split(r"[\n;,]", self.cleaned_data["numbers"]) if line.strip()]
        if len(lines) > _MOST_NUMBERS:
            raise ValidationError(_("At most 100,000 numbers at a time."))
        read = [(line, current(line)) for line in lines]
        wrong = [line for line, number in read if not number]
        if wrong:
            raise ValidationError(_("These are no numbers: %(lines)s"), params={"lines": ", ".join(wrong[:5])})
        return [number for _line, number in read if number]


class FieldForm(Styled):
    """A custom field."""

    label = forms.CharField(label=_("Label"), max_length=60)
    kind = forms.ChoiceField(label=pgettext_lazy("field", "Kind"), choices=CustomField.Kind.choices)
    choices = forms.CharField(
        label=_("Choices"), required=False, max_length=1000, help_text=_("For “one of several”: separated by commas.")
    )
    rank = forms.IntegerField(label=pgettext_lazy("order", "Place"), min_value=0, max_value=999, initial=0)
    shown = forms.BooleanField(label=_("Shown"), required=False, initial=True)

    def clean_label(self) -> str:
        """In the one normal form."""
        return normal(self.cleaned_data["label"]).strip()

    def clean_choices(self) -> list[str]:
        """Each once."""
        return texts(self.cleaned_data["choices"])

    def clean(self) -> None:
        """A choice needs something to choose from."""
        if self.cleaned_data.get("kind") == CustomField.Kind.CHOICE and len(self.cleaned_data.get("choices") or []) < 2:
            self.add_error("choices", _("Give at least two choices."))
