"""What every test starts from: a Java for Spark, and generated cases that do not race a clock."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

JAVA = Path(__file__).resolve().parent.parent / ".venv" / "java"
if JAVA.is_dir():  # `make test` puts it there, from a wheel
    os.environ["JAVA_HOME"] = str(JAVA)

settings.register_profile("chot", deadline=None, print_blob=True)
settings.load_profile("chot")
