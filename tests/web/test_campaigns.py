"""Campaigns side by side: every number is that of SQL written by hand over the files, and opens to its rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from chot.core.periods import between
from chot.facts import manifest
from chot.kpi.measures import CUT
from chot.people.models import AgentRow, User
from chot.people.queries import team_of
from chot.performance import measured_once
from chot.performance.campaign_charts import LEAST_CALLS
from chot.performance.figures_shown import CAMPAIGN
from chot.performance.workplace import workplace

SignIn = Callable[[str], Client]
OCTOBER = {"first": "2026-10-01", "last": "2026-10-31"}
DAYS = between(date(2026, 10, 1), date(2026, 10, 31))
URL, ROWS = "/reports/campaigns", "/reports/rows"
SPOKEN = "direction = 'out' AND outcome = 'answered' AND disposition IS NOT NULL AND disposition NOT IN ('wrong_number', 'voicemail')"
BY_HAND = f"""
WITH c AS (SELECT * FROM calls WHERE local_date BETWEEN '2026-10-01' AND '2026-10-31' AND campaign_id IS NOT NULL AND campaign_id <> ''),
     o AS (SELECT o.*, k.campaign_id FROM orders o JOIN calls k USING (call_id)
           WHERE o.local_date BETWEEN '2026-10-01' AND '2026-10-31' AND o.status IN ('confirmed', 'completed') AND k.campaign_id <> '')
SELECT campaign_id, count(*) FILTER (direction = 'out'), count(*) FILTER (direction = 'out' AND outcome = 'answered'),
       count(*) FILTER ({SPOKEN}), count(*) FILTER ({SPOKEN} AND talk_s >= 30),
       (SELECT count(*) FROM o WHERE o.campaign_id = c.campaign_id), (SELECT coalesce(sum(amount_vnd), 0) FROM o WHERE o.campaign_id = c.campaign_id),
       coalesce(sum(talk_s) FILTER (direction = 'out' AND outcome = 'answered'), 0),
       coalesce(sum(charge_vnd) FILTER (direction = 'out'), 0), count(DISTINCT agent_id) FILTER (direction = 'out')
FROM c GROUP BY campaign_id
"""


def _by_hand(sql: str) -> list[tuple[Any, ...]]:
    data = Path(settings.VAR) / "data"
    base = duckdb.connect()
    for table in ("calls", "orders"):
        known = manifest.read(data / table)
        assert known is not None
        base.read_parquet([str(data / table / part.path) for part in known.files], union_by_name=True).create_view(table)
    return base.execute(sql).fetchall()


def test_every_number_is_what_sql_by_hand_says(sign_in: SignIn) -> None:
    """Figures and agents of each campaign, the rates as exact fractions of them, and all campaigns together."""
    context = sign_in("manager").get(URL, OCTOBER).context
    lines = [line["campaign"] for line in context["lines"]]
    expected = {row[0]: row[1:] for row in _by_hand(BY_HAND)}
    assert {each.name: (*each.values.values(), each.agents) for each in lines} == expected and len(lines) > 2
    for each in lines:
        calls, answered, right, _talked, orders, revenue, _talk, charge, _agents = expected[each.name]
        assert each.rates == {
            "contact_rate": Fraction(answered, calls), "right_party_rate": Fraction(right, answered), "conversion": Fraction(orders, answered),
            "average_order": Fraction(revenue, orders), "charge_per_order": Fraction(charge, orders), "return": Fraction(revenue, charge),
        }  # fmt: skip
    assert list(context["whole"]["campaign"].values.values()) == [sum(column) for column in zip(*expected.values(), strict=True)][:-1]


def test_the_page_looks_at_the_facts_twice(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who called for campaigns, and their figures by day and hour, of which days, hours and what they come to are the sums."""
    looked: list[tuple[str, str]] = []
    look = measured_once.measure_cut

    def told(*given: Any, **named: Any) -> Any:
        looked.append((named["grain"], named["cut"]))
        return look(*given, **named)

    monkeypatch.setattr(measured_once, "measure_cut", told)
    cache.clear()
    client = sign_in("manager")
    lines = client.get(URL, OCTOBER).context["lines"]
    assert sorted(looked) == [("agent", "campaign"), ("company", "campaign_day_hour")]
    with workplace() as work:
        whole = work.facts.measure_cut([each.measure for each in CAMPAIGN], DAYS, grain="company", cut="campaign")
    assert {f"company{CUT}{line['campaign'].name}" for line in lines} == set(whole.keys)
    for line in lines:
        name = f"company{CUT}{line['campaign'].name}"
        assert list(line["campaign"].values.values()) == [whole.get(name, each.measure.name) for each in CAMPAIGN]
    client.get(URL, OCTOBER)
    assert len(looked) == 2


