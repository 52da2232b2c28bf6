"""The cache of all processes keeps what it has read last in memory, no longer than the file may live."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

import chot
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


def test_another_version_of_the_program_reads_nothing_of_this_one(tmp_path: Path) -> None:
    """A figure whose shape has changed would break the page that reads it, until it is forgotten."""
    package, kept = tmp_path / "package", str(tmp_path / "cache")
    package.mkdir()
    (package / "figures.py").write_text("SHAPE = list\n")
    then = caching.program(package)
    NearCache(kept, {"KEY_PREFIX": then}).set("figures", [1], 60)
    assert caching.program(package) == then and NearCache(kept, {"KEY_PREFIX": caching.program(package)}).get("figures") == [1]
    (package / "figures.py").write_text("SHAPE = dict\n")
    (package / "notes.txt").write_text("no part of the program")
    now = caching.program(package)
    assert now != then and NearCache(kept, {"KEY_PREFIX": now}).get("figures") is None


def test_the_application_keeps_its_figures_under_its_own_name() -> None:
    assert settings.CACHES["default"]["KEY_PREFIX"] == caching.program(Path(chot.__file__).parent)
