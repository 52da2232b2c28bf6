"""The cache of all processes keeps what it has read last in memory, no longer than the file may live."""

from __future__ import annotations

from pathlib import Path

from chot.config import caching
from chot.config.caching import NearCache


def test_value_is_read_from_its_file_once(tmp_path: Path) -> None:
    first, second = NearCache(str(tmp_path), {}), NearCache(str(tmp_path), {})
    first.set("figures", {"a": [1]}, 60)
    kept = second.get("figures")
    (file,) = tmp_path.glob("*.djcache")
    file.unlink()
    assert second.get("figures") is kept == {"a": [1]} and second.get_many(["figures", "others"]) == {"figures": {"a": [1]}}
    caching._near.clear()
    assert second.get("figures", "gone") == "gone"


def test_what_is_over_deleted_or_cleared_is_gone_here_too(tmp_path: Path) -> None:
    cache = NearCache(str(tmp_path), {})
    cache.set("over", 1, 0)
    cache.set("dropped", 2, 60)
    assert cache.get("over") is None and cache.delete("dropped") and cache.get("dropped") is None
    cache.set("cleared", 3, None)
    assert cache.get("cleared") == 3
    cache.clear()
    assert cache.get("cleared") is None and cache.get("none", 7) == 7


def test_only_the_last_values_are_kept(tmp_path: Path) -> None:
    cache = NearCache(str(tmp_path), {})
    for number in range(caching.NEAR + 5):
        cache.set(f"n{number}", number, 60)
    assert len(caching._near) == caching.NEAR
    assert [cache.get(f"n{number}") for number in (0, caching.NEAR + 4)] == [0, caching.NEAR + 4], "the files have all of them"
