"""A real Asterisk as the exchange and another as the carrier; without one the tests say why they are skipped."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from chot.telephony import carrier
from chot.telephony.ari import Ari
from chot.telephony.configuration import APP, Configuration, load
from chot.telephony.exchange import Exchange
from chot.telephony.installation import Installation, find
from tests.house.sources import ROOT


@pytest.fixture(scope="session")
def asterisk() -> Installation:
    """The Asterisk that ``make test`` fetched."""
    found = find(Path(os.environ.get("CHOT_TEST_TELEPHONY", ROOT / ".venv" / "telephony")))
    if not found:
        pytest.skip("no Asterisk: `make test` fetches one where apt offers it (chot telephony install --var .venv/telephony)")
    return found


@dataclass(frozen=True)
class Network:
    """Two Asterisks with a SIP line between them."""

    exchange: Exchange
    carrier: Exchange

    @property
    def made(self) -> Configuration:
        """The exchange's configuration."""
        return self.exchange.configuration


@asynccontextmanager
async def network(asterisk: Installation) -> AsyncIterator[Network]:
    """An exchange with three phones (``tone``, ``echo``, ``silent``: rings and is never answered) and the carrier, for one test."""
    with tempfile.TemporaryDirectory(prefix="chot-") as folder:
        var = Path(folder)
        made = load(var / "exchange", var / "recordings" / "incoming")
        lines, made = carrier.configuration(var, made)
        phones = (
            carrier.desk_phone(lines, "tone", "tone"),
            carrier.desk_phone(lines, "echo", "echo"),
            carrier.desk_phone(lines, "silent", "0900000003"),
            carrier.desk_phone(lines, "busy", "0900000000"),
        )
        both = Network(Exchange(replace(made, phones=phones), asterisk), Exchange(lines, asterisk))
        try:
            await both.carrier.start()
            await both.exchange.start()
            yield both
        finally:
            await both.exchange.stop()
            await both.carrier.stop()


def client(made: Configuration, app: str = APP) -> Ari:
    """An ARI client of an exchange."""
    return Ari(made.ari, APP, made.ari_password, app)
