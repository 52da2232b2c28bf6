"""The importer takes every demo row in, and works out the same days as the demo did."""

from __future__ import annotations

import pyarrow as pa
import pytest

from chot.facts.intake import LINE, conform
from chot.kpi.schema import TABLES


@pytest.mark.parametrize("name", TABLES)
def test_intake_rejects_nothing_and_agrees_on_every_cell(facts: dict[str, pa.Table], name: str) -> None:
    table = TABLES[name]
    given = facts[name].slice(0, 20_000).combine_chunks()
    cells = {column: given.column(column) for column in table.names}
    rows, rejects = conform(table, cells, range(1, given.num_rows + 1))
    assert rejects == []
    assert rows.drop_columns([LINE]).equals(given)
