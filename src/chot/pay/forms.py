"""What people send in about pay runs and questions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST = 2000


def _text(label: Any, **more: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3, "class": "form-control"})
    return forms.CharField(label=label, max_length=_LONGEST, widget=area, **more)


class SendBack(forms.Form):
    """Why a reviewed run goes back."""

    reason = _text(_("What has to change"))


class Close(forms.Form):
    """What the closer agrees to; which adjustments are ticked off comes beside it."""

    note = _text(_("Note on the adjustments"), required=False)
    accept = forms.BooleanField(required=False)
    accepted_because = _text(_("Why they may be left out"), required=False)

    def accepted(self) -> str:
        """The reason for leaving rejected rows out; empty unless it is ticked as well."""
        return str(self.cleaned_data["accepted_because"]).strip() if self.cleaned_data["accept"] else ""


class Ask(forms.Form):
    """A question about one line of one's own pay."""

    text = _text(_("What do you think is wrong?"))


class Answer(forms.Form):
    """The answer to a question, and whether it was right."""

    decision = forms.ChoiceField(choices=[("accept", _("Accept")), ("refuse", _("Refuse"))])
    answer = _text(_("Answer to the agent"))
