"""What one exchange is: its ports, trunks and phones, as frozen values. ``writing`` makes Asterisk's files of them."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chot.telephony.places import Places

APP = "chot"
"""The name under which the controller receives calls, and the ARI user."""

_RTP_PORTS = 2000
SIP_TLS = 5061


@dataclass(frozen=True, kw_only=True)
class Ports:
    """``http`` carries ARI and the browsers' phones, ``sip`` the trunks; media uses [``rtp_first``, ``rtp_last``]."""

    http: int
    sip: int
    rtp_first: int
    rtp_last: int


@dataclass(frozen=True, kw_only=True)
class Trunk:
    """A line to the telephone network. ``match`` are further addresses that the carrier calls from; empty: only ``host``."""

    name: str
    host: str
    port: int = 5060
    match: tuple[str, ...] = ()
    username: str = ""
    password: str = ""
    registers: bool = False
    from_user: str = ""
    from_domain: str = ""
    codecs: str = "alaw,ulaw"
    number_form: str = "national"
    display: str = "{display_name}"
    headers: tuple[str, ...] = ()
    """Further SIP headers of a call (``Name: value``); both are templates, see ``core.messages.TrunkAccount``."""
    transport: str = "udp"
    """``udp``, ``tcp``, ``tls``, or ``any``: whichever the other side takes (the demo carrier's)."""
    srtp: str = "off"
    ca: str = ""
    """Certificates (PEM) of who signs the carrier's; empty: those that the machine trusts."""
    local_port: int = 0
    """Where a trunk with TLS is called back."""


