"""Asterisk's configuration files, each rendered whole from a ``Configuration``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from chot.core.certificates import self_signed
from chot.core.messages import REALM
from chot.core.messages_phones import desk_name
from chot.core.sip import is_plain
from chot.telephony import dialplan, music
from chot.telephony.configuration import APP, Configuration, Phone, Trunk, write_private
from chot.telephony.installation import Installation
from chot.telephony.places import own_address

MODULES = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto res_curl res_http_websocket
res_websocket_client res_pjproject res_rtp_asterisk res_srtp res_musiconhold
res_pjsip res_pjsip_session res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_acl res_pjsip_authenticator_digest
res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user
res_pjsip_endpoint_identifier_anonymous res_pjsip_registrar res_pjsip_outbound_registration res_pjsip_caller_id
res_pjsip_dtmf_info res_pjsip_dlg_options res_pjsip_empty_info res_pjsip_header_funcs res_pjsip_diversion res_pjsip_logger
res_pjsip_nat res_pjsip_path res_pjsip_refer res_pjsip_rfc3326 res_pjsip_transport_websocket chan_pjsip
func_pjsip_aor func_pjsip_contact func_pjsip_endpoint
codec_ulaw codec_alaw codec_a_mu codec_gsm codec_g722 codec_resample codec_opus_open_source res_format_attr_opus
format_wav format_sln format_pcm format_gsm
bridge_builtin_features bridge_builtin_interval_features bridge_holding bridge_native_rtp bridge_simple bridge_softmix
chan_bridge_media res_rtp_multicast chan_rtp res_audiosocket chan_audiosocket app_audiosocket chan_websocket
res_stasis res_stasis_answer res_stasis_playback res_stasis_recording res_stasis_snoop res_stasis_device_state app_stasis
res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels res_ari_device_states
res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings res_ari_sounds
pbx_config app_dial app_playback app_playtones app_read app_echo app_verbose app_chanspy app_mixmonitor app_senddtmf app_stack
app_exec app_while app_amd
func_uri func_cut func_groupcount func_periodic_hook func_callerid func_channel func_env func_global func_hangupcause
func_logic func_math func_rand func_strings func_timeout func_uuid func_talkdetect func_dialplan func_cdr
""".split()
_FOLDERS = "lib/keys db run log spool/outgoing spool/tmp spool/recording spool/monitor".split()
_EMPTY = [
    f"{name}.conf" for name in "acl amd ccss chan_websocket features pjproject stasis udptl websocket_client".split()
]  # Asterisk complains about files that are not there
_TRUNK = """
type=endpoint
context=chot-from-trunk
disallow=all
dtmf_mode=auto
direct_media=no
rtp_symmetric=yes
trust_id_outbound=yes
trust_id_inbound=yes
; the customer must not be told which agent answered
send_connected_line=no
; a peer that dies sends no BYE
rtp_timeout=30
rtp_timeout_hold=600
"""
_PHONE = """
type=endpoint
context=chot-from-phone
disallow=all
dtmf_mode=auto
direct_media=no
send_connected_line=no
rtp_timeout=30
rtp_timeout_hold=600
"""
_DESK = """transport=udp
force_rport=yes
rewrite_contact=yes
rtp_symmetric=yes
; only Chốt hands calls over
allow_transfer=no
allow=alaw,ulaw
"""
"""A desk phone may stand behind a router; where calls go is decided in the page."""
_SRTP = {
    "off": "", "required": "media_encryption=sdes\n", "optional": "media_encryption=sdes\nmedia_encryption_optimistic=yes\n",
}  # fmt: skip
OWN = "own.pem"
_TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
_VIETNAM = """
[general]
country=vn
[vn]
description=Vietnam
ringcadence=1000,4000
dial=425
busy=425/500,0/500
ring=425/1000,0/4000
congestion=425/250,0/250
callwaiting=425/300,0/10000
dialrecall=425
record=1400/500,0/15000
info=950/330,1400/330,1800/330,0/1000
stutter=425
"""


