"""What is typed about scoring: a version of a form, the marks of a review, and why one is removed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from chot.core.text import normal
from chot.people.forms import Styled
from chot.people.templatetags.figures import measured
from chot.quality.actions_forms import Written
from chot.quality.forms import PointsField
from chot.quality.models_forms import Criterion, ScoreForm

LINES, FIRST, SPARE = 15, 6, 3  # criteria at most; lines of a new form; empty ones after the last
_CODE = RegexValidator(r"^(?!new\Z)[a-z0-9][a-z0-9-]*\Z", _("Small letters, digits and dashes only, without accents."))


class VersionForm(Styled):
    """A version of a form, with up to ``LINES`` criteria; empty lines are left out. Without ``new`` the code stays."""

    code = forms.CharField(label=_("Code"), max_length=40, validators=[_CODE], help_text=_("Stands in files; it never changes."))
    title = forms.CharField(label=_("Title"), max_length=120)
    plan_role = forms.ChoiceField(label=_("For whose calls"), required=False)
    campaign = forms.ChoiceField(label=_("For which campaign"), required=False)
    reason = forms.CharField(label=_("What changes, and why?"), max_length=300)

    def __init__(self, *arguments: Any, roles: list[str], campaigns: Any, new: bool, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["plan_role"].choices = [("", _("everyone's")), *((role, role) for role in roles)]  # type: ignore[attr-defined]
        self.fields["campaign"].choices = campaigns  # type: ignore[attr-defined]
        del self.fields["reason" if new else "code"]
        for place in range(LINES):
            self.fields |= {f"{name}_{place}": field for name, field in _criterion().items()}

    def head(self) -> list[forms.BoundField]:
        """The fields of the form itself."""
        return [self[name] for name in ("code", "title", "plan_role", "campaign", "reason") if name in self.fields]

    def lines(self) -> list[list[forms.BoundField]]:
        """The fields of each criterion, and of some more that are empty."""
        rows = [[self[f"{name}_{place}"] for name in ("title", "about", "points", "fails")] for place in range(LINES)]
        filled = max((place + 1 for place, row in enumerate(rows) if any(field.value() for field in row)), default=0)
        return rows[: max(filled + SPARE, FIRST)]

    def clean(self) -> None:
        """At least one whole criterion."""
        criteria: list[Criterion] = []
        for place in range(LINES):
            title, about, points, fails = (self.cleaned_data.get(f"{name}_{place}") for name in ("title", "about", "points", "fails"))
            if title and points:
                words = {"title": normal(title), "about": normal(about or "")}
                criteria.append(Criterion(key=str(len(criteria) + 1), points=points, fails=bool(fails), **words))
            elif (title or about or points or fails) and not any(f"{name}_{place}" in self.errors for name in ("title", "points")):
                self.add_error(f"title_{place}", _("A criterion needs a title and points."))
        if not criteria and not self.errors:
            raise ValidationError(_("Write at least one criterion with its points."))
        self.cleaned_data["criteria"] = criteria

    def written(self) -> Written:
        """What was typed."""
        given = self.cleaned_data
        return Written(
            title=normal(given["title"]), plan_role=given["plan_role"], campaign=given["campaign"], criteria=given["criteria"]
        )


def _criterion() -> dict[str, forms.Field]:
    """The fields of one criterion; each is named by itself, for only the first line has its labels in sight."""
    title, about, points, fails = _("Criterion"), _("How it is judged"), _("Points"), _("0 fails the call")
    text = {"class": "form-control", "autocomplete": "off"}
    number = forms.NumberInput(attrs={"class": "form-control n", "aria-label": points})
    tick = forms.CheckboxInput(attrs={"class": "form-check-input"})
    return {
        "title": forms.CharField(max_length=160, required=False, label=title, widget=forms.TextInput(attrs=text | {"aria-label": title})),
        "about": forms.CharField(max_length=300, required=False, label=about, widget=forms.TextInput(attrs=text | {"aria-label": about})),
        "points": forms.IntegerField(min_value=1, max_value=100, required=False, label=points, widget=number),
        "fails": forms.BooleanField(required=False, label=fails, widget=tick),
    }


def initial_of(form: ScoreForm) -> dict[str, Any]:
    """A version as it is typed."""
    found: dict[str, Any] = {"title": form.title, "plan_role": form.plan_role, "campaign": form.campaign}
    for place, each in enumerate(form.criteria):
        found |= {f"title_{place}": each.title, f"about_{place}": each.about, f"points_{place}": each.points, f"fails_{place}": each.fails}
    return found


class ReviewForm(Styled):
    """The marks of a call by a form; a criterion without one did not apply."""

    def __init__(self, *arguments: Any, by: ScoreForm, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.by = by
        for each in by.criteria:
            self.fields[f"mark:{each.key}"] = PointsField(label=each.title, required=False)
        self.fields["comment"] = forms.CharField(
            label=_("What the agent should know"), max_length=2000, required=False,
            widget=forms.Textarea(attrs={"rows": 3, "class": "form-control"}),
        )  # fmt: skip

    def rows(self) -> list[tuple[Criterion, forms.BoundField]]:
        """Each criterion with the field of its mark."""
        return [(each, self[f"mark:{each.key}"]) for each in self.by.criteria]

    def clean(self) -> None:
        """At least one mark, none above its points."""
        marks: dict[str, Decimal] = {}
        for each in self.by.criteria:
            given = self.cleaned_data.get(f"mark:{each.key}")
            if given is not None and given > each.points:
                self.add_error(f"mark:{each.key}", _("More than the maximum of %(most)s.") % {"most": measured(each.points, "count")})
            elif given is not None:
                marks[each.key] = given
        if not marks and not self.errors:
            raise ValidationError(_("Give at least one criterion its points."))
        self.cleaned_data["marks"] = marks
