"""An installation with the demo company in it, as `chot up` leaves it."""

from __future__ import annotations

from pathlib import Path

from tests import made_once

TODAY = "2026-11-03"


def environment(var: Path) -> dict[str, str]:
    """What a process of the installation sees."""
    return made_once.environment(var, CHOT_TODAY=TODAY)


def made(folder: Path) -> Path:
    """The installation in ``folder``, made by whichever process comes first."""
    return made_once.with_company(folder, "company", "agents=24, months=6, seed=7, end='2026-11', until='2026-11-03T12:00'", CHOT_TODAY=TODAY)
