"""One month's measures elsewhere: PostgreSQL through Chốt's own engine, and pandas by hand for the calls.

Wall-clock seconds, for PostgreSQL works in processes of its own; loading and measuring are told apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from many_facts import Files

from chot.core.periods import Period
from chot.facts.engines.registry import open_engine
from chot.facts.source import FolderFacts
from chot.kpi.catalogue import METRICS
from chot.kpi.measures import Measured
from chot.kpi.values import measures_of


def main(folder: Path, period: Period) -> None:
    """Print a line for each; the numbers of PostgreSQL and pandas must be DuckDB's."""
    print(f"\none month ({period}), wall-clock seconds")
    duck = _engine("duckdb", folder, period)
    postgres = _engine("postgres", folder, period)
    if (duck.keys, _lists(duck)) != (postgres.keys, _lists(postgres)):
        raise SystemExit("PostgreSQL and DuckDB differ")
    _pandas(folder, period, duck)


def _engine(name: str, folder: Path, period: Period) -> Measured:
    dataset = Files(folder)
    with FolderFacts(dataset, open_engine(name, dataset)) as facts:
        measures = measures_of(list(METRICS.values()))
        first, measured = _timed(lambda: facts.measure(measures, period))
        again, _ = _timed(lambda: facts.measure(measures, period))
    print(f"  {name:10} every measure {again:8.2f}   the first time, with loading {first:8.2f}")
    return measured


def _pandas(folder: Path, period: Period, duck: Measured) -> None:
    try:
        import pandas
    except ModuleNotFoundError:
        print("  pandas     is not installed: pip install pandas")
        return
    columns = ["agent_id", "customer_id", "direction", "outcome", "wait_s", "talk_s", "hold_s", "wrap_s", "fields_collected", "charge_vnd"]
    path = folder / "calls" / f"month={period}"
    loading, calls = _timed(lambda: pandas.read_parquet(path, columns=columns))
    measuring, found = _timed(lambda: _calls_by_hand(calls))
    for name in found.columns:
        wrong = [key for key, number in found[name].items() if number == number and int(number) != duck.get(key, name)]
        if wrong:
            raise SystemExit(f"pandas and DuckDB differ in {name} of {len(wrong)} agents")
    print(f"  {'pandas':10} calls only    {measuring:8.2f}   loading them {loading:8.2f}")


def _calls_by_hand(calls: Any) -> Any:
    contact = calls["direction"].isin(["in", "out"])
    answered = contact & (calls["outcome"] == "answered")
    into, out = calls["direction"] == "in", calls["direction"] == "out"
    abandoned = into & (calls["outcome"] == "abandoned")
    flags = {
        "answered_calls": answered, "outbound_calls": out, "inbound_calls": into, "answered_outbound": answered & out,
        "answered_inbound": answered & into, "abandoned_calls": abandoned, "quick_answers": answered & into & (calls["wait_s"] <= 20),
        "missed_calls": into & calls["outcome"].isin(["no_answer", "abandoned"]), "waited_abandons": abandoned & (calls["wait_s"] > 5),
        "successful_calls_30s_1f": answered & (calls["talk_s"] >= 30) & (calls["fields_collected"] >= 1),
    }  # fmt: skip
    sums = {
        "answered_talk_s": (answered, "talk_s"), "outbound_talk_s": (answered & out, "talk_s"),
        "inbound_talk_s": (answered & into, "talk_s"),
        "answered_hold_s": (answered, "hold_s"), "answered_wrap_s": (answered, "wrap_s"), "all_talk_s": (contact, "talk_s"),
        "all_hold_s": (contact, "hold_s"), "all_wrap_s": (contact, "wrap_s"), "outbound_charge": (out, "charge_vnd"),
    }  # fmt: skip
    wide = calls[["agent_id"]].assign(**flags, **{name: calls[column].where(flag, 0) for name, (flag, column) in sums.items()})
    reached = calls[answered & out].groupby("agent_id")["customer_id"].nunique()
    return wide.groupby("agent_id").sum().join(reached.rename("reached_customers"))


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def _lists(measured: Measured) -> dict[str, list[int]]:
    return {name: list(column) for name, column in measured.columns.items()}
