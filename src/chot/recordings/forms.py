"""What people say about a recording, and rules of retention."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from chot.core.text import normal
from chot.people.forms import Styled
from chot.recordings.models import RULED


class CommentForm(Styled):
    """A comment at a second."""

    at_s = forms.IntegerField(label=_("Second"), min_value=0, initial=0, max_value=1_000_000)
    text = forms.CharField(label=_("Comment"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_text(self) -> str:
        """Normal text."""
        return normal(self.cleaned_data["text"])


class RetentionForm(Styled):
    """Days for a class from a day on."""

    retention = forms.ChoiceField(label=_("Class"), choices=RULED)
    since = forms.DateField(label=_("For calls from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    days = forms.IntegerField(label=_("Days kept"), min_value=1, max_value=36500)
