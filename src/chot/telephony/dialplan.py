"""extensions.conf of a call centre: recording starts first, then the controller decides."""

from __future__ import annotations

from chot.telephony.configuration import APP, Configuration

FROM_TRUNK = "chot-from-trunk"
NOTE = ".missed"
"""The end of a note's name; the rest is the id of the call."""

_TRIES = 15
_ASK_AGAIN = f""" same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?done)
 same => n,Set(TRIES=$[0${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > {_TRIES}]?done)
 same => n,Wait(1)
 same => n,Goto(ask)
 same => n(done),Hangup()"""
"""Who answers while there is no controller waits for one."""

HEAD = """
[general]
static=yes
writeprotect=yes
"""


def call_centre(made: Configuration) -> str:
    """The whole file."""
    return HEAD + contexts(made)


def contexts(made: Configuration) -> str:
    """The contexts of calls that come in, of customers who are called, and of phones that dial by themselves.

    Their names are our own, for an Asterisk that others use, too. A call is recorded under our own id in separate legs (``-rx``
    the customer, ``-tx`` what the customer hears) before anything else happens. MAX_TALK ends a call so many seconds after the
    customer answered, whether a controller lives or not. Without a controller a caller is noted, rings for a quarter of a minute, as long
    as one takes to be back, and is then told to try again.
    """
    folder = made.seen(made.recordings)
    return f"""
[chot-record]
exten => s,1,MixMonitor({folder}/${{RECID}}.wav,r({folder}/${{RECID}}-rx.wav)t({folder}/${{RECID}}-tx.wav)S)
 same => n,Return()

[{FROM_TRUNK}]
exten => _[+0-9].,1,Set(RECID=${{UUID()}})
 same => n,Gosub(chot-record,s,1)
 same => n(ask),Stasis({APP},arrived,${{RECID}},${{EXTEN}})
 same => n,GotoIf($["${{STASISSTATUS}}" = "SUCCESS"]?done)
 same => n,Set(TRIES=$[0${{TRIES}} + 1])
 same => n,GotoIf($[${{TRIES}} > 1]?noted)
 same => n,Set(FILE({folder}/${{RECID}}{NOTE})=${{FILTER(+0-9,${{CALLERID(num)}})}},${{FILTER(+0-9,${{EXTEN}})}},${{EPOCH}})
 same => n,Ringing()
 same => n(noted),GotoIf($[${{TRIES}} > {_TRIES}]?sorry)
 same => n,Wait(1)
 same => n,Goto(ask)
 same => n(sorry),Answer(300)
 same => n,Playback(im-sorry&pls-try-call-later)
 same => n(done),Hangup()
exten => s,1,Goto(0000,1)

[chot-customer]
exten => s,1,ExecIf($["${{MAX_TALK}}" != ""]?Set(TIMEOUT(absolute)=${{MAX_TALK}}))
 same => n,Gosub(chot-record,s,1)
 same => n(ask),Stasis({APP},customer,${{RECID}})
{_ASK_AGAIN}

[chot-outside]
exten => s,1,ExecIf($["${{MAX_TALK}}" != ""]?Set(TIMEOUT(absolute)=${{MAX_TALK}}))
 same => n(ask),Stasis({APP},agent,${{CALL}})
{_ASK_AGAIN}

[chot-from-phone]
exten => _[+*#0-9].,1,Stasis({APP},dialled,${{EXTEN}})
 same => n,Congestion(5)
"""
