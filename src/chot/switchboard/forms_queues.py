"""What people type about queues, opening hours, prompts and skills."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.core import clock
from chot.core.phones import e164
from chot.people.forms import Styled
from chot.people.forms_clock import ClockInput, EndOfDayField
from chot.people.queries import working_on
from chot.people.queries_teams import team_titles
from chot.switchboard.models import CallFlow, CallQueue, ExitTo, OpeningHours, Prompt
from chot.switchboard.prompts import MOST_BYTES, SoundError, converted, speech

WEEKDAYS = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
_SPANS = 2


class Named(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A row whose code name stays once it is given."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["name"].help_text = _("For the exchange and the reports: small letters, digits and dashes. It cannot be changed later.")
        self.fields["name"].disabled = bool(self.instance.pk)


_GROUPS = (
    (_("The queue"), "title name hours team_id target_s priority enabled"),
    (_("Whose phone rings"), "strategy skill min_level ring_s misses members"),
    (_("What callers hear"), "greeting greeting_prompt music announce_s says_position callback_key"),
    (_("What callers are told of the recording"), "notice_mode notice_text notice_prompt notice_key"),
    (_("When nobody answers in time"), "max_wait_s max_waiting overflow_to overflow_target overflow_text"),
    (_("Outside opening hours"), "closed_to closed_target closed_text"),
)


class QueueForm(Named):
    """A queue with its members."""

    when_empty: ClassVar = {
        "hours": _("always open"), "greeting_prompt": _("no prompt: the text is spoken"), "music": _("the company's music on hold"),
        "notice_prompt": _("no prompt: the text is spoken"),
    }  # fmt: skip
    members = forms.MultipleChoiceField(label=_("Agents"), required=False, widget=forms.CheckboxSelectMultiple)

    class Meta:
        model = CallQueue
        fields = (
            "title", "name", "hours", "strategy", "skill", "min_level", "priority", "ring_s", "misses", "greeting", "greeting_prompt",
            "music", "notice_mode", "notice_text", "notice_prompt", "notice_key", "announce_s", "says_position", "callback_key", "target_s",
            "max_wait_s", "max_waiting", "overflow_to",
            "overflow_target", "overflow_text", "closed_to", "closed_target", "closed_text", "team_id", "enabled",
        )  # fmt: skip
        widgets: ClassVar = {
            name: forms.Textarea(attrs={"rows": 2}) for name in ("greeting", "notice_text", "overflow_text", "closed_text")
        }  # fmt: skip
        help_texts: ClassVar = {
            "skill": _("Whoever has this skill well enough belongs to the queue, beside the agents below."),
            "priority": _("9 is the most urgent: its callers come before those of other queues."),
            "misses": _("So many rings in a row without an answer take an agent off calls. 0: never."),
            "greeting": _("Spoken to everybody who enters, while phones ring already."),
            "music": _("One of the prompts, over and over."),
            "announce_s": _("0: music only."),
            "notice_mode": _("Before anything else, to its end; phones ring meanwhile."),
            "notice_text": _("Empty: the sentence that comes with Chốt."),
            "notice_prompt": _("Instead of the text."), "notice_key": _("Only when the caller is asked."),
            "callback_key": _("Whoever presses it while waiting is called back. Empty: not offered."),
            "target_s": _("Reports count who was answered within it."),
            "max_wait_s": _("0: for ever."),
            "max_waiting": _("0: any number."),
            "overflow_target": _("The code name of the queue or flow, or the telephone number."),
            "closed_target": _("The code name of the queue or flow, or the telephone number."),
        }

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        people = working_on(clock.today()).order_by("name").values_list("agent_id", "name")
        members = self.fields["members"]
        assert isinstance(members, forms.MultipleChoiceField)
        members.choices = [(agent_id, f"{name} · {agent_id}") for agent_id, name in people]
        if self.instance.pk:
            members.initial = list(self.instance.members.values_list("agent_id", flat=True))
        names = team_titles()
        ids = sorted(set(working_on(clock.today()).exclude(team_id="").values_list("team_id", flat=True)))
        teams = [(each, names.get(each, each)) for each in ids]
        self.fields["team_id"] = forms.ChoiceField(
            label=self.fields["team_id"].label, required=False, choices=[("", _("no team: managers see to them")), *teams],
            widget=forms.Select(attrs={"class": "form-select"}),
        )

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The fields as the page groups them."""
        return [(title, [self[name] for name in names.split()]) for title, names in _GROUPS]

    def clean(self) -> dict[str, Any]:
        """Where callers are sent has to exist, and may not be the queue itself."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for side in ("overflow", "closed"):
            kind, target = given.get(f"{side}_to"), str(given.get(f"{side}_target") or "").strip()
            given[f"{side}_target"] = self._target(side, kind, target)
        return given

    def _target(self, side: str, kind: Any, target: str) -> str:
        match kind:
            case ExitTo.QUEUE if target == self.instance.name or not CallQueue.objects.filter(name=target, enabled=True).exists():
                self.add_error(f"{side}_target", _("Write the code name of another queue."))
            case ExitTo.FLOW if not CallFlow.objects.filter(name=target).exists():
                self.add_error(f"{side}_target", _("There is no flow of this code name."))
            case ExitTo.NUMBER:
                if number := e164(target):
                    return number
                self.add_error(f"{side}_target", _("This is no telephone number. Write it as 024 7123 4567."))
            case ExitTo.QUEUE | ExitTo.FLOW:
                pass
            case _:
                return ""
        return target


class HoursForm(Named):
    """Opening hours: two spans for each weekday, and further closed days."""

    extra = forms.CharField(
        label=_("Further closed days"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One in a line, as 24/12/2026. Public holidays are kept under Roster."),
    )  # fmt: skip

    class Meta:
        model = OpeningHours
        fields = ("title", "name", "closed_on_holidays")

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        known = self.instance.week or {}
        for day in range(7):
            for place in range(_SPANS):
                span = (known.get(str(day)) or [])[place : place + 1] or [["", ""]]
                for end, value in zip(("opens", "closes"), span[0], strict=True):
                    example = "08:00" if end == "opens" else "17:30"
                    widget = ClockInput(attrs={"placeholder": example, "size": 5, "class": "form-control"})
                    self.fields[f"d{day}_{place}_{end}"] = EndOfDayField(required=False, initial=value, widget=widget)
        self.fields["extra"].initial = "\n".join(f"{date.fromisoformat(day):%d/%m/%Y}" for day in self.instance.extra_days)

    @property
    def days(self) -> list[tuple[Any, list[Any]]]:
        """Each weekday with its four fields."""
        names = [[f"d{day}_{place}_{end}" for place in range(_SPANS) for end in ("opens", "closes")] for day in range(7)]
        return [(WEEKDAYS[day], [self[name] for name in names[day]]) for day in range(7)]

    def clean_extra(self) -> list[str]:
        """Days as ISO."""
        found = []
        for line in self.cleaned_data["extra"].split():
            try:
                day, month, year = (int(part) for part in line.split("/"))
                found.append(date(year, month, day).isoformat())
            except ValueError:
                raise ValidationError(_("%(text)s is no day. Write it as 24/12/2026."), params={"text": line}) from None
        return sorted(set(found))

    def clean(self) -> dict[str, Any]:
        """Spans that begin before they end and do not overlap."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        week: dict[str, list[list[str]]] = {}
        for day in range(7):
            spans = []
            for place in range(_SPANS):
                names = [f"d{day}_{place}_{end}" for end in ("opens", "closes")]
                opens, closes = (given.get(name) or "" for name in names)
                if self.errors.keys() & set(names):
                    continue
                if bool(opens) != bool(closes) or (opens and opens >= closes):
                    self.add_error(names[0], _("From and until are both needed, the first one earlier."))
                elif opens:
                    spans.append([opens, closes])
            if len(spans) == _SPANS and spans[0][1] > spans[1][0]:
                self.add_error(f"d{day}_1_opens", _("The second span begins before the first one ends."))
            if spans:
                week[str(day)] = spans
        given["week"] = week
        return given


