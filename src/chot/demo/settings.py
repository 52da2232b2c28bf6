"""What the demo company is made from: size, length, seed and last month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from chot.core.errors import UsageError
from chot.core.periods import parse

FEWEST_AGENTS, LARGEST = 4, 12_000  # LARGEST: agents x months, about 15 million calls


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The same settings give the same company and the same bytes. ``end`` is the last month, ``YYYY-MM``.

    ``until`` is how far a running last month has come: the last day, or a moment of it (company time, ISO);
    empty = the last month is over.
    """

    agents: int = 40
    months: int = 14
    seed: int = 7
    end: str = "2026-10"
    until: str = ""

    def checked(self) -> Settings:
        """These settings; ``UsageError`` when they make no company."""
        if self.agents < FEWEST_AGENTS:
            raise UsageError(f"--agents {self.agents} is too few: two telesales teams and a care team need at least {FEWEST_AGENTS}")
        if self.months < 1:
            raise UsageError(f"--months {self.months} is too few: at least 1")
        if self.agents * self.months > LARGEST:
            raise UsageError(f"--agents {self.agents} x --months {self.months} is more than a demo needs (at most {LARGEST} agent-months)")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed} is negative. Give 0 or more")
        if self.until and self._known_until().date() not in parse(self.end, "month"):
            raise UsageError(f"--until {self.until} lies outside the last month, {self.end}")
        return self

    @property
    def running(self) -> bool:
        """Whether the last month is still running."""
        return bool(self.until)

    @property
    def today(self) -> date:
        """The last day of which anything is known."""
        return self._known_until().date() if self.until else parse(self.end, "month").last

    @property
    def last_worked(self) -> date:
        """The last day whose shifts are over."""
        return date(1970, 1, 1) + timedelta(days=(self.until_s - 18 * 3600) // 86_400)

    @property
    def until_s(self) -> int:
        """The moment up to which everything is known, in local seconds since 1970."""
        moment = self._known_until() if self.until else datetime.combine(self.today + timedelta(days=1), time())
        return int((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - local seconds

    def _known_until(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.until)
        except ValueError:
            raise UsageError(f"--until {self.until!r} is no day. Write it as 2026-11-22") from None
        whole = len(self.until) == len("2026-11-22")
        return datetime.combine(moment.date(), time(23, 59, 59)) if whole else moment.replace(tzinfo=None)

    def generator(self, stream: str) -> np.random.Generator:
        """The random numbers of one part of the company; parts do not disturb each other."""
        return np.random.default_rng([self.seed, *stream.encode()])
