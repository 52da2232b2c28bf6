"""Names that are joined in pairs become one: the earliest name of each connected set, in SQL."""

from __future__ import annotations

import duckdb

_MOST_ROUNDS = 32
_SPREAD = """
CREATE OR REPLACE TEMP TABLE spread AS
SELECT edges.a AS key, min(names.label) AS label FROM edges JOIN names ON names.key = edges.b GROUP BY edges.a
"""
_UPDATE = "UPDATE names SET label = spread.label FROM spread WHERE spread.key = names.key AND spread.label < names.label RETURNING 1"
_RESULT = """
CREATE OR REPLACE TEMP TABLE joined AS
SELECT names.key, first.key AS name FROM names JOIN names first ON first.own = names.label WHERE first.own <> names.own
"""


def join_names(base: duckdb.DuckDBPyConnection) -> None:
    """Fill the table ``joined`` (key, name): what every name that is not the earliest of its set becomes.

    Reads ``edges`` (a, b; both ways) and ``names`` (key, own: its rank, label = own). The smallest rank
    spreads along the edges until nothing changes.
    """
    for _ in range(_MOST_ROUNDS):
        base.execute(_SPREAD)
        if not base.execute(_UPDATE).fetchall():
            break
    base.execute(_RESULT)
