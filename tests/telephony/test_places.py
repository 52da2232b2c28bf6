"""An exchange behind a router: what it tells carriers beyond it, and browsers; settings that are no addresses are named."""

from __future__ import annotations

import asyncio
import socket
import tempfile
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from chot.core.errors import InputError
from chot.telephony.configuration import APP, Configuration, Trunk, load
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation
from chot.telephony.places import Places, from_settings

PUBLIC, FAR = "203.0.113.7", "127.0.0.20"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"CHOT_SIP_ADDRESS": "tổng đài"}, "CHOT_SIP_ADDRESS: “tổng đài” is no address"),
        ({"CHOT_SIP_ADDRESS": "0.0.0.0", "CHOT_PUBLIC_ADDRESS": "203.0.113"}, "CHOT_PUBLIC_ADDRESS: “203.0.113” is no address"),
        ({"CHOT_LOCAL_NETS": "10.0.0.0/8,10.1"}, "CHOT_LOCAL_NETS: “10.1” is no address"),
        ({"CHOT_PUBLIC_ADDRESS": PUBLIC}, "CHOT_PUBLIC_ADDRESS is set, but SIP listens on this machine only"),
    ],
)
def test_a_setting_that_is_no_address_is_named(settings: dict[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        from_settings(settings)
    assert caught.value.problems[0].what == said and caught.value.problems[0].fix


def test_without_settings_only_this_machine_is_listened_to() -> None:
    assert from_settings({}) == Places(address="127.0.0.1", public="", local_nets=())
    nets = from_settings({"CHOT_SIP_ADDRESS": "0.0.0.0", "CHOT_PUBLIC_ADDRESS": PUBLIC}).local_nets
    assert nets == ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


async def dial(made: Configuration, endpoint: str) -> None:
    headers = {"Authorization": aiohttp.encode_basic_auth(APP, made.ari_password)}
    asked = {"endpoint": endpoint, "context": "chot-from-phone", "extension": "1", "callerId": "02471234567"}
    async with aiohttp.ClientSession(headers=headers) as session, session.post(f"{made.ari}/channels", params=asked) as answer:
        assert answer.status == 200, await answer.text()


def test_a_carrier_beyond_the_router_is_told_the_public_address(asterisk: Installation) -> None:
    """The INVITE as it arrives at a socket whose address counts as outside here."""

    async def invited() -> str:
        with tempfile.TemporaryDirectory(prefix="chot-") as folder, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as carrier:
            carrier.bind((FAR, 0))
            carrier.setblocking(False)
            places = Places(address="0.0.0.0", public=PUBLIC, local_nets=("127.0.0.1/32",))
            made = load(Path(folder) / "exchange", Path(folder) / "recordings", places=places)
            trunk = Trunk(name="far", host=FAR, port=carrier.getsockname()[1])
            exchange = Exchange(replace(made, trunks=(trunk,)), asterisk)
            await exchange.start()
            try:
                await dial(exchange.configuration, "PJSIP/0912345678@far")
                async with asyncio.timeout(10):
                    while True:
                        text = (await asyncio.get_running_loop().sock_recv(carrier, 65536)).decode()
                        if text.startswith("INVITE"):
                            return text
            finally:
                await exchange.stop()

    text = asyncio.run(invited())
    assert f"c=IN IP4 {PUBLIC}\r\n" in text
    for header in ("Via", "Contact"):
        line = next(line for line in text.split("\r\n") if line.startswith(f"{header}:"))
        assert PUBLIC in line and "127.0.0.1" not in line, line
