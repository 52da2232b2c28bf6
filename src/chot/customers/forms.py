"""What people type about customers."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.phones import current
from chot.core.text import normal
from chot.customers.models import Customer, CustomField
from chot.people.forms import Styled, styled
from chot.people.forms_people import day_field


class PhoneField(forms.CharField):
    """A telephone number, in whatever way it is written; E.164 comes out, old 11-digit mobile numbers as they are now."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"})

    def clean(self, value: Any) -> str:
        """The number in E.164. Raises ``ValidationError`` for what no number is."""
        text = str(super().clean(value) or "").strip()
        found = current(text) if text else ""
        if found is None:
            raise ValidationError(_("This is no telephone number. Write it as 0912 345 678 or +84 912 345 678."))
        return found


def texts(value: Any) -> list[str]:
    """Words between commas.

    >>> texts("VIP, khách cũ,, VIP")
    ['VIP', 'khách cũ']
    """
    return list(dict.fromkeys(normal(part).strip()[:40] for part in str(value or "").split(",") if part.strip()))


class CustomerForm(Styled):
    """A customer with the fields that managers have added; ``owners`` are the agents who may be chosen."""

    name = forms.CharField(label=_("Name"), max_length=160)
    phone = PhoneField(label=_("Telephone"), required=False)
    email = forms.EmailField(label="E-mail", required=False, max_length=254)
    address = forms.CharField(label=_("Postal address"), required=False, max_length=300)
    born_on = day_field(_("Born on"), required=False)
    source = forms.CharField(
        label=_("Came from"), required=False, max_length=80, widget=forms.TextInput(attrs={"list": "sources"})
    )
    owner = forms.ChoiceField(label=_("Looked after by"), required=False)
    tags = forms.CharField(label=_("Tags"), required=False, max_length=400, help_text=_("Separated by commas."))

    def __init__(
        self, *arguments: Any, owners: list[tuple[str, str]], custom: list[CustomField], known: Customer | None = None, **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        self.custom = custom
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]
        if known is not None:
            del self.fields["phone"]  # numbers have a place of their own on the page
        for field in custom:
            self.fields[f"field_{field.key}"] = styled(_custom(field))

    def clean_name(self) -> str:
        """In the one normal form, single spaces."""
        return " ".join(normal(self.cleaned_data["name"]).split())

    def clean_born_on(self) -> date | None:
        """A day that has been."""
        born: date | None = self.cleaned_data["born_on"]
        if born and not date(1900, 1, 1) <= born <= clock.today():
            raise ValidationError(_("This day is not a day of birth."))
        return born

    def clean_tags(self) -> list[str]:
        """Each once."""
        return texts(self.cleaned_data["tags"])

    def values(self) -> dict[str, Any]:
        """What ``actions_customers`` takes."""
        plain = {name: value for name, value in self.cleaned_data.items() if not name.startswith("field_")}
        return {**plain, "fields": {field.key: self.cleaned_data.get(f"field_{field.key}") for field in self.custom}}


class NumberField(forms.CharField):
    """A number with a comma or a point; kept as text, exactly as it is meant."""

    def clean(self, value: Any) -> str:
        """The number as text. Raises ``ValidationError``."""
        text = re.sub(r"\s", "", str(super().clean(value) or "")).replace(",", ".")
        try:
            return format(Decimal(text).normalize(), "f") if text else ""
        except InvalidOperation:
            raise ValidationError(_("This is no number.")) from None


class DayText(forms.DateField):
    """A day, kept as 2026-12-31."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})

    def clean(self, value: Any) -> str:
        """The day as text. Raises ``ValidationError``."""
        found = super().clean(value)
        return found.isoformat() if found else ""


def _custom(field: CustomField) -> forms.Field:
    if field.kind == CustomField.Kind.CHOICE:
        return forms.ChoiceField(label=field.label, required=False, choices=[("", "–"), *((each, each) for each in field.choices)])
    if field.kind == CustomField.Kind.NUMBER:
        return NumberField(label=field.label, required=False, max_length=30)
    if field.kind == CustomField.Kind.DATE:
        return DayText(label=field.label, required=False)
    return forms.CharField(label=field.label, required=False, max_length=300)


class PhoneForm(Styled):
    """Another number."""

    phone = PhoneField(label=_("Telephone"))
    label = forms.CharField(label=_("What for"), required=False, max_length=40)


class NoteForm(Styled):
    """Something to write down."""

    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

