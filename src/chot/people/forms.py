"""What people type about people: sign-in, passwords, codes, accounts, and the filters of lists."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.translation import gettext_lazy as _

from chot.core.text import normal
from chot.people.actions_recovery import written
from chot.people.models import AgentRow, Role, User

_SIGN_IN_NAME = RegexValidator(r"^[a-z0-9][a-z0-9._@-]*\Z", _("Small letters, digits, dots and dashes only, without accents."))


def styled(field: forms.Field) -> forms.Field:
    """The field in the look of the application; a class that it has stays."""
    kinds: dict[type[forms.Widget], str] = {
        forms.CheckboxInput: "form-check-input", forms.CheckboxSelectMultiple: "ticks", forms.Select: "form-select",
    }  # fmt: skip
    look = next((look for widget, look in kinds.items() if isinstance(field.widget, widget)), "form-control")
    field.widget.attrs.setdefault("class", look)
    return field


def _in_words(field: forms.Field, words: Any) -> None:
    """An empty choice says what it means in the place of Django's dashes."""
    words = words or (_("Choose …") if field.required else _("none"))
    if isinstance(field, forms.ModelChoiceField) and field.empty_label is not None:
        field.empty_label = words
    elif isinstance(field, forms.ChoiceField) and (dashes := BLANK_CHOICE_DASH[0]) in (choices := list(cast("Any", field.choices))):
        field.choices = [("", words) if each == dashes else each for each in choices]


class Styled(forms.Form):
    """A form whose fields look like the rest of the application; ``when_empty`` says what no choice means, by field."""

    when_empty: ClassVar[dict[str, Any]] = {}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for name, field in self.fields.items():
            _in_words(styled(field), self.when_empty.get(name))


class StyledRow(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """The form of a row, in the same look."""


def _password(label: Any, complete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": complete})
    return forms.CharField(label=label, strip=False, max_length=200, widget=widget)


class SignInForm(Styled):
    """Name and password."""

    username = forms.CharField(
        label=_("Sign-in name"), max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True}),
    )  # fmt: skip
    password = _password(_("Password"), "current-password")

    def clean_username(self) -> str:
        """The name as it is stored: a lock-out counts every way of writing it together."""
        typed = normal(self.cleaned_data["username"]).strip()
        return User.objects.filter(username__iexact=typed).values_list("username", flat=True).first() or typed.lower()


class CodeForm(Styled):
    """The six digits of the second factor."""

    code = forms.CharField(
        label=_("Code from the app"), max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )  # fmt: skip

    def clean_code(self) -> str:
        """Six digits, however they were grouped."""
        code = "".join(self.cleaned_data["code"].split())
        if len(code) != 6 or not (code.isascii() and code.isdigit()):
            raise ValidationError(_("The code has six digits."))
        return code


class SignInCodeForm(CodeForm):
    """The six digits, or a recovery code."""

    def clean_code(self) -> str:
        """Either of the two."""
        typed = str(self.cleaned_data["code"])
        return typed if written(typed) else super().clean_code()


class OwnPasswordForm(Styled):
    """The password once more, before something that protects the account changes."""

    password = _password(_("Your password"), "current-password")


class NewPasswordForm(Styled):
    """The old password, and the new one twice."""

    old = _password(_("Present password"), "current-password")
    new = _password(_("New password"), "new-password")
    again = _password(_("New password once more"), "new-password")

    def __init__(self, *arguments: Any, user: User, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.user = user

    def clean_new(self) -> str:
        """A password that the rules accept."""
        new = str(self.cleaned_data["new"])
        validate_password(new, self.user)
        return new

    def clean(self) -> None:
        """Both the same, and another than before."""
        given = self.cleaned_data
        if "new" in given and "again" in given and given["new"] != given["again"]:
            self.add_error("again", _("The two new passwords differ."))
        if "new" in given and given["new"] == given.get("old"):
            self.add_error("new", _("This is the present password. Choose another."))


class AccountForm(Styled):
    """An account; ``account`` is the one that changes, None makes a new one."""

    username = forms.CharField(label=_("Sign-in name"), max_length=80, validators=[_SIGN_IN_NAME])
    name = forms.CharField(label=_("Name"), max_length=120)
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    agent_id = forms.CharField(
        label=_("Agent"), max_length=64, required=False,
        help_text=_("The agent whose figures are this person's own; empty for the office."),
        widget=forms.TextInput(attrs={"list": "agents", "autocomplete": "off"}),
    )  # fmt: skip
    sees_pay = forms.BooleanField(label=_("Sees the pay of the own team"), required=False, help_text=_("For team leaders."))
    is_active = forms.BooleanField(label=_("May sign in"), required=False, initial=True)

    def __init__(self, *arguments: Any, account: User | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.account = account
        if account is not None:
            self.fields["username"].disabled = True
            self.fields["username"].validators = []

    def clean_username(self) -> str:
        """A name that nobody else has."""
        username = normal(self.cleaned_data["username"])
        if self.account is None and User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Somebody has this sign-in name already."))
        return username

    def clean_name(self) -> str:
        """In the one normal form."""
        return normal(self.cleaned_data["name"])

    def clean_agent_id(self) -> str:
        """An agent who exists and who has no other account."""
        agent_id = normal(self.cleaned_data["agent_id"])
        if agent_id and not AgentRow.objects.filter(agent_id=agent_id).exists():
            raise ValidationError(_("There is no agent %(agent)s."), params={"agent": agent_id})
        others = User.objects.filter(agent_id=agent_id).exclude(pk=self.account.pk if self.account else 0)
        if agent_id and others.exists():
            raise ValidationError(_("Agent %(agent)s has an account already."), params={"agent": agent_id})
        return agent_id


class PeopleFilter(Styled):
    """Which people are listed."""

    q = forms.CharField(label=_("Name or agent"), required=False, max_length=80, widget=forms.TextInput(attrs={"type": "search"}))
    team = forms.ChoiceField(label=_("Team"), required=False)
    show = forms.ChoiceField(
        label=_("Show"), required=False, choices=[("", _("Working today")), ("left", _("Have left")), ("all", _("Everyone"))]
    )

    def __init__(self, *arguments: Any, teams: list[tuple[str, str]], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["team"].choices = [("", _("All teams")), *teams]  # type: ignore[attr-defined]


class AuditFilter(Styled):
    """Which entries of the audit trail are listed."""

    action = forms.ChoiceField(label=_("What"), required=False)
    subject = forms.CharField(label=_("To what"), required=False, max_length=120, widget=forms.TextInput(attrs={"type": "search"}))
    person = forms.CharField(label=_("By whom"), required=False, max_length=120, widget=forms.TextInput(attrs={"type": "search"}))
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *arguments: Any, actions: list[str], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["action"].choices = [("", _("Everything")), *((action, action) for action in actions)]  # type: ignore[attr-defined]
