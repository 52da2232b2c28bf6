"""What a company says about itself once: ``chot.yaml`` at the root of its data folder."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from chot.core.errors import InputError, Problem
from chot.core.text import did_you_mean

FILE = "chot.yaml"
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """``timezone`` decides on which local day and in which month a fact lies."""

    timezone: str = DEFAULT_ZONE


def load(folder: Path) -> Settings:
    """The settings of a data folder; the defaults when it has no ``chot.yaml``.

    Raises ``InputError`` with every problem of the file.
    """
    path = folder / FILE
    if not path.is_file():
        return Settings()
    import yaml

    try:
        loaded = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        fix = f"Write, say, timezone: {DEFAULT_ZONE}."
        raise InputError(Problem(file=str(path), line=line, what="this is not YAML", fix=fix)) from None
    if loaded in (None, ""):
        return Settings()
    if not isinstance(loaded, dict):
        raise InputError(Problem(file=str(path), what="a list of settings is expected", fix="Write, say, timezone: Asia/Ho_Chi_Minh."))
    problems = list(_problems(path, loaded))
    if problems:
        raise InputError(problems)
    return Settings(**{str(name): str(value) for name, value in loaded.items()})


def _problems(path: Path, loaded: dict[object, object]) -> list[Problem]:
    known = [field.name for field in fields(Settings)]
    problems = [
        Problem(file=str(path), field=str(name), what="this setting is not known", fix=did_you_mean(str(name), known))
        for name in loaded
        if name not in known
    ]
    zone = loaded.get("timezone", DEFAULT_ZONE)
    if not is_zone(zone):
        fix = did_you_mean(str(zone), available_timezones())
        problems.append(Problem(file=str(path), field="timezone", what=f"{zone!r} is not a time zone", fix=fix))
    return problems


def is_zone(name: object) -> bool:
    """Whether ``name`` is a time zone of the IANA database.

    >>> is_zone("Asia/Ho_Chi_Minh"), is_zone("Hanoi")
    (True, False)
    """
    try:
        return isinstance(name, str) and bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
