"""The form of a consultation or a publication."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.text import normal
from chot.people.forms import Styled
from chot.performance.models import PlanRecord

MOST_BYTES = 10_000_000
_BEGINNINGS = {".pdf": b"%PDF-", ".png": b"\x89PNG", ".jpg": b"\xff\xd8\xff", ".jpeg": b"\xff\xd8\xff", ".docx": b"PK\x03\x04"}


class RecordForm(Styled):
    """What was done, when, where, with whom; the minutes as text or as a file."""

    kind = forms.ChoiceField(label=_("what"), choices=PlanRecord.Kind.choices)
    on = forms.DateField(label=_("day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    place = forms.CharField(label=_("place"), max_length=200, help_text=_("A meeting room, a notice board, a chat group."))
    who = forms.CharField(
        label=_("with whom"), max_length=500, required=False, help_text=_("The union or the workers' representatives, by name.")
    )
    minutes = forms.CharField(label=_("minutes"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    file = forms.FileField(label=_("signed minutes"), required=False, help_text=_("PDF, a picture or DOCX, up to 10 MB."))

    def clean_on(self) -> Any:
        """Not a day to come."""
        day = self.cleaned_data["on"]
        if day > clock.today():
            raise ValidationError(_("This day is still to come."))
        return day

    def clean_file(self) -> Any:
        """A file that is what its name says, and not too large."""
        file = self.cleaned_data["file"]
        if not file:
            return None
        start = _BEGINNINGS.get(PurePath(file.name).suffix.lower())
        if start is None or not file.read(len(start)) == start:
            raise ValidationError(_("Only PDF, PNG, JPG or DOCX files are kept as minutes."))
        if file.size > MOST_BYTES:
            raise ValidationError(_("The file is larger than 10 MB."))
        file.seek(0)
        return file

    def clean(self) -> dict[str, Any]:
        """A consultation names the other side and has minutes."""
        found = super().clean() or self.cleaned_data
        for name in ("place", "who", "minutes"):
            found[name] = normal(str(found.get(name) or "").strip())
        if found.get("kind") == PlanRecord.Kind.CONSULTED:
            if not found["who"]:
                self.add_error("who", _("Say who was consulted."))
            if not found["minutes"] and not found.get("file") and "file" not in self.errors:
                self.add_error("minutes", _("Write down what was said, or add the signed minutes."))
        return found
