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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first: at the end no worker is left alone with one of them."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
