"""A closing that is killed, or done by two at once: one closed run, and the figures that were reviewed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.made_once import copied, environment, running
from tests.web.conftest import TODAY

pytestmark = pytest.mark.slow

_BEGIN = """
import json, os, signal, sys, threading, time
import django
django.setup()
from django.db import connection
from chot.facts import runs
from chot.facts.runs import Archive
from chot.pay import actions, actions_closing
from chot.pay.models import PayEntry, PayRun
from chot.people.models import AuditEntry, User
from chot.performance.models import PlanVersion
from chot.performance.workplace import data_folder

def die(*_given, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

def reviewed(plan, period):
    saved, payroll = PlanVersion.objects.get(plan_id__startswith=plan), User.objects.get(username="payroll")
    return actions.submit(actions.prepare(saved, period, by=payroll), by=payroll)

def told(plan, period):
    run = PayRun.objects.get(plan__plan_id__startswith=plan, period=period)
    disk = [each for each in Archive(data_folder() / "runs").manifests if (each["plan"], each["period"]) == (run.plan.plan_id, period)]
    doc = json.loads((data_folder() / "runs" / run.run_id / "run.json").read_text()) if disk else {"agents": []}
    entries = {each.agent_id: [each.variable_vnd, each.carry_vnd, each.lines] for each in run.entries.all()}
    print(json.dumps({
        "state": run.state, "run_id": run.run_id, "total": run.total_vnd, "disk": [each["run_id"] for each in disk],
        "entries": len(entries), "paid": sum(each[0] for each in entries.values()), "by": run.closed_by and run.closed_by.username,
        "equal": entries == {each["agent_id"]: [each["variable_vnd"], each["carry_vnd"], each["lines"]] for each in doc["agents"]},
        "left_over": [path.name for path in (data_folder() / "runs").glob(".*.*") if path.is_dir()],
        "audit": [AuditEntry.objects.filter(action=action, subject=f"pay_run:{run.pk}").count() for action in ("pay.closing", "pay.closed")],
    }))
"""
_KILLS = {
    "before anything is on disk": "actions_closing._freeze = die",
    "while the folder is written": "runs._sync_folders = die",
    "after the folder, before the entries": "actions_closing._book = die",
    "between the entries and the closed state": """
made = PayEntry.objects.bulk_create
type(PayEntry.objects).bulk_create = lambda self, rows: (made(rows), die())
""",
}


class Done(NamedTuple):
    """How a program ended, and what it said; its faults are on the test's own stderr."""

    returncode: int
    stdout: str


Script = Callable[..., Done]


_FORKS = """
import contextlib, traceback
for line in sys.stdin:
    body, arguments, said = json.loads(line)
    child = os.fork()  # everything is imported, nothing is connected
    if child == 0:
        sys.argv[1:] = arguments
        try:
            with open(said, "w", encoding="utf-8", buffering=1) as out, contextlib.redirect_stdout(out):
                exec(compile(body, "script", "exec"), globals())
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@pytest.fixture(scope="module")
def script(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Script]:
    """Runs a program in a process of its own, in an installation with the demo company that is this module's own."""
    var, said = copied(company, tmp_path_factory.mktemp("killed") / "var"), tmp_path_factory.mktemp("said") / "stdout"
    with running(var) as address:
        own = environment(var, CHOT_TODAY=TODAY, DATABASE_URL=address)
        command = [sys.executable, "-c", _BEGIN + _FORKS]
        with subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as parent:
            asked, answered = parent.stdin, parent.stdout
            assert asked and answered

            def script(body: str, *arguments: str) -> Done:
                asked.write(json.dumps([body, arguments, str(said)]) + "\n")
                return Done(int(answered.readline()), said.read_text(encoding="utf-8"))

            yield script
            asked.close()


_CLOSE = """
plan, period = sys.argv[1:]
run = PayRun.objects.filter(plan__plan_id__startswith=plan, period=period).first() or reviewed(plan, period)
{kill}
if run.state == "closing":
    actions_closing.finish_closings()
else:
    actions_closing.close_run(run, by=User.objects.get(username="payroll2"))
"""
_FINISH = """
plan, period = sys.argv[1:]
told(plan, period)
for attempt in range(100):  # the database may take a moment to notice that its client is dead
    actions_closing.finish_closings()
    if not PayRun.objects.filter(state="closing").exists():
        break
    time.sleep(0.1)
told(plan, period)
actions_closing.finish_closings()
told(plan, period)
"""


def _told(done: Done) -> list[dict[str, Any]]:
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.parametrize(
    ("plan", "period", "kills"),
    [
        ("telesale", "2026-09", ["before anything is on disk"]),
        ("telesale", "2026-10", ["while the folder is written", "after the folder, before the entries"]),
        ("cskh", "2026-09", ["between the entries and the closed state"]),
    ],
)
def test_killed_closing_is_finished(script: Script, plan: str, period: str, kills: list[str]) -> None:
    for kill in kills:
        died = script(_CLOSE.format(kill=_KILLS[kill]), plan, period)
        assert died.returncode == -signal.SIGKILL
    halfway, end, again = _told(script(_FINISH, plan, period))
    assert (halfway["state"], halfway["entries"], halfway["audit"]) == ("closing", 0, [1, 0])
    assert (end["state"], end["by"], end["audit"], end["left_over"]) == ("closed", "payroll2", [1, 1], [])
    assert end["disk"] == [end["run_id"]] == [halfway["run_id"]]
    assert end["paid"] == end["total"] == halfway["total"] > 0
    assert end["equal"] and end["entries"] > 0
    assert again == end


def test_two_people_closing_at_once(script: Script) -> None:
    body = """
plan, period = sys.argv[1:]
run = reviewed(plan, period)
third = User.objects.create_user("payroll3", None, name="Ba", role="payroll")
both, states = threading.Barrier(2), []

def close(by):
    both.wait()
    states.append(str(actions_closing.close_run(PayRun.objects.get(pk=run.pk), by=by).state))
    connection.close()

threads = [threading.Thread(target=close, args=[each]) for each in (User.objects.get(username="payroll2"), third)]
[each.start() for each in threads]
[each.join() for each in threads]
print(states)
told(plan, period)
"""
    done = script(body, "cskh", "2026-10")
    [end] = _told(done)
    assert done.stdout.splitlines()[0] == "['closed', 'closed']"
    assert (end["state"], end["audit"], end["disk"], end["left_over"]) == ("closed", [1, 1], [end["run_id"]], [])
    assert end["paid"] == end["total"] > 0 and end["equal"] and end["by"] in ("payroll2", "payroll3")


def test_a_killed_preparation_and_closing_are_done_by_the_next_worker(script: Script) -> None:
    """The worker dies with -9 in the middle of either job; the same job, given back to the queue, ends in one run."""
    ask = """
from chot.jobs import tasks
from chot.pay import actions_jobs
from chot.pay.actions_closing import Approval
from chot.pay.models import PayJob
from chot.performance import actions as performance
saved, payroll = PlanVersion.objects.filter(plan_id__startswith="telesale")[0], User.objects.get(username="payroll")
period = "2026-08"
"""
    finish = """
work = lambda kind: actions_jobs.work(PayJob.objects.select_related("plan", "by").get(kind=kind, period=period))
"""
    died = script(ask + finish + "actions_jobs.ask_prepare(saved, period, by=payroll)\nperformance._store = die\nwork('prepare')")
    assert died.returncode == -signal.SIGKILL
    done = script(ask + finish + """
assert PayJob.objects.get(kind="prepare", period=period).state == "working" and not PayRun.objects.filter(period=period).exists()
assert actions_jobs.ask_prepare(saved, period, by=payroll).pk == PayJob.objects.get(kind="prepare", period=period).pk
assert work("prepare").state == "done", work("prepare").problem
run = actions.submit(PayRun.objects.get(plan=saved, period=period), by=payroll)
PayRun.objects.filter(plan__plan_id=saved.plan_id).exclude(pk=run.pk).exclude(state="closed").delete()
actions_jobs.ask_close(run, by=User.objects.get(username="payroll2"), approval=Approval())
""")  # fmt: skip
    assert done.returncode == 0
    died = script(ask + finish + "actions_closing._book = die\nwork('close')")
    assert died.returncode == -signal.SIGKILL
    [end] = _told(script(ask + finish + "assert work('close').state == 'done'\nassert work('close').state == 'done'\ntold('telesale', period)"))
    assert (end["state"], end["audit"], end["disk"], end["left_over"]) == ("closed", [1, 1], [end["run_id"]], [])
    assert end["paid"] == end["total"] > 0 and end["equal"]
