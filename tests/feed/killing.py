"""A move that is killed (``kill -9``) right before its n-th change of the disk or of the database, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from django.db.backends.utils import CursorWrapper
from chot.feed.actions import move

count, seen = int(sys.argv[2]), 0

def counted(call):
    def change(*args, **options):
        global seen
        seen += 1
        if seen == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*args, **options)
    return change

os.fsync = lambda descriptor: None
for name in ("replace", "rename", "unlink", "mkdir", "rmdir"):
    setattr(os, name, counted(getattr(os, name)))
CursorWrapper.execute = counted(CursorWrapper.execute)
move(Path(sys.argv[1]))
print("survived")
"""


def killed_at(count: int, data: Path, address: str) -> bool:
    """Move until the ``count``-th change; whether that many came and the process was killed."""
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "chot.config.settings"}
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(data), str(count)], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, -9), done.stderr
    return done.returncode == -9
