"""What an administrator types about other systems."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from chot.api.events import EVENTS
from chot.api.models import Client, Webhook
from chot.api.scopes import SCOPES
from chot.api.sending import refused
from chot.core import clock
from chot.people.forms import Styled


class _Boxes(forms.CheckboxSelectMultiple):
    """Boxes under each other."""

    option_template_name = "api/box.html"


class ClientForm(Styled):
    """A client; ``client`` is the one that changes."""

    name = forms.CharField(label=_("System"), max_length=80, help_text=_("What the administrators call it, such as ERP or web shop."))
    scopes = forms.MultipleChoiceField(label=_("May"), choices=list(SCOPES.items()), widget=_Boxes)
    per_minute = forms.IntegerField(label=_("Requests a minute, at most"), min_value=1, max_value=100_000, initial=600)
    expires_on = forms.DateField(label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *arguments: Any, client: Client | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.client = client
        if client is None:
            del self.fields["is_active"]
        else:
            self.fields["name"].disabled = True

    def clean_name(self) -> str:
        """A name that no other client has."""
        name = str(self.cleaned_data["name"]).strip()
        if self.client is None and Client.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a system of this name already."))
        return name

    def clean_expires_on(self) -> Any:
        """A day to come."""
        day = self.cleaned_data["expires_on"]
        if day and day < clock.today() and (self.client is None or day != self.client.expires_on):
            raise forms.ValidationError(_("This day is past."))
        return day


class WebhookForm(Styled):
    """A webhook; ``webhook`` is the one that changes."""

    name = forms.CharField(label=_("System"), max_length=80)
    url = forms.CharField(label=_("Address"), max_length=400, widget=forms.URLInput(attrs={"placeholder": "https://"}))
    events = forms.MultipleChoiceField(label=_("Is told when"), choices=list(EVENTS.items()), widget=_Boxes)
    is_active = forms.BooleanField(label=_("Active"), required=False, initial=True)

    def __init__(self, *arguments: Any, webhook: Webhook | None = None, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.webhook = webhook
        if webhook is None:
            del self.fields["is_active"]
        else:
            self.fields["name"].disabled = True

    def clean_name(self) -> str:
        """A name that no other webhook has."""
        name = str(self.cleaned_data["name"]).strip()
        if self.webhook is None and Webhook.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(_("There is a system of this name already."))
        return name

    def clean_url(self) -> str:
        """An address that may be told something."""
        url = str(self.cleaned_data["url"]).strip()
        if refused(url):
            raise forms.ValidationError(_("Write the whole address, beginning with https:// and without a password in it."))
        return url
