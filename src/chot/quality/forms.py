"""What is typed about exams: results of several agents at once, a correction, a reason, and the filter of the list."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.text import normal
from chot.people.forms import Styled
from chot.people.forms_people import day_field
from chot.people.templatetags.figures import measured
from chot.quality.actions import Sitting


class PointsField(forms.CharField):
    """Points with up to two decimals, however the decimals are marked; empty is none."""

    def __init__(self, **named: Any) -> None:
        looks = {"inputmode": "decimal", "autocomplete": "off", "class": "form-control n"}
        super().__init__(max_length=9, widget=forms.TextInput(attrs=looks), **named)

    def prepare_value(self, value: Any) -> Any:
        """A number as the reader writes it, without marks between thousands."""
        if not isinstance(value, Decimal):
            return value
        plain = f"{value.normalize():f}"
        return plain.replace(".", ",") if (get_language() or "vi").startswith("vi") else plain

    def clean(self, value: Any) -> Decimal | None:
        """The number. Raises ``ValidationError`` for anything else."""
        text = str(super().clean(value) or "")
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,5}([.,][0-9]{1,2})?", text):
            raise ValidationError(_("A number with at most two decimals, as 8 or 8,5."))
        return Decimal(text.replace(",", "."))


class SittingForm(Styled):
    """One exam of one day."""

    day = day_field(_("Day of the exam"))
    name = forms.CharField(label=_("Exam"), max_length=120, widget=forms.TextInput(attrs={"list": "exams", "autocomplete": "off"}))
    maximum = PointsField(label=_("Maximum of points"))
    note = forms.CharField(label=_("Note"), max_length=300, required=False)

    def clean_day(self) -> date:
        """A day that has come."""
        day: date = self.cleaned_data["day"]
        if day > clock.today():
            raise ValidationError(_("This day has not come yet."))
        return day

    def clean_name(self) -> str:
        """In the one normal form."""
        return normal(self.cleaned_data["name"]).strip()

    def clean_maximum(self) -> Decimal:
        """More than nothing."""
        most: Decimal = self.cleaned_data["maximum"]
        if not most:
            raise ValidationError(_("The maximum is more than 0."))
        return most

    def sitting(self) -> Sitting:
        """The exam as it was typed."""
        return Sitting(**{name: self.cleaned_data[name] for name in ("day", "name", "maximum")}, note=normal(self.cleaned_data["note"]))

    def within(self, name: str) -> Decimal | None:
        """The points of a field, an error where they are more than the maximum."""
        given, most = self.cleaned_data.get(name), self.cleaned_data.get("maximum")
        if given is not None and most is not None and given > most:
            self.add_error(name, _("More than the maximum of %(most)s.") % {"most": measured(most, "count")})
        return given


class EnterForm(SittingForm):
    """The results of several agents; whoever has none did not take the exam."""

    def __init__(self, *arguments: Any, agents: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.agents = agents
        for agent, name in agents:
            self.fields[f"points:{agent}"] = PointsField(label=name, required=False)

    def rows(self) -> list[tuple[str, forms.BoundField]]:
        """Each agent with the field of the points."""
        return [(agent, self[f"points:{agent}"]) for agent, _name in self.agents]

    def head(self) -> list[forms.BoundField]:
        """The fields of the exam itself."""
        return [self[name] for name in ("name", "day", "maximum", "note")]

    def clean(self) -> None:
        """At least one result, none above the maximum."""
        given = {agent: self.within(f"points:{agent}") for agent, _name in self.agents}
        scores = {agent: score for agent, score in given.items() if score is not None}
        if not scores and not any(f"points:{agent}" in self.errors for agent in given):
            raise ValidationError(_("Write the points of at least one person."))
        self.cleaned_data["scores"] = scores


class CorrectForm(SittingForm):
    """One result that was wrong."""

    points = PointsField(label=_("Points"))
    reason = forms.CharField(
        label=_("Why is this corrected?"), max_length=300, help_text=_("The person reads it, and it stands in the audit trail.")
    )
    seen = forms.CharField(widget=forms.HiddenInput)
    field_order = ("name", "day", "points", "maximum", "note", "reason", "seen")

    def clean(self) -> None:
        """Not above the maximum."""
        self.within("points")


class RemoveForm(Styled):
    """Why a result is removed."""

    reason = forms.CharField(
        label=_("Why is it removed?"), max_length=300, help_text=_("It stays in the audit trail, with this reason."),
        widget=forms.TextInput(attrs={"id": "id_remove_reason"}),
    )  # fmt: skip


class ExamFilter(Styled):
    """Which results are listed."""

    q = forms.CharField(label=_("Search"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"}))
    name = forms.ChoiceField(label=_("Exam"), required=False)
    team = forms.ChoiceField(label=_("Team"), required=False)
    agent = forms.ChoiceField(label=_("Agent"), required=False)
    first = day_field(_("From"), required=False)
    last = day_field(_("To"), required=False)

    def __init__(
        self, *arguments: Any, names: list[str], teams: list[tuple[str, str]], agents: list[tuple[str, str]], **named: Any
    ) -> None:
        super().__init__(*arguments, **named)
        choices = {
            "name": (_("All exams"), [(name, name) for name in names]), "team": (_("All teams"), teams),
            "agent": (_("everyone"), [(agent, f"{name} ({agent})") for agent, name in agents]),
        }  # fmt: skip
        for field, (everything, known) in choices.items():
            self.fields[field].choices = [("", everything), *known]  # type: ignore[attr-defined]
            if len(known) < 2 and field != "name":
                del self.fields[field]


class ReviewFilter(Styled):
    """Which reviews are listed."""

    agent = forms.ChoiceField(label=_("Agent"), required=False)
    form = forms.ChoiceField(label=_("Form"), required=False)
    first = day_field(_("From"), required=False)
    last = day_field(_("To"), required=False)

    def __init__(self, *arguments: Any, agents: list[tuple[str, str]], forms_known: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        people = [(agent, f"{name} ({agent})") for agent, name in agents]
        self.fields["agent"].choices = [("", _("everyone")), *people]  # type: ignore[attr-defined]
        self.fields["form"].choices = [("", _("All forms")), *forms_known]  # type: ignore[attr-defined]
        if len(people) < 2:
            del self.fields["agent"]
