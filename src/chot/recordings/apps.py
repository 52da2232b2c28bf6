"""The app ``recordings``."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_save
from django.utils.translation import gettext_lazy as _


class RecordingsConfig(AppConfig):
    """Registered as ``recordings``."""

    name = "chot.recordings"
    label = "recordings"

    def ready(self) -> None:
        """Calls of a customer's course lead to their recordings; deleting a customer's data, or a refusal, deletes recordings."""
        from chot.calls.actions_forget import reads
        from chot.customers import dossier, references, timeline
        from chot.customers.models import Consent
        from chot.people.notices import words
        from chot.recordings.actions_delete import erase_of_customers
        from chot.recordings.actions_keep import READER
        from chot.recordings.actions_refusal import consent_noted
        from chot.recordings.actions_untold import WORDS
        from chot.recordings.queries import held_of_customers
        from chot.recordings.timeline_recordings import calls

        words(WORDS)
        timeline.register("call", _("Calls"), calls)
        dossier.register("recordings", held_of_customers)
        references.on_erase("recordings", erase_of_customers)
        post_save.connect(consent_noted, sender=Consent, dispatch_uid="recordings.consent")
        reads(READER)
