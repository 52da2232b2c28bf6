"""The first five minutes with Chốt (`make run`): a demo company from its calls to one explained payslip, then the application."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from chot.core.clock import now, today

ROOT = Path(__file__).resolve().parent.parent
CHOT = Path(sys.executable).parent / "chot"
DEMO = "var/data"
PORT = os.environ.get("PORT", "8000")
PLAN = f"{DEMO}/plans/telesale.yaml"
NEXT = """
What to try next:

  the same payslip in English
    .venv/bin/chot kpi explain {plan} --data {demo} --period {period} --agent {agent} --lang en
  the customer-care team
    .venv/bin/chot kpi score {demo}/plans/cskh.yaml --data {demo} --period {period}
  is this plan fair?
    .venv/bin/chot kpi check {plan} --data {demo}
  who missed a target, and why
    .venv/bin/chot kpi review {plan} --data {demo} --period {period}
  freeze the month
    .venv/bin/chot kpi pay {plan} --data {demo} --period {period} --close
  your own call log (docs/formats.md) and your own plan (docs/plan.md)
    .venv/bin/chot facts import Master.csv --data var/mine
"""


def main() -> None:
    """Make the demo company, score and pay last month, explain one payslip, say what to try next, and start the application."""
    started = time.monotonic()
    last_month = today().replace(day=1) - timedelta(days=1)
    period = last_month.strftime("%Y-%m")
    month = ["--data", DEMO, "--period", period]

    if not (ROOT / DEMO / "plans").exists():  # what is there stays: a second start keeps all data
        running = ["--months", "15", "--until", f"{now():%Y-%m-%dT%H:%M}", "--stored"]
        show("A demo company: calls, orders, tickets, rosters of 14 months and the running one", "demo", "facts", "--data", DEMO, *running)
    show(f"The telesales scorecard of {period}", "kpi", "score", PLAN, *month)
    show("What it pays, as a spreadsheet", "kpi", "pay", PLAN, *month, "--format", "xlsx", "--out", f"var/pay-{period}.xlsx")
    agent = example_agent(ask("kpi", "pay", PLAN, *month, "--format", "json"))
    show(f"The payslip of {agent}, down to the calls and orders behind it", "kpi", "explain", PLAN, *month, "--agent", agent)

    print(NEXT.format(plan=PLAN, demo=DEMO, period=period, agent=agent))
    print(f"From no data to a payslip in {time.monotonic() - started:.0f} s.\n")
    fetch_telephone()
    print("== The application (Ctrl-C stops it; it starts again with: make run)\n", flush=True)
    os.chdir(ROOT)
    os.execv(CHOT, [str(CHOT), "up", "--var", "var", "--port", PORT])


def fetch_telephone() -> None:
    """Asterisk, where this system's apt offers one; all the rest works without."""
    print("== The telephone exchange\n$ chot telephony install --var var\n", flush=True)
    if subprocess.run([CHOT, "telephony", "install", "--var", "var"], cwd=ROOT, check=False).returncode:
        print("chot: going on without telephony", flush=True)


def example_agent(pay: str) -> str:
    """The agent whose payslip shows most: the one with the most lines that pay or take something."""
    agents = json.loads(pay)["agents"]
    return str(max(agents, key=lambda agent: sum(line["amount_vnd"] != 0 for line in agent["lines"]))["agent_id"])


def show(title: str, *arguments: str) -> None:
    """Run one command in plain sight."""
    print(f"\n== {title}\n$ chot {shlex.join(arguments)}\n", flush=True)
    if code := subprocess.run([CHOT, *arguments], cwd=ROOT, check=False).returncode:
        sys.exit(code)


def ask(*arguments: str) -> str:
    """Run one command for its answer."""
    done = subprocess.run([CHOT, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout if done.returncode == 0 else sys.exit(done.returncode)


if __name__ == "__main__":
    main()