def write(made: Configuration, installation: Installation) -> Path:
    """Write every file of ``made`` below its home; the path of asterisk.conf, which names all the others' places."""
    etc = made.home / "etc"
    for folder in (etc, made.recordings, *(made.home / name for name in _FOLDERS)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in (files(made, installation) | ca_files(made)).items():
        write_private(etc / name, text.lstrip())
    make_certificate(made)
    return etc / "asterisk.conf"


def files(made: Configuration, installation: Installation) -> dict[str, str]:
    """The text of every configuration file by its name."""
    ports = made.ports
    return {
        "asterisk.conf": _directories(made, installation),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in _present(installation)),
        "http.conf": f"[general]\nenabled=yes\nbindaddr=127.0.0.1\nbindport={ports.http}\nsessionlimit=1000\n"
        "session_inactivity=30000\nsession_keep_alive=15000\n",
        "ari.conf": f"[general]\nenabled=yes\npretty=no\n[{APP}]\ntype=user\nread_only=no\npassword={made.ari_password}\n",
        # over HTTP only; its own listener cannot be turned off, so it has the one address where nothing else listens
        "manager.conf": f"[general]\nenabled=yes\nwebenabled=yes\nbindaddr=127.0.0.2\nport={ports.http}\ndisplayconnects=no\n"
        f"[{APP}]\nsecret={made.ari_password}\nread=\nwrite=call\n",
        "rtp.conf": _rtp(made),
        "musiconhold.conf": music.configuration(made.home, str(installation.data)),
        "logger.conf": "[general]\ndateformat=%F %T.%3q\n[logfiles]\nmessages.log => notice,warning,error\n",
        "indications.conf": _VIETNAM,
        "cdr.conf": "[general]\nenable=no\n",  # the journal is the record of calls
        "cel.conf": "[general]\nenable=no\n",
        **dict.fromkeys(_EMPTY, ""),
        "extensions.conf": made.dialplan or dialplan.call_centre(made),
        "pjsip.conf": pjsip(made),
    }


def transports(made: Configuration) -> str:
    """The part of pjsip.conf that only a restart brings into force."""
    return f"""
[udp]
type=transport
protocol=udp
bind={made.address}:{made.ports.sip}
{_outside(made)}{_own_tls(made)}[ws]
type=transport
protocol=ws
bind=127.0.0.1
"""


def _outside(made: Configuration) -> str:
    """What SIP says of itself to those beyond the router. The own address counts as inside, else no media address is replaced."""
    if not made.public_address:
        return ""
    nets = "".join(f"local_net={plain(each)}\n" for each in (f"{_own(made)}/32", *made.local_nets))
    public = plain(made.public_address)
    return f"external_signaling_address={public}\nexternal_media_address={public}\n{nets}"


def _own_tls(made: Configuration) -> str:
    """Where carriers call us with TLS, when there is a certificate to show them."""
    if made.tls is None:
        return ""
    return f"[tls]\ntype=transport\nprotocol=tls\nbind={made.address}:{made.tls.port}\n{_certificate(made)}{_outside(made)}"


def _certificate(made: Configuration) -> str:
    """What we show to who connects to us; without a certificate that settings name, one that is made here."""
    own = made.seen(ca_folder(made) / OWN)
    certificate, key = (made.tls.certificate, made.tls.key) if made.tls else (own, own)
    return f"method=tlsv1_2\ncert_file={plain(certificate)}\npriv_key_file={plain(key)}\n"


def make_certificate(made: Configuration) -> None:
    """Make the certificate once, when trunks need it."""
    path = ca_folder(made) / OWN
    if any(each.transport == "tls" for each in made.trunks) and not made.tls and not path.is_file():
        write_private(path, self_signed("Chot"), mode=0o640 if made.elsewhere else 0o600)