class PromptForm(Named):
    """A prompt: a file, or a text that is spoken."""

    file = forms.FileField(
        label=_("Sound file"), required=False, help_text=_("WAV, MP3, FLAC or OGG, up to 10 MB and 5 minutes. Empty: the text is spoken.")
    )  # fmt: skip

    class Meta:
        model = Prompt
        fields = ("title", "name", "text", "is_music")
        help_texts: ClassVar = {
            "is_music": _("Heard by customers on hold, and in queues without music of their own; one prompt at a time.")
        }  # fmt: skip
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 4})}

    def clean(self) -> dict[str, Any]:
        """The sound itself."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        file, text = given.get("file"), given.get("text") or ""
        try:
            if file:
                if file.size > MOST_BYTES:
                    raise SoundError(str(_("The file is larger than 10 MB.")))
                given["made"] = converted(file.read())
            elif text and (text != self.instance.text or self.instance.spoken or not self.instance.pk):
                given["made"] = speech(text)
            elif not self.instance.pk:
                self.add_error("text", _("Choose a file, or write what is to be said."))
        except SoundError as error:
            self.add_error("file" if file else "text", str(error))
        return given


class SkillForm(Styled):
    """How well an agent does something."""

    agent_id = forms.ChoiceField(label=_("Agent"))
    skill = forms.RegexField(r"^\w[\w .-]{0,39}\Z", label=_("Skill"), max_length=40, strip=True)
    level = forms.TypedChoiceField(label=_("Level"), coerce=int, choices=[(level, str(level)) for level in range(1, 6)], initial=3)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        choice = self.fields["agent_id"]
        assert isinstance(choice, forms.ChoiceField)
        people = working_on(clock.today()).order_by("name").values_list("agent_id", "name")
        choice.choices = [(agent_id, f"{name} · {agent_id}") for agent_id, name in people]
