"""What administrators type about trunks and numbers."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from chot.core.phones import e164
from chot.core.sip import header_problem, is_plain, trusts
from chot.people.forms import Styled
from chot.switchboard.models import CallFlow, CallQueue, Number, Prompt, Srtp, Transport, Trunk

_HOST = re.compile(r"(?=.{1,120}\Z)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")
_CODECS = ("alaw", "ulaw", "g722", "opus", "gsm")
_SERVICE = re.compile(r"1[89]00[0-9]{4,6}")


class TrunkForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """A trunk; the password is taken in and never shown."""

    password = forms.CharField(
        label=_("Password"), required=False, max_length=200, strip=False,
        help_text=_("Kept encrypted and never shown. Leave it empty to keep the present one."),
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    class Meta:
        model = Trunk
        fields = (
            "title", "name", "operator", "host", "port", "transport", "srtp", "ca", "match", "registers", "username", "password",
            "number_form", "display", "headers", "from_user", "from_domain", "codecs", "rank", "enabled",
        )  # fmt: skip
        help_texts: ClassVar = {
            "name": _("For the exchange: small letters, digits and dashes. It cannot be changed later."),
            "operator": _("Whose network it is, as in the tariffs: Viettel, Vinaphone, MobiFone …"),
            "host": _("The carrier's SIP server: a name or an IP address."),
            "transport": _("Ask the carrier. TLS mostly has port 5061."),
            "srtp": _("With TLS only: the keys travel with SIP."),
            "ca": _("For TLS with a certificate of the carrier's own: its CA as PEM. Empty: the authorities that the machine trusts."),
            "match": _("Further addresses that its calls come from, such as 203.0.113.0/28; empty: only the server."),
            "registers": _("With a user name and password. Without it the carrier knows us by our address."),
            "display": _("{display_name} stands for the brand name of a call. Many carriers show their own instead."),
            "headers": _("One in a line: Name: value, with {number}, {e164}, {brand}, {display_name}, {domain}. Only if asked for."),
            "from_user": _("Only if the carrier wants its account there in the place of the number."),
            "from_domain": _("Only if the carrier asks for it."),
            "codecs": _("In order of preference: alaw, ulaw, g722, opus, gsm."),
            "rank": _("The smallest number is tried first where no rule decides."),
        }
        widgets: ClassVar = {"headers": forms.Textarea(attrs={"rows": 3}), "ca": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if self.instance.pk:
            self.fields["name"].disabled = True

    def clean_host(self) -> str:
        """A name or an address, and nothing else."""
        host = str(self.cleaned_data["host"]).strip()
        if not _HOST.fullmatch(host):
            raise ValidationError(_("This is no server name and no IP address. Write it as sip.example.vn or 203.0.113.7."))
        return host

    def clean_match(self) -> str:
        """Addresses and networks, one after the other."""
        found = self.cleaned_data["match"].replace(",", " ").split()
        for each in found:
            try:
                ipaddress.ip_network(each, strict=False)
            except ValueError:
                raise ValidationError(_("%(text)s is no IP address and no network."), params={"text": each}) from None
        return " ".join(found)

    def clean_headers(self) -> str:
        """Each line a header that a call may carry."""
        lines = [line.strip() for line in self.cleaned_data["headers"].splitlines() if line.strip()]
        for line in lines:
            if problem := header_problem(line):
                raise ValidationError(_("%(text)s may not be set. Write lines such as X-Brand: {brand}."), params={"text": problem})
        return "\n".join(lines)

    def clean_ca(self) -> str:
        """Certificates that OpenSSL can read."""
        text = str(self.cleaned_data["ca"]).replace("\r\n", "\n").strip()
        if text and (not text.isascii() or not trusts(text)):
            raise ValidationError(_("No certificate can be read here. It begins with -----BEGIN CERTIFICATE-----."))
        return f"{text}\n" if text else ""

    def clean_codecs(self) -> str:
        """Known codecs, each once, in the order given."""
        found = list(dict.fromkeys(self.cleaned_data["codecs"].lower().replace(",", " ").split()))
        if not found or set(found) - set(_CODECS):
            raise ValidationError(_("Choose of %(codecs)s."), params={"codecs": ", ".join(_CODECS)})
        return ",".join(found)

    def clean_password(self) -> str:
        """A password that stays one value in Asterisk's files."""
        password = str(self.cleaned_data["password"])
        if password and not is_plain(password):
            raise ValidationError(_("Asterisk takes no passwords with ; [ ] \\ or with spaces at an end. Ask the carrier for another."))
        return password

    def clean(self) -> dict[str, Any]:
        """What registers needs an account; every text stays one value in Asterisk's files."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("username", "from_user", "from_domain"):
            if given.get(name) and not is_plain(given[name]):
                self.add_error(name, _("The characters ; [ ] \\ cannot be used here."))
        if given.get("srtp") != Srtp.OFF and given.get("transport") != Transport.TLS:
            self.add_error("srtp", _("Choose TLS as the transport first: without it the keys can be read on the way."))
        if given.get("registers") and not given.get("username"):
            self.add_error("username", _("A trunk that registers needs a user name."))
        if given.get("registers") and not given.get("password") and not self.instance.secret:
            self.add_error("password", _("A trunk that registers needs a password."))
        return given


class NumberForm(Styled, forms.ModelForm):  # type: ignore[type-arg]
    """One of our numbers."""

    class Meta:
        model = Number
        fields = ("number", "title", "trunk", "leads_to", "target", "enabled")
        help_texts: ClassVar = {
            "number": _("As people dial it: 024 7123 4567, 0912 345 678, 1800 1234."),
            "target": _("The code name of the queue, flow or prompt, or the id of the agent."),
        }

    def clean_number(self) -> str:
        """In E.164; service numbers as they are dialled."""
        typed = "".join(self.cleaned_data["number"].split()).replace(".", "")
        if _SERVICE.fullmatch(typed):
            return typed
        found = e164(typed)
        if found is None:
            raise ValidationError(_("This is no telephone number. Write it as 024 7123 4567."))
        return found

    def clean(self) -> dict[str, Any]:
        """What calls lead to has to be named."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("leads_to") and not given.get("target"):
            self.add_error("target", _("Say which one."))
        found = {"queue": CallQueue, "flow": CallFlow, "announcement": Prompt}.get(str(given.get("leads_to")))
        if found and given.get("target") and not found._default_manager.filter(name=given["target"]).exists():
            self.add_error("target", _("There is none of this code name; see Queues and flows."))
        return given
