"""Errors, split by who must act.

    ChotError
    ├── InputError      the user's file, plan, formula or folder: exit code 1
    ├── UsageError      the command line itself: exit code 2
    └── InternalError   a broken promise of our own code (an explanation that does not re-add)

An ``InputError`` carries *all* problems found, not the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class ChotError(Exception):
    """Anything Chốt raises on purpose."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it.

    ``what`` is a sentence without a final full stop; ``fix`` is the next step, possibly empty.
    """

    what: str
    file: str = ""
    line: int | None = None
    field: str = ""
    fix: str = ""

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.line or "")) if part)
        head = ": ".join(part for part in (place, self.field, self.what) if part)
        return f"{head}. {self.fix}" if self.fix else head


class InputError(ChotError):
    """The input has errors; ``problems`` lists every one of them."""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(ChotError):
    """The command was called in a way that cannot work, whatever the input."""


class InternalError(ChotError):
    """A check of our own found two answers that must be equal and are not."""
