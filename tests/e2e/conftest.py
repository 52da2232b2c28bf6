"""The whole application as `chot up` runs it, on a demo company, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from chot.config.database import start
from tests.e2e.company import environment, made
from tests.made_once import copied, shared

PASSWORD = "chot-demo-2026"
CHROMIUM = shutil.which("chromium") or ""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
BUSY_MS = 30_000
"""What a page may take on a machine that has other work."""
expect.set_options(timeout=BUSY_MS)

requires_chromium = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium here")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Application:
    """A running `chot up`."""

    var: Path
    port: int
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default=Path())
    more: dict[str, str] = field(default_factory=dict)  # variables of its own

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until its pages answer."""
        self.log = self.var.with_suffix(".log")
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "chot", "up", "--var", str(self.var), "--port", str(self.port)]
            self.process = subprocess.Popen(command, env=environment(self.var) | self.more, stdout=log, stderr=log, start_new_session=True)
        for _attempt in range(600):
            if self.answers():
                return
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            time.sleep(0.3)
        raise AssertionError(f"no answer in three minutes: {self.log.read_text()[-3000:]}")

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


RUNNING = os.environ.get("CHOT_TEST_ADDRESS", "")
"""An application on the same demo company that runs already: for looking at one test again and again."""

KEPT = os.environ.get("CHOT_TEST_COMPANY", "")
"""A folder that keeps the installation from one run of tests to the next, for the same."""


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The installation that applications are copied from, made once for all processes of the test run."""
    return made(Path(KEPT) if KEPT else shared(tmp_path_factory))


@pytest.fixture(scope="session")
def application(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One application for all tests of the folder."""
    if RUNNING:
        yield Application(Path(), int(RUNNING.rpartition(":")[2]))
        return
    company = request.getfixturevalue("company")
    running = Application(copied(company, tmp_path_factory.mktemp("e2e") / "var"), free_port())
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """Debian's Chromium, with the ``MORE_FLAGS`` that a module names."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *getattr(request.module, "MORE_FLAGS", ())])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def ask(application: Application) -> Iterator[Callable[..., list[Any]]]:
    """Rows of the application's database."""
    address, server = start(application.var)

    def ask(sql: str, *values: Any) -> list[Any]:
        with psycopg.connect(address, autocommit=True) as database:
            return database.execute(sql, values).fetchall()

    yield ask
    server.cleanup()


Enter = Callable[..., Page]
_NO_FAULT = ("htmx:sendAbort", "htmx:afterRequest", "Failed to load resource: the server responded with a status of 422")
"""What htmx says when a request gives way to a newer one (one that fails says more), and Chromium when a form is refused."""


@pytest.fixture
def enter(application: Application, browser: Browser) -> Iterator[Enter]:
    """``enter("manager", language="en", size=PHONE)``: a page with that person signed in by the form; faults of the page fail the test."""
    contexts, faults = [], []

    def enter(username: str, *, language: str = "vi", size: dict[str, int] | None = None, bare: bool = False, password: str = PASSWORD) -> Page:
        """``bare`` lets a script of the test into the page."""
        context = browser.new_context(
            viewport=size or DESK, locale="vi-VN", base_url=application.address, bypass_csp=bare, reduced_motion="reduce",  # type: ignore[arg-type]
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(90_000)  # a machine may have other work
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" and not said.text.startswith(_NO_FAULT) else None)
        page.goto("/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("nav.side", state="attached")
        if page.locator("html").get_attribute("lang") != language:
            page.locator("button[name=language]").first.click()
            page.wait_for_selector(f"html[lang={language}]")
        return page

    yield enter
    for context in contexts:
        context.close()
    assert faults == []
