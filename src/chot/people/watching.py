"""Who watches a page that is kept up to date: how many windows each has open, and whether they may still watch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.contrib.sessions.backends.db import SessionStore
from django.db import connections

from chot.people.models import User


@dataclass(frozen=True, kw_only=True)
class Windows:
    """The streams of one kind of page in this process, by person; each may have ``most``."""

    most: int
    open: Counter[int] = field(default_factory=Counter)

    def full(self, user: User) -> bool:
        """Whether the person watches in as many windows as one may."""
        return self.open[user.pk] >= self.most

    @contextmanager
    def one(self, user: User) -> Iterator[None]:
        """One more window, until it closes."""
        self.open[user.pk] += 1
        try:
            yield
        finally:
            self.open[user.pk] -= 1


def viewer(pk: int, session: str, may: Callable[[User], bool]) -> User | None:
    """Who watches, as the person is now; None for someone signed out, stopped, or who may no longer."""
    user = User.objects.filter(pk=pk, is_active=True).first()
    return user if user is not None and may(user) and SessionStore().exists(session) else None


@contextmanager
def own_connection() -> Iterator[None]:
    """A look at the database from a stream: it lives for hours, its connection need not."""
    try:
        yield
    finally:
        connections.close_all()
