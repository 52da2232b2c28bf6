"""Text as Vietnamese users write it: one normal form, search without accents, nearest names."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable


def normal(text: str) -> str:
    """The text in NFC, the only form that is stored.

    >>> len(normal("Nguye\\u0302\\u0303n"))
    6
    """
    return unicodedata.normalize("NFC", text)


def unaccented(text: str) -> str:
    """Lower case without Vietnamese accents, for search and for header matching.

    >>> unaccented("Đơn Hàng")
    'don hang'
    """
    bare = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(mark for mark in bare if not unicodedata.combining(mark))


def key(text: str) -> str:
    """A header as a key: unaccented words joined by underscores.

    >>> key("  Thời lượng (giây) ")
    'thoi_luong_giay'
    """
    return re.sub(r"[^a-z0-9]+", "_", unaccented(text)).strip("_")  # runs of anything but letters and digits


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The known name nearest to ``name``, or None when nothing is near.

    >>> nearest("revenu", ["orders", "revenue"])
    'revenue'
    """
    known = {unaccented(each): each for each in names}
    found = difflib.get_close_matches(unaccented(name), known, n=1, cutoff=0.6)
    return known[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The advice for an unknown name: the nearest one, or the whole short list.

    >>> did_you_mean("ordrs", ["orders", "revenue"])
    "Did you mean 'orders'?"
    """
    names = sorted(names)
    found = nearest(name, names)
    if found:
        return f"Did you mean {found!r}?"
    listed = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"Known names: {listed}" if names else ""
