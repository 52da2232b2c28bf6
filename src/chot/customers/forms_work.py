"""What people type about leads, orders, tickets and tasks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.customers.actions_orders import Line
from chot.people.forms import Styled

LINES = 8


def moment_field(label: Any, *, required: bool = True) -> forms.DateTimeField:
    """A day and a time, as the browser's own calendar gives them."""
    widget = forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, required=required, widget=widget, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


class PriceField(forms.CharField):
    """Whole đồng, however the thousands are grouped; empty is unknown."""

    def clean(self, value: Any) -> int | None:
        """The price. Raises ``ValidationError`` for anything but whole đồng below a thousand billion."""
        text = re.sub(r"[\s₫đ]", "", str(super().clean(value) or ""))
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,12}|[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3}){0,2}", text):
            raise ValidationError(_("Whole đồng, as 1.200.000."))
        return int(re.sub(r"[.,]", "", text))


class ForAgent(Styled):
    """A form with a choice of agents."""

    agent_id = forms.ChoiceField(label=_("To do by"))

    def __init__(self, *arguments: Any, agents: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["agent_id"].choices = agents  # type: ignore[attr-defined]


class LeadForm(ForAgent):
    """A new lead."""

    title = forms.CharField(label=pgettext_lazy("lead", "About"), max_length=160)
    source = forms.CharField(label=_("Came from"), max_length=80, required=False)


class TicketForm(ForAgent):
    """A ticket."""

    title = forms.CharField(label=pgettext_lazy("lead", "About"), max_length=160)
    details = forms.CharField(label=_("Details"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    due_at = moment_field(_("Due"), required=False)


class TaskForm(ForAgent):
    """A task."""

    title = forms.CharField(label=_("Task"), max_length=200)
    due_at = moment_field(_("Due"))


class OrderForm(ForAgent):
    """An order with up to ``LINES`` lines; empty lines are left out."""

    agent_id = forms.ChoiceField(label=_("Sold by"))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for place in range(LINES):
            self.fields[f"product_{place}"] = forms.CharField(
                label=_("Product"), max_length=200, required=False,
                widget=forms.TextInput(attrs={"list": "products", "class": "form-control"}),
            )  # fmt: skip
            self.fields[f"quantity_{place}"] = forms.IntegerField(
                label=_("Quantity"), min_value=1, max_value=100_000, required=False,
                widget=forms.NumberInput(attrs={"class": "form-control n"}),
            )  # fmt: skip
            self.fields[f"price_{place}"] = PriceField(
                label=_("Price of one"), required=False, widget=forms.TextInput(attrs={"class": "form-control n", "inputmode": "numeric"})
            )

    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each line."""
        return [[self[f"{name}_{place}"] for name in ("product", "quantity", "price")] for place in range(LINES)]

    def clean(self) -> None:
        """At least one whole line."""
        lines = []
        for place in range(LINES):
            product, quantity, price = (self.cleaned_data.get(f"{name}_{place}") for name in ("product", "quantity", "price"))
            if product and price is not None:
                lines.append(Line(product=product, quantity=quantity or 1, price_vnd=price))
            elif product or price is not None:
                self.add_error(f"product_{place}", _("A line needs a product and a price."))
        if not lines and not self.errors:
            raise ValidationError(_("Write at least one line: product, quantity, price."))
        self.cleaned_data["lines"] = lines


def due_later(days: int, now: datetime) -> datetime:
    """Five in the afternoon some days on: when things are mostly due."""
    return (now + timedelta(days=days)).replace(hour=17, minute=0, second=0, microsecond=0)
