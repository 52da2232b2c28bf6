"""What the demo company is made from: size, length, seed and last month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chot.core.errors import UsageError

FEWEST_AGENTS, LARGEST = 4, 12_000  # LARGEST: agents x months, about 15 million calls


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The same settings give the same company and the same bytes. ``end`` is the last month, ``YYYY-MM``."""

    agents: int = 40
    months: int = 14
    seed: int = 7
    end: str = "2026-10"

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
        return self

    def generator(self, stream: str) -> np.random.Generator:
        """The random numbers of one part of the company; parts do not disturb each other."""
        return np.random.default_rng([self.seed, *stream.encode()])