def test_every_number_opens_to_its_rows(sign_in: SignIn) -> None:
    """As many rows, or rows that add up to as much; the agents open to a report with as many lines."""
    client = sign_in("manager")
    line = client.get(URL, OCTOBER).context["lines"][0]
    units = {each.name: each for each in CAMPAIGN}
    opened = [cell["url"] for cell in line["cells"] if cell["url"]]
    assert len(opened) == len(CAMPAIGN)
    for url, (name, value) in zip(opened, line["campaign"].values.items(), strict=True):
        page = client.get(url).context["page"]
        assert page.value == value, name
        assert units[name].measure.kind == "sum" or page.count == value
    report = client.get(line["agents_url"]).context
    assert len(report["lines"]) == line["campaign"].agents
    assert sum(each.values[0] for each, _cells in report["lines"]) <= line["campaign"].values["calls_out"]
    first, cells = report["lines"][0]
    assert client.get(f"{ROWS}?{cells[0][1]}").context["page"].count == first.values[0]


def test_trend_funnel_and_hours_are_of_the_campaigns_compared(sign_in: SignIn) -> None:
    """Days and hours add up to the campaign, and their points open to as many rows."""
    client = sign_in("manager")
    names = [line["campaign"].name for line in client.get(URL, OCTOBER).context["lines"]]
    context = client.get(URL, {**OCTOBER, "campaign": [names[-1], names[0]], "what": "orders"}).context
    compared = {each.name: each for each in context["chosen"]}
    assert list(compared) == [names[0], names[-1]]
    titled = {each.title: each for each in context["chosen"]}
    for series in context["trend"]["series"]:
        assert sum(point["value"] for point in series["data"]) == titled[series["name"]].values["orders"]
    point = next(point for point in context["trend"]["series"][0]["data"] if point["value"])
    assert client.get(point["url"]).context["page"].count == point["value"]
    assert [[cell["number"] for cell in row["cells"]] for row in context["steps"]][1] == [each.values["answered_out"] for each in compared.values()]
    hours = _by_hand(f"""
        SELECT 100 * isodow(local_date) + extract(hour FROM started_at AT TIME ZONE 'Asia/Ho_Chi_Minh') AS part, count(*) FILTER (outcome = 'answered'), count(*)
        FROM calls WHERE direction = 'out' AND campaign_id = '{names[0]}' AND local_date BETWEEN '2026-10-01' AND '2026-10-31'
        GROUP BY 1 HAVING count(*) >= {LEAST_CALLS} ORDER BY 1""")
    cells = [cell for _day, line in context["heats"][0]["rows"] for cell in line if cell.value is not None]
    assert [cell.value for cell in cells] == [Fraction(answered, calls) for _part, answered, calls in hours] and cells
    assert client.get(cells[0].url).context["page"].count == hours[0][2]


def test_a_leader_sees_calls_of_the_own_team(sign_in: SignIn, agent: str) -> None:
    """No more than the company's, and nobody else's team; a team's page takes as many queries as the company's."""
    leader = next(user.username for user in User.objects.filter(role="leader") if team_of(user.agent_id) == team_of(agent))
    whole = {line["campaign"].name: line["campaign"] for line in sign_in("manager").get(URL, OCTOBER).context["lines"]}
    client = sign_in(leader)
    own = {line["campaign"].name: line["campaign"] for line in client.get(URL, OCTOBER).context["lines"]}
    assert own and all(each.values["calls_out"] <= whole[name].values["calls_out"] for name, each in own.items())
    assert sum(each.values["calls_out"] for each in own.values()) < sum(each.values["calls_out"] for each in whole.values())
    other = next(row.agent_id for row in AgentRow.objects.all() if team_of(row.agent_id) not in ("", team_of(agent)))
    assert client.get(URL, {**OCTOBER, "team": team_of(other)}).status_code == 403
    counts = []
    for who in (leader, "manager"):
        again = sign_in(who)
        with CaptureQueriesContext(connection) as asked:
            again.get(URL, OCTOBER)
        counts.append(len(asked))
    assert abs(counts[0] - counts[1]) <= 3  # the leader's own team is looked up


def test_files_hold_what_the_page_shows(sign_in: SignIn) -> None:
    """CSV in exact numbers, a workbook, and paper with every campaign; days without calls are no error."""
    client = sign_in("manager")
    lines = [line["campaign"] for line in client.get(URL, OCTOBER).context["lines"]]
    rows = list(csv.reader(io.StringIO(client.get(URL, {**OCTOBER, "export": "csv"}).content.decode("utf-8-sig"))))
    width = 4 + len(CAMPAIGN)
    assert [[row[2], *map(int, row[3:width])] for row in rows[1:]] == [[each.title, each.agents, *each.values.values()] for each in lines]
    assert client.get(URL, {**OCTOBER, "export": "xlsx"}).content.startswith(b"PK")
    paper = client.get(URL, {**OCTOBER, "export": "pdf"})
    said = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(paper.content)).pages)
    assert all(word in said for each in lines for word in each.title.split())
    empty = client.get(URL, {"first": "2020-01-01", "last": "2020-01-02"})
    assert empty.status_code == 200 and not empty.context["lines"] and "chosen" not in empty.context
