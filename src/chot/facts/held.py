"""The facts of a run whose period goes on, held as they were when it was computed, while newer ones come in.

    DIR/.held/<run id>/          links to the files that were the tables then; it opens like any data folder

Files of the store never change, so a link costs no copy; what the store sweeps stays here until the run is let go of.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from chot.core import clock, settings
from chot.facts import locks, manifest
from chot.facts.access import OpenFacts, open_facts
from chot.facts.folder import Dataset

FOLDER = ".held"
YOUNG_S = 60
"""So long a folder stays in any case: its run may not be stored yet, or somebody is about to open it."""

_WARNINGS = "warnings.json"


def hold(dataset: Dataset, name: str) -> bool:
    """Hold the open facts under ``name``; False where they are no files of the store, or the disk has no links.

    The same again changes nothing. ``dataset`` holds its files meanwhile (``Dataset.hold``).
    """
    if dataset.homes or not dataset.stored:
        return False
    final = dataset.folder / FOLDER / name
    if final.is_dir():
        return True
    building = final.with_name(f".{name}.{os.getpid()}")
    try:
        with locks.reading(building):
            _link(dataset, building)
            building.rename(final)
    except OSError:  # no links on this disk, or another process was quicker
        shutil.rmtree(building, ignore_errors=True)
        return final.is_dir()
    return True


def _link(dataset: Dataset, where: Path) -> None:
    manifest.replace_file(where / settings.FILE, f"timezone: {dataset.timezone}\n")
    manifest.replace_file(where / _WARNINGS, json.dumps(dataset.warnings, ensure_ascii=False))
    for name, known in dataset.manifests.items():
        (where / name).mkdir(exist_ok=True)
        for part in known.files:
            target = where / name / part.path
            target.parent.mkdir(exist_ok=True)
            target.unlink(missing_ok=True)  # of a process that was killed here
            os.link(dataset.home(name) / part.path, target)
        manifest.write(where / name, replace(known, frozen=()))


@contextmanager
def open_held(data: Path, name: str, *, engine: str = "duckdb") -> Iterator[OpenFacts | None]:
    """The facts held under ``name``; None when there are none (any more)."""
    folder = data / FOLDER / name
    if not name.isalnum() or not folder.is_dir():
        yield None
        return
    facts = open_facts(folder, engine=engine)
    try:
        if not (folder / _WARNINGS).is_file():  # let go of before it was opened
            yield None
            return
        facts.warnings = json.loads((folder / _WARNINGS).read_text(encoding="utf-8"))
        yield facts
    finally:
        facts.close()


def let_go(data: Path, keep: Collection[str]) -> None:
    """Remove all that is held and not to ``keep``, unless it is young or somebody reads it."""
    for folder in sorted((data / FOLDER).glob("*")):
        try:
            if folder.name in keep or clock.instant().timestamp() - folder.stat().st_mtime < YOUNG_S:
                continue
            (folder / locks.READERS).touch()
            with locks.unread(folder) as free:
                if free:
                    shutil.rmtree(folder)
        except FileNotFoundError:  # another process removes it too
            continue
