"""What people type about a flow beside its steps."""

from __future__ import annotations

from chot.switchboard.forms_queues import Named
from chot.switchboard.models import CallFlow


class FlowForm(Named):
    """The names of a flow."""

    class Meta:
        model = CallFlow
        fields = ("title", "name")
