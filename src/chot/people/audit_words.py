"""What an action of the audit trail is called in a sentence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

WORDS: dict[str, Any] = {
    "account.changed": _("Changed an account"),
    "account.created": _("Made an account"),
    "account.password_reset": _("Gave a new password"),
    "facts.import_done": _("Finished an import"),
    "facts.import_failed": _("An import failed"),
    "facts.import_started": _("Started an import"),
    "facts.upload_discarded": _("Discarded an uploaded file"),
    "facts.uploaded": _("Uploaded a file"),
    "goal.added": _("Added a goal"),
    "goal.changed": _("Changed a goal"),
    "goal.deleted": _("Deleted a goal"),
    "goal.moved": _("Moved a goal"),
    "password.changed": _("Changed the own password"),
    "pay.adjustment_approved": _("Approved an adjustment of pay"),
    "pay.adjustment_proposed": _("Proposed an adjustment of pay"),
    "pay.adjustment_refused": _("Refused an adjustment of pay"),
    "pay.adjustment_withdrawn": _("Withdrew an adjustment of pay"),
    "pay.answered": _("Answered a question about pay"),
    "pay.asked": _("Asked about pay"),
    "pay.closed": _("Closed a pay run"),
    "pay.closing": _("Began to close a pay run"),
    "pay.closing_stopped": _("Closing a pay run stopped"),
    "pay.discarded": _("Discarded a pay run"),
    "pay.prepared": _("Prepared a pay run"),
    "pay.sent_back": _("Sent a pay run back"),
    "pay.slips_made": _("Had all payslips of a pay run made"),
    "pay.submitted": _("Submitted a pay run for review"),
    "account.closed": _("Closed the account of somebody who left"),
    "leave.approved": _("Approved leave"),
    "leave.asked": _("Asked for leave"),
    "leave.refused": _("Refused leave"),
    "leave.withdrawn": _("Withdrew leave"),
    "recovery.made": _("Made recovery codes"),
    "recovery.used": _("Signed in with a recovery code"),
    "roster.holiday": _("Changed a public holiday"),
    "roster.holidays": _("Filled in public holidays"),
    "roster.pattern": _("Changed a shift"),
    "roster.planned": _("Changed the roster"),
    "people.changed": _("Changed a person from a day on"),
    "people.corrected": _("Corrected what was known of a person"),
    "people.joined": _("Took somebody on"),
    "people.off_boarded": _("Noted a last day of work"),
    "people.purged": _("Deleted personal data"),
    "people.rehired": _("Took somebody on again"),
    "phone.revealed": _("Looked at a telephone number"),
    "phone.set": _("Changed a telephone number"),
    "team.set": _("Changed a team"),
    "people.agents_copied": _("Took over the people of the facts"),
    "plan.acknowledged": _("Acknowledged a plan"),
    "plan.announced": _("Announced a plan"),
    "plan.answered": _("Answered a question about a plan"),
    "plan.asked": _("Asked about a plan"),
    "plan.changed": _("Changed a draft plan"),
    "plan.deleted": _("Deleted a draft plan"),
    "plan.record_voided": _("Voided a record of consultation or publication"),
    "plan.recorded": _("Recorded a consultation or publication"),
    "plan.reminded": _("Reminded people of a plan"),
    "plan.saved": _("Saved a version of a plan"),
    "second_factor.added": _("Added a second factor"),
    "second_factor.removed": _("Removed a second factor"),
    "session.closed": _("Signed out"),
    "session.locked_out": _("Locked out after wrong passwords"),
    "session.opened": _("Signed in"),
    "session.revoked": _("Ended sessions"),
}


def said_action(action: str) -> Any:
    """The action in words; its own name where none were found for it."""
    return WORDS.get(action, action)
