"""A move that is killed (``kill -9``) right before its n-th change of the disk or of the database, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = """
import os, signal, sys, traceback
from pathlib import Path
import django
django.setup()
from django.db.backends.utils import CursorWrapper
from chot.feed.actions import move

def run(count):
    seen = 0

    def counted(call):
        def change(*args, **options):
            nonlocal seen
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

for line in sys.stdin:
    child = os.fork()  # everything is imported, nothing is connected
    if child == 0:
        try:
            run(int(line))
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@contextmanager
def killing(data: Path, address: str) -> Iterator[Callable[[int], bool]]:
    """``killed_at(count)``: move until the ``count``-th change; whether that many came and the process was killed."""
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "chot.config.settings"}
    command = [sys.executable, "-c", _PROGRAM, str(data)]
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as parent:
        assert parent.stdin and parent.stdout
        asked, answered = parent.stdin, parent.stdout

        def killed_at(count: int) -> bool:
            asked.write(f"{count}\n")
            code = int(answered.readline())
            assert code in (0, -9), code
            return code == -9

        yield killed_at
        asked.close()
