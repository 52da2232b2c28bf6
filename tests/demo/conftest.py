"""The default demo company, made once for all tests of this room."""

from __future__ import annotations

import pyarrow as pa
import pytest

from chot.demo.settings import Settings
from chot.demo.tables import tables
from chot.demo.world import World, happen


@pytest.fixture(scope="session")
def world() -> World:
    return happen(Settings())


@pytest.fixture(scope="session")
def facts(world: World) -> dict[str, pa.Table]:
    return {name: make() for name, make in tables(world).items()}
