"""The app ``people``."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registered as ``people``."""

    name = "chot.people"
    label = "people"

    def ready(self) -> None:
        """Every sign-in is listed, whichever way it came about."""
        from django.contrib.auth.signals import user_logged_in

        from chot.people.actions_sessions import list_session

        user_logged_in.connect(list_session, dispatch_uid="people.list_session")
