"""What every test starts from: a Java for Spark, and generated cases that do not race a clock."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from hypothesis import settings
from xdist.scheduler.loadfile import LoadFileScheduling

JAVA = Path(__file__).resolve().parent.parent / ".venv" / "java"
if JAVA.is_dir():  # `make test` puts it there, from a wheel
    os.environ["JAVA_HOME"] = str(JAVA)

os.environ["DJANGO_SETTINGS_MODULE"] = "chot.config.settings"
os.environ.setdefault("CHOT_SECRET_KEY", "only for tests, where nobody signs in from outside")
os.environ["CHOT_VAR"] = tempfile.mkdtemp(prefix="chot-tests-")  # removed at exit
(Path(os.environ["CHOT_VAR"]) / "static").mkdir()
atexit.register(shutil.rmtree, os.environ["CHOT_VAR"], ignore_errors=True)

settings.register_profile("chot", deadline=None, print_blob=True)
settings.load_profile("chot")

django.setup()


ONE_APPLICATION = (
    "e2e/test_accessibility.py", "e2e/test_days.py", "e2e/test_menus.py", "e2e/test_fields.py", "e2e/test_goals_dragged.py",
)  # fmt: skip
"""The files whose tests share the running application of ``e2e/conftest.py``: one process has them all, so that one is started."""

LONGEST = (
    *ONE_APPLICATION, "facts/engines/test_conformance.py", "e2e/test_calls_killed.py", "e2e/test_story.py", "e2e/test_desk.py",
    "e2e/test_killed.py", "web/test_every_page_asks_once.py", "web/test_closing_killed.py", "telephony/test_calls.py",
    "facts/engines/test_measuring.py", "facts/readers/test_cdr_reference.py", "telephony/test_elsewhere.py", "web/api/test_description.py",
    "feed/test_moving_killed.py", "telephony/test_trunks.py", "web/test_plans.py", "web/test_my_kpi.py", "kpi/test_oracle.py",
    "kpi/test_cases.py", "kpi/test_explain.py", "web/test_roster.py", "web/test_facts_pages.py", "telephony/test_recovery.py",
    "telephony/test_second_voice.py",
)  # fmt: skip
"""The files of more than about twenty seconds, longest first; of the first three only two need the installation that takes long to make."""


class ByFile(LoadFileScheduling):
    """All tests of a file to one process, and those of ``ONE_APPLICATION`` too."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return "one application" if file.removeprefix("tests/") in ONE_APPLICATION else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile | None:
    """Who runs what with ``--dist loadfile``."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, then those with other slow tests: at the end no worker is left alone with one of them."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(LONGEST)}
    assert [path for path in places if not path.exists()] == []
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (places.get(item.path, len(LONGEST)), item.path not in slow))
