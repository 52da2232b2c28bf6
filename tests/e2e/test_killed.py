"""A real `chot up`, and `kill -9` of its web, worker and database at the worst moments: nothing lost, nothing doubled, no hands needed."""

from __future__ import annotations

import csv
import html
import io
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from chot.facts.folder import open_folder
from chot.facts.overview import overview
from tests.e2e.breaking import kill, postmaster, processes, rows, until
from tests.e2e.conftest import Application, free_port
from tests.e2e.visiting import Visitor
from tests.made_once import copied

pytestmark = pytest.mark.slow
ROWS = 60_000


@pytest.fixture(scope="module")
def installation(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """An application that only this module breaks."""
    running = Application(copied(company, tmp_path_factory.mktemp("killed") / "var"), free_port())
    running.start()
    yield running
    running.stop()


def announced(running: Application, kind: str) -> int:
    """The announced plan of that kind which pays October."""
    question = "SELECT id FROM performance_planversion WHERE state = 'announced' AND plan_id LIKE %s AND starts <= '2026-10-01' AND ends >= '2026-10-31'"
    [[plan]] = rows(running, question, f"{kind}%")
    return int(plan)


def orders(running: Application) -> int:
    with open_folder(running.var / "data") as dataset:
        return next(view.rows for view in overview(dataset) if view.name == "orders")


def order_file() -> bytes:
    lines = ["Mã đơn;Nhân viên;Ngày đặt;Giờ;Thành tiền;Trạng thái"]
    lines += [f"KILL-{number};a03;{1 + number % 28:02}/10/2026;09:{number % 60:02};{100_000 + number};Hoàn thành" for number in range(ROWS)]
    return ("\n".join(lines) + "\n").encode()


def started(running: Application) -> tuple[Visitor, int]:
    """An import that the worker is about to do."""
    manager = Visitor(running.address, "manager")
    status, _ = manager.post("/facts/upload", {}, form="/facts", file=("don-hang.csv", order_file()))
    assert status == 200
    [[number, mapping]] = rows(running, "SELECT id, mapping FROM performance_upload ORDER BY id DESC LIMIT 1")
    status, _ = manager.post(f"/facts/uploads/{number}/start", {"does": "start", "mapping": mapping}, form=f"/facts/uploads/{number}")
    assert status == 200
    return manager, number


def test_worker_and_database_killed_during_an_import(installation: Application) -> None:
    before = orders(installation)
    _, upload = started(installation)
    state = "SELECT state, report FROM performance_upload WHERE id = %s"
    job = "SELECT status::text FROM procrastinate_jobs WHERE task_name LIKE '%%import_upload' AND (args->>'upload')::int = %s"
    until(lambda: rows(installation, job, upload)[0][0] == "doing", "the worker has begun")
    kill(processes(installation, "worker"))
    assert rows(installation, state, upload)[0][0] == "reading"
    old = postmaster(installation)
    old.kill()
    until(lambda: postmaster(installation).pid != old.pid and rows(installation, "SELECT 1"), "the database runs again")
    until(lambda: processes(installation, "worker"), "a worker runs again")
    until(lambda: rows(installation, state, upload)[0][0] != "reading", "the import is through")
    [[ended, report]] = rows(installation, state, upload)
    assert ended == "done" and (report["rows"], report["rejected"]) == (ROWS, 0)
    assert orders(installation) == before + ROWS
    noted = rows(installation, "SELECT action FROM people_auditentry WHERE subject = %s ORDER BY id", f"upload:{upload}")
    assert [each[0] for each in noted] == ["facts.uploaded", "facts.import_started", "facts.import_done"]
    until(installation.answers, "the pages answer")


def test_web_killed_while_a_period_is_closed(installation: Application) -> None:
    """Whatever the moment, the period ends closed, once, with the figures that were reviewed, and by whoever closed it."""
    payroll, second = Visitor(installation.address, "payroll"), Visitor(installation.address, "payroll2")
    plan = announced(installation, "telesale")
    assert payroll.post("/pay/prepare", {"plan": str(plan), "period": "2026-10"}, form="/pay")[0] == 200
    made = "SELECT id, total_vnd FROM pay_payrun WHERE plan_id = %s AND period = '2026-10' AND state = 'draft' AND run_id != ''"
    until(lambda: rows(installation, made, plan), "the draft is computed")
    [[run, total]] = rows(installation, made, plan)
    assert payroll.post(f"/pay/{run}/submit", {}, form=f"/pay/{run}")[0] == 200
    reviewed = {"state": "review", "total": total}
    assert dict(zip(reviewed, rows(installation, "SELECT state, total_vnd FROM pay_payrun WHERE id = %s", run)[0], strict=True)) == reviewed

    def close() -> None:
        with suppress(OSError):  # the connection dies with its process
            second.post(f"/pay/{run}/close", {"accept": "on", "accepted_because": "thử"}, form=f"/pay/{run}")

    closing = threading.Thread(target=close)
    closing.start()
    until(lambda: rows(installation, "SELECT state FROM pay_payrun WHERE id = %s", run)[0][0] in ("closing", "closed"), "closing has begun")
    kill(processes(installation, "web"))
    closing.join()
    until(lambda: rows(installation, "SELECT state FROM pay_payrun WHERE id = %s", run)[0][0] == "closed", "the period is closed")
    found = rows(
        installation,
        "SELECT r.total_vnd, u.username, count(e.id), count(DISTINCT e.agent_id), sum(e.variable_vnd) FROM pay_payrun r "
        "JOIN people_user u ON u.id = r.closed_by_id JOIN pay_payentry e ON e.run_id = r.id WHERE r.id = %s GROUP BY 1, 2", run,
    )  # fmt: skip
    [[paid, by, entries, people, booked]] = found
    assert (paid, by, booked) == (total, "payroll2", total) and entries == people > 0
    noted = rows(installation, "SELECT action, count(*) FROM people_auditentry WHERE subject = %s GROUP BY 1", f"pay_run:{run}")
    assert (dict(noted)["pay.closing"], dict(noted)["pay.closed"]) == (1, 1)
    assert [each.name for each in (installation.var / "data" / "runs").glob(".*.*") if each.is_dir()] == []


def test_web_killed_during_exports(installation: Application) -> None:
    """A broken download is broken, never a shorter table that looks whole; the next one is whole. Nobody is refused meanwhile."""
    payroll = Visitor(installation.address, "payroll")
    [[run]] = rows(installation, "SELECT id FROM pay_payrun ORDER BY id LIMIT 1")
    whole = payroll.get(f"/pay/{run}/lines.csv")[1]
    answers: list[str] = []

    def download() -> None:
        try:
            status, text = payroll.get(f"/pay/{run}/lines.csv")
            answers.append(text if status == 200 else f"status {status}")
        except OSError:
            answers.append("broken")

    for _round in range(2):
        thread = threading.Thread(target=download)
        thread.start()
        time.sleep(0.03)
        kill(processes(installation, "web"))
        thread.join()
        until(lambda: len(processes(installation, "web")) > 0, "web processes")
    assert set(answers) <= {whole, "broken"}
    status, text = payroll.get(f"/pay/{run}/lines.csv")  # waits in the socket until a process takes it
    assert (status, text) == (200, whole) and len(list(csv.reader(io.StringIO(whole), delimiter=";"))) > 1


def test_database_killed_while_a_plan_is_announced(installation: Application) -> None:
    """Announced to everyone or to nobody."""
    manager = Visitor(installation.address, "manager")
    source = announced(installation, "cskh")
    found = re.search(r'<textarea[^>]*name="text"[^>]*>(.*?)</textarea>', manager.get(f"/plans/new?from={source}")[1], re.DOTALL)
    assert found
    text = html.unescape(found[1]).strip() + "\n"
    assert manager.post("/plans/new", {"base": "", "text": text}, form="/plans/new")[0] == 200
    [[plan, state]] = rows(installation, "SELECT id, state FROM performance_planversion ORDER BY id DESC LIMIT 1")
    assert state == "draft"

    def announce() -> None:
        with suppress(OSError):
            manager.post(f"/plans/{plan}/announce", {"override": "thử"}, form=f"/plans/{plan}")

    thread = threading.Thread(target=announce)
    thread.start()
    writing = "SELECT 1 FROM pg_stat_activity WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND query ~ 'INSERT|UPDATE' AND query ~ %s"
    until(lambda: not thread.is_alive() or rows(installation, writing, "planversion|acknowledgement|notification|auditentry"), "announcing has begun")
    old = postmaster(installation)
    old.kill()
    thread.join()
    until(lambda: postmaster(installation).pid != old.pid and rows(installation, "SELECT 1"), "the database runs again")
    [[state, told]] = rows(
        installation,
        "SELECT p.state, (SELECT count(*) FROM performance_acknowledgement a WHERE a.plan_id = p.id) FROM performance_planversion p WHERE p.id = %s",
        plan,
    )
    assert (state == "announced") == (told > 0)
    until(lambda: manager.get("/plans")[0] == 200, "the pages answer")


def test_everything_killed_and_started_again(installation: Application) -> None:
    """As after a power cut: `chot up` and the database gone at once; nothing stays behind, and a plain start goes on."""
    counted = "SELECT (SELECT count(*) FROM people_auditentry), (SELECT count(*) FROM pay_payentry), (SELECT count(*) FROM performance_result)"
    before = rows(installation, counted)
    assert installation.process
    children = psutil.Process(installation.process.pid).children()
    database = postmaster(installation)
    os.kill(installation.process.pid, signal.SIGKILL)
    database.kill()
    installation.process.wait(30)
    _, alive = psutil.wait_procs(children, timeout=40)
    assert alive == []
    installation.start()
    assert rows(installation, counted)[0][1:] == before[0][1:] and rows(installation, counted)[0][0] >= before[0][0]
    auditor = Visitor(installation.address, "auditor")
    status, page = auditor.get("/audit/check")
    assert status == 200 and 'class="notice success"' in page
    installation.stop()
    assert installation.process.returncode == 0
    left = subprocess.run(["pgrep", "-f", str(installation.var)], capture_output=True, text=True, check=False).stdout.split()
    assert left == []