def transport_of(trunk: Trunk) -> str:
    """The name of a trunk's transport; with TLS one of its own, which changes with what is trusted, so that a reload brings it."""
    if trunk.transport not in ("udp", "tcp", "tls", "any"):
        raise ValueError(f"{trunk.transport!r} is no transport")
    return f"tls-{plain(trunk.name)}-{_short(trunk.ca)}" if trunk.transport == "tls" else trunk.transport


def trunk_transports(made: Configuration) -> str:
    """Transports that only trunks use: a reload adds them while calls go on."""
    text = ""
    if any(each.transport == "tcp" for each in made.trunks):
        text += f"[tcp]\ntype=transport\nprotocol=tcp\nbind={made.address}:{made.ports.sip}\n{_outside(made)}"
    for each in (trunk for trunk in made.trunks if trunk.transport == "tls"):
        trusted = made.seen(ca_folder(made) / ca_name(each)) if each.ca else _TRUSTED
        text += f"[{transport_of(each)}]\ntype=transport\nprotocol=tls\nbind={made.address}:{each.local_port}\nverify_server=yes\n"
        text += f"ca_list_file={trusted}\n{_certificate(made)}{_outside(made)}"
    return text


def ca_files(made: Configuration) -> dict[str, str]:
    """The certificates that trunks trust, by the names of their files in ``ca_folder``."""
    return {ca_name(each): each.ca for each in made.trunks if each.transport == "tls" and each.ca}


def ca_folder(made: Configuration) -> Path:
    """Where they are."""
    return (made.elsewhere.folder if made.elsewhere else made.home) / "etc"


def ca_name(trunk: Trunk) -> str:
    """The file of what a trunk trusts."""
    return f"ca-{_short(trunk.ca)}.pem"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _own(made: Configuration) -> str:
    everywhere = made.address == "0.0.0.0"  # noqa: S104 - only compared
    return (own_address(made.public_address) if everywhere else "") or made.address


def _rtp(made: Configuration) -> str:
    """rtp.conf; browsers are offered the public address beside the own one."""
    text = f"[general]\nrtpstart={made.ports.rtp_first}\nrtpend={made.ports.rtp_last}\nicesupport=yes\nstrictrtp=yes\n"
    if not made.public_address or made.public_address == _own(made):
        return text
    return text + f"[ice_host_candidates]\n{_own(made)} => {plain(made.public_address)},include_local_address\n"


def pjsip(made: Configuration) -> str:
    """pjsip.conf: transports, trunks, phones."""
    head = f"""
[global]
type=global
user_agent=Chot
default_realm={REALM}
endpoint_identifier_order=username,ip
[system]
type=system
disable_tcp_switch=yes
{transports(made)}"""
    return head + lines(made, with_transports=False)


def lines(made: Configuration, *, with_transports: bool = True) -> str:
    """Trunks and phones, and the transports that they go over."""
    head = transports(made) if with_transports else ""
    head += trunk_transports(made)
    return head + "".join(map(_trunk, made.trunks)) + "".join(map(_phone, made.phones))


def _trunk(trunk: Trunk) -> str:
    name, port = plain(trunk.name), int(trunk.port)
    way, srtp = transport_of(trunk), _SRTP.get(trunk.srtp)
    if srtp is None:
        raise ValueError(f"{trunk.srtp!r} does not say whether voice is encrypted")
    host = f"{plain(trunk.host)}:{port}" + (f"\\;transport={trunk.transport}" if trunk.transport in ("tcp", "tls") else "")
    over = f"transport={way}\n" if trunk.transport != "any" else ""
    pai = "no" if any(header.lower().startswith("p-asserted-identity:") for header in trunk.headers) else "yes"
    lines = [f"[{name}]{_TRUNK}{over}{srtp}send_pai={pai}\nallow={plain(trunk.codecs)}\naors={name}"]
    lines += [f"from_domain={plain(trunk.from_domain)}"] if trunk.from_domain else []
    lines += [f"from_user={plain(trunk.from_user)}"] if trunk.from_user else []
    lines += [f"outbound_auth={name}"] if trunk.username else []
    lines += [f"[{name}]\ntype=aor\ncontact=sip:{host}\nqualify_frequency=30"]
    lines += [f"[{name}]\ntype=identify\nendpoint={name}\nmatch={','.join(map(plain, trunk.match or (trunk.host,)))}"]
    if trunk.username:
        lines += [f"[{name}]\ntype=auth\nauth_type=userpass\nusername={plain(trunk.username)}\npassword={_secret(trunk)}"]
    if trunk.registers:
        user = plain(trunk.username)
        lines += [
            f"[{name}]\ntype=registration\n{over}outbound_auth={name}\nserver_uri=sip:{host}\n"
            f"client_uri=sip:{user}@{host}\ncontact_user={user}\nretry_interval=30\nforbidden_retry_interval=300"
        ]
    return "\n".join(lines) + "\n"


