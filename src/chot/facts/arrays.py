"""NumPy arrays as Arrow arrays, sharing memory; ``pa.array`` would load half of NumPy (and pandas) at the first call."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def integers(values: Numbers) -> pa.Array:
    """An int64 array without nulls."""
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(np.ascontiguousarray(values, dtype=np.int64))])


def booleans(values: Mask) -> pa.Array:
    """A boolean array without nulls."""
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(np.packbits(values, bitorder="little"))])


def all_but(count: int, places: list[int]) -> pa.Array:
    """A mask of ``count`` rows that leaves out ``places``."""
    keep = np.ones(count, dtype=bool)
    keep[places] = False
    return booleans(keep)
