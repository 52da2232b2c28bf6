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


LONGEST = (
    "facts/engines/test_conformance.py", "e2e/test_accessibility.py", "e2e/test_calls_killed.py", "web/test_closing_killed.py",
    "web/test_every_page_asks_once.py", "e2e/test_story.py", "e2e/test_killed.py", "e2e/test_desk.py", "e2e/test_days.py",
    "facts/readers/test_cdr_reference.py", "facts/engines/test_measuring.py", "telephony/test_calls.py", "web/api/test_description.py",
    "feed/test_moving_killed.py", "telephony/test_elsewhere.py", "telephony/test_trunks.py", "kpi/test_oracle.py", "kpi/test_cases.py",
    "kpi/test_explain.py", "web/test_facts_pages.py", "telephony/test_recovery.py", "telephony/test_second_voice.py",
)  # fmt: skip
"""The files of more than about twenty seconds, longest first; the first two need no installation that the other one makes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, then those with other slow tests: at the end no worker is left alone with one of them."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(LONGEST)}
    assert [path for path in places if not path.exists()] == []
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (places.get(item.path, len(LONGEST)), item.path not in slow))