def _phone(phone: Phone) -> str:
    name = plain(phone.name)
    if phone.contact:
        return f"[{name}]{_PHONE}transport=udp\nallow=alaw,ulaw\naors={name}\n[{name}]\ntype=aor\ncontact={plain(phone.contact)}\n"
    if not phone.webrtc:
        return (
            f"[{name}]{_PHONE}transport=udp\nrtp_symmetric=yes\nallow=alaw,ulaw\naors={name}\nauth={name}\n"
            f"[{name}]\ntype=auth\nauth_type=md5\nusername={name}\nrealm={REALM}\nmd5_cred={plain(phone.digest)}\n"
            f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n"
        )
    if phone.at_desk:
        account = plain(desk_name(phone.name))
        return f"[{name}]{_PHONE}{_DESK}aors={account}\nauth={account}\n{_desk_phone(phone)}"
    return (
        f"[{name}]{_PHONE}webrtc=yes\ntransport=ws\nallow=opus,alaw,ulaw\naors={name}\nauth={name}\n"
        f"[{name}]\ntype=auth\nauth_type=md5\nusername={name}\nrealm={REALM}\nmd5_cred={plain(phone.digest)}\n"
        f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\n{_desk_phone(phone)}"
    )


def _desk_phone(phone: Phone) -> str:
    """Its account: one that has lost its power is noticed within seconds, and one that is moved registers soon."""
    if not phone.desk_digest:
        return ""
    name = plain(desk_name(phone.name))
    return (
        f"[{name}]{_PHONE}{_DESK}aors={name}\nauth={name}\n"
        f"[{name}]\ntype=auth\nauth_type=md5\nusername={name}\nrealm={REALM}\nmd5_cred={plain(phone.desk_digest)}\n"
        f"[{name}]\ntype=aor\nmax_contacts=1\nremove_existing=yes\nqualify_frequency=15\n"
        "minimum_expiration=30\ndefault_expiration=120\nmaximum_expiration=300\n"
    )


def _secret(trunk: Trunk) -> str:
    """The password of a trunk; an error about it never shows it."""
    try:
        return plain(trunk.password)
    except ValueError:
        raise ValueError(f"the password of {trunk.name!r} cannot stand in a configuration file") from None


def plain(value: str) -> str:
    """A value that stays one value in Asterisk's files; ``ValueError`` for one that could end its line or its section."""
    if not is_plain(value):
        raise ValueError(f"{value!r} cannot stand in a configuration file")
    return value


def _present(installation: Installation) -> list[str]:
    return [name for name in dict.fromkeys(MODULES) if (Path(installation.modules) / f"{name}.so").is_file()]


def _directories(made: Configuration, installation: Installation) -> str:
    home = made.home
    return f"""
[directories]
astetcdir => {home}/etc
astmoddir => {installation.modules}
astvarlibdir => {home}/lib
astdbdir => {home}/db
astkeydir => {home}/lib
astdatadir => {installation.data}
astagidir => {installation.data}/agi-bin
astspooldir => {home}/spool
astrundir => {home}/run
astlogdir => {home}/log
[options]
nofork = yes
maxfiles = 65536
defaultlanguage = en
"""