@dataclass(frozen=True, kw_only=True)
class Phone:
    """An agent's phone. ``digest`` is md5(name:REALM:password); one with a fixed ``contact`` (sip:…) needs none.

    Without ``webrtc`` it registers over UDP, as other exchanges do. With ``desk_digest`` the agent has a desk phone beside the
    browser, which registers under ``desk_name(name)`` at any time and is rung instead of it while ``at_desk``.
    """

    name: str
    digest: str = ""
    display: str = ""
    contact: str = ""
    webrtc: bool = True
    desk_digest: str = ""
    at_desk: bool = False

    @property
    def in_browser(self) -> bool:
        """Whether it is rung in a page, which shows what its agent may see."""
        return self.webrtc and not self.contact and not self.at_desk


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Our own certificate and its key (paths of PEM files), and the port where others reach us with TLS."""

    certificate: str
    key: str
    port: int = SIP_TLS


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """An Asterisk that Chốt does not start. ``folder`` is shared with its machine, which calls it ``there``."""

    ari: str
    user: str
    folder: Path
    there: str

    def seen(self, path: Path) -> str:
        """What that machine calls a path below the folder."""
        return f"{self.there}/{path.relative_to(self.folder)}"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One exchange: where its files lie (``home``, ``recordings``), what it listens on, and whom it knows."""

    home: Path
    recordings: Path
    ports: Ports
    ari_password: str
    address: str = "127.0.0.1"
    """Where SIP listens: this machine only, one of its addresses, or 0.0.0.0."""
    public_address: str = ""
    """What carriers and browsers outside send to, where a router stands between; those of ``local_nets`` use ``address``."""
    local_nets: tuple[str, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    phones: tuple[Phone, ...] = ()
    dialplan: str = ""
    """Replaces the dialplan of a call centre (the demo carrier has its own)."""
    tls: Tls | None = None
    elsewhere: Elsewhere | None = None
    """Where the Asterisk is, when it is not one of our own."""

    @property
    def ari(self) -> str:
        """The address of ARI; our own Asterisk has it on the loopback interface."""
        return self.elsewhere.ari if self.elsewhere else f"http://127.0.0.1:{self.ports.http}/ari"

    @property
    def ari_user(self) -> str:
        """Who we are to ARI."""
        return self.elsewhere.user if self.elsewhere else APP

    @property
    def phones_at(self) -> str:
        """Where desk phones register: an address; 0.0.0.0 is any of this machine's."""
        return urlsplit(self.elsewhere.ari).hostname or "" if self.elsewhere else self.address

    @property
    def sounds(self) -> Path:
        """Where prompts and spoken texts are kept for Asterisk."""
        return (self.elsewhere.folder if self.elsewhere else self.home) / "sounds"

    def seen(self, path: Path) -> str:
        """What Asterisk calls one of our paths."""
        return self.elsewhere.seen(path) if self.elsewhere else str(path)


def load(
    home: Path, recordings: Path, *, address: str = "127.0.0.1", places: Places | None = None, elsewhere: Elsewhere | None = None
) -> Configuration:
    """The configuration kept in ``home``, made with free ports and a random secret the first time.

    ``CHOT_SIP_PORT``, ``CHOT_ARI_PORT`` and ``CHOT_RTP_PORTS`` (``20000-21999``) choose ports of a new one.
    """
    home.mkdir(parents=True, exist_ok=True)
    at = places or Places(address=address)
    path = home / "exchange.json"
    if not path.is_file():
        password = secrets.token_urlsafe(24)
        made = Configuration(home=home, recordings=recordings, ports=free_ports(at.address), ari_password=password, address=at.address)
        write_private(path, _kept(made), replaces=False)
    kept = json.loads(path.read_text())
    return Configuration(
        home=home,
        recordings=recordings,
        ports=Ports(**kept["ports"]),
        ari_password=kept["ari_password"],
        address=at.address,
        public_address=at.public,
        local_nets=at.local_nets,
        trunks=tuple(_trunk(each) for each in kept["trunks"]),
        phones=tuple(Phone(**each) for each in kept["phones"]),
        tls=_tls(),
        elsewhere=elsewhere,
    )


def _tls() -> Tls | None:
    """``CHOT_SIP_TLS_CERTIFICATE``, ``CHOT_SIP_TLS_KEY`` and ``CHOT_SIP_TLS_PORT``, for carriers that call us with TLS."""
    certificate, key = (os.environ.get(f"CHOT_SIP_TLS_{name}", "") for name in ("CERTIFICATE", "KEY"))
    return Tls(certificate=certificate, key=key, port=int(os.environ.get("CHOT_SIP_TLS_PORT", "") or SIP_TLS)) if certificate else None


def _trunk(kept: dict[str, Any]) -> Trunk:
    return Trunk(**{**kept, "match": tuple(kept["match"]), "headers": tuple(kept.get("headers", ()))})


def save(made: Configuration) -> None:
    """Keep what ``load`` returns, readable by this user only."""
    write_private(made.home / "exchange.json", _kept(made))


def _kept(made: Configuration) -> str:
    kept = {
        "ports": asdict(made.ports),
        "ari_password": made.ari_password,
        "trunks": [asdict(each) for each in made.trunks],
        "phones": [asdict(each) for each in made.phones],
    }
    return json.dumps(kept, indent=1)


def with_trunk(made: Configuration, trunk: Trunk) -> Configuration:
    """The same exchange with ``trunk`` added, or put in the place of the one of its name."""
    others = tuple(each for each in made.trunks if each.name != trunk.name)
    return replace(made, trunks=(*others, trunk))


def write_private(path: Path, text: str, *, replaces: bool = True, mode: int = 0o600) -> None:
    """Write a file whole, in one step, readable by this user only; without ``replaces`` the first writer's stays."""
    handle, draft = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(draft).chmod(mode)
        if replaces:
            Path(draft).replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def with_local_ports(made: Configuration, trunks: tuple[Trunk, ...]) -> Configuration:
    """The same exchange with these trunks; each with TLS has a port of its own, the one it had while what it trusts is the same."""
    had = {(each.name, each.ca): each.local_port for each in made.trunks if each.transport == "tls"}
    placed: list[Trunk] = []
    for each in trunks:
        port = had.get((each.name, each.ca), 0) or _next_port(made, {*had.values(), *(trunk.local_port for trunk in placed)})
        placed.append(replace(each, local_port=port) if each.transport == "tls" else each)
    return replace(made, trunks=tuple(placed))


def _next_port(made: Configuration, taken: set[int]) -> int:
    first = made.tls.port + 1 if made.tls else SIP_TLS
    free = (port for port in range(first, first + 1000) if port not in taken)
    return next((port for port in free if made.elsewhere or _is_free(port, socket.SOCK_STREAM, made.address)), 0)


def free_ports(address: str) -> Ports:
    """Ports that nobody listens on now, those that settings name first."""
    first, _, last = os.environ.get("CHOT_RTP_PORTS", "").partition("-")
    start = int(first) if first else _free_range()
    return Ports(
        http=int(os.environ.get("CHOT_ARI_PORT", "0")) or _free(socket.SOCK_STREAM, "127.0.0.1"),
        sip=int(os.environ.get("CHOT_SIP_PORT", "0")) or _free(socket.SOCK_DGRAM, address),
        rtp_first=start,
        rtp_last=int(last) if last else start + _RTP_PORTS - 1,
    )


def _free(kind: socket.SocketKind, address: str) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _free_range() -> int:
    """The first port of a range for media whose ends and middle are free, at a random place below the ephemeral ports."""
    for _ in range(100):
        start = 10000 + 2 * secrets.randbelow(11000 - _RTP_PORTS)
        if all(_is_free(port) for port in _sample(start)):
            return start
    return 20000


def _sample(start: int) -> Iterator[int]:
    yield from range(start, start + _RTP_PORTS, _RTP_PORTS // 8)


def _is_free(port: int, kind: socket.SocketKind = socket.SOCK_DGRAM, address: str = "0.0.0.0") -> bool:  # noqa: S104 - only looks
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
