"""What is typed about tariffs, brand names, outbound rules and the rules for calling out."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.charges.models import Brand, CallingRules, CallPurpose, OutboundRule, TariffRow
from chot.charges.queries_prices import kind_words
from chot.core import destinations
from chot.people.forms import Styled
from chot.people.forms_clock import ClockField, ClockInput
from chot.people.models import Role
from chot.switchboard.models import Number, Trunk

_TICKS = {"class": "ticks"}
_DAY = {"type": "date"}


def _operators(empty: Any) -> list[tuple[str, Any]]:
    return [("", empty), *((each, each) for each in destinations.operators())]


class TariffForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A price from a day on."""

    class Meta:
        model = TariffRow
        fields = (
            "operator", "group", "prefix", "first_block_s", "next_block_s", "rate_vnd", "fee_vnd", "brand_fee_vnd",
            "valid_from", "valid_to",
        )  # fmt: skip
        help_texts: ClassVar = {
            "operator": _("Whose trunk carries the call, as written at the trunk; empty: any other's."),
            "prefix": _("Only for some numbers, such as +65; the longest beginning counts. Empty: all."),
            "first_block_s": _("Paid whole as soon as somebody answers: 6 for 6s+1s, 60 for whole minutes."),
            "valid_to": _("Empty: until a later version."),
        }
        widgets: ClassVar = {
            "valid_from": forms.DateInput(format="%Y-%m-%d", attrs=_DAY), "valid_to": forms.DateInput(format="%Y-%m-%d", attrs=_DAY),
        }  # fmt: skip

    def clean_prefix(self) -> str:
        """Digits, with a plus for a country."""
        prefix = "".join(self.cleaned_data["prefix"].split())
        if prefix and not re.fullmatch(r"\+?[0-9]{1,11}", prefix):
            raise ValidationError(_("Write it as +65 or 0243."))
        return prefix

    def clean(self) -> dict[str, Any]:
        """An end after the beginning."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("valid_from") and given.get("valid_to") and given["valid_to"] <= given["valid_from"]:
            self.add_error("valid_to", _("The end must be after the first day."))
        return given


class BrandForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A brand name, what it is for, and where it is switched on."""

    operators = forms.MultipleChoiceField(
        label=_("Switched on at"), required=False, widget=forms.CheckboxSelectMultiple(attrs=_TICKS),
        help_text=_("None ticked: at every operator."),
    )  # fmt: skip
    numbers = forms.ModelMultipleChoiceField(
        label=_("For our numbers"), queryset=Number.objects.select_related("trunk"), required=False,
        widget=forms.CheckboxSelectMultiple(attrs=_TICKS),
        help_text=_("Carriers bind the name to a number; without a number it is never used."),
    )  # fmt: skip

    class Meta:
        model = Brand
        fields = ("name", "certificate", "valid_from", "valid_to", "purpose", "numbers", "operators", "enabled")
        help_texts: ClassVar = {
            "name": _("As certified: at most 11 Latin letters, digits, spaces, . - _"),
            "certificate": _("The number of the certificate; needed for advertising."),
            "valid_to": _("The last day of the certificate, which is valid for three years."),
            "purpose": _("Carriers take advertising only with the certificate; care calls may need a registration of their own."),
        }
        widgets: ClassVar = {
            "valid_from": forms.DateInput(format="%Y-%m-%d", attrs=_DAY), "valid_to": forms.DateInput(format="%Y-%m-%d", attrs=_DAY),
        }  # fmt: skip

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["operators"].choices = _operators("")[1:]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A certificate for advertising, and an end after the beginning."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("purpose") != CallPurpose.CARE and not given.get("certificate"):
            self.add_error("certificate", _("A brand name for advertising needs its certificate (Decree 91/2020)."))
        if given.get("valid_from") and given.get("valid_to") and given["valid_to"] < given["valid_from"]:
            self.add_error("valid_to", _("The end must not be before the first day."))
        return given


class OutboundRuleForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """For which calls, and which way they take."""

    operator = forms.ChoiceField(label=_("Operator called"), required=False)
    kind = forms.ChoiceField(label=_("Kind of number"), required=False)

    when_empty: ClassVar = {"number": _("the trunk's first number"), "brand": _("any that is valid for the call")}

    class Meta:
        model = OutboundRule
        fields = ("purpose", "operator", "kind", "trunk", "number", "brand", "enabled")
        help_texts: ClassVar = {"brand": _("It has to be valid for the number, the operator and the purpose.")}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["operator"].choices = _operators(_("every operator"))  # type: ignore[attr-defined]
        kinds = [each for each in kind_words().items() if each[0] != destinations.SERVICE]
        self.fields["kind"].choices = [("", _("every kind")), *kinds]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The number is one of the trunk's, the brand name is switched on for it."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        trunk, number, brand = given.get("trunk"), given.get("number"), given.get("brand")
        if trunk and number and number.trunk_id != trunk.pk:
            self.add_error("number", _("This number is on another trunk."))
        if brand and number and not brand.numbers.filter(pk=number.pk).exists():
            self.add_error("brand", _("This brand name is not switched on for the number. Add it there first."))
        return given


class CallingRulesForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """What nobody may dial, when, and how often."""

    international_roles = forms.MultipleChoiceField(
        label=_("Who may call abroad"), required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple(attrs=_TICKS)
    )
    premium_roles = forms.MultipleChoiceField(
        label=_("Who may call 1900 numbers"), required=False, choices=Role.choices, widget=forms.CheckboxSelectMultiple(attrs=_TICKS)
    )
    emergency = forms.CharField(label=_("Emergency numbers"), help_text=_("Never refused, by no rule and no quota."))
    forbidden = forms.CharField(
        label=_("Forbidden beginnings of numbers"), required=False, help_text=_("As dialled (1900, 0059) or with the country (+881).")
    )

    class Meta:
        model = CallingRules
        fields = (
            "emergency", "forbidden", "international_roles", "premium_roles", "calls_per_minute", "night_from", "night_to", "ad_from",
            "ad_to", "ads_per_day", "ads_need_brand", "reserve_s", "longest_call_s", "warn_percent", "cut_calls",
        )  # fmt: skip
        help_texts: ClassVar = {
            "ad_from": _("The law: 08:00 to 17:00 (Decree 91/2020)."), "ads_per_day": _("The law: one (Decree 91/2020)."),
            "reserve_s": _("So much is set aside when somebody dials; longer calls set aside more while they last."),
            "cut_calls": _("Otherwise it goes on and the quota is overspent by that call; nobody can begin another."),
            "night_from": _("Empty: at every hour. Emergency numbers always work."),
        }
        field_classes: ClassVar = dict.fromkeys(("night_from", "night_to", "ad_from", "ad_to"), ClockField)
        widgets: ClassVar = dict.fromkeys(("night_from", "night_to", "ad_from", "ad_to"), ClockInput)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name in ("emergency", "forbidden"):
            self.initial[name] = ", ".join(self.initial.get(name) or ())

    def clean_emergency(self) -> list[str]:
        """Short numbers."""
        return _numbers(self.cleaned_data["emergency"])

    def clean_forbidden(self) -> list[str]:
        """Beginnings of numbers; an emergency number cannot be one."""
        return _numbers(self.cleaned_data["forbidden"])

    def clean(self) -> dict[str, Any]:
        """Both ends of a night, or none; hours that do not run backwards."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if bool(given.get("night_from")) != bool(given.get("night_to")):
            self.add_error("night_to", _("Say both, or none."))
        if given.get("ad_from") and given.get("ad_to") and given["ad_to"] <= given["ad_from"]:
            self.add_error("ad_to", _("The end must be after the beginning."))
        if given.get("reserve_s") and given.get("longest_call_s") and given["reserve_s"] > given["longest_call_s"]:
            self.add_error("reserve_s", _("Not more than the longest call."))
        return given


def _numbers(text: str) -> list[str]:
    found = list(dict.fromkeys(text.replace(",", " ").split()))
    for each in found:
        if not re.fullmatch(r"\+?[0-9]{2,12}", each):
            raise ValidationError(_("%(text)s is no number. Write them as 113, 114 or +881."), params={"text": each})
    return found


class TrialForm(Styled):
    """A call that is only tried out."""

    number = forms.CharField(label=_("Number"), max_length=32)
    purpose = forms.ChoiceField(label=_("Purpose of the call"), choices=CallPurpose.choices)
    seconds = forms.IntegerField(label=_("Seconds of talk"), min_value=0, max_value=86_400, initial=60)
    trunk = forms.ModelChoiceField(
        label=_("Trunk"), queryset=Trunk.objects.filter(enabled=True), required=False, empty_label=_("as the rules say")
    )


class FileForm(Styled):
    """A list that somebody has sent."""

    file = forms.FileField(label=_("File (XLSX or CSV)"))
