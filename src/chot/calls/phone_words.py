"""What the phone in the page says, in the language of its user."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from chot.calls.queries_desk import state_choices
from chot.charges.models import CallPurpose

_SAYS: dict[str, Any] = {
    "connecting": _("Connecting …"),
    "online": pgettext_lazy("phone", "Phone is ready"),
    "no_exchange": _("There is no exchange. Calls are not possible; everything else works."),
    "desk_online": _("Desk phone is ready"),
    "desk_lost": _("Your desk phone is not online. Check its power and network, or choose this computer under Sound."),
    "lift": _("Your desk phone rings"),
    "unreachable": _("The exchange cannot be reached from this computer. Ask your administrator to set CHOT_EXCHANGE_WS."),
    "lost": _("The exchange cannot be reached. Trying again …"),
    "refused": _("The exchange refuses this phone. Trying again …"),
    "elsewhere": _("Your phone is in use on another computer."),
    "other_tab": _("The phone is in another tab."),
    "no_mic": _("The browser may not use the microphone. Allow it beside the address, then press Try again."),
    "no_device": _("No microphone is connected. Plug in a headset, then press Try again."),
    "insecure": _("The browser gives no microphone to a page without HTTPS. Open this page by https:// or on this machine."),
    "ask_mic": _("Chốt needs the microphone for calls."),
    "web_lost": _("No connection to Chốt. A call goes on; what is shown may be old."),
    "not_placed": _("The exchange did not take the call. Try again."),
    "failed": _("That did not work. Try again."),
    "ringing_agent": _("Connecting …"),
    "ringing_customer": pgettext_lazy("call", "Ringing"),
    "waiting": pgettext_lazy("call", "Waiting"),
    "talking": pgettext_lazy("call", "Talking"),
    "announcing": _("The customer hears about the recording"),
    "held": pgettext_lazy("call", "On hold"),
    "consulting": _("Asking first; the customer waits"),
    "ending": _("Ending …"),
    "watch_listen": _("You listen; nobody hears you"),
    "watch_whisper": _("Only the agent hears you"),
    "watch_barge": _("Everybody hears you"),
    "watch_take_over": _("Taking over …"),
    "coming": _("Incoming call"),
    "unknown": _("Unknown customer"),
    "hold": pgettext_lazy("call", "Hold"),
    "resume": pgettext_lazy("call", "Resume"),
    "mute": _("Mute"),
    "unmute": _("Unmute"),
    "good": pgettext_lazy("line quality", "good"),
    "fair": pgettext_lazy("line quality", "fair"),
    "poor": pgettext_lazy("line quality", "poor"),
    "quality": _("Line quality {word}: MOS {mos}, loss {loss} %, jitter {jitter} ms"),
    "due": _("{number} to call again"),
    "nobody": _("Nobody else is at a desk. Type a number to transfer to."),
    "nothing": _("Nobody and no queue of this name. A number needs three digits or more."),
    "waited": pgettext_lazy("queue", "waiting {time}"),
    "left": _("{seconds} s left"),
    "ends": _("The charge quota is used up: this call ends at {time}, in {seconds} s. A leader can lift it now."),
    "over": _("The charge quota is used up. This call goes on; the next one is not possible until somebody lifts it."),
    "standard": _("As the computer has it"),
    "microphone": _("Microphone"),
    "speaker": _("Speaker"),
}


def phone_parts() -> dict[str, Any]:
    """``words`` by the names under which softphone.ts asks for them; the ``states`` and ``purposes`` to choose from."""
    return {"words": {name: str(said) for name, said in _SAYS.items()}, "states": state_choices(), "purposes": CallPurpose.choices[::-1]}
