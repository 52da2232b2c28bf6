"""An Asterisk that Chốt does not start: the settings that name it, and the files that its administrator takes over."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from chot.core.errors import InputError, Problem
from chot.telephony import dialplan, writing
from chot.telephony.configuration import APP, Configuration, Elsewhere, Ports, load, write_private
from chot.telephony.places import Places

_FOLDER = re.compile(r"/[\w./ -]+")
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SIP = 5060
PJSIP, EXTENSIONS, USER, MANAGER = "chot_pjsip.conf", "chot_extensions.conf", "chot_ari.conf", "chot_manager.conf"
INCLUDES = {"pjsip.conf": PJSIP, "extensions.conf": EXTENSIONS, "ari.conf": USER, "manager.conf": MANAGER}
"""Which file of that Asterisk includes which of ours."""

_READ_ME = """What the administrator of this Asterisk does for Chốt, once:

1. Make {there} readable and writable for Asterisk. What Chốt writes for it is in {there}/etc.
2. Add a line to each of these files of Asterisk:
{includes}
3. http.conf: enabled=yes, and bindaddr and bindport so that Chốt reaches {ari}.
   Let nobody else reach it: who has the password controls every call.
   manager.conf: [general] enabled=yes, webenabled=yes, bindaddr=127.0.0.1; without it agents cannot pause a recording,
   and nobody sees whether a trunk is registered.
4. modules.conf: what is named below is loaded (autoload=yes does it).
5. rtp.conf: the range of ports that your firewall lets in; icesupport=yes for phones in browsers.
6. pjsip.conf: [global] endpoint_identifier_order=username,ip where phones and carriers share an address. Remove transports of
   your own on UDP port {port}, or choose another port for ours with CHOT_SIP_PORT; ours is named udp, that of browsers ws.
7. Start Asterisk again, then: chot telephony run --node {node}

A change of trunks or phones is written to {there}/etc and reloaded over ARI; where you copy files in the place of
including them, the page Telephone lines says which one has to be taken over.

Modules:
{modules}
"""


def from_settings(settings: Mapping[str, str] = os.environ) -> Elsewhere | None:
    """``CHOT_ASTERISK_ARI`` and its company; None where Chốt starts its own. Raises ``InputError`` for what cannot be."""
    address = settings.get("CHOT_ASTERISK_ARI", "").strip().rstrip("/")
    if not address:
        return None
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.endswith("/ari"):
        raise _wrong("CHOT_ASTERISK_ARI", f"“{address}” is no address of ARI", "Write it as http://10.0.0.5:8088/ari.")
    folder = settings.get("CHOT_ASTERISK_FOLDER", "").strip()
    if not folder or not Path(folder).is_dir():
        what = f"“{folder}” is no folder" if folder else "it is not set"
        fix = "Name a folder that this machine and that Asterisk share; recordings appear in it."
        raise _wrong("CHOT_ASTERISK_FOLDER", what, fix)
    there = settings.get("CHOT_ASTERISK_FOLDER_THERE", "").strip().rstrip("/") or str(Path(folder).resolve())
    if not _FOLDER.fullmatch(there):
        raise _wrong("CHOT_ASTERISK_FOLDER_THERE", f"“{there}” is no path", "Write the whole path, without commas and brackets.")
    user = settings.get("CHOT_ASTERISK_USER", "").strip() or APP
    return Elsewhere(ari=address, user=user, folder=Path(folder).resolve(), there=there)


def configuration(var: Path, node: str, place: Elsewhere, places: Places, settings: Mapping[str, str] = os.environ) -> Configuration:
    """What is kept of a node whose Asterisk is elsewhere. Its password is the setting, else one that was made for it."""
    if not _NODE.fullmatch(node):
        raise _wrong("--node", f"“{node}” is no name of a node", "Use letters, digits, dots and dashes.")
    made = load(var / "nodes" / node, place.folder / "recordings", places=places, elsewhere=place)
    url = urlsplit(place.ari)
    ports = Ports(
        http=url.port or (443 if url.scheme == "https" else 80), sip=int(settings.get("CHOT_SIP_PORT", "0")) or _SIP,
        rtp_first=made.ports.rtp_first, rtp_last=made.ports.rtp_last,
    )  # fmt: skip
    address = made.address if settings.get("CHOT_SIP_ADDRESS") else "0.0.0.0"  # noqa: S104 - all of its addresses, as Asterisk's own default
    return replace(made, ports=ports, ari_password=settings.get("CHOT_ASTERISK_PASSWORD", "") or made.ari_password, address=address)


def write(made: Configuration, node: str) -> Path:
    """Write everything for that Asterisk's administrator; the page that says what to do with it."""
    place = _place(made)
    etc = place.folder / "etc"
    for folder in (etc, made.recordings, made.sounds):
        folder.mkdir(parents=True, exist_ok=True)
    texts = {PJSIP: pjsip(made), EXTENSIONS: extensions(made), USER: _user(made), MANAGER: _manager(made), **writing.ca_files(made)}
    writing.make_certificate(made)
    for name, text in texts.items():
        write_private(etc / name, text.lstrip(), mode=0o640)  # its group is that of the folder: Asterisk reads it
    lines = "\n".join(f"   {theirs}: {include(made, ours)}" for theirs, ours in INCLUDES.items())
    read_me = etc / "README.txt"
    read_me.write_text(_READ_ME.format(
        there=place.there, includes=lines, ari=place.ari, port=made.ports.sip, node=node, modules=" ".join(writing.MODULES),
    ))  # fmt: skip
    return read_me


def include(made: Configuration, name: str) -> str:
    """The line by which one of our files comes into one of Asterisk's."""
    return f'#include "{_place(made).there}/etc/{name}"'


def pjsip(made: Configuration) -> str:
    """Transports, trunks and phones, and an endpoint for nobody whose name says which text is in force."""
    text = writing.lines(made)
    return f"{text}\n[{_mark(text)}]\ntype=endpoint\ncontext=chot-none\ndisallow=all\nallow=alaw\n"


def mark(made: Configuration) -> str:
    """The name of that endpoint."""
    return _mark(writing.lines(made))


def extensions(made: Configuration) -> str:
    """Our contexts, and one that says which they are: in a global variable, and in a file of the shared folder."""
    known, file = plan(made), made.seen(check_file(made))
    return f"""{dialplan.contexts(made)}
[chot-check]
exten => s,1,Set(GLOBAL(CHOT_DIALPLAN)={known})
 same => n,Set(FILE({file})={known})
 same => n,Hangup()
"""


def plan(made: Configuration) -> str:
    """Which contexts these are."""
    return _short(dialplan.contexts(made))


def check_file(made: Configuration) -> Path:
    """What Asterisk writes when it is asked whether the folder is shared."""
    return made.recordings / "check"


def _place(made: Configuration) -> Elsewhere:
    assert made.elsewhere
    return made.elsewhere


def _user(made: Configuration) -> str:
    return f"[{made.ari_user}]\ntype=user\nread_only=no\npassword={writing.plain(made.ari_password)}\n"


def _manager(made: Configuration) -> str:
    """Whoever pauses recordings and looks at registrations; no line in Asterisk's log each time."""
    return f"[{made.ari_user}]\nsecret={writing.plain(made.ari_password)}\nread=\nwrite=call,reporting\ndisplayconnects=no\n"


def _mark(text: str) -> str:
    return f"chot-in-force-{_short(text)}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _wrong(name: str, what: str, fix: str) -> InputError:
    return InputError(Problem(field=name, what=f"{name}: {what}", fix=fix))
