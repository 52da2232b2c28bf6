"""TLS and SRTP towards a carrier that has a certificate of its own, and may be asked to encrypt voice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chot.core.messages import Dial, SetTrunks, TrunkAccount
from chot.core.sip import trusts
from chot.telephony import carrier
from chot.telephony.configuration import Configuration, Tls, Trunk, free_ports, with_trunk
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation
from tests.telephony.conftest import Station, station
from tests.telephony.test_calls import TONE, _loudest_hz

DAY = timedelta(days=1)


def _certificate(name: str, key: ec.EllipticCurvePrivateKey, *, by: ec.EllipticCurvePrivateKey, issuer: str, address: str = "") -> x509.Certificate:
    called = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, issuer)]
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(called[0]).issuer_name(called[1]).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
    made = made.add_extension(x509.BasicConstraints(ca=not address, path_length=None), critical=True)
    if address:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
    return made.sign(by, hashes.SHA256())


def _pem(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _authority(name: str) -> tuple[ec.EllipticCurvePrivateKey, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _pem(_certificate(name, key, by=key, issuer=name))


async def _encrypting(at: Station, asterisk: Installation, folder: Path) -> str:
    """The carrier starts again with a certificate, able to encrypt; who signs it."""
    signer, ca = _authority("carrier's CA")
    key = ec.generate_private_key(ec.SECP256R1())
    shown = _certificate("carrier", key, by=signer, issuer="carrier's CA", address=carrier.ADDRESS)
    (folder / "cert.pem").write_text(_pem(shown))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    await at.network.carrier.stop()
    made = at.network.carrier.configuration
    tls = Tls(certificate=str(folder / "cert.pem"), key=str(folder / "key.pem"), port=free_ports(made.address).http)
    at.network.carrier = Exchange(replace(_line(at, "optional"), tls=tls), asterisk)
    await at.network.carrier.start()
    return ca


def _line(at: Station, srtp: str) -> Configuration:
    """The carrier with its line to the exchange."""
    line = Trunk(name=carrier.EXCHANGE, host=at.network.made.address, port=at.network.made.ports.sip, transport="any", srtp=srtp)
    return with_trunk(at.network.carrier.configuration, line)


async def _offers(at: Station) -> str:
    """How voice was offered in the last INVITE that the carrier got over TLS."""
    text = (at.network.carrier.configuration.home / "log" / "sip.log").read_text(errors="replace")
    return text[text.rindex("INVITE sip:0912") :].partition("m=audio")[2][:900]


async def _talked(at: Station, call_id: str) -> dict:
    await at.send(Dial(call_id=call_id, seat=TONE, number="0912000022", caller_id="02471234567"))
    return await at.told(call_id, "call_ended")


def test_calls_over_tls_are_encrypted_and_a_wrong_certificate_is_refused(asterisk: Installation, database: str, tmp_path: Path) -> None:
    """Trusting somebody else: no call, and the trunk says why. Trusting the carrier's CA: a call with what was said. Without SRTP: no call."""

    async def whole() -> None:
        async with station(asterisk, database, start=False) as at:
            ca = await _encrypting(at, asterisk, tmp_path)
            made = at.network.carrier.configuration
            assert made.tls
            await at.start()
            for command in ("pjsip set logger on", "pjsip set logger verbose on", "logger add channel sip.log verbose(1)"):
                await at.network.carrier.console(command)
            trunk = TrunkAccount(name="safe", host=made.address, port=made.tls.port, transport="tls", srtp="required", ca=_authority("another")[1])
            assert await at.outcome(await at.send(SetTrunks(version=1, trunks=(trunk,)))) == "done"
            told = await at.told("", "trunk_changed", trunk="safe", state="untrusted")
            assert "issuer" in told["detail"]
            assert (await _talked(at, f"{at.name}-1"))["outcome"] == "failed"
            assert await at.outcome(await at.send(SetTrunks(version=2, trunks=(replace(trunk, ca=ca),)))) == "done"
            await at.told("", "trunk_changed", trunk="safe", state="reachable")
            assert (await _talked(at, f"{at.name}-2"))["outcome"] == "answered"
            recorded = await at.told(f"{at.name}-2", "recording_stopped")
            assert abs(_loudest_hz(Path(recorded["customer"])) - 440) < 3
            assert "RTP/SAVP" in await _offers(at) and "a=crypto:" in await _offers(at)
            await at.network.carrier.apply(_line(at, "off"))
            refused = await _talked(at, f"{at.name}-3")
            assert (refused["outcome"], refused["sip_status"]) == ("failed", 488), "required means required"
            assert await at.outcome(await at.send(SetTrunks(version=3, trunks=(replace(trunk, ca=ca, srtp="optional"),)))) == "done"
            assert (await _talked(at, f"{at.name}-4"))["outcome"] == "answered"
            assert await at.left_over() == (0, 0)

    asyncio.run(whole())


def test_what_is_no_certificate_trusts_nobody() -> None:
    assert trusts(_authority("one")[1]) and not trusts("-----BEGIN CERTIFICATE-----\nnot\n-----END CERTIFICATE-----\n")
