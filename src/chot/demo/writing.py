"""The demo folder on disk: everything is written aside first and renamed into place at the end."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.core.errors import UsageError
from chot.demo.tables import schema
from chot.facts import manifest
from chot.kpi.schema import TABLES

MARKER = ".chot-demo.json"
"""The file that says: everything listed here was made by ``chot demo facts`` and may be made again."""

_ZONE = "Asia/Ho_Chi_Minh"
_ZONE_US = 7 * 3600 * 1_000_000


def refuse_foreign(folder: Path, *, force: bool) -> None:
    """``UsageError`` when ``folder`` holds anything that the demo did not make, unless ``force``."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder with --data DIR")
    if force or not folder.is_dir() or (folder / MARKER).is_file():
        return
    if any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty and was not made by chot demo facts. Name another folder, or add --force")


class Draft:
    """A folder in the making: files go to a hidden place inside it until ``publish`` moves them over the old ones."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.aside = folder / f".demo-{os.getpid()}"
        for left in folder.glob(".demo-*"):  # of a run that was interrupted
            if left.is_dir():
                shutil.rmtree(left)
        self.aside.mkdir()

    def text(self, name: str, content: str) -> None:
        """A text file."""
        path = self.aside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")

    def csv(self, name: str, table: pa.Table) -> None:
        """A table as the plain CSV of the contract: its own columns, without the derived ones."""
        names = TABLES[name].names
        columns = [_cells(table.column(column).combine_chunks()) for column in names]
        with (self.aside / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(names)
            writer.writerows(zip(*columns, strict=True))

    def parquet(self, name: str, table: pa.Table) -> None:
        """A table as a folder of one Parquet file per month, with the manifest that vouches for them."""
        folder = self.aside / name
        parts = []
        for month in pc.unique(table.column("period")).to_pylist():
            rows = table.filter(pc.equal(table.column("period"), month))
            path = folder / f"month={month}" / "part-0.parquet"
            path.parent.mkdir(parents=True)
            pq.write_table(rows.cast(schema(name)), path, compression="zstd", row_group_size=1 << 17)
            parts.append(manifest.describe(folder, path, month=month, rows=rows.num_rows))
        folder.mkdir(exist_ok=True)
        manifest.write(folder, manifest.Manifest(table=name, timezone=_ZONE, generation=1, files=tuple(parts)))

    def publish(self, about: Mapping[str, Any]) -> None:
        """Replace what an earlier run made by what was written aside; closed runs and other files stay."""
        made = sorted(path.name for path in self.aside.iterdir())
        for name in {*self._made_before(), *made, *(f"{table}{ending}" for table in TABLES for ending in ("", ".csv", ".parquet"))}:
            _remove(self.folder / name)
        marker = {"made": made, **about}
        manifest.replace_file(self.folder / MARKER, json.dumps(marker, indent=1, ensure_ascii=False) + "\n")
        for name in made:
            (self.aside / name).replace(self.folder / name)
        self.discard()

    def discard(self) -> None:
        """Forget what was written aside."""
        shutil.rmtree(self.aside, ignore_errors=True)

    def _made_before(self) -> list[str]:
        try:
            listed = json.loads((self.folder / MARKER).read_text(encoding="utf-8")).get("made", [])
        except (OSError, ValueError, AttributeError):
            return []
        return [name for name in listed if isinstance(name, str) and name == Path(name).name and name not in ("", ".", "..")]


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _cells(array: pa.Array) -> list[str]:
    """A column as text: times with the offset +07:00, booleans as true and false, empty as nothing."""
    if pa.types.is_timestamp(array.type):
        local = np.array(pc.add(pc.fill_null(array.cast(pa.int64()), 0), _ZONE_US)) // 1_000_000
        written = np.char.add(np.datetime_as_string(local.astype("datetime64[s]")), "+07:00")
        return list(np.where(np.array(array.is_null()), "", written).tolist())
    if pa.types.is_boolean(array.type):
        return ["true" if value else "false" for value in array.to_pylist()]
    return ["" if value is None else str(value) for value in array.to_pylist()]
