"""What every test starts from: a Java for Spark, and generated cases that do not race a clock."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import django
import pytest
from django.conf import settings as django_settings
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
assert str(django_settings.VAR) == os.environ["CHOT_VAR"], "settings were loaded before this process had a folder of its own"


TOGETHER = {
    "one application": tuple(f"e2e/test_{name}.py" for name in ("accessibility", "days", "menus", "fields", "goals_dragged", "replay")),
}
"""What one process has whole: files that share the running application of ``e2e/conftest.py``, so that one is started."""

LONGEST = (
    "one application", "facts/engines/test_conformance.py", "e2e/test_calls_killed.py", "e2e/test_story.py", "e2e/test_desk.py",
    "e2e/test_killed.py", "web/test_every_page_asks_once.py", "web/test_permissions.py", "telephony/test_calls.py",
    "web/test_closing_killed.py", "facts/engines/test_measuring.py", "telephony/test_elsewhere.py", "facts/readers/test_cdr_reference.py",
    "cli/test_kpi.py", "telephony/test_trunks.py", "web/api/test_description.py", "facts/test_upserts.py", "telephony/test_ari.py",
    "feed/test_moving_killed.py", "web/test_sign_in.py", "telephony/test_queues.py", "web/test_pages_speak_one_language.py",
    "web/test_pay_runs.py", "telephony/test_recovery.py", "web/test_plans.py", "web/test_my_kpi.py", "telephony/test_second_voice.py",
    "facts/test_remembered.py", "kpi/test_oracle.py", "telephony/test_encrypted.py", "kpi/test_cases.py", "kpi/test_explain.py",
    "telephony/test_supervision.py", "kpi/test_demo_guards.py", "web/test_roster.py", "telephony/test_with_the_desk.py",
    "web/test_facts_pages.py",
)  # fmt: skip
"""The files of more than about twenty seconds, and what stands together, longest first, and the waiting of telephones between the work of others."""

HERE = Path(__file__).parent


def scope(file: str) -> str:
    """The file, or what it stands together with."""
    return next((name for name, files in TOGETHER.items() if file in files), file)


class ByFile(LoadFileScheduling):
    """All tests of a file to one process, and those of what stands together too."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(str(super()._split_scope(nodeid)).removeprefix("tests/"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Processes begin without the name of the settings: pytest-django would load them before this file, with the folder of the first process."""
    del os.environ["DJANGO_SETTINGS_MODULE"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile | None:
    """Who runs what with ``--dist loadfile``."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first, then those with other slow tests: at the end no worker is left alone with one of them."""
    assert [name for name in LONGEST if name not in TOGETHER and not (HERE / name).exists()] == []
    places = {name: place for place, name in enumerate(LONGEST)}
    files = {path: scope(path.relative_to(HERE).as_posix()) if path.is_relative_to(HERE) else "" for path in {item.path for item in items}}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (places.get(files[item.path], len(LONGEST)), item.path not in slow))
