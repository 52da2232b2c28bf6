"""The command line called in this process, and a small demo company, made once."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chot.cli.main import main


@dataclass(frozen=True)
class Called:
    """What a command left: exit code, stdout and stderr."""

    code: int
    content: bytes
    err: str

    @property
    def out(self) -> str:
        """Stdout as text."""
        return self.content.decode()

    @property
    def document(self) -> Any:
        """Stdout as JSON."""
        return json.loads(self.content)


Chot = Callable[..., Called]


@pytest.fixture
def chot(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Chot:
    """``chot("kpi", "pay", …)`` as from a shell whose window is ``columns`` wide (0 = no window)."""

    def call(*words: object, columns: int = 0) -> Called:
        monkeypatch.setattr(sys, "argv", ["chot", *map(str, words)])
        monkeypatch.setenv("COLUMNS", str(columns)) if columns else monkeypatch.delenv("COLUMNS", raising=False)
        capfdbinary.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 0
        out, err = capfdbinary.readouterr()
        assert b"Traceback" not in err
        return Called(code, out, err.decode())

    return call


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight people and three months; for reading only."""
    from chot.demo.making import make
    from chot.demo.settings import Settings

    folder = tmp_path_factory.mktemp("demo")
    make(folder, Settings(agents=8, months=3, seed=7, end="2026-10"), force=True, step=lambda name: None)
    return folder


@pytest.fixture
def own_demo(demo: Path, tmp_path: Path) -> Path:
    """A copy of the demo company that a test may change."""
    return Path(shutil.copytree(demo, tmp_path / "demo"))
