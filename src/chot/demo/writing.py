"""The demo folder on disk: everything is written aside first and renamed into place at the end."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from chot.core.errors import UsageError
from chot.facts import manifest, store
from chot.facts.content import canonical, content_of
from chot.kpi.schema import TABLES

MARKER = ".chot-demo.json"
"""The file that says: everything listed here was made by ``chot demo facts`` and may be made again."""

_ZONE = "Asia/Ho_Chi_Minh"
_ZONE_US = 7 * 3600 * 1_000_000
_ROW_GROUP = 122_880
_OURS = frozenset({MARKER, ".lock", ".staging"})  # may lie in a folder that holds nothing yet


def refuse_foreign(folder: Path, *, force: bool) -> None:
    """``UsageError`` when ``folder`` holds anything that the demo did not make, unless ``force``; or closed periods, always."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder with --data DIR")
    if not folder.is_dir():
        return
    if any(folder.glob("runs/*")):
        raise UsageError(f"{folder} holds closed periods, which are never overwritten. Name another folder")
    if force or (folder / MARKER).is_file():
        return
    if any(path.name not in _OURS for path in folder.iterdir()):
        raise UsageError(f"{folder} is not empty and was not made by chot demo facts. Name another folder, or add --force")


class Draft:
    """The demo's files in the making, in the staging folder of the one writer, until ``publish`` moves them over the old ones."""

    def __init__(self, folder: Path, staging: Path) -> None:
        self.folder = folder
        self.aside = staging

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
        """A table as the store keeps it: one Parquet file per month, and the manifest that vouches for them."""
        folder = self.aside / name
        folder.mkdir()
        parts = []
        for month, found in _by_month(table).items():
            rows = canonical(TABLES[name], found)
            path = store.home(folder, month) / f"{name}-000001.parquet"
            pq.write_table(rows, path, compression="zstd", row_group_size=_ROW_GROUP)
            content = content_of(TABLES[name], [rows])
            parts.append(manifest.describe(folder, path, month=month, rows=rows.num_rows, content=content))
        manifest.write(folder, manifest.Manifest(table=name, timezone=_ZONE, generation=1, files=tuple(parts)))

    def publish(self, about: Mapping[str, Any]) -> None:
        """Replace what an earlier run made by what was written aside; other files stay."""
        made = sorted(path.name for path in self.aside.iterdir())
        marker = {"made": made, **about}
        manifest.replace_file(self.folder / MARKER, json.dumps(marker, indent=1, ensure_ascii=False) + "\n")
        for name in (*made, *(f"{table}{ending}" for table in TABLES for ending in ("", ".csv", ".parquet"))):
            _remove(self.folder / name)
        for name in made:
            (self.aside / name).replace(self.folder / name)
        manifest.sync_folder(self.folder)


def _by_month(table: pa.Table) -> dict[str, pa.Table]:
    """The rows of each month; of a table without a day, all under an empty name."""
    if "period" not in table.column_names:
        return {"": table} if table.num_rows else {}
    periods = table.column("period")
    return {month: table.filter(pc.equal(periods, month)) for month in sorted(pc.unique(periods).to_pylist())}


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
