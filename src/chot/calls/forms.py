"""What people fill in about calls."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.calls.actions_outcomes import Noted
from chot.calls.models import DeskRules, Disposition, OutcomeField, RecordingNotice
from chot.campaigns.queries import campaign_choices
from chot.core import clock
from chot.core.text import normal
from chot.people.forms import Styled, StyledRow, styled
from chot.switchboard.queries_queues import queue_choices


class OutcomeForm(Styled):
    """The outcome of one call: disposition, the fields asked for, when to call again, a note."""

    disposition = forms.ChoiceField(label=_("What came of it"), widget=forms.RadioSelect)
    callback_at = forms.DateTimeField(
        label=_("Call again"), required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *arguments: Any, dispositions: list[Disposition], fields: list[OutcomeField], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._dispositions, self._asked = {row.code: row for row in dispositions}, fields
        self.fields["disposition"].choices = [(row.code, row.name) for row in dispositions]  # type: ignore[attr-defined]
        self.fields["disposition"].widget.attrs["class"] = "form-check-input"
        for row in fields:
            self.fields[f"field_{row.pk}"] = styled(_made(row))
        self.order_fields(["disposition", *(f"field_{row.pk}" for row in fields), "callback_at", "note"])

    def clean(self) -> None:
        """A callback lies ahead, and is there where the disposition asks for one."""
        chosen = self._dispositions.get(self.cleaned_data.get("disposition", ""))
        at = self.cleaned_data.get("callback_at")
        if chosen and chosen.wants_callback and not at and "callback_at" not in self.errors:
            self.add_error("callback_at", _("Say when to call again."))
        if at and at <= clock.now():
            self.add_error("callback_at", _("This moment is over."))

    @property
    def asked(self) -> list[forms.BoundField]:
        """The fields of the company."""
        return [self[f"field_{row.pk}"] for row in self._asked]

    def noted(self) -> Noted:
        """What was filled in."""
        given = self.cleaned_data
        filled = {str(row.pk): given.get(f"field_{row.pk}") for row in self._asked}
        filled = {key: value for key, value in filled.items() if value not in (None, "")}
        values = {key: value.isoformat() if isinstance(value, date) else str(value) for key, value in filled.items()}
        return Noted(disposition=given["disposition"], values=values, note=normal(given["note"]), callback_at=given["callback_at"])


def _made(row: OutcomeField) -> forms.Field:
    common: dict[str, Any] = {"label": row.label, "required": row.required}
    match row.kind:
        case OutcomeField.Kind.NUMBER:
            return forms.DecimalField(**common, max_digits=18)
        case OutcomeField.Kind.DATE:
            return forms.DateField(**common, widget=forms.DateInput(attrs={"type": "date"}))
        case OutcomeField.Kind.YES_NO:
            return forms.ChoiceField(**common, choices=[("", "–"), ("yes", _("Yes")), ("no", pgettext_lazy("answer", "No"))])
        case OutcomeField.Kind.CHOICE:
            return forms.ChoiceField(**common, choices=[("", "–"), *((each, each) for each in row.options)])
    return forms.CharField(**common, max_length=300)


class _Scoped(StyledRow):
    """For the calls of one campaign, or of all; and of one queue, or of all."""

    campaign_id = forms.ChoiceField(label=_("Campaign"), required=False)
    queue_id = forms.ChoiceField(label=_("Queue"), required=False)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if "queue_id" in (self._meta.fields or ()):
            self.fields["queue_id"].choices = queue_choices(_("every queue"), self.instance.queue_id)  # type: ignore[attr-defined]
        else:
            del self.fields["queue_id"]
        self.fields["campaign_id"].choices = campaign_choices(_("every campaign"), self.instance.campaign_id)  # type: ignore[attr-defined]


class DispositionForm(_Scoped):
    """A disposition; its code stays."""

    class Meta:
        model = Disposition
        fields = ("name", "code", "wants_callback", "campaign_id", "queue_id", "position", "is_active")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk:
            del self.fields["code"]


class FieldForm(_Scoped):
    """A field that is asked for."""

    class Meta:
        model = OutcomeField
        fields = ("label", "kind", "choices", "required", "campaign_id", "queue_id", "position", "is_active")
        widgets = {"choices": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - as Django has it

    def clean(self) -> dict[str, Any]:
        """A list has choices."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == OutcomeField.Kind.CHOICE and not given.get("choices", "").strip():
            self.add_error("choices", _("Write the choices, one on each line."))
        return given


class NoticeForm(_Scoped):
    """What customers who are called are told of the recording."""

    when_empty: ClassVar = {"prompt": _("no prompt: the text is spoken")}

    class Meta:
        model = RecordingNotice
        fields = ("campaign_id", "mode", "text", "prompt", "key")
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012 - as Django has it
        help_texts = {  # noqa: RUF012
            "text": _("Empty: the sentence that comes with Chốt."), "prompt": _("Instead of the text."),
            "key": _("Only when the customer is asked."),
        }  # fmt: skip

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["campaign_id"].disabled = bool(self.instance.pk)
        self.fields["campaign_id"].help_text = _("None: every call without an announcement of its campaign.")


class RulesForm(StyledRow):
    """What holds at every desk."""

    class Meta:
        model = DeskRules
        fields = ("wrap_limit_s", "pause_limit_s", "break_limit_min", "meal_limit_min")
