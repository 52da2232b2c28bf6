"""From operational tables into the facts: nothing is skipped, nothing comes back, nothing is lost."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import F

from chot.calls.models import Call
from chot.core.errors import InputError
from chot.customers.models import Lead, Order, Ticket
from chot.facts import rejects, store
from chot.facts.folder import open_folder
from chot.facts.importing import import_file
from chot.feed.actions import lease, move
from chot.feed.models import FactChange, Generation, RejectedRow
from chot.people.models import AgentRow, Person, Workday
from chot.quality.models import Exam, Review, Survey
from tests.feed.rows import by_hand, facts, moment, moved, order

ZONE = "Asia/Ho_Chi_Minh"


def test_a_written_row_is_in_the_facts_and_its_change_consumed(data: Path) -> None:
    order("o1")
    assert FactChange.objects.count() == 1
    assert moved(data) == {"o1": ("11-01", 5)}
    assert FactChange.objects.count() == 0
    made = Generation.objects.get()
    assert made.changes == 1 and made.months == {"orders": ["2026-11"]}
    assert move(data) is None


def test_every_table_arrives_with_its_own_columns(data: Path) -> None:
    start = moment("11-01")
    call = Call.objects.create(
        call_id="c1", agent_id="a1", direction="out", started_at=start, answered_at=start + timedelta(seconds=4, microseconds=5),
        outcome="answered", talk_s=60, disposition='said "no",\nthen yes',
    )  # fmt: skip
    Lead.objects.create(lead_id="l1", agent_id="a1", assigned_at=start, stage="won")
    Ticket.objects.create(ticket_id="t1", agent_id="a1", opened_at=start, done_at=start + timedelta(hours=1))
    Survey.objects.create(survey_id="s1", agent_id="a1", kind="csat", score=4, answered_at=start)
    Review.objects.create(review_id="r1", agent_id="a1", score_bp=8000, auto_fail=True, reviewed_at=start)
    Exam.objects.create(exam_id="e1", agent_id="a1", taken_at=start, score_bp=9000)
    Workday.objects.create(agent_id="a1", date=date(2026, 11, 1), scheduled_s=28800, leave="annual")
    Person.objects.create(agent_id="a1", managed_here=True)
    AgentRow.objects.create(agent_id="a1", name="Lan", team_id="t1", plan_role="telesale")
    AgentRow.objects.create(agent_id="a2", name="copied from the facts", team_id="t1")
    moved(data)
    with open_folder(data) as dataset:
        rows = {name: dataset.table(name).to_pylist() for name in dataset.manifests}
    assert {name: len(found) for name, found in rows.items()} == dict.fromkeys(
        ["agents", "calls", "leads", "tickets", "surveys", "reviews", "exams", "workdays"], 1
    )
    assert rows["calls"][0]["answered_at"] == call.answered_at and rows["calls"][0]["customer_id"] is None
    assert rows["calls"][0]["disposition"] == call.disposition
    assert rows["leads"][0]["best_stage"] == "won" and rows["tickets"][0]["status"] == "done"
    assert rows["reviews"][0]["auto_fail"] and rows["reviews"][0]["final"]
    assert (rows["workdays"][0]["scheduled_s"], rows["workdays"][0]["worked_s"], rows["workdays"][0]["leave"]) == (28800, None, "annual")
    assert rows["agents"][0]["role"] == "telesale"


def test_an_agent_who_becomes_edited_here_becomes_the_databases(data: Path) -> None:
    AgentRow.objects.create(agent_id="a1", name="Lan", team_id="t1")
    person = Person.objects.create(agent_id="a1")
    moved(data)
    assert not (data / "agents").exists()
    person.managed_here = True
    person.save()
    moved(data)
    with open_folder(data) as dataset:
        assert [row["name"] for row in dataset.table("agents").to_pylist()] == ["Lan"]


def test_late_edits_deletes_bulk_writes_and_other_months(data: Path) -> None:
    Order.objects.bulk_create(
        [Order(order_id=f"o{n}", agent_id="a1", ordered_at=moment("11-01"), status="confirmed", amount_vnd=n) for n in range(50)]
    )
    assert moved(data) == by_hand()
    Order.objects.filter(amount_vnd__lt=10).update(amount_vnd=F("amount_vnd") + 100)
    Order.objects.filter(order_id="o20").update(ordered_at=moment("10-31"))
    Order.objects.filter(order_id="o21").update(order_id="renamed")
    Order.objects.filter(amount_vnd__gte=45, amount_vnd__lt=100).delete()
    assert moved(data) == by_hand()
    assert len(by_hand()) == 45 and facts(data)["renamed"] == ("11-01", 21) and facts(data)["o20"] == ("10-31", 20)


def test_an_emptied_table_is_emptied_in_the_facts(data: Path) -> None:
    order("o1")
    moved(data)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE customers_order CASCADE")
    order("o2")
    assert moved(data) == {"o2": ("11-01", 5)}


def test_what_is_rolled_back_leaves_no_change(data: Path) -> None:
    with transaction.atomic():
        order("o1")
        transaction.set_rollback(True)
    assert moved(data) == {}


def test_a_transaction_that_commits_late_is_not_skipped(data: Path) -> None:
    """The earlier change commits after a later one was moved."""
    other: Any = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute(
                "INSERT INTO customers_order (order_id, agent_id, customer_id, call_id, ordered_at, status, product)"
                " VALUES ('early', 'a1', '', '', %s, 'confirmed', '')", [moment("11-01")],
            )  # fmt: skip
        order("late")
        assert set(moved(data)) == {"late"}
        other.commit()
        assert set(moved(data)) == {"early", "late"}
    finally:
        other.close()


def test_an_edit_during_a_move_is_moved_by_the_next(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from chot.feed import actions

    order("o1")
    real, other = actions._finish, connection.copy()

    def edited_meanwhile(*given: Any) -> Any:
        with other.cursor() as cursor:  # type: ignore[attr-defined]
            cursor.execute("UPDATE customers_order SET amount_vnd = 77")
        return real(*given)

    monkeypatch.setattr(actions, "_finish", edited_meanwhile)
    move(data)
    assert facts(data) == {"o1": ("11-01", 5)} and FactChange.objects.count() == 1
    monkeypatch.undo()
    assert moved(data) == {"o1": ("11-01", 77)}
    other.close()


def test_two_movers_at_once_move_everything_once(data: Path) -> None:
    failed: list[BaseException] = []

    def mover() -> None:
        try:
            while FactChange.objects.exists():
                move(data)
        except BaseException as error:
            failed.append(error)
        finally:
            connections.close_all()

    for round_ in range(5):
        Order.objects.bulk_create(
            [Order(order_id=f"o{round_}-{n}", agent_id="a1", ordered_at=moment("11-01"), amount_vnd=n) for n in range(20)]
        )
        Order.objects.update(amount_vnd=F("amount_vnd") + 1)
        threads = [threading.Thread(target=mover) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == [] and facts(data) == by_hand()


def test_only_one_holds_the_lease(data: Path) -> None:
    found: list[bool] = []

    def other() -> None:
        with lease() as held:
            found.append(held)
        connections.close_all()

    with lease() as mine:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert mine and found == [False]
    with lease() as again:
        assert again


def test_a_closed_month_keeps_its_files_and_takes_late_rows(data: Path) -> None:
    order("o1", day="10-05")
    moved(data)
    store.protect(data, ["2026-10"])
    frozen = {path: path.read_bytes() for path in data.rglob("*.parquet")}
    order("o2", day="10-06")
    Order.objects.filter(order_id="o1").update(amount_vnd=9)
    assert moved(data) == by_hand() == {"o1": ("10-05", 9), "o2": ("10-06", 5)}
    assert {path: path.read_bytes() for path in frozen} == frozen


def test_a_row_that_the_facts_cannot_hold_is_named_and_comes_when_corrected(data: Path) -> None:
    order("good")
    order("bad", ordered_at=datetime(1800, 1, 1, tzinfo=UTC))
    order(" blank")
    assert set(moved(data)) == {"good"}
    assert [(row.fact_table, row.key, row.column) for row in RejectedRow.objects.all()] == [
        ("orders", " blank", "order_id"), ("orders", "bad", "ordered_at"),
    ]  # fmt: skip
    assert [each.file for each in rejects.pending(data)] == ["application/orders/ blank", "application/orders/bad"]
    Order.objects.filter(order_id="bad").update(ordered_at=moment("11-02"))
    Order.objects.filter(order_id=" blank").update(order_id="blank")
    assert set(moved(data)) == {"good", "bad", "blank"}
    assert not RejectedRow.objects.exists() and list(rejects.pending(data)) == []


def test_imported_rows_stay_and_the_databases_row_wins(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,agent_id,ordered_at,amount_vnd\n" + "".join(f"o{n},a1,2026-11-02T09:00:00+07:00,{n}\n" for n in (1, 2)))
    import_file(path, data, format_name="table", table="orders")
    order("o1", amount=50)
    assert moved(data) == {"o1": ("11-01", 50), "o2": ("11-02", 2)}


def test_a_folder_that_somebody_writes_is_waited_for_and_the_change_stays(data: Path) -> None:
    order("o1")
    with store.writing(data), pytest.raises(InputError):  # after its patience of ten seconds
        move(data)
    assert FactChange.objects.count() == 1
    assert moved(data) == {"o1": ("11-01", 5)}
