"""What people send in about pay runs and questions."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chot.pay.models import PayAdjustment

_LONGEST = 2000
_MOST_VND = 10**12
_WRITTEN = re.compile(r"[0-9]{1,13}|[0-9]{1,3}(?:[.,\s][0-9]{3}){1,4}")


def _text(label: Any, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
    return forms.CharField(label=label, max_length=_LONGEST, widget=area, **more)


def _line(**attributes: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attributes})


def _vnd(text: str) -> int:
    """An amount as people write it: 1.500.000, 1 500 000 ₫."""
    written = text.lower().strip().removesuffix("vnd").rstrip("₫đ ")
    digits = re.sub(r"\D", "", written) if _WRITTEN.fullmatch(written) else "0"
    if not 0 < int(digits) <= _MOST_VND:
        raise forms.ValidationError(gettext("Write whole đồng above 0, such as 1.500.000."))
    return int(digits)


class SendBack(forms.Form):
    """Why a reviewed run goes back."""

    reason = _text(_("What has to change"))


class Close(forms.Form):
    """What the closer agrees to; which adjustments are ticked off comes beside it."""

    note = _text(_("Note on the adjustments"), required=False)
    accept = forms.BooleanField(required=False)
    accepted_because = _text(_("Why they may be left out"), required=False)
    law_because = _text(_("Why it is paid in spite of it"), required=False)

    def accepted(self) -> str:
        """The reason for leaving rejected rows out; empty unless it is ticked as well."""
        return str(self.cleaned_data["accepted_because"]).strip() if self.cleaned_data["accept"] else ""


class Adjust(forms.Form):
    """An adjustment as somebody proposes it; the amount is written without a sign, which its kind gives it."""

    agent = forms.CharField(max_length=64)
    kind = forms.ChoiceField(choices=PayAdjustment.Kind.choices)
    amount = forms.CharField(label=_("Amount (₫)"), max_length=20, widget=_line(inputmode="numeric"))
    net_pay = forms.CharField(label=_("Net pay of the month (₫)"), max_length=20, required=False, widget=_line(inputmode="numeric"))
    corrects = forms.CharField(max_length=160, required=False)
    reason = _text(_("Reason, as the agent will read it"))
    attachment = forms.FileField(label=_("Attachment"), required=False, widget=forms.FileInput(attrs={"class": "form-control"}))

    def clean_amount(self) -> int:
        """Whole đồng above 0."""
        return _vnd(self.cleaned_data["amount"])

    def clean_net_pay(self) -> int | None:
        """Whole đồng above 0, or nothing."""
        return _vnd(self.cleaned_data["net_pay"]) if self.cleaned_data["net_pay"].strip() else None


class Refuse(forms.Form):
    """Why an adjustment is not made."""

    why = _text(_("Why it is refused"))


class Ask(forms.Form):
    """A question about one line of one's own pay."""

    text = _text(_("What do you think is wrong?"))


class Answer(forms.Form):
    """The answer to a question, and whether it was right."""

    decision = forms.ChoiceField(choices=[("accept", _("Accept")), ("refuse", _("Refuse"))])
    answer = _text(_("Answer to the agent"))
