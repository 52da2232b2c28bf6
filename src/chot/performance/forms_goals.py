"""The form of a business goal."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from chot.core.text import key, normal
from chot.people.forms import StyledRow
from chot.people.models import Role, User
from chot.performance.models import Goal
from chot.performance.workplace import metrics

_SHAPE = re.compile(r"(-?\d{1,14})(?:\.(\d{1,4}))?")


def typed_number(text: str, *, language: str) -> Decimal:
    """A figure as people write it in the language: ``1.200.000.000``, ``4,1``, ``20 %``.

    >>> typed_number("1.200.000", language="vi"), typed_number("4,1", language="vi"), typed_number("20 %", language="vi")
    (Decimal('1200000'), Decimal('4.1'), Decimal('0.2'))
    >>> typed_number("1,200.5", language="en")
    Decimal('1200.5')
    """
    bare = re.sub(r"[\s₫]", "", text)
    share = bare.endswith("%")
    bare = bare.removesuffix("%")
    group = "." if language == "vi" else ","
    if re.fullmatch(rf"-?\d{{1,3}}(?:{re.escape(group)}\d{{3}})+(?:[.,]\d+)?", bare):
        bare = bare.replace(group, "")
    match = _SHAPE.fullmatch(bare.replace(",", "."))
    if not match:
        raise ValueError(text)
    number = Decimal(match[0]) / (100 if share else 1)
    return number.quantize(Decimal("0.0001")).normalize() + Decimal(0)


class TargetField(forms.CharField):
    """A figure with thousands, decimals or per cent, as the language writes it."""

    def to_python(self, value: Any) -> Any:
        """The exact number; None when nothing is typed."""
        text = super().to_python(value)
        if text in (None, ""):
            return None
        try:
            return typed_number(text, language=(translation.get_language() or "vi")[:2])
        except ValueError:
            raise ValidationError(_("This is no number. Write it like 1.200.000 or 4,1 or 20 %.")) from None


class GoalForm(StyledRow):
    """A new goal or a changed one; the name in plans is made from the title when it is left empty."""

    when_empty: ClassVar[dict[str, Any]] = {"parent": _("no goal above it"), "owner": _("nobody yet")}
    target = TargetField(label=_("to reach"), required=False, help_text=_("In the unit of the measure: 1.200.000.000, 4,1 or 20 %."))
    metric = forms.ChoiceField(label=_("measured by"), required=False)
    slug = forms.SlugField(
        label=_("name in plans"), required=False, help_text=_("How plans name the goal; made from the title when empty.")
    )

    class Meta:
        model = Goal
        fields: ClassVar[list[str]] = ["title", "horizon", "parent", "owner", "metric", "target", "starts", "due", "slug"]
        widgets: ClassVar[dict[str, Any]] = {
            "starts": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "due": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        language = (translation.get_language() or "vi")[:2]
        known = [(name, metric.title.vi if language == "vi" else metric.title.en) for name, metric in metrics().items()]
        self.fields["metric"].choices = [("", _("no figure")), *sorted(known, key=lambda pair: pair[1])]  # type: ignore[attr-defined]
        self.fields["owner"].queryset = User.objects.filter(is_active=True, role__in=[Role.MANAGER, Role.LEADER, Role.QUALITY])  # type: ignore[attr-defined]
        self.fields["parent"].queryset = Goal.objects.exclude(pk=self.instance.pk)  # type: ignore[attr-defined]
        if self.instance.pk:
            self.fields["slug"].disabled = True
            if self.instance.target is not None:
                self.initial["target"] = _written(self.instance, language)

    def clean_title(self) -> str:
        """One normal form of Vietnamese text."""
        return normal(self.cleaned_data["title"].strip())

    def clean(self) -> dict[str, Any]:
        """A name for plans, days in order, a target only with a measure."""
        found = super().clean() or self.cleaned_data
        if not found.get("slug") and found.get("title"):
            found["slug"] = _free_slug(key(found["title"]).replace("_", "-")[:50] or "goal")
        starts, due = found.get("starts"), found.get("due")
        if isinstance(starts, date) and isinstance(due, date) and due < starts:
            self.add_error("due", _("This day lies before the first one."))
        if found.get("target") is not None and not found.get("metric"):
            self.add_error("metric", _("Say what the figure is measured by."))
        return dict(found)


def _free_slug(wanted: str) -> str:
    taken = set(Goal.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    number = 2
    found = wanted
    while found in taken:
        found, number = f"{wanted}-{number}", number + 1
    return found


def _written(goal: Goal, language: str) -> str:
    """The target as it may be typed again; shares as per cent."""
    metric = metrics().get(goal.metric)
    share = metric is not None and metric.unit == "ratio"
    text = f"{((goal.target or Decimal(0)) * (100 if share else 1)).normalize():f}"
    return (text.replace(".", ",") if language == "vi" else text) + (" %" if share else "")
