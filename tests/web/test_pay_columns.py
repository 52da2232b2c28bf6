"""The table of a run's people fits the page: as many kinds have a column as there is room for, and nothing is lost in the shared one."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from chot.pay import actions_adjustments
from chot.pay.adjusting import Proposal
from chot.pay.models import PayRun
from chot.pay.queries import KINDS, Person
from chot.pay.run_columns import MONEY, kind_columns
from chot.people.models import User
from chot.performance.models import Result
from tests.web.test_pay_runs import SignIn, archive, draft, payroll, second, telesale  # noqa: F401 - fixtures

SIZES = {"bonus": 900, "gate": -800, "commission": 10, "formula": 30, "pool": 20, "guarantee": 700, "adjust": -40, "floor": 5}


def person(amounts: Mapping[str, int], *, carry: int = 0) -> Person:
    lines = [{"id": f"{kind}:1", "kind": kind, "amount_vnd": amount} for kind, amount in amounts.items()]
    return Person(agent_id="a01", name="An", team_id="t1", lines=lines, variable_vnd=sum(amounts.values()), carry_vnd=carry)


def names(columns: list[tuple[str, str]]) -> list[str]:
    return [kind for kind, _title in columns]


def test_each_kind_has_a_column_while_there_is_room() -> None:
    few = {kind: SIZES[kind] for kind in ("bonus", "gate", "commission", "formula", "pool", "guarantee")}
    found = kind_columns([person(few)])
    assert (names(found.own), found.together) == (list(few), []) and len(found.own) == MONEY - 1


def test_the_largest_keep_theirs_in_the_order_of_pay() -> None:
    everybody = person(SIZES)
    found = kind_columns([everybody])
    assert names(found.own) == ["bonus", "gate", "formula", "guarantee", "adjust"] and names(found.together) == ["commission", "pool", "floor"]
    assert found.rest(everybody) == 35 and found.rest(person({"bonus": 1})) == 0
    carried = kind_columns([person(SIZES, carry=-1)])
    assert names(carried.own) == ["bonus", "gate", "guarantee", "adjust"]
    billions = kind_columns([person({kind: size * 2_000_000 for kind, size in SIZES.items()})])
    assert names(billions.own) == ["bonus", "gate", "guarantee", "adjust"]
    assert sorted([*names(carried.own), *names(carried.together)]) == sorted(KINDS)


def test_the_page_adds_up(draft: PayRun, payroll: User, second: User, sign_in: SignIn) -> None:  # noqa: F811
    """A row's columns are its variable pay, and the shared column names what is in it."""
    found = Result.objects.filter(run__plan=draft.plan_id, run__period=draft.period).order_by("agent_id").first()
    assert found
    kinds = {kind: size for kind, size in SIZES.items() if kind not in ("gate", "adjust")}
    found.lines = [{"id": f"{kind}:1", "kind": kind, "amount_vnd": size * 1000} for kind, size in kinds.items()]
    found.variable_vnd, found.carry_vnd = sum(kinds.values()) * 1000, -250_000
    found.save()
    proposed = Proposal(agent_id=found.agent_id, kind="goodwill", amount_vnd=500_000, reason="Vì đã trực đêm")
    actions_adjustments.approve(actions_adjustments.propose(draft, proposed, by=payroll), by=second)
    row = _row(sign_in("payroll"), draft, found.agent_id)
    assert row["Lương biến đổi So với 09/2026"].startswith("1.665.000") and row["Thực trả Điều chỉnh khác"] == "2.165.000 +500.000"
    shared = row["Khoản khác"].split(" ")[0]
    own = [row[head] for head in row if head in ("Thưởng KPI", "Hoa hồng", "Thưởng thêm", "Bù bảo đảm thu nhập")]
    assert sum(int(cell.replace(".", "")) for cell in [shared, *own]) == 1_665_000 and len(own) == 3
    assert "Quỹ chung 20.000" in row["Khoản khác"] and "Nâng lên 0 5.000" in row["Khoản khác"] and row["Chuyển kỳ sau"] == "-250.000"


def _row(client: Client, run: PayRun, agent_id: str) -> dict[str, str]:
    """The cells of a person by the heads of the table."""
    page = client.get(reverse("pay:run", args=[run.pk])).content.decode()
    table = page[page.index('<table class="list cards dense">') :]
    head, *rows = [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]  # fmt: skip
    return next(dict(zip(head, row, strict=True)) for row in rows if f" {agent_id} " in row[0])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_ordinary_run_folds_nothing(draft: PayRun, sign_in: SignIn, language: str) -> None:  # noqa: F811
    page = sign_in("payroll").get(reverse("pay:run", args=[draft.pk]), headers={"accept-language": language})
    assert page.context["columns"].together == [] and page.context["sums"]["rest"] == 0
