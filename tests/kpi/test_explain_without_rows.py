"""A statement without its rows: what a page of all lines shows, for which no row is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from chot.kpi import explain
from chot.kpi.explanation_json import document
from tests.kpi import company
from tests.kpi.test_explain import close, late, opened


@pytest.mark.parametrize("agent", ["a01", "a02", "a03"])
def test_without_rows_it_is_the_same_statement_and_reads_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agent: str) -> None:
    """Lines of every kind and corrections of a closed period: only what is behind them is left out."""
    company.build_full(tmp_path)
    close(tmp_path, "2026-10")
    late(tmp_path)
    with opened(tmp_path, "2026-11") as found:
        whole = document(explain.explain(found, agent_id=agent))
        monkeypatch.setattr(type(found.facts), "rows", None)
        monkeypatch.setattr(type(found.facts), "measure", None)
        bare = document(explain.explain(found, agent_id=agent, rows=False))
    for line in whole["lines"]:
        line["inputs"] = [{**each, "measures": []} for each in line["inputs"]]
        if line["kind"] == "adjust":
            line["steps"] = [step for step in line["steps"] if not step["name"].startswith("now_")]
            line["changes"] = []
    assert bare == whole
    assert "adjust" in {line["kind"] for line in bare["lines"]}
