"""A hardware phone for tests: the demo carrier's Asterisk registers with its account and answers, too."""

from __future__ import annotations

from dataclasses import replace

from chot.telephony.configuration import Configuration, Trunk, with_trunk

_ASKED = "${PJSIP_HEADER(read,Call-Info)}"


def plugged_in(carrier: Configuration, exchange: Configuration, name: str, password: str) -> Configuration:
    """The carrier with the phone of user ``name``: it answers at once when it is asked to, else after three seconds, and sends 1000 Hz."""
    at = {"host": exchange.address, "port": exchange.ports.sip}
    phone = Trunk(name="desk", **at, username=name, from_user=name, password=password, registers=True)
    answers = (
        f'exten => {name},1,Ringing()\n same => n,ExecIf($["{_ASKED}" = ""]?Wait(3))\n same => n,Answer()\n'
        " same => n,Playtones(1000)\n same => n,Wait(3600)\n\n"
    )
    return replace(with_trunk(carrier, phone), dialplan=carrier.dialplan.replace("[subscriber]", f"{answers}[subscriber]"))
