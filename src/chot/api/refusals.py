"""A request that is not carried out: with a status, and in words."""

from __future__ import annotations


class Refused(Exception):
    """Answered with ``status`` and one problem: what is wrong, where, what to do."""

    def __init__(self, status: int, what: str, *, field: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.status = status
        self.problem = {"field": field, "what": what, "fix": fix}
