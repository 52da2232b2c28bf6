"""Messages about queues and what callers go through; part of ``messages``."""

from __future__ import annotations

from datetime import datetime

from chot.core.flows import Routing
from chot.core.message_kinds import command, fact


@command("set_routing")
class SetRouting:
    """Where inbound calls go from now on, in the place of what was; calls in progress go on as they began. See ``RoutingSet``."""

    version: int
    routing: Routing


@fact("call_queued")
class CallQueued:
    """A caller has entered a queue, or another one."""

    call_id: str
    queue_id: str
    queued_at: datetime


@fact("call_missed")
class CallMissed:
    """An agent's phone rang for a queue and was not answered; ``in_a_row`` reaching ``limit`` (0: none) takes the agent off calls."""

    call_id: str
    agent_id: str
    queue_id: str
    in_a_row: int
    limit: int = 0
    missed_at: datetime


@fact("misses_over")
class MissesOver:
    """An agent whose rings were missed has answered one: counting begins anew."""

    agent_id: str
    over_at: datetime


@fact("menu_chosen")
class MenuChosen:
    """A caller pressed ``choice`` at a step of a flow."""

    call_id: str
    flow: str
    step: str
    choice: str
    chosen_at: datetime


@fact("routing_set")
class RoutingSet:
    """A node has the routing of a version in force, or (``problem``) refused it and keeps the earlier one."""

    node: str
    version: int
    problem: str = ""
    set_at: datetime
