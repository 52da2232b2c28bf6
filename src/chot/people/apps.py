"""The app ``people``."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Registered as ``people``."""

    name = "chot.people"
    label = "people"

    def ready(self) -> None:
        """Every sign-in is listed, whichever way it came about; a person's number can be looked at; what notifications say."""
        from django.contrib.auth.signals import user_logged_in

        from chot.people import held_here
        from chot.people.actions_sessions import list_session
        from chot.people.masking import register
        from chot.people.notices import words
        from chot.people.queries_people import phone_of
        from chot.people.rules import reveals_phones
        from chot.people.words import WORDS

        user_logged_in.connect(list_session, dispatch_uid="people.list_session")
        words(WORDS)
        held_here.register_all()
        register("person", phone_of, lambda user, _agent_id: reveals_phones(user))
