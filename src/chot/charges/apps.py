"""The app ``charges``."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ChargesConfig(AppConfig):
    """Registered as ``charges``."""

    name = "chot.charges"
    label = "charges"

    def ready(self) -> None:
        """The tariffs that come with Chốt are there after the first migration; what notifications about charges say."""
        from chot.charges.notices import WORDS
        from chot.charges.routing import moved_to
        from chot.people.masking import moves_from
        from chot.people.notices import words

        words(WORDS)
        moves_from(moved_to)
        post_migrate.connect(_defaults, sender=self, dispatch_uid="charges.defaults")


def _defaults(sender: AppConfig, **_named: Any) -> None:
    from chot.charges.actions_tariffs import load_defaults

    load_defaults()
